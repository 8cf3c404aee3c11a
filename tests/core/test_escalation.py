"""The machine's arrows, and questions and answers that could not count."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import ESCALATION, NOW, RULING, TOKEN

from tertius.core.escalation import NEXT, EscalationError, EscalationState

replace = msgspec.structs.replace

ARROWS = """
open granted
open denied
open expired
open withdrawn
open void
granted started
granted lapsed
granted void
started succeeded
started failed
started unknown
"""


def test_the_arrows_are_those_of_the_security_contract_and_no_others() -> None:
    expected = {tuple(line.split()) for line in ARROWS.split("\n") if line}
    found = {
        (a.value, b.value) for a in EscalationState for b in EscalationState if a.may_become(b)
    }
    assert found == expected


def test_what_has_ended_stays_ended() -> None:
    ends = {state for state in EscalationState if state.terminal}
    assert ends == set(EscalationState) - set(NEXT)
    assert not any(end.may_become(state) for end in ends for state in EscalationState)


def test_nothing_starts_without_a_grant() -> None:
    before = {s for s in EscalationState if s.may_become(EscalationState.STARTED)}
    assert before == {EscalationState.GRANTED}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quorum": 3}, "can never be reached"),
        ({"quorum": 0}, "can never be reached"),
        ({"approvers": ("p-1", "p-1")}, "twice"),
        ({"approvers": ("p-1", "aid")}, "its own request"),
        ({"deadline": NOW}, "ends before it opens"),
        ({"view": "00"}, "bad view"),
    ],
)
def test_a_question_that_nobody_could_answer(change: dict[str, Any], said: str) -> None:
    with pytest.raises(EscalationError, match=said):
        replace(ESCALATION, **change)


def test_a_ruling_carries_a_whole_signature() -> None:
    with pytest.raises(EscalationError, match="signature of 63 bytes"):
        replace(RULING, signature=bytes(63))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nonce": bytes(15)}, "nonce of 15 bytes"),
        ({"resource": None}, "a token for nothing"),
        ({"arguments": "00"}, "bad arguments"),
        ({"origin": ""}, "bad origin"),
    ],
)
def test_a_token_is_for_exactly_one_act(change: dict[str, Any], said: str) -> None:
    with pytest.raises(EscalationError, match=said):
        replace(TOKEN, **change)
