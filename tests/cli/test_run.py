"""`tertius run` and `tertius list`: numbers, pictures, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tertius.cli.main import run
from tertius.cli.plot import draw


def test_the_paradox_in_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "braess", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    known = {line["variant"]: line["known"]["equilibrium"] for line in found["lines"]}
    assert known == {
        "without the new road": 83.0,
        "with the new road": 92.0,
        "with the new road and a toll": 83.0,
    }
    harm = {
        line["variant"]: line["harm"].get("city", 0.0)
        for line in found["lines"]
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
    assert "selfish (failing)" in out and "assigned" not in out and "each in all" in out


def test_a_picture_has_whole_steps_and_names_curves_that_are_equal(tmp_path: Path) -> None:
    picture = tmp_path / "out.svg"
    curves = [(name, [up] * 12) for name, up in (("a", 1.0), ("b", 2.0), ("c", 1.0))]
    draw(picture, curves, title="t", up="u")
    shown = picture.read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", shown)
    assert [str(step) for step in range(1, 13)] == [each for each in words if each.isdecimal()]
    assert "a  =  c" in words and "b" in words
    assert shown.count('aria-roledescription="line mark"') == 2


def test_one_population_says_that_it_has_no_interval_and_what_is_known_has_units(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["run", "fishery", "--population", "greedy", "--seeds", "2"]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "no 95% interval: it is of what another costs more than sustainable (honest)" in out
    assert "known optimum: tons of fish a member and month, for ever; known sustained: tons" in out
    assert run([*words[:-2]]) == 0
    assert "interval" not in capsys.readouterr().out


def test_a_study_that_is_given_to_list_is_played_by_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "braess"]) == 2
    assert "`tertius run braess` plays a study" in capsys.readouterr().err
    assert run(["list"]) == 0
    assert "\nworlds: " in capsys.readouterr().out


def test_the_list_names_what_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "braess" in {study["name"] for study in found["studies"]}
    assert run(["list"]) == 0
    assert "next: tertius run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["braes"], "did you mean `braess`"),
        (["routing"], "`routing` is a world and no study; played in it: `braess`"),
        (["braess", "--population", "selfsh"], "did you mean `selfish`"),
        (["braess", "--set", "drivers"], "give it as key=value"),
        (["braess", "--set", "drivers=0"], "bad settings"),
        (["braess", "--set", "drivers=nan"], "bad settings"),
        (["braess", "--set", "drivrs=3"], "did you mean `drivers`"),
        (["braess", "--set", "drivers=3", "--set", "drivers=4"], "set twice"),
        (["free_rider", "--set", "players=9"], "made for 5 seats and the world has 9"),
        (["braess", "--seed", "1.5"], "bad value `1.5` for `--seed`; expected a whole number"),
        (["braess", "--steps", "2.7"], "bad value `2.7` for `--steps`; expected a whole number"),
        (["braess", "--seeds", "0"], "seeds"),
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
        found = json.loads(capsys.readouterr().out)
        (line,) = (one for one in found["lines"] if one["variant"] == "with the new road")
        lost.append(line["harm"]["city"])
        assert found["wrappers"] == words[1::2]
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
    found = json.loads(capsys.readouterr().out)
    assert found["players"] == seat[1::2] and alone["players"] == []
    for line, was in zip(found["lines"], alone["lines"], strict=True):
        assert set(line["guests"]) == {"driver-1", "driver-2"} and was["guests"] == {}
    assert [line["harm"] for line in found["lines"]] != [line["harm"] for line in alone["lines"]]
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
        ("driver-1=fixed", "needs a move; give it as fixed:move=NAME"),
        ("driver-1=fixed:mov=x", "did you mean `move`"),
        ("driver-1=cleanup/fair", "is a player of cleanup, and this world is routing"),
        ("driver-1=allied:alone=cleanup/fair,together=fixed:move", "is a player of cleanup"),
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


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["run", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_no_variant_is_called_what_a_setting_says_it_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("braess", "--population", "selfish", "--steps", "2", "--set")
    for setting, labels in {
        "bridge=false": ["without the new road"],
        "bridge=true": ["with the new road", "with the new road and a toll"],
        "toll=2": ["toll=2"],
        "sees=all": ["without the new road", "with the new road", "with the new road and a toll"],
    }.items():
        lines = told(capsys, *words, setting)["lines"]
        assert [line["variant"] for line in lines] == labels


def test_more_drivers_are_seated_in_turn(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("braess", "--set", "drivers=40", "--steps", "1", "--player", "driver-40=fixed:move=")
    found = told(capsys, *words[:-1], f"{words[-1]}home-north-work")
    assert all(list(line["guests"]) == ["driver-40"] for line in found["lines"])
    assert run(["run", "braess", "--set", "drivers=4000", "--player", "x=fixed:move=a"]) == 2
    assert len(capsys.readouterr().err) < 300


def test_seeds_give_an_interval_of_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "cleanup", "--seeds", "3", "--seed", "5")
    harm = {
        name: [line["harm"]["orchard"] for line in found["lines"] if line["population"] == name]
        for name in ("fair", "free-riding", "zapping")
    }
    assert [line["seed"] for line in found["lines"][:3]] == [5, 6, 7]
    assert [one["population"] for one in found["differences"]] == ["free-riding", "zapping"]
    for one in found["differences"]:
        more = [a - b for a, b in zip(harm[one["population"]], harm["fair"], strict=True)]
        assert one["more"] == pytest.approx(sum(more) / 3) and one["seeds"] == 3
        assert one["low"] < one["more"] < one["high"]
    (first,) = (one for one in told(capsys, "cleanup", "--seed", "5")["differences"][:1])
    assert first["low"] is None and first["more"] == harm["free-riding"][0] - harm["fair"][0]
    assert run(["run", "cleanup", "--seeds", "3"]) == 0
    out = capsys.readouterr().out
    assert "means of seeds 1 to 3" in out and "Student interval" in out


def test_harm_is_named_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "braess", "--population", "assigned", "--steps", "3")
    assert found["harmed"] == {"party": "city", "unit": "driver-minutes"}
    assert [line["harm"] for line in found["lines"]] == [{"city": 0.0}] * 3


def test_steps_are_those_that_were_played(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "cleanup", "--steps", "50")
    for line in found["lines"]:
        assert line["steps"] == 30 and line["total"] == pytest.approx(30 * line["reward"])
    assert run(["run", "cleanup", "--steps", "50"]) == 0
    assert "50 steps asked for; the world was over after 30" in capsys.readouterr().out
    assert run(["run", "cleanup", "--steps", "20"]) == 0
    assert "asked for" not in capsys.readouterr().out


def test_what_a_player_prints_stays_out_of_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text("print('loaded')\n" + MINE.format(move="home-north-work"))
    seat = f"driver-1={file}:Mine"
    assert run(["run", "braess", "--steps", "1", "--player", seat, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) and "loaded" in captured.err


def test_a_player_that_ends_the_program_does_not_end_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.format(move="home-north-work").replace("return", "raise SystemExit(0) #"))
    assert run(["run", "braess", "--steps", "1", "--player", f"driver-1={file}:Mine"]) == 2
    assert "fails in line 8 of `mine.py`: SystemExit" in capsys.readouterr().err
