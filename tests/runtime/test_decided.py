"""What the gate does not have read back before it is written reads back all the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.decision import Decision, Fault, Vote, combine
from tertius.core.digest import digest
from tertius.core.errors import TertiusError
from tertius.core.events import LATEST_TIME
from tertius.core.names import MAX_NAME
from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Principal, PrincipalChain, Request, request_digest
from tertius.log.entry import canonical
from tertius.runtime.decided import MAX_REASON, code_for, decided, reads_back

CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
SALT = bytes(32)
NAMES = st.text("abcXYZ09._:/-", min_size=1, max_size=MAX_NAME) | st.text(max_size=3)
TEXTS = st.text(max_size=30) | st.integers(MAX_REASON - 40, MAX_REASON + 40).map("x".__mul__)
OUTCOMES = st.sampled_from(list(Outcome))
HEX = st.none() | st.just("a" * 64)


def a_request(**change: Any) -> Request:
    given = {
        "id": "q1", "time": 5, "run": "r", "agent": "coder", "chain": CHAIN, "action": "tool.call",
        "resource": "mail.send", "arguments": b"{}", "salt": SALT,
        "digest": digest("content", b"{}", salt=SALT), **change,
    }  # fmt: skip
    return Request(**given)


def a_decision(request: Request, votes: list[Vote], faults: list[Fault], **more: Any) -> Decision:
    outcome = combine(votes, faults)
    return Decision(
        request=request_digest(request), time=request.time, outcome=outcome, votes=tuple(votes),
        faults=tuple(faults), level=EnforcementLevel.SIDECAR, arguments=request.arguments,
        code=code_for(outcome, votes, faults), **more,
    )  # fmt: skip


@given(
    request=st.fixed_dictionaries(
        {
            "id": NAMES,
            "run": NAMES,
            "agent": NAMES,
            "task": st.none() | NAMES,
            "time": st.integers(-2, 2) | st.integers(LATEST_TIME - 2, LATEST_TIME + 2),
            "identity": st.sampled_from(["asserted", "framework", "bound", "sworn"]),
        }
    ),
    votes=st.lists(st.tuples(OUTCOMES, st.just("k1"), TEXTS), max_size=3),
    faults=st.lists(TEXTS, max_size=2),
    digests=st.tuples(HEX, HEX),
    shadow=st.booleans(),
)
def test_an_event_that_is_let_by_has_the_bytes_of_one_that_was_read_back(
    request: dict[str, Any],
    votes: list[tuple[Outcome, str, str]],
    faults: list[str],
    digests: tuple[str | None, str | None],
    shadow: bool,
) -> None:
    try:
        asked = a_request(**request)
    except NounError:
        return
    said = [Vote(layer="manifest", outcome=o, rule=r, reason=t) for o, r, t in votes]
    wrong = [Fault(layer="flow", message=text) for text in faults]
    manifest, constitution = digests
    decision = a_decision(
        asked, said, wrong, manifest=manifest, constitution=constitution, shadow=shadow
    )
    event = decided(asked, decision)
    if reads_back(event):
        assert canonical(event, checked=False) == canonical(event, checked=True)


@pytest.mark.parametrize(
    "change",
    [{"id": "q" * MAX_NAME}, {"time": LATEST_TIME + 1}, {"time": -1}, {"identity": "sworn"}],
)
def test_what_would_not_read_back_is_left_to_the_full_check(change: dict[str, Any]) -> None:
    request = a_request(**change)
    event = decided(request, a_decision(request, [], []))
    assert not reads_back(event)
    with pytest.raises(TertiusError):
        canonical(event)
