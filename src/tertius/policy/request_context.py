"""One request as the record that Cedar rules read: who, what, for whom, after what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from tertius.core.errors import NotEvaluatedError
from tertius.core.label import ALL_ORIGINS, MOST_RESTRICTED, Confidentiality, Label
from tertius.core.request import Request
from tertius.policy.cedar_terms import Uid
from tertius.policy.declared_arguments import Type
from tertius.policy.request_schema import EDGES


class ContextFaultError(NotEvaluatedError):
    """A request that does not have the declared form; no rule can judge it."""


class Member(Struct, frozen=True, kw_only=True):
    """What rules may read of one agent."""

    agent: str
    operator: str
    principal: str
    family: str
    owns: tuple[str, ...] = ()
    clearance: Confidentiality = Confidentiality.PUBLIC


class Recall(Struct, frozen=True, kw_only=True):
    """What the past says about one request: decision time, counters, and evidence so far."""

    time: int
    counts: Mapping[str, int] = {}
    votes: int = 0
    families: int = 0
    verified: bool = False
    contradicted: bool = False


class Chronicle(Protocol):
    """Whoever remembers: for a request, its decision time, the named counters, the evidence."""

    def moment(self, request: Request) -> int:
        """Return the decision time of a request, in UTC nanoseconds."""
        ...

    def recall(self, request: Request, counters: Iterable[str]) -> Recall:
        """Return what is remembered; a counter that cannot be told raises."""
        ...


class NoChronicle:
    """Remembers nothing: the request's own time, no evidence, no counters."""

    def moment(self, request: Request) -> int:
        """Return the request's own time."""
        return request.time

    def recall(self, request: Request, counters: Iterable[str]) -> Recall:
        """Return the time alone; asking for a counter is an error."""
        for name in counters:
            raise ContextFaultError(f"no history is kept, so nobody knows the counter `{name}`")
        return Recall(time=request.time)


def members_json(members: Iterable[Member]) -> str:
    """Return the agents as a Cedar entity document."""
    return msgspec.json.encode(
        [
            {
                "uid": {"type": "Agent", "id": member.agent},
                "attrs": {
                    "operator": member.operator,
                    "principal": member.principal,
                    "family": member.family,
                    "owns": list(member.owns),
                    "clearance": member.clearance.rank,
                },
                "parents": [],
            }
            for member in members
        ]
    ).decode()


def target_of(action: str, resource: str | None, peer: str | None) -> Uid:
    """Return what rules see as `resource`: the peer of an act on a peer, else what is acted on.

    What else a request names cannot hide it.

    Examples
    --------
    >>> target_of("message.send", "draft", "press"), target_of("tool.call", "mail", "press")
    (Uid(type='Agent', id='press'), Uid(type='Resource', id='mail'))
    """
    if resource is None or (peer is not None and action in EDGES):
        return Uid("Agent", peer or "")
    return Uid("Resource", resource)


def context_of(request: Request, fields: Mapping[str, Type], past: Recall) -> dict[str, Any]:
    """Return the context of a request: exactly the given fields, absent ones left out.

    Raises
    ------
    ContextFaultError
        A declared argument has another type than declared.
    """
    context: dict[str, Any] = {}
    for field, kind in fields.items():
        name = field.rstrip("?")
        if name == "arguments":
            assert isinstance(kind, dict)
            context[name] = _projected(request.decoded(), kind, "arguments")
        elif name == "counts":
            context[name] = {counter: past.counts[counter] for counter in kind}
        else:
            value = _READ[name](request, past)
            if value is not None:
                context[name] = value
    return context


def _origins(request: Request, past: Recall) -> list[str]:
    origins = _label(request).origins
    return [] if origins == ALL_ORIGINS else list(origins)


def _label(request: Request) -> Label:
    return request.label if request.label is not None else MOST_RESTRICTED


_READ: Final[dict[str, Any]] = {
    "run": lambda request, past: request.run,
    "task": lambda request, past: request.task,
    "time": lambda request, past: past.time,
    "identity": lambda request, past: request.identity,
    "root": lambda request, past: request.chain.links[0].name,
    "chain": lambda request, past: list(request.chain.names),
    "hops": lambda request, past: len(request.chain.links),
    "chain_identity": lambda request, past: request.chain.identity,
    "channel": lambda request, past: request.channel,
    "via": lambda request, past: request.via,
    "key": lambda request, past: request.key,
    "peer": lambda request, past: (
        None if request.peer is None else {"type": "Agent", "id": request.peer}
    ),
    "subject": lambda request, past: request.resource,
    "confidentiality": lambda request, past: _label(request).confidentiality.rank,
    "integrity": lambda request, past: _label(request).integrity.rank,
    "origins": _origins,
    "all_origins": lambda request, past: _label(request).origins == ALL_ORIGINS,
    "votes": lambda request, past: past.votes,
    "families": lambda request, past: past.families,
    "verified": lambda request, past: past.verified,
    "contradicted": lambda request, past: past.contradicted,
}


def _projected(value: Any, kinds: dict[str, Type], where: str) -> dict[str, Any]:
    """Return the declared part of the arguments, every value of its declared type."""
    if not isinstance(value, dict):
        if kinds:
            raise ContextFaultError(f"`{where}` is no object; rules read fields of it")
        return {}
    kept = {}
    for field, kind in kinds.items():
        name = field.rstrip("?")
        if name not in value:
            continue
        found = value[name]
        if isinstance(kind, dict):
            kept[name] = _projected(found, kind, f"{where}.{name}")
        elif _fits(found, kind):
            kept[name] = found
        else:
            raise ContextFaultError(f"`{where}.{name}` is not of its declared type {kind}")
    return kept


def _fits(value: Any, kind: str) -> bool:
    if kind == "Long":
        return type(value) is int
    if kind == "String":
        return type(value) is str
    if kind == "Bool":
        return type(value) is bool
    item = int if kind == "Set<Long>" else str
    return type(value) is list and all(type(each) is item for each in value)
