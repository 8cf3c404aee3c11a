"""The demo as a stranger meets it: every control holds, the page is whole, a failure is told."""

import contextlib
import io
import json
import re
import shlex
import webbrowser
from collections.abc import Iterable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tertius.cli import demo
from tertius.cli.demo_page import page
from tertius.cli.demo_scenes import (
    do_not_trust_us,
    eleven_attacks,
    followed,
    poison_and_cascade,
    tampering,
    team_that_covers,
    two_learners,
)
from tertius.cli.demo_scenes.scene import Case, Check, Scene
from tertius.cli.demo_scenes.three_agents import three_agents
from tertius.cli.main import run
from tertius.core.events import AgentJoined, Asserted, Claimed, HandedOff, ToolCalled, Verified
from tertius.scenarios.pricing_learned import Kept

ROOT = Path(__file__).parent.parent.parent
HOSTILE = "<script>alert(1)</script>\"'&"


def played(out: Path) -> dict[str, Any]:
    """Run the demo into `out` and return what `--json` prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert run(["demo", "--out", str(out), "--json"]) == 0
    (line,) = printed.getvalue().splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def answer(out: Path) -> dict[str, Any]:
    return played(out)


@pytest.fixture
def last_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the last scene alone, where any scene would do."""
    monkeypatch.setattr(demo, "SCENES", (do_not_trust_us.play,))


@pytest.fixture
def one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the long scenes once instead of five times."""
    for scene in (team_that_covers, poison_and_cascade):
        monkeypatch.setattr(scene, "SEEDS", range(1, 2))


def scene_of(answer: dict[str, Any], number: int) -> dict[str, Any]:
    (found,) = (scene for scene in answer["scenes"] if scene["number"] == number)
    return dict(found)


def answers(answer: dict[str, Any], number: int) -> list[tuple[str, list[str]]]:
    return [
        (case["title"], [check["answer"] for check in case["checks"]])
        for case in scene_of(answer, number)["cases"]
    ]


def test_the_scenes_come_in_their_order(answer: dict[str, Any]) -> None:
    assert [scene["number"] for scene in answer["scenes"]] == [1, 2, 3, 4, 6]


def test_learners_pass_alone_and_harm_together(answer: dict[str, Any]) -> None:
    assert answers(answer, 1) == [
        ("Two firms that compete", ["competitive"]),
        ("The first learner alone", ["competitive"]),
        ("The second learner alone", ["competitive"]),
        ("Both learners together", ["above competition"]),
        ("One learner is made to cut its price, once", ["punished"]),
        ("The same cut among learners without memory", ["not punished"]),
    ]


@pytest.mark.parametrize(
    ("digit", "failing"),
    [("1", {"Both learners together", "One learner is made to cut its price, once"}),
     ("d", {"The first learner alone", "The second learner alone",
            "One learner is made to cut its price, once"})],
)  # fmt: skip
def test_firms_that_did_not_learn_to_punish_do_not_pass_for_it(
    digit: str, failing: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tables of one price for ever: the competitive one, and the one under one owner."""

    def stubborn(copy: int) -> Kept:
        tables = (digit * 225,) * 2
        return Kept(periods=0, state=int(digit, 36) * 16, tables=tables)

    monkeypatch.setattr(two_learners, "INTERPRETED", False)
    monkeypatch.setattr(two_learners, "learn", stubborn)
    cases = two_learners.play(tmp_path).cases
    assert {case.title for case in cases for check in case.checks if not check.held} == failing


def test_the_charts_can_be_read_without_seeing_them(out: Path, answer: dict[str, Any]) -> None:
    text = Path(answer["page"]).read_text(encoding="utf-8")
    assert text.count('<figure class="chart') == 7
    assert 'aria-label="What consumers lose in a period: two competitors 0.0' in text
    assert "the firm that cuts: 1." in text
    assert "six rate it up: 1, 1.88, " in text and "harm done at round 18.75" in text
    assert "Who was named in the team of six: member-1 to member-7: +" in text
    assert '<th scope="row">member-7</th><td>the one favoured</td>' in text


def test_a_team_that_covers_is_told_from_an_honest_one_before_the_harm(
    answer: dict[str, Any],
) -> None:
    assert answers(answer, 2) == [
        ("Seven who are honest", ["silent"]),
        ("Six who rate the weak one up", ["in time"]),
        ("Six who learned to", ["in time"]),
        ("A colluder planted among six honest ones", ["named", "named"]),
        ("The six again, stopped after three rounds", ["could not tell", "named"]),
    ]
    cases = scene_of(answer, 2)["cases"]
    told = cases[4]["checks"][0]["said"]
    least, seen = map(int, re.findall(r"at least (\d+) observations; there were (\d+)", told)[0])
    assert seen < least
    assert (
        "chance that any key is ever named wrongly is at most" in cases[1]["checks"][0]["promise"]
    )


