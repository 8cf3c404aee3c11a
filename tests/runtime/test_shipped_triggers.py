"""The three triggers that are always there: from events to a finding, a question and a ruling."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from tests.runtime.test_governed import SECOND, folder, opened

from tertius.cli.demo_scenes.university.campus import NOW, REGISTRAR
from tertius.cli.demo_scenes.university.founding import approver
from tertius.core import events as e
from tertius.core.kinds import Event
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Action
from tertius.escalation.approvers import sign
from tertius.escalation.card import render, view_digest
from tertius.log.read import LogReader
from tertius.runtime.beside import Beside
from tertius.runtime.config import Config
from tertius.runtime.governed import Governed
from tertius.runtime.watch_rules import SHIPPED
from tertius.runtime.watch_state import Told

__all__ = ["folder"]

TIMES = 20
Story = Iterator[Event]


def made(*kinds: tuple[type[e.BaseEvent], str, dict[str, Any]]) -> Story:
    """Name events one after the other, a second apart, each with a name that is known."""
    for number, (kind, agent, fields) in enumerate(kinds):
        event: Any = kind(
            id=f"e{number}", time=NOW + number * SECOND, run="r", agent=agent, identity="bound",
            **fields,
        )  # fmt: skip
        yield event


def approving(read: bool) -> Story:
    """Advice that the office for aid accepts, each time with or without a look at the record."""
    told: list[tuple[type[e.BaseEvent], str, dict[str, Any]]] = [
        (e.ToolReturned, "financial-aid", {"tool": "aid.record", "task": "earlier"})
    ]
    for number in range(TIMES):
        task = {"task": f"s-{number}"}
        advice = f"e{len(told)}"
        told.append((e.TaskCompleted, "advising", task))
        if read:
            told.append((e.ToolReturned, "financial-aid", {"tool": "aid.record", **task}))
        told.append((e.Accepted, "financial-aid", {"subject": advice, **task}))
    return made(*told)


def waving_through(read: bool) -> Story:
    """Two offices that accept each other's work."""
    told: list[tuple[type[e.BaseEvent], str, dict[str, Any]]] = [
        (e.ToolReturned, "retention", {"tool": "sis.attendance", "task": "earlier"})
    ]
    for number in range(TIMES):
        for one, other in (("advising", "retention"), ("retention", "advising")):
            task = {"task": f"{one}/{number}"}
            work = f"e{len(told)}"
            told.append((e.TaskCompleted, one, task))
            if read:
                told.append((e.ToolReturned, other, {"tool": "sis.grades", **task}))
            told.append((e.Accepted, other, {"subject": work, **task}))
    return made(*told)


def assessing(right: bool) -> Story:
    """Assessments of students, and what came out."""
    told: list[tuple[type[e.BaseEvent], str, dict[str, Any]]] = []
    for number in range(TIMES):
        drops_out = right and number % 10 > 0
        told.append((e.Asserted, "retention", {"about": f"s-{number}", "value": 0.9}))
        told.append((e.OutcomeObserved, "", {"about": f"s-{number}", "value": int(drops_out)}))
    return made(*told)


def dealing(with_cases: bool) -> Story:
    """Cases that are given out and looked at later, done or left."""
    told: list[tuple[type[e.BaseEvent], str, dict[str, Any]]] = []
    for number in range(TIMES):
        task = {"task": f"s-{number}"}
        told.append((e.TaskAssigned, "registrar", {"to": "advising", **task}))
        if with_cases:
            told.append((e.TaskCompleted, "advising", task))
        told.append((e.OutcomeObserved, "", {"about": f"s-{number}", "value": 0.5}))
    return made(*told)


def raising(what_must_be: bool) -> Story:
    """Cases of which a rule says that they must go to a person."""
    told: list[tuple[type[e.BaseEvent], str, dict[str, Any]]] = []
    for number in range(TIMES):
        item, task = f"s-{number}", {"task": f"s-{number}"}
        case = {"about": f"case/{item}", "value": "must-escalate"}
        told.append((e.OutcomeObserved, "", case))
        told.append((e.TaskAssigned, "registrar", {"to": "advising", **task}))
        if what_must_be:
            told.append((e.Flagged, "advising", {"subject": item, **task}))
        told.append((e.TaskCompleted, "advising", task))
        told.append((e.OutcomeObserved, "", {"about": item, "value": 0.5}))
    return made(*told)


