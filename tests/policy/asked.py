"""Requests for tests of policy: one function, everything by keyword."""

from typing import Any

import msgspec

from tertius.core.constitution import Constitution, ConstitutionRule
from tertius.core.digest import digest
from tertius.core.label import Label
from tertius.core.request import Action, Principal, PrincipalChain, Request
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.request_context import Chronicle, Member

NOW = 1_800_000_000_000_000_000
SECOND = 1_000_000_000
SALT = bytes(32)
ROOT = Principal(name="registrar", kind="person", identity="authenticated")
PUBLIC = Label(origins=("sis",))

_encode = msgspec.json.Encoder(order="sorted").encode


def chain(*agents: str) -> PrincipalChain:
    """Return a chain from the registrar down through agents."""
    links = tuple(Principal(name=a, kind="agent", delegation=f"d/{a}") for a in agents)
    return PrincipalChain(links=(ROOT, *links))


def asked(
    action: Action = "tool.call",
    resource: str | None = "ledger.pay",
    *,
    id: str = "q1",
    agent: str = "aid",
    peer: str | None = None,
    arguments: Any = None,
    time: int = NOW,
    task: str | None = "t1",
    run: str = "r1",
    label: Label | None = None,
    key: str | None = None,
    channel: str | None = None,
    links: PrincipalChain | None = None,
) -> Request:
    """Return a request; everything has a plain default."""
    raw = _encode({} if arguments is None else arguments)
    return Request(
        id=id,
        time=time,
        run=run,
        agent=agent,
        chain=links if links is not None else chain(),
        action=action,
        resource=resource,
        peer=peer,
        key=key,
        channel=channel,
        arguments=raw,
        salt=SALT,
        digest=digest("content", raw, salt=SALT),
        label=label,
        task=task,
        identity="bound",
    )


def constitution(
    *rules: str, schema: str = "type Arguments = {};", version: int = 1
) -> Constitution:
    """Return a constitution whose rules are called k1, k2, ..."""
    return Constitution(
        name="campus",
        version=version,
        accountable="p-1",
        schema=schema,
        rules=tuple(
            ConstitutionRule(id=f"k{n}", why=f"reason {n}", cedar=text)
            for n, text in enumerate(rules, 1)
        ),
        not_before=0,
        not_after=2 * NOW,
    )


def layer(
    *rules: str,
    schema: str = "type Arguments = {};",
    members: tuple[Member, ...] = (),
    chronicle: Chronicle | None = None,
) -> ConstitutionLayer:
    """Return the layer of a constitution with these rules."""
    return ConstitutionLayer(
        constitution(*rules, schema=schema), members=members, chronicle=chronicle
    )


def member(agent: str, family: str = "f", *owns: str) -> Member:
    """Return an agent that rules may ask about."""
    return Member(agent=agent, operator="campus", principal="dean", family=family, owns=owns)