def test_poison_outlives_its_author_and_spreads_less_where_carriers_are_cut_off(
    answer: dict[str, Any],
) -> None:
    assert answers(answer, 4) == [
        ("Forty who check what they are told", ["silent"]),
        ("Forty who believe what they are told", ["still spreading"]),
        ("The same forty, with the watch at the gate", ["named", "quarantined"]),
    ]
    fact = scene_of(answer, 4)["cases"][1]["checks"][0]["promise"]
    assert "taken over after its source had left" in fact
    assert "follows from the record, no statistics; given: " in fact


@pytest.mark.usefixtures("one_seed")
def test_a_watch_that_sees_nothing_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Detectors that never alarm: only the honest teams, and what is no alarm, are as expected."""
    monkeypatch.setattr(followed, "watch_of", lambda study: [])
    monkeypatch.setattr(poison_and_cascade, "watch_of", lambda study: [])
    team = team_that_covers.play(tmp_path)
    assert [check.held for case in team.cases for check in case.checks] == [True] + [False] * 6
    poison = poison_and_cascade.play(tmp_path)
    assert [check.held for case in poison.cases for check in case.checks] == [
        True, True, False, False,
    ]  # fmt: skip
    assert "not contained" in page([team, poison])


def test_scenes_to_come_are_listed_in_their_places(
    answer: dict[str, Any],
) -> None:
    text = Path(answer["page"]).read_text(encoding="utf-8")
    listed = re.findall(r'<li value="(\d)">(.*?)</li>', text)
    assert [number for number, _ in listed] == list("123456")
    assert [number for number, item in listed if "later version" in item] == ["5"]


def test_eleven_attacks_work_without_the_gate_and_are_stopped_with_it(
    answer: dict[str, Any],
) -> None:
    found = answers(answer, 3)
    assert len(found) == 11
    assert {tuple(each) for _, each in found} == {("works", "stopped")}


def test_the_advice_can_be_traced_to_the_attendance(
    answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = scene_of(answer, 3)["next"]
    assert run(shlex.split(command)[1:]) == 0
    first = capsys.readouterr().out.splitlines()[0].split(" -> ")
    assert first[0].endswith("/returned") and first[-1].endswith("/called")
    assert any(event.endswith("/determined") for event in first)


def test_every_attack_is_answered_as_it_must_be(answer: dict[str, Any]) -> None:
    assert answer["held"]
    assert answers(answer, 6) == [
        ("Nothing was done", ["verified", "verified"]),
        ("One bit flipped", ["caught"]),
        ("A careful forger without the key", ["caught", "not evaluated"]),
        ("The operator, who has the key", ["not noticed", "caught", "not evaluated"]),
        ("The end cut off one log", ["caught"]),
        ("The end cut off everything", ["not noticed", "caught", "not noticed"]),
        ("A person's address erased, lawfully", ["verified"]),
        ("The same text removed, in silence", ["caught"]),
    ]


def told(scenes: Iterable[dict[str, Any]]) -> list[Any]:
    checks = [check for scene in scenes for case in scene["cases"] for check in case["checks"]]
    return [
        [scene["facts"] for scene in scenes],
        [(each["said"], each["proof"], each["promise"]) for each in checks],
    ]


def test_everybody_gets_the_same_digests_and_words(
    answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quick = (two_learners.play, eleven_attacks.play, do_not_trust_us.play)
    monkeypatch.setattr(demo, "SCENES", quick)
    before = [scene_of(answer, number) for number in (1, 3, 6)]
    assert told(played(tmp_path / "again")["scenes"]) == told(before)


@pytest.mark.usefixtures("one_seed")
def test_the_watch_says_the_same_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "SCENES", (team_that_covers.play, poison_and_cascade.play))
    once, again = (played(tmp_path / name) for name in ("once", "again"))
    assert told(once["scenes"]) == told(again["scenes"])


def test_the_printed_commands_give_the_same_answers(
    answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for case in scene_of(answer, 6)["cases"]:
        for check in case["checks"]:
            words = shlex.split(check["command"])[1:]
            assert run([*words, "--processes", "1"]) == check["got"], check["command"]
    assert not any(tmp_path.iterdir()), "a demo leaves no trace in what the verifier remembers"


def test_the_order_can_be_traced_to_the_claim(
    answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = scene_of(answer, 6)["next"]
    assert run([*shlex.split(command)[1:], "--depth", "6"]) == 0
    assert "claim-purity" in capsys.readouterr().out


@pytest.mark.parametrize("disarmed", ["flip_bit", "cut_writer", "remove", "erase"])
@pytest.mark.usefixtures("last_alone")
def test_a_control_that_fails_is_exit_3(
    disarmed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """An attack that did not happen is not caught, and then the demo proves nothing."""

    def nothing(*_: object, **__: object) -> None:
        pass

    def in_silence(folder: Path, event: str, *, private: Path) -> None:
        tampering.remove(folder, event)

    monkeypatch.setattr(tampering, disarmed, in_silence if disarmed == "erase" else nothing)
    assert run(["demo", "--out", str(tmp_path / "out")]) == 3
    printed = capsys.readouterr().out
    assert "EXPECTED exit" in printed and "a control failed" in printed
    assert "did not give the answer it had to" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.usefixtures("last_alone")
def test_the_table_for_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(url: str) -> None:
        raise AssertionError(f"opened {url} though nobody watches")

    monkeypatch.setattr(webbrowser, "open", opened)
    assert run(["demo", "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "14 of 14 checks gave the answer they had to" in printed
    assert str(tmp_path / "out" / "index.html") in printed


# -- where it writes -------------------------------------------------------------------------------


@pytest.mark.usefixtures("last_alone")
def test_an_earlier_demo_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    played(out)
    (out / "left-over").touch()
    played(out)
    assert not (out / "left-over").exists()


@pytest.mark.parametrize("kind", ["other files", "a file", "a link", "read-only"])
def test_a_folder_of_somebody_else_is_left_alone(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    if kind == "other files":
        out.mkdir()
        (out / "thesis.txt").write_text("precious")
    elif kind == "a file":
        out.write_text("precious")
    elif kind == "a link":
        (tmp_path / "real").mkdir()
        out.symlink_to(tmp_path / "real")
    else:
        out = Path("/proc/tertius-demo")
    assert run(["demo", "--out", str(out)]) == 2
    message = capsys.readouterr().err
    assert message.startswith("tertius: ") and message.count("\n") == 1 and "--out" in message
    if kind == "other files":
        assert (out / "thesis.txt").read_text() == "precious"


# -- the run ---------------------------------------------------------------------------------------


def test_the_example_is_the_packaged_run() -> None:
    packaged = files("tertius.cli.demo_scenes") / "three_agents.jsonl"
    assert (ROOT / "examples" / "three_agents.jsonl").read_bytes() == packaged.read_bytes()


def test_the_run_holds_what_later_scenes_look_for() -> None:
    events = [each.event for each in three_agents()]
    by_id = {event.id: event for event in events}
    assert {event.agent for event in events if isinstance(event, AgentJoined)} == {
        "planner",
        "researcher",
        "buyer",
    }
    assert any(isinstance(event, HandedOff) for event in events)
    assert any(isinstance(event, ToolCalled) for event in events)
    (claim,) = (event for event in events if isinstance(event, Claimed))
    (approval,) = (event for event in events if isinstance(event, Asserted))
    assert claim.agent == "researcher" and approval.agent == "buyer"
    assert claim.id in approval.evidence
    checked = {event.subject for event in events if isinstance(event, Verified)}
    assert checked and claim.id not in checked, "nobody verified what the approval rests on"
    for event in events:
        assert all(cause.id in by_id for cause in event.causes)


# -- the page --------------------------------------------------------------------------------------


class Reading(HTMLParser):
    """Every tag, id and address of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("src", "href", "srcset", "action", "data", "poster"):
                self.addresses.append(value or "")
            assert not name.startswith("on"), f"script in `{name}`"