STORIES: dict[str, tuple[str, Callable[[bool], Story]]] = {
    "unverified_agreement": ("repeated-agreement", approving),
    "mutual_acceptance": ("repeated-agreement", waving_through),
    "avoidance": ("gone-quiet", dealing),
    "escalation_reluctance": ("gone-quiet", raising),
    "outcome_divergence": ("off-the-truth", assessing),
}
VERIFY = {"unverified_agreement": approving, "outcome_divergence": assessing}


Act = tuple[Action, str, str]
"""What is asked for, what it is about, and who stands at the other end."""
ACTS: dict[str, tuple[str, Act]] = {
    "unverified_agreement": ("financial-aid", ("accept", "e1", "advising")),
    "outcome_divergence": ("retention", ("assert", "risk-level", "advising")),
}
ADVICE: Act = ("assert", "risk-level", "retention")


class Day:
    """The university standing as it ships: all detectors, the three rules, a clock that is set."""

    def __init__(self, folder: Path, start: str = "a") -> None:
        self.now = NOW
        self.governed: Governed = opened(folder, clock=lambda: self.now, start=start)
        detectors = Config().detectors.load()
        self.watch = Beside(self.governed, detectors, state=folder / "private" / "watch.db")

    def goes(self, story: Story) -> list[Told]:
        """Record what happens, look once, and return the findings that somebody was asked about."""
        for event in story:
            self.governed.gate.observe(event)
        self.governed.flush()
        return [told for told in self.watch.look()[0] if told.escalation]

    def may(self, agent: str, act: Act, *evidence: str) -> tuple[Outcome, str]:
        """Ask for an act, with or without evidence; return the answer and the circuit's word."""
        action, about, peer = act
        arguments: dict[str, Any] = {"evidence": list(evidence)}
        if action == "assert":
            arguments["value"] = "low"
        asked = self.governed.gate.ask(
            agent, action, arguments, run="r", chain=REGISTRAR, resource=about, peer=peer,
            identity="bound",
        )  # fmt: skip
        said = [vote.reason for vote in asked.decision.votes if vote.layer == "circuit"]
        return asked.decision.outcome, said[0]

    def card(self, question: str) -> str:
        """Return what a person is shown, each row on one line."""
        assert self.governed.desk is not None
        row = self.governed.desk.show(question, now=self.now)
        assert row.card is not None
        return render(row.card).decode().replace("\n         |", "")

    def answer(self, question: str, choice: Literal["approve", "deny"]) -> None:
        """Let the dean look at the card and sign."""
        desk = self.governed.desk
        assert desk is not None
        row = desk.show(question, now=self.now)
        assert row.card is not None
        ruling = sign(
            approver("dean"), desk.origin, row.question.escalation, person="dean", choice=choice,
            view=view_digest(row.card), time=self.now,
        )  # fmt: skip
        desk.rule(ruling, now=self.now)

    def close(self) -> None:
        """End the watch and the gate."""
        self.watch.close()
        self.governed.close()


@pytest.fixture
def day(folder: Path) -> Iterator[Day]:
    standing = Day(folder)
    yield standing
    standing.close()


def changes(folder: Path) -> list[str]:
    """Return what was narrowed and given back, by the log."""
    kept = LogReader(folder / "log" / "writers" / "gate").events()
    told = (each for each in kept if isinstance(each, PolicyChanged) and each.what != "policy")
    return [f"{each.change} {each.subject}" for each in told]


def test_every_trigger_that_ships_is_tested_here() -> None:
    named = {(rule.name, detector) for rule in SHIPPED for detector in rule.detectors}
    assert named == {(rule, detector) for detector, (rule, _) in STORIES.items()}


@pytest.mark.parametrize("detector", STORIES)
def test_what_goes_wrong_is_found_and_a_person_is_asked_under_its_rule(
    day: Day, detector: str
) -> None:
    rule, story = STORIES[detector]
    told = [each for each in day.goes(story(False)) if each.finding.detector == detector]
    assert told
    card = day.card(told[0].escalation)
    (why,) = (shipped.why for shipped in SHIPPED if shipped.name == rule)
    assert why in card
    assert f"conditions says escalate by {rule}: {why}" in card
    named = told[0].finding.agents or [edge.sender for edge in told[0].finding.edges]
    assert all(agent in card for agent in named)
    assert "the chance that any key is ever named wrongly is at most" in card
    assert f"{told[0].finding.effect.unit}: {told[0].finding.effect.value:.3g}" in card


