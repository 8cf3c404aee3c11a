"""A request binds its arguments; nothing can be exchanged under its digest."""

import msgspec
import pytest
from tests.core.examples import CHAIN, DIGEST, NOW, REQUEST

from tertius.core.request import (
    Principal,
    PrincipalChain,
    Request,
    RequestError,
    request_digest,
)

replace = msgspec.structs.replace


def test_arguments_cannot_be_exchanged_under_the_digest() -> None:
    for change in ({"arguments": b'{"amount":501,"to":"p-9"}'}, {"salt": bytes(32)}):
        with pytest.raises(RequestError, match="not that of its arguments"):
            replace(REQUEST, **change)
    with pytest.raises(RequestError, match="not that of its arguments"):
        replace(REQUEST, digest=DIGEST)


def test_a_decoded_request_is_checked_too() -> None:
    tree = msgspec.to_builtins(REQUEST)
    tree["digest"] = DIGEST
    with pytest.raises(msgspec.ValidationError, match="not that of its arguments"):
        msgspec.json.decode(msgspec.json.encode(tree), type=Request)


def test_decoded_arguments_share_nothing() -> None:
    first, second = REQUEST.decoded(), REQUEST.decoded()
    first["amount"] = 10**6
    assert second == {"amount": 500, "to": "p-9"}
    assert REQUEST.decoded() == second


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agent": "two words"}, "bad agent"),
        ({"peer": ""}, "bad peer"),
        ({"resource": None}, "no target"),
        ({"salt": b"short"}, "salt of 5 bytes"),
    ],
)
def test_a_request_that_no_adapter_may_make(change: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        replace(REQUEST, **change)


def test_the_digest_of_a_request_covers_every_field_but_the_content_itself() -> None:
    changes: list[dict[str, object]] = [
        {"id": "q2"},
        {"time": NOW + 1},
        {"run": "r2"},
        {"agent": "b"},
        {"chain": PrincipalChain(links=CHAIN.links[:1])},
        {"action": "delegate"},
        {"resource": "ledger.read"},
        {"peer": "b"},
        {"key": "k"},
        {"channel": "c"},
        {"via": "memory"},
        {"label": None},
        {"task": None},
        {"identity": "bound"},
    ]
    digests = {request_digest(replace(REQUEST, **change)) for change in changes}
    assert len(digests | {request_digest(REQUEST)}) == len(changes) + 1
    covered = {name for change in changes for name in change}
    assert covered == set(Request.__struct_fields__) - {"arguments", "salt", "digest"}


def test_a_chain_begins_with_somebody_who_can_answer() -> None:
    agent = Principal(name="planner", kind="agent")
    with pytest.raises(RequestError, match="begins with agent `planner`"):
        PrincipalChain(links=(agent,))
    with pytest.raises(RequestError, match="empty principal chain"):
        PrincipalChain(links=())
    person = Principal(name="registrar", kind="person")
    with pytest.raises(RequestError, match="twice"):
        PrincipalChain(links=(person, agent, person))


def test_a_chain_is_as_short_lived_and_as_weak_as_its_weakest_link() -> None:
    chain = PrincipalChain(
        links=(
            Principal(name="org", kind="organisation", identity="bound", expires=9),
            Principal(name="a", kind="agent", identity="framework"),
            Principal(name="b", kind="agent", identity="bound", expires=7),
        )
    )
    assert (chain.expires, chain.identity) == (7, "framework")
    assert PrincipalChain(links=(Principal(name="p", kind="person"),)).expires is None
