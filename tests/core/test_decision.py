"""Forbid beats escalate beats permit; nothing said is forbid; any fault is forbid."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.examples import ARGUMENTS, ASK, DECISION, DIGEST, NOW, PERMIT

from tertius.core.decision import Decision, DecisionError, Fault, Layer, Vote, combine
from tertius.core.outcome import EnforcementLevel, Outcome

layers = st.sampled_from(["constitution", "circuit", "roles", "manifest", "conditions", "flow"])
votes = st.lists(
    st.builds(
        Vote,
        layer=layers,
        outcome=st.sampled_from(Outcome),
        rule=st.just("x"),
        reason=st.just("y"),
    ),
    max_size=6,
)
faults = st.lists(st.builds(Fault, layer=layers, message=st.just("broke")), max_size=2)

NO = Vote(layer="roles", outcome=Outcome.FORBID, rule="own", reason="not its to settle")
SILENT = Vote(layer="flow", outcome=Outcome.ABSTAIN, rule="none", reason="no label")


def reference(votes: list[Vote], faults: list[Fault]) -> Outcome:
    """The rule as one would say it."""
    if faults or any(v.outcome == "forbid" for v in votes):
        return Outcome.FORBID
    if any(v.outcome == "escalate" for v in votes):
        return Outcome.ESCALATE
    return Outcome.PERMIT if any(v.outcome == "permit" for v in votes) else Outcome.FORBID


@given(votes, faults, st.randoms(use_true_random=False))
def test_combine_is_the_rule_in_any_order(
    votes: list[Vote], faults: list[Fault], rng: random.Random
) -> None:
    answer = combine(votes, faults)
    assert answer is reference(votes, faults)
    rng.shuffle(votes)
    assert combine(votes, faults) is answer


def test_nothing_said_is_forbid() -> None:
    assert combine([]) is Outcome.FORBID
    assert combine([SILENT]) is Outcome.FORBID
    assert combine([SILENT, PERMIT]) is Outcome.PERMIT


def decide(*votes: Vote, shadow: bool = False, faults: tuple[Fault, ...] = ()) -> Decision:
    outcome = combine(votes, faults)
    code = {"permit": None, "forbid": "denied", "escalate": "needs-human"}[outcome]
    return Decision(
        request=DIGEST,
        time=NOW,
        outcome=outcome,
        votes=votes,
        faults=faults,
        level=EnforcementLevel.IN_PROCESS,
        arguments=ARGUMENTS,
        code=code,  # type: ignore[arg-type]  # one of the four codes
        shadow=shadow,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": Outcome.PERMIT, "code": None}, "the votes amount to `escalate`"),
        ({"votes": ()}, "the votes amount to `forbid`"),
        ({"faults": (Fault(layer="flow", message="broke"),)}, "amount to `forbid`"),
        ({"code": None}, "a permit has no denial code"),
        ({"code": "denied"}, "goes with escalate"),
        ({"manifest": "00"}, "bad manifest"),
    ],
)
def test_a_decision_that_does_not_follow_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(DecisionError, match=said):
        msgspec.structs.replace(DECISION, **change)


def test_what_was_judged_is_what_runs() -> None:
    copy = DECISION.frozen_arguments()
    copy["amount"] = 10**6
    assert DECISION.frozen_arguments() == {"amount": 500, "to": "p-9"}


@pytest.mark.parametrize(
    ("layer", "outcome", "obeyed"),
    [
        ("manifest", Outcome.FORBID, Outcome.PERMIT),
        ("conditions", Outcome.ESCALATE, Outcome.PERMIT),
        ("constitution", Outcome.FORBID, Outcome.FORBID),
        ("constitution", Outcome.ESCALATE, Outcome.ESCALATE),
        ("constitution", Outcome.ABSTAIN, Outcome.PERMIT),
    ],
)
def test_shadow_mode_enforces_the_constitution_alone(
    layer: Layer, outcome: Outcome, obeyed: Outcome
) -> None:
    said = Vote(layer=layer, outcome=outcome, rule="r", reason="why")
    assert decide(said, PERMIT, shadow=True).obeyed is obeyed
    enforced = decide(said, PERMIT)
    assert enforced.obeyed is enforced.outcome


def test_a_fault_of_the_constitution_forbids_in_shadow_mode_too() -> None:
    broken = Fault(layer="constitution", message="diagnostic")
    assert decide(PERMIT, shadow=True, faults=(broken,)).obeyed is Outcome.FORBID
    elsewhere = Fault(layer="flow", message="diagnostic")
    assert decide(PERMIT, shadow=True, faults=(elsewhere,)).obeyed is Outcome.PERMIT


def test_forbid_beats_escalate_beats_permit() -> None:
    assert decide(PERMIT, ASK).outcome is Outcome.ESCALATE
    assert decide(PERMIT, ASK, NO).outcome is Outcome.FORBID