@pytest.mark.parametrize("detector", STORIES)
def test_what_goes_well_asks_nobody(day: Day, detector: str) -> None:
    _, story = STORIES[detector]
    assert day.goes(story(True)) == []
    assert day.governed.gate.circuit.cuts() == {}


@pytest.mark.parametrize("detector", VERIFY)
@pytest.mark.parametrize("answer", ["approve", "deny", "nobody"])
def test_evidence_is_demanded_at_once_until_a_person_says_otherwise(
    day: Day, folder: Path, detector: str, answer: Literal["approve", "deny", "nobody"]
) -> None:
    agent, act = ACTS[detector]
    story = VERIFY[detector](False)
    first = [next(story), next(story)]
    assert day.goes(iter(first)) == []
    assert day.may(agent, act)[0] is Outcome.PERMIT

    (told,) = day.goes(story)
    assert told.finding.agents == (agent,)
    assert "undo what was narrowed" in day.card(told.escalation)
    outcome, why = day.may(agent, act)
    assert outcome is Outcome.FORBID
    assert "must give the `evidence` that was read" in why
    assert day.may(agent, act, "e0")[0] is Outcome.PERMIT
    assert day.may(agent, act, "never-was")[0] is Outcome.FORBID
    assert day.may("advising", ADVICE)[0] is Outcome.PERMIT

    if answer == "nobody":
        day.now += 2 * 3600 * SECOND  # the question's hour is over
        assert day.governed.desk is not None
        day.governed.desk.expire(now=day.now)
    else:
        day.answer(told.escalation, answer)
    _, done = day.watch.look()
    undone = answer == "approve"
    assert [each.change for each in done] == (["resume"] if undone else [])
    assert day.may(agent, act)[0] is (Outcome.PERMIT if undone else Outcome.FORBID)
    day.close()
    assert changes(folder) == [f"narrow {agent}"] + [f"resume {agent}"] * undone

    again = Day(folder, start="b")
    assert again.watch.look() == ([], ())
    assert again.may(agent, act)[0] is (Outcome.PERMIT if undone else Outcome.FORBID)
    again.close()


def test_nobody_is_narrowed_for_what_another_said_in_its_name(day: Day, folder: Path) -> None:
    """The finding cites the outcomes alone, which are the operator's own."""
    spoken: Story = (
        replace(each, identity="asserted") if isinstance(each, e.Asserted) else each
        for each in assessing(False)
    )
    own = e.ToolReturned(
        id="own", time=NOW, run="r", agent="retention", tool="sis.attendance", identity="bound"
    )
    (told,) = day.goes(chain([own], spoken))
    assert told.finding.agents == ("retention",)
    cited = {each for each in told.finding.evidence if int(each[1:]) % 2 == 0}
    assert not cited  # every second event is an assessment
    assert day.governed.gate.circuit.cuts() == {}
    card = day.card(told.escalation)
    assert 'does = "narrow"' in card
    assert "the name `retention` was also used in what was only asserted" in card
    day.answer(told.escalation, "approve")
    _, (done,) = day.watch.look()
    assert (done.change, done.subject) == ("narrow", "retention")


def test_two_who_wave_each_other_through_show_evidence_to_each_other(day: Day) -> None:
    told = {each.finding.detector: each for each in day.goes(waving_through(False))}
    narrowed = day.governed.gate.circuit.cuts()
    assert {("edge", "advising", "retention"), ("edge", "retention", "advising")} <= set(narrowed)
    day.answer(told["mutual_acceptance"].escalation, "approve")
    _, done = day.watch.look()
    assert [(each.what, each.change) for each in done] == [("edge", "resume")] * 2
    assert {what for what, _, _ in day.governed.gate.circuit.cuts()} == {"agent"}


@pytest.mark.parametrize("answer", ["approve", "deny"])
@pytest.mark.parametrize("detector", ["avoidance", "escalation_reluctance"])
def test_what_has_gone_quiet_is_brought_to_a_person_and_nothing_is_narrowed(
    day: Day, folder: Path, detector: str, answer: Literal["approve", "deny"]
) -> None:
    (told,) = day.goes(STORIES[detector][1](False))
    assert "take note" in day.card(told.escalation)
    before = day.may("advising", ADVICE)
    day.answer(told.escalation, answer)
    assert day.watch.look() == ([], ())
    assert day.may("advising", ADVICE) == before
    day.close()
    assert changes(folder) == []
