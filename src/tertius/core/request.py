"""What is about to happen, before anybody judged it."""

from __future__ import annotations

from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, Literal

from msgspec import json
from msgspec.structs import force_setattr

from tertius.core.digest import SALT_BYTES, digest, domain
from tertius.core.events import ChannelKind, Identity, Text, Time
from tertius.core.label import Label
from tertius.core.names import are_names
from tertius.core.noun import Hex64, Noun, NounError, ProperName, require_names

Action = Literal[
    "message.send",
    "model.call",
    "tool.call",
    "memory.read",
    "memory.write",
    "resource.claim",
    "resource.release",
    "hand_off",
    "delegate",
    "task.assign",
    "determine",
    "assert",
    "accept",
    "rate",
    "verify",
    "act",
    "declassify",
    "endorse",
    "policy.propose",
]
"""Every kind of act that the gate judges; ``determine`` settles a question that a role owns."""

PrincipalKind = Literal["person", "organisation", "agent"]


_decode = json.Decoder().decode


class RequestError(NounError):
    """A request that no adapter may make."""


class Principal(Noun, frozen=True, kw_only=True):
    """One link of a chain: who passed authority on, how that is known, and until when.

    `delegation` is the id of the event that passed the authority to the next link; `expires` is
    UTC nanoseconds, None when the link lasts as long as its parent.
    """

    name: ProperName
    kind: PrincipalKind
    identity: Identity = "asserted"
    delegation: ProperName | None = None
    expires: Time | None = None

    def __post_init__(self) -> None:
        require_names(RequestError, principal=self.name, delegation=self.delegation)


class PrincipalChain(Noun, frozen=True, kw_only=True, cache_hash=True):
    """For whom an agent acts: from a person or organisation down to the agent's own principal.

    Raises
    ------
    RequestError
        The chain is empty, begins with an agent, or names somebody twice.

    Notes
    -----
    Authority is the intersection over the chain; children expire with their parents.

    Examples
    --------
    >>> chain = PrincipalChain(links=(Principal(name="registrar", kind="person"),
    ...     Principal(name="planner", kind="agent", delegation="e7", expires=5)))
    >>> chain.names, chain.expires, chain.identity
    (('registrar', 'planner'), 5, 'asserted')
    """

    links: tuple[Principal, ...]

    def __post_init__(self) -> None:
        if not self.links:
            raise RequestError("empty principal chain; somebody must answer for the agent")
        if self.links[0].kind == "agent":
            raise RequestError(
                f"principal chain begins with agent `{self.links[0].name}`; "
                "it begins with a person or an organisation"
            )
        if len(set(self.names)) != len(self.names):
            raise RequestError("principal chain names somebody twice; authority does not go round")

    @property
    def names(self) -> tuple[str, ...]:
        """Names from the root to the last link."""
        return tuple(link.name for link in self.links)

    @property
    def expires(self) -> int | None:
        """UTC nanoseconds at which the first link lapses, None when none does."""
        return min((link.expires for link in self.links if link.expires is not None), default=None)

    @property
    def identity(self) -> Identity:
        """How well the chain is known: as well as its weakest link."""
        order: tuple[Identity, ...] = ("asserted", "framework", "authenticated", "bound")
        return min((link.identity for link in self.links), key=order.index)


