"""`tertius run` and `tertius list`: numbers, pictures, and what is refused."""

import json
from pathlib import Path

import pytest

from tertius.cli.main import run


def test_the_paradox_in_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "braess", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    known = {line["variant"]: line["known"]["equilibrium"] for line in told["lines"]}
    assert known == {
        "without the new road": 83.0,
        "with the new road": 92.0,
        "with the new road and a toll": 83.0,
    }
    harm = {
        line["variant"]: line["harm"].get("city", 0.0)
        for line in told["lines"]
        if line["population"] == "selfish"
    }
    assert harm["with the new road"] > 10 * harm["without the new road"]
    assert harm["with the new road"] > 10 * harm["with the new road and a toll"]


def test_one_population_some_steps_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "out.png"
    words = ["run", "braess", "--population", "selfish", "--steps", "5", "--plot", str(picture)]
    assert run(words) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    out = capsys.readouterr().out
    assert "selfish (failing)" in out and "assigned" not in out and "5 steps" in out


def test_the_list_names_what_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "braess" in {study["name"] for study in told["studies"]}
    assert run(["list"]) == 0
    assert "next: tertius run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["braes"], "did you mean `braess`"),
        (["braess", "--population", "selfsh"], "did you mean `selfish`"),
        (["braess", "--set", "drivers"], "give it as key=value"),
        (["braess", "--set", "drivers=0"], "bad settings"),
        (["braess", "--set", "drivers=nan"], "bad settings"),
        (["braess", "--set", "drivrs=3"], "did you mean `drivers`"),
        (["braess", "--set", "drivers=3", "--set", "drivers=4"], "set twice"),
        (["braess", "--set", "drivers=7"], "the world seats"),
        (["braess", "--seed", "-1"], "seed"),
        (["braess", "--steps", "0"], "steps"),
        (["braess", "--plot", "out.pdf"], "end it in .png or .svg"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["run", *words]) == 2
    captured = capsys.readouterr()
    assert why in captured.err and captured.err.count("\n") == 1


def test_wrappers_are_laid_around_the_world(capsys: pytest.CaptureFixture[str]) -> None:
    toll = "toll:move=home-north-south-work,price=13"
    lost = []
    for words in ([], ["--wrap", toll, "--wrap", "talk"]):
        assert run(["run", "braess", "--population", "selfish", "--json", *words]) == 0
        told = json.loads(capsys.readouterr().out)
        (line,) = (one for one in told["lines"] if one["variant"] == "with the new road")
        lost.append(line["harm"]["city"])
        assert told["wrappers"] == words[1::2]
    assert lost[1] < 0.1 * lost[0]
    assert run(["run", "braess", "--steps", "3", "--wrap", toll]) == 0
    assert f"under {toll}" in capsys.readouterr().out.replace("\n", " ")
    assert run(["list"]) == 0
    assert "wrappers: talk, cross_check" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrap", "why"),
    [
        ("tol", "did you mean `toll`"),
        ("toll:prize=3", "did you mean `price`"),
        ("toll:price", "key=value"),
        ("toll", "no such move"),
        ("crash:seats=diver-1", "did you mean `driver-1`"),
        ("", "name"),
    ],
)
def test_a_wrapper_that_cannot_be_laid_is_refused(
    wrap: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["run", "braess", "--steps", "1", "--wrap", wrap]) == 2
    assert why in capsys.readouterr().err.replace("\n", " ")


MINE = """
from tertius.players.seated import Seated

class Mine(Seated):
    name = "mine"

    def act(self, observation, draws):
        return {move!r}
"""


def test_a_player_of_ones_own_takes_a_seat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.format(move="home-north-work"))
    words = ["run", "braess", "--population", "selfish", "--steps", "20"]
    seat = ["--player", f"driver-1={file}:Mine", "--player", "driver-2=fixed:move=home-south-work"]
    assert run([*words, "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert run([*words, *seat, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["players"] == seat[1::2] and alone["players"] == []
    for line, was in zip(told["lines"], alone["lines"], strict=True):
        assert set(line["guests"]) == {"driver-1", "driver-2"} and was["guests"] == {}
    assert [line["harm"] for line in told["lines"]] != [line["harm"] for line in alone["lines"]]
    assert run([*words, *seat]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "driver-2=fixed:move=home-south-work" in out


@pytest.mark.parametrize(
    ("player", "why"),
    [
        ("driver-1", "give it as SEAT=PLAYER"),
        ("=fixed", "give it as SEAT=PLAYER"),
        ("diver-1=fixed:move=x", "no seat `diver-1`; did you mean `driver-1`"),
        ("driver-1=fixd", "did you mean `fixed`"),
        ("driver-1=none.py:Mine", "no file `none.py`"),
        ("driver-1=none.py", "names no class"),
        ("driver-1={file}:Mine", "unknown move `fly`"),
    ],
)
def test_a_player_that_cannot_be_seated_is_refused(
    player: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.format(move="fly"))
    assert run(["run", "braess", "--steps", "1", "--player", player.format(file=file)]) == 2
    captured = capsys.readouterr().err
    assert why in captured.replace("\n", " ") and captured.count("\n") == 1


def test_a_seat_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    twice = ["--player", "driver-1=fixed:move=a", "--player", "driver-1=fixed:move=b"]
    assert run(["run", "braess", *twice]) == 2
    assert "given twice" in capsys.readouterr().err
