"""The live screen: what it shows, and that no name on it can do anything to a terminal."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console
from tests.core.examples import FINDING

from tertius.cli.watch_screen import line, screen
from tertius.cli.whom import all_of, whom
from tertius.core import events as e
from tertius.core.finding import Edge, FindingError
from tertius.detectors.table import load
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.watch import Watch
from tertius.runtime.watch_rules import WatchRule, WatchRules
from tertius.runtime.watch_state import Told

KEY = SigningKey("tertius/test", bytes(32))
HOSTILE = "eve\x1b[2J\n[red]x[/red]\u202e:smile:\u200b"
EDGE = Edge(sender="ann", receiver="bob")
RULES = WatchRules()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with Writer(tmp_path / "log", key=KEY) as log:
        log.wait(log.append(e.RunStarted(id="e0", time=0, run="r")))
        with Watch(tmp_path / "log", [load("avoidance")]) as watching:
            watching.look()
            yield watching


def shown(watching: Watch, *, height: int = 30, width: int = 160) -> list[str]:
    """Return the screen's lines, as the command's own console would print them."""
    told = io.StringIO()
    console = Console(
        file=told, width=width, height=height, highlight=False, markup=False, emoji=False,
        force_terminal=False,
    )  # fmt: skip
    console.print(screen(watching, height, RULES))
    return told.getvalue().splitlines()


def said(sender: str, *to: str) -> e.MessageSent:
    return e.MessageSent(id="m", time=0, run="r", agent=sender, recipients=to)


def told(position: int = 7, **fields: Any) -> Told:
    return Told(position, replace(FINDING, **fields))


def test_an_empty_log_has_a_screen_too(watch: Watch) -> None:
    lines = shown(watch)
    assert "2 events   0 agents   0 edges   1 open run   0 findings" in lines[0]
    assert "nothing found so far" in lines[-1]


def test_the_busiest_are_shown_first(watch: Watch) -> None:
    watch.standing.take([said("quiet", "bob")])
    watch.standing.take([said("busy", "bob")] * 1200)
    lines = shown(watch)
    rows = [row for row in lines if "bob" in row]
    assert rows[0].split()[:2] == ["busy", "1,200"]
    assert rows[1].split()[:2] == ["quiet", "1"]


def test_what_grows_against_somebody_is_shown_before_it_is_a_finding(watch: Watch) -> None:
    (detector,) = watch.detectors
    for number in range(3):
        task = {"run": "r", "task": f"t{number}"}
        detector.update(
            e.TaskAssigned(id=f"a{number}", time=0, agent="lead", to="ann", **task), None
        )
        detector.update(
            e.OutcomeObserved(id=f"o{number}", time=0, run="r", about=f"t{number}"), None
        )
    (row,) = (row for row in shown(watch) if "avoidance" in row)
    assert "ann to complete" in row and row.rstrip().endswith("3")


def test_findings_come_latest_first_with_what_they_promise(watch: Watch) -> None:
    watch.counts["high"] = 1234
    watch.told += [told(1, detector="no_end"), told(1234567, detector="avoidance", e_value=4321.0)]
    lines = shown(watch)
    latest, first = (row for row in lines if FINDING.guarantee.title in row)
    assert latest.split()[0] == "1,234,567" and "avoidance" in latest and "4.32e+03" in latest
    assert first.split()[0] == "1"
    assert latest.rstrip().endswith("gone-quiet") and first.rstrip().endswith("none")
    assert "1,234 findings" in lines[0]


@pytest.mark.parametrize("height", [3, 10, 24, 50])
def test_it_stays_within_the_height_of_the_terminal(watch: Watch, height: int) -> None:
    for number in range(100):
        watch.standing.take([said(f"a{number}", f"b{number}")])
        watch.told.append(told(number))
    assert len(shown(watch, height=height)) <= max(height, 18)


def test_hostile_names_are_made_safe(watch: Watch) -> None:
    watch.standing.take([said(HOSTILE, HOSTILE)] * 3)
    with pytest.raises(FindingError, match="bad agent"):  # a finding cannot hold such a name
        told(agents=(HOSTILE,))
    watch.told.append(told(effect=replace(FINDING.effect, unit=f"share of {HOSTILE}")))
    text = "\n".join(shown(watch, width=400))
    assert "eve\\x1b[2J" in text
    for each in watch.told:
        text += line(each, RULES)
    assert not {"\x1b", "\u202e", "\u200b", "\r"} & set(text)
    assert text.count("[red]x[/red]") >= 2  # as it is written, not as a colour
    assert "☺" not in text and "😄" not in text


def test_a_line_says_where_whom_how_sure_under_which_rule_and_against_what() -> None:
    text = line(told(1234, agents=("ann",), e_value=99.5, severity="high"), RULES)
    assert text.split()[:4] == ["1,234", "high", f"{FINDING.detector}:", "ann,"]
    sure = f"e = 99.5  {FINDING.guarantee.title}"
    assert text.endswith(f"{sure}  under no rule  held against: {FINDING.null}")
    assert "e =" not in line(told(e_value=None), RULES)
    quiet = line(told(detector="avoidance", null="it is\nmade"), RULES)
    assert quiet.endswith("  under rule gone-quiet (none)  held against: it is made")


def test_the_first_rule_that_fits_is_named() -> None:
    own = WatchRule(
        name="own", why="w", detectors=("avoidance",), least="high", measure="break", seconds=5
    )
    rules = WatchRules([own, *RULES.rules])
    assert "under rule own (break)" in line(told(detector="avoidance", severity="high"), rules)
    assert "under rule gone-quiet" in line(told(detector="avoidance", severity="low"), rules)


def test_of_many_the_first_four_are_named() -> None:
    many = tuple(f"a{number}" for number in range(9))
    assert whom(replace(FINDING, agents=many)) == "a0, a1, a2, a3 and 5 more"
    assert whom(replace(FINDING, agents=(), edges=(EDGE,))) == "ann to bob"
    ring = tuple(Edge(sender=f"a{n}", receiver=f"a{n + 1}") for n in range(1204))
    text = whom(replace(FINDING, agents=(), edges=ring))
    assert text == "a0 to a1, a1 to a2, a2 to a3, a3 to a4 and 1,200 more"


def test_of_several_findings_those_named_most_often_come_first() -> None:
    named = [("ann",), ("bob", "ann"), ("eve",), ("eve", "ann"), ("joe",)]
    findings = [replace(FINDING, agents=agents) for agents in named]
    assert all_of(findings, 2) == "ann, eve and 2 more"
    assert all_of([*findings, replace(FINDING, agents=(), edges=(EDGE,) * 1)], 9) == (
        "ann, eve, bob, joe, ann to bob"
    )
    assert all_of([], 3) == ""
