"""Every reachable state holds the properties, and each defence taken away is missed at once."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from tests.escalation.world import ASKED, QUESTION, Step, Store, broken, explore, short

from tertius.core.escalation import EscalationState
from tertius.escalation import machine, queue
from tertius.escalation.question import Question


def test_the_properties_hold_in_every_reachable_state() -> None:
    reached: dict[Any, Question] = {}

    def check(step: Step) -> str:
        reached.setdefault(short(step.after.question), step.after.question)
        return broken(step)

    states, steps, found, how = explore(Store(), check)
    assert (found, how) == ("", [])
    assert states > 10_000 and steps > 100_000  # it did explore
    assert {question.state for question in reached.values()} == set(EscalationState)
    assert [q for q in reached.values() if not is_listed(q)] == []


def is_listed(question: Question) -> bool:
    """P9: whether an open blocking question has a line, among many that look just like it."""
    alike = [
        replace(question, escalation=replace(ASKED, id=f"y{n}", deadline=1, blocking=n < 2))
        for n in range(4)
    ]
    lines = queue.arrange([*alike, question])
    return question.state is not EscalationState.OPEN or question in [x.question for x in lines]


def test_without_that_defence_a_blocking_question_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert is_listed(QUESTION)
    monkeypatch.setattr(queue, "may_fold", always(True))
    assert not is_listed(QUESTION)


def always(answer: Any) -> Callable[..., Any]:
    return lambda *_: answer


MUTANTS: dict[str, tuple[dict[str, Any], str]] = {
    "a signature is not checked": ({"is_signed": always(True), "holds": always(True)}, "P"),
    "the requester's principal may rule": (
        {"is_eligible": lambda q, person: person in ASKED.approvers},
        "P1",
    ),
    "keys are counted, not people": (
        {"people": lambda rulings: frozenset((r.person, r.key) for r in rulings)},
        "P1",
    ),
    "one approval is enough": ({"is_enough": lambda q, approving: len(approving) >= 1}, "P1"),
    "a yes to another request counts": ({"answers_this": always(True)}, "P1"),
    "a yes to another view counts": ({"saw_this": always(True)}, "P1"),
    "late answers count": ({"deadline_passed": always(False)}, "P"),
    "revoked approvals go on counting": ({"holds": always(True)}, "P1"),
    "a grant in the database is believed": (
        {"is_enough": lambda q, a: not q.rulings or len(a) >= ASKED.quorum},
        "P1",
    ),
    "silence is a no": ({"after_deadline": always(EscalationState.DENIED)}, "P6"),
    "a grant lasts for ever": ({"grant_passed": always(False)}, "P7"),
    "arguments may change": ({"same_act": always(True)}, "P4"),
    "policy is not asked again": ({"is_forbidden": always(False)}, "P10"),
    "the kill switch is not asked": ({"is_halted": always(False)}, "P3"),
    "an end is no end": (
        {"has_ended": always(False), "can_answer": always(True), "has_arrow": always(True)},
        "P",
    ),
    "a grant is consumed again": ({"can_start": always(True), "has_arrow": always(True)}, "P"),
    "the store does not compare": ({"compares": False}, "P"),
    "the effect comes before the commit": ({"commits_before_effect": False}, "P8"),
    "a crash makes it ready again": ({"crash_leaves": "granted"}, "P8"),
    "the store forgets the time": ({"ratchets": False}, "P7"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_without_a_defence_the_same_exploration_finds_the_harm(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    defences, caught_by = MUTANTS[name]
    store = Store()
    for defence, replacement in defences.items():
        target = store if hasattr(store, defence) else machine
        monkeypatch.setattr(target, defence, replacement)
    _, _, found, how = explore(store, broken)
    assert found.startswith(caught_by), how
