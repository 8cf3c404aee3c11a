"""A permit given again is the permit that would have been made anew, in every field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.decision import Decision, Vote
from tertius.core.digest import digest
from tertius.core.kinds import encode
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Digester, Principal, PrincipalChain, Request, at
from tertius.runtime.decided import decided, judged
from tertius.runtime.permits import Permit
from tertius.runtime.policies import Policies

NOW = 1_800_000_000_000_000_000
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
POLICIES = Policies(layers=(), constitution="c" * 64, epoch=3, manifest_of=lambda agent: "a" * 64)
VOTES = [
    Vote(layer="circuit", outcome=Outcome.ABSTAIN, rule="circuit", reason="nothing is cut"),
    Vote(layer="manifest", outcome=Outcome.PERMIT, rule="tools/0", reason="granted"),
]


def asks(id: str, arguments: bytes = b"{}", **more: Any) -> Request:
    salt = digest("content", arguments)[:32].encode()
    return Request(
        id=id, time=NOW, run="r", agent="a", chain=CHAIN, arguments=arguments, salt=salt,
        digest=digest("content", arguments, salt=salt),
        **{"action": "memory.write", "resource": "notes", **more},
    )  # fmt: skip


def anew(request: Request, time: int, shadow: bool = False) -> tuple[Decision, Decided]:
    decision = judged(request, time, Outcome.PERMIT, VOTES, (), POLICIES,
                      level=EnforcementLevel.SIDECAR, shadow=shadow)  # fmt: skip
    return decision, decided(request, decision)


def kept(request: Request, shadow: bool = False) -> Permit:
    permit = Permit.of(*anew(request, NOW, shadow), POLICIES, VOTES, Digester(request).of)
    assert permit is not None
    return permit


@given(
    st.binary(max_size=40),
    st.integers(0, 10**9),
    st.booleans(),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
)
def test_it_is_the_one_that_would_have_been_made(
    arguments: bytes, later: int, shadow: bool, key: str
) -> None:
    first, second = asks("q1", key=key), at(asks("q2", arguments, key=key), NOW + later)
    again = kept(first, shadow).again(second, POLICIES, shadow, [*VOTES])
    made = anew(second, NOW + later, shadow)
    assert again == (made[0], encode(made[1]))


ALIKE: dict[str, Any] = {"policies": POLICIES, "shadow": False, "votes": VOTES, "time": NOW}


@pytest.mark.parametrize(
    "other",
    [
        {"policies": Policies(layers=())},
        {"shadow": True},
        {"votes": VOTES[1:]},
        {"votes": [*VOTES, VOTES[0]]},
        {"time": -1},
        {"request": asks("q" * 125)},
    ],
)
def test_on_other_grounds_nothing_is_given_again(other: dict[str, Any]) -> None:
    permit = kept(asks("q1"))

    def again(request: Request, **grounds: Any) -> object:
        g = {**ALIKE, **grounds}
        return permit.again(at(request, g["time"]), g["policies"], g["shadow"], g["votes"])

    assert again(asks("q2")) is not None
    assert again(**{"request": asks("q2"), **other}) is None


def test_what_a_log_may_not_read_back_is_not_given_again() -> None:
    request = asks("q" * 125)
    assert Permit.of(*anew(request, NOW), POLICIES, VOTES, Digester(request).of) is None