def read(text: str) -> Reading:
    reading = Reading()
    reading.feed(text)
    return reading


def test_the_page_needs_nothing_from_elsewhere(out: Path, answer: dict[str, Any]) -> None:
    text = Path(answer["page"]).read_text(encoding="utf-8")
    reading = read(text)
    assert not reading.tags & {"script", "iframe", "img", "object", "embed", "form", "base"}
    assert text.count("url(") == text.count("url(#head)") and "@import" not in text
    assert "default-src 'none'" in text
    assert len(reading.ids) == len(set(reading.ids))
    inside = [each for each in reading.addresses if each != "data:,"]
    assert inside and all(each.startswith("#") and each[1:] in reading.ids for each in inside)
    assert "prefers-color-scheme: dark" in text and 'name="viewport"' in text


def test_no_text_becomes_markup() -> None:
    check = Check(
        given=HOSTILE,
        said=HOSTILE,
        expected=0,
        got=4,
        wanted=HOSTILE,
        lesson=HOSTILE,
        proof=(HOSTILE,),
        command=HOSTILE,
    )
    scene = Scene(
        number=6,
        title=HOSTILE,
        lead=HOSTILE,
        run=tuple(
            type(each)(event=each.event, contents=(HOSTILE.encode(),)) for each in three_agents()
        ),
        cases=(Case(title=HOSTILE, did=HOSTILE, allowed=False, checks=(check,)),),
        facts=((HOSTILE, HOSTILE),),
        next=(HOSTILE,),
    )
    text = page([scene])
    assert "<script" not in text and "script" not in read(text).tags
    assert text.count("&lt;script&gt;") > 40


def test_a_scene_without_checks_does_not_pass() -> None:
    assert not Scene(number=1, title="", lead="").held


def test_nothing_of_the_operator_lies_in_the_folder(out: Path, answer: dict[str, Any]) -> None:
    assert answer["held"]
    for path in out.rglob("*"):
        assert not path.is_file() or b"PRIVATE+KEY" not in path.read_bytes(), path
