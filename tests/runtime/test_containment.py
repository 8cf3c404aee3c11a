"""From a finding to changes and a question: which measure, on whom, and who is not asked."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.core.examples import FINDING
from tests.runtime.test_governed import NOW, SECOND, folder, opened, rule

from tertius.cli.demo_scenes.university.founding import approver
from tertius.core.events import ToolCalled
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.oversight_events import Found
from tertius.escalation.approvers import sign
from tertius.escalation.card import render, view_digest
from tertius.log.read import LogReader
from tertius.runtime.containment import Containment
from tertius.runtime.governed import Governed
from tertius.runtime.ledger import IdTakenError
from tertius.runtime.watch_rules import WatchRule, WatchRules

__all__ = ["folder"]

EDGE = Edge(sender="advising", receiver="retention")
GIVEN = ("the record is complete",)
FACT = Guarantee(code=GuaranteeCode.FACT, given=GIVEN)


def finding(**fields: Any) -> Finding:
    made = {"agents": ("retention",), "edges": (), "evidence": ("c0",), "guarantee": FACT}
    return replace(FINDING, detector="no_end", onset=None, **{**made, **fields})


def rules(**fields: Any) -> WatchRules:
    given = {"name": "one", "why": "it is odd", "detectors": ("no_end",), "measure": "quarantine"}
    return WatchRules([WatchRule(**{**given, **fields})])


def containing(
    governed: Governed, doubt: str = "", *, own: WatchRules | None = None
) -> Containment:
    with suppress(IdTakenError):  # a second process finds it there
        governed.gate.observe(ToolCalled(id="c0", time=NOW, run="r", agent="retention", tool="x"))
    return Containment(
        governed.gate,
        own or governed.rules,
        clock=governed.clock,
        doubt=lambda finding: doubt,
        desk=governed.desk,
    )


def deny(governed: Governed, question: str) -> None:
    assert governed.desk is not None
    row = governed.desk.show(question, now=NOW)
    assert row.card is not None
    no = sign(
        approver("dean"), governed.desk.origin, row.question.escalation, person="dean",
        choice="deny", view=view_digest(row.card), time=NOW,
    )  # fmt: skip
    governed.desk.rule(no, now=NOW)


def cuts(governed: Governed) -> dict[tuple[str, str, str], str]:
    return {place: cut.state for place, cut in governed.gate.circuit.cuts().items()}


@pytest.mark.parametrize(
    ("measure", "fields", "places"),
    [
        ("quarantine", {}, {("agent", "retention", ""): "quarantined"}),
        (
            "quarantine",
            {"agents": (), "edges": (EDGE,)},
            {("agent", "advising", ""): "quarantined", ("agent", "retention", ""): "quarantined"},
        ),
        ("break", {"edges": (EDGE,)}, {("edge", "advising", "retention"): "broken"}),
        ("break", {}, {("agent", "retention", ""): "broken"}),
        ("verify", {"edges": (EDGE,)}, {("edge", "advising", "retention"): "narrowed"}),
        ("throttle", {"edges": (EDGE,)}, {("agent", "retention", ""): "throttled"}),
        ("none", {}, {}),
    ],
)
def test_a_measure_meets_whom_the_finding_names(
    folder: Path, measure: Any, fields: dict[str, Any], places: dict[Any, str]
) -> None:
    with opened(folder, rules=rules(measure=measure, seconds=60)) as governed:
        containment = containing(governed)
        made = containment.hear(finding(**fields))
        assert cuts(governed) == places
        assert len(made.applied) == len(places)
        for cut in governed.gate.circuit.cuts().values():
            assert cut.pause == 60 * SECOND
        assert containment.hear(finding(**fields)) is made
        assert containment.waiting() == (made.escalation,)
        rule(governed, made.escalation)
        assert len(containment.settle()) == len(places)
        assert cuts(governed) == {}


def card(governed: Governed, question: str) -> dict[str, str]:
    """What the rows of a card say, by their label."""
    assert governed.desk is not None
    made = governed.desk.show(question, now=NOW).card
    assert made is not None
    rows, label = dict[str, str](), ""
    for line in render(made).decode().splitlines():
        label = line[:9].strip() or label
        rows[label] = rows.get(label, "") + line[10:]
    return rows


@pytest.mark.parametrize(
    ("fields", "changed", "asks", "affected"),
    [
        (
            {"measure": "quarantine"},
            {},
            "retention is quarantined, nothing it asks for is permitted, because the watch found: "
            "The run never ends (no_end); YES lifts that, NO keeps it",
            "retention",
        ),
        (
            {"measure": "break", "seconds": 60},
            {"edges": (EDGE,)},
            "advising to retention is cut off for 1 min, then tried again, because the watch "
            "found: The run never ends (no_end); YES lifts that, NO keeps it",
            "advising, retention",
        ),
        (
            {"measure": "throttle", "seconds": 5, "at_once": False},
            {},
            "shall this be done: retention is slowed down to one start every 5 s? the watch found: "
            "The run never ends (no_end); YES does it, NO leaves all as it is",
            "retention",
        ),
        (
            {"measure": "none"},
            {},
            "take note: the watch found: The run never ends (no_end), about retention; "
            "nothing was narrowed, no answer changes that",
            "retention",
        ),
    ],
)
def test_the_card_says_who_was_narrowed_why_and_what_a_yes_does(
    folder: Path, fields: dict[str, Any], changed: dict[str, Any], asks: str, affected: str
) -> None:
    with opened(folder, rules=rules(**fields)) as governed:
        told = card(governed, containing(governed).hear(finding(**changed)).escalation)
    assert told["asks"] == asks
    assert told["affected"] == affected
    assert told["how sure"].startswith("follows from the record, no statistics; given: the record")
    assert "after it was asked" in told["until"]


@pytest.mark.parametrize(
    ("options", "changed", "doubt", "why"),
    [
        ({"at_once": False}, {}, "", "the rule asks first"),
        (
            {},
            {"guarantee": Guarantee(code=GuaranteeCode.HEURISTIC, given=GIVEN)},
            "",
            "its guarantee is heuristic",
        ),
        (
            {},
            {"guarantee": Guarantee(code=GuaranteeCode.RATE, updates=1000.0, given=GIVEN)},
            "",
            "its guarantee is rate(1000)",
        ),
        ({}, {}, "somebody's word", "somebody's word"),
    ],
)
def test_what_does_not_suffice_is_asked_about_first(
    folder: Path, options: dict[str, Any], changed: dict[str, Any], doubt: str, why: str
) -> None:
    with opened(folder, rules=rules(**options)) as governed:
        containment = containing(governed, doubt)
        made = containment.hear(finding(**changed))
        assert (made.applied, made.why_not) == ((), why)
        assert cuts(governed) == {}
        assert governed.desk is not None
        card = governed.desk.show(made.escalation, now=NOW).card
        assert card is not None
        shown = render(card).decode()
        assert 'does = "narrow"' in shown and f'asked_first = "{why}"' in shown
        rule(governed, made.escalation)
        (done,) = containment.settle()
        assert (done.change, done.subject) == ("quarantine", "retention")
        assert cuts(governed) == {("agent", "retention", ""): "quarantined"}


def test_where_nobody_can_be_asked_the_measure_is_taken_and_it_says_so(folder: Path) -> None:
    with opened(folder) as governed:  # the gate knows other rules, and forbids to ask under this
        containment = containing(governed, own=rules())
        made = containment.hear(finding())
        assert made.escalation == ""
        assert made.why_not.startswith("nobody was asked: the watch proposes changes")
        assert cuts(governed) == {("agent", "retention", ""): "quarantined"}
        assert containment.waiting() == () and containment.settle() == ()


def test_evidence_of_another_log_stands_in_the_content_alone(folder: Path) -> None:
    with opened(folder, rules=rules(detectors=("another",))) as governed:
        containment = containing(governed)
        made = containment.hear(finding(evidence=("elsewhere/1",)))
        assert (made.rule, made.escalation) == ("", "")
    reader = LogReader(folder / "log" / "writers" / "gate")
    (found,) = (each for each in reader.since(0) if isinstance(each[1], Found))
    assert found[1].evidence == ()
    assert b"elsewhere/1" in (found[2] or b"")


@pytest.mark.parametrize("answer", ["deny", "nobody", "withdrawn"])
def test_a_question_that_ended_without_a_yes_is_forgotten(folder: Path, answer: str) -> None:
    now = [NOW]
    with opened(folder, rules=rules(at_once=False), clock=lambda: now[0]) as governed:
        containment = containing(governed)
        made = containment.hear(finding())
        assert containment.settle() == () and containment.waiting() == (made.escalation,)
        assert governed.desk is not None
        if answer == "deny":
            deny(governed, made.escalation)
        elif answer == "withdrawn":
            governed.desk.withdraw(made.escalation, "enough", now=NOW)
        else:
            now[0] += 2 * 3600 * SECOND
        assert containment.settle() == () and containment.waiting() == ()
        assert containing(governed).waiting() == ()
        assert cuts(governed) == {}


def test_what_an_earlier_process_did_is_not_done_again(folder: Path) -> None:
    with opened(folder, rules=rules()) as governed:
        first = containing(governed).hear(finding())
    with opened(folder, rules=rules(), start="b") as governed:
        containment = containing(governed)
        assert containment.waiting() == (first.escalation,)
        assert containment.hear(finding()).escalation == first.escalation
        rule(governed, first.escalation)
        assert [change.change for change in containment.settle()] == ["resume"]
        assert containment.waiting() == ()
        assert containing(governed).hear(finding()).escalation == first.escalation
        assert cuts(governed) == {}
    kept = list(LogReader(folder / "log" / "writers" / "gate").events())
    assert sum(isinstance(each, Found) for each in kept) == 1


def test_findings_that_were_heard_are_not_kept_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertius.runtime.containment.HEARD", 3)
    with opened(folder, rules=rules(detectors=("another",))) as governed:
        containment = containing(governed)
        for n in range(9):
            containment.hear(finding(n=n + 1, version=f"{n}"))
        assert len(containment._heard) == 3
        containment.hear(finding(n=1, version="0"))
    kept = list(LogReader(folder / "log" / "writers" / "gate").events())
    assert sum(isinstance(each, Found) for each in kept) == 9
