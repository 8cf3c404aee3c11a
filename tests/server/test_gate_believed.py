"""What is believed of an answer does not depend on what was answered before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Principal, PrincipalChain, Request, request_digest
from tertius.log.content import SeededSalts, seal
from tertius.runtime.acts import Acts
from tertius.server.gate_believed import NoGateError, believed
from tertius.server.gate_wire import Ask, Judged, chain_bytes

CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
SALTS = SeededSalts(1)
CODES = {
    Outcome.PERMIT: [None],
    Outcome.ESCALATE: ["needs-human"],
    Outcome.FORBID: ["denied", "not-granted", "bad-argument"],
}


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[Ask, Judged]:
    """Return a question and an honest gate's answer to it."""
    raw = draw(st.sampled_from([b"{}", b'{"a":1}', b"[]"]))
    resource = draw(st.sampled_from(["notes", "mail"]))
    asked = Ask(1, "a", "memory.write", raw, "r", chain_bytes(CHAIN), resource)
    outcome = draw(st.sampled_from(list(CODES)))
    shadow = draw(st.booleans())
    sealed = seal(raw, salts=SALTS)
    request = Request(
        id=draw(st.sampled_from(["q1", "q2"])), time=draw(st.integers(0, 9)), run="r", agent="a",
        chain=CHAIN, action="memory.write", resource=resource, arguments=raw, salt=sealed.salt,
        digest=sealed.digest, identity="bound",
    )  # fmt: skip
    return asked, Judged(
        1, request.id, request.time, request.salt, request.digest, request.identity,
        request_digest(request), draw(st.integers(0, 9)), outcome,
        draw(st.sampled_from([outcome, Outcome.PERMIT])) if shadow else outcome,
        draw(st.sampled_from([EnforcementLevel.SIDECAR, EnforcementLevel.GATEWAY])),
        draw(st.sampled_from([None, "a" * 64])), draw(st.sampled_from([None, "b" * 64])),
        draw(st.integers(0, 1)), draw(st.sampled_from(CODES[outcome])), shadow,
    )  # fmt: skip


@given(st.lists(exchanges(), max_size=8))
def test_each_answer_is_read_as_if_it_were_the_first(said: list[tuple[Ask, Judged]]) -> None:
    kept = Acts()
    for asked, judged in said:
        found = believed(judged, asked, CHAIN, kept)
        assert found == believed(judged, asked, CHAIN, Acts())
        assert found.decision.obeyed is judged.obeyed
        assert found.decision.arguments == asked.arguments


@pytest.mark.parametrize(
    "change",
    [{"request": "0" * 64}, {"request": "no digest"}, {"id": "q9"}, {"content": "0" * 64},
     {"salt": b"short"}, {"identity": "asserted"}, {"time": 77}, {"code": "denied"}],
)  # fmt: skip
@given(exchanges())
def test_after_an_honest_answer_another_is_no_more_believed_than_before(
    change: dict[str, Any], said: tuple[Ask, Judged]
) -> None:
    asked, judged = said
    forged = replace(judged, **change)
    kept = Acts()
    believed(judged, asked, CHAIN, kept)
    if forged == judged or (judged.outcome is Outcome.FORBID and "code" in change):
        return  # that is honest
    with pytest.raises((NoGateError, NounError)):
        believed(forged, asked, CHAIN, kept)