class Request(Noun, frozen=True, kw_only=True):
    """One act that an agent is about to take.

    Parameters
    ----------
    id, run, agent, task
        Names; `task` None when the act belongs to no task.
    time
        UTC nanoseconds at which the adapter asked.
    chain
        For whom the agent acts.
    action
        One of `Action`.
    resource, peer
        What is acted on, or who receives: at least one of them.
    key
        The key in a memory store, None elsewhere.
    channel, via
        Channel that the act uses, None where it uses none, and of which kind it is.
    arguments
        Canonical JSON bytes (RFC 8785), made once, after strict parsing.
    salt
        32 random bytes.
    digest
        SHA-256("tertius/v1/content" + NUL + salt + arguments): the same commitment that the
        event of the act carries as `content`.
    label
        Information-flow label of the arguments; None means most restricted.
    identity
        How the agent's own name is known.

    Raises
    ------
    RequestError
        A bad name, no target, or a digest that is not that of the arguments.

    Notes
    -----
    The digest is computed again when a request is made or decoded, so arguments cannot be
    exchanged under it. A request cannot see whether its label is complete.
    """

    id: ProperName
    time: Time
    run: ProperName
    agent: ProperName
    chain: PrincipalChain
    action: Action
    resource: ProperName | None = None
    peer: ProperName | None = None
    key: Text | None = None
    channel: ProperName | None = None
    via: ChannelKind = "message"
    arguments: bytes
    salt: bytes
    digest: Hex64
    label: Label | None = None
    task: ProperName | None = None
    identity: Identity = "asserted"

    def __post_init__(self) -> None:
        targets = (self.resource, self.peer, self.channel, self.task)
        names = [self.id, self.run, self.agent, *[name for name in targets if name is not None]]
        if not are_names(names):  # the gate makes many of these: name the field only now
            require_names(
                RequestError,
                id=self.id,
                run=self.run,
                agent=self.agent,
                resource=self.resource,
                peer=self.peer,
                channel=self.channel,
                task=self.task,
            )
            raise RequestError("a request without an id, a run or an agent; expected a name each")
        if self.resource is None and self.peer is None:
            raise RequestError(f"request `{self.id}` has no target; expected a resource or a peer")
        if len(self.salt) != SALT_BYTES:
            raise RequestError(f"salt of {len(self.salt)} bytes; expected {SALT_BYTES}")
        if digest("content", self.arguments, salt=self.salt) != self.digest:
            raise RequestError(f"digest of request `{self.id}` is not that of its arguments")

    def decoded(self) -> Any:
        """Return the arguments, decoded afresh from the canonical bytes.

        Two calls give two equal values that share nothing, so changing one changes no other.
        """
        return _decode(self.arguments)


def again(
    request: Request, id: str, time: int, arguments: bytes, salt: bytes, digest: str
) -> Request:
    """Return the act of a request once more, under another id and with other arguments.

    Parameters
    ----------
    id
        A name; the caller answers for that, as for the digest.
    digest
        Made from `salt` and `arguments`; it is not made again.

    Notes
    -----
    A twelfth of the time of a new request: what both share was checked when the first was made.
    """
    copy: Request = request.__copy__()  # type: ignore[attr-defined]  # the stubs leave it out
    force_setattr(copy, "id", id)
    force_setattr(copy, "time", time)
    force_setattr(copy, "arguments", arguments)
    force_setattr(copy, "salt", salt)
    force_setattr(copy, "digest", digest)
    return copy


def at(request: Request, time: int) -> Request:
    """Return the same request at another time; what was checked is not checked again."""
    copy: Request = request.__copy__()  # type: ignore[attr-defined]  # the stubs leave it out
    force_setattr(copy, "time", time)
    return copy


def request_digest(request: Request) -> str:
    """Return the digest by which decisions, escalations and tokens refer to a request.

    It covers every field; the arguments enter through their salted digest, so that the reference
    stays valid after the content is erased.
    """
    return sha256(_DOMAIN + _encode(_referred(request))).hexdigest()


class Digester:
    """Makes the digests of requests that differ in id, time and arguments alone.

    Parameters
    ----------
    request
        One of them.

    Notes
    -----
    What they share is encoded once. `request_digest` says the same of each.

    Examples
    --------
    >>> chain = PrincipalChain(links=(Principal(name="dean", kind="person"),))
    >>> ask = Request(id="q1", time=5, run="r", agent="a", chain=chain, action="rate", peer="b",
    ...     arguments=b"{}", salt=bytes(32), digest=digest("content", b"{}", salt=bytes(32)))
    >>> Digester(ask).of("q1", "6", ask.digest) == request_digest(at(ask, 6))
    True
    """

    def __init__(self, request: Request) -> None:
        before = _encode(_before(request))[1:-1].decode()
        after = _encode(_after(request))[1:].decode()
        self._parts = (f',{before},"', f'",{after}')

    def of(self, id: str, time: str, digest: str) -> str:
        """Return the digest of a request that differs from the first one only as said.

        Parameters
        ----------
        time
            UTC nanoseconds in digits: who writes them elsewhere too makes them once.
        digest
            Of its arguments.
        """
        middle, end = self._parts
        text = f'["{id}",{time}{middle}{digest}{end}'
        made = _BEGUN.copy()
        made.update(text.encode())
        return made.hexdigest()


_DOMAIN: Final = domain("request")
_BEGUN: Final = sha256(_DOMAIN)  # copied: to make a new one takes as long as to hash a request
_encode = json.Encoder().encode


_referred = attrgetter(
    *(name for name in Request.__struct_fields__ if name not in ("arguments", "salt"))
)
_before = attrgetter("run", "agent", "chain", "action", "resource", "peer", "key", "channel", "via")
_after = attrgetter("label", "task", "identity")
