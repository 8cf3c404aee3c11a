"""Delegated authority: the intersection over the whole chain, derived from what was recorded.

A chain that a request carries is a claim. It counts only where every link of it was recorded as a
permitted delegation, is neither revoked nor expired, nor any before it, and covers the act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import Meta, Struct

from tertius.core.decision import Layer, Vote
from tertius.core.errors import CallerError
from tertius.core.events import BaseEvent, Delegated
from tertius.core.manifest import PROPOSERS, Manifest
from tertius.core.noun import Noun, ProperName
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Action, Request
from tertius.policy.ceiling import exceeds

MAX_RECORDED: Final = 65_536
NANOSECONDS: Final = 1_000_000_000


_FOR_NOBODY: Final = frozenset((each, each) for each in PROPOSERS)
"""Chains of those who act for nobody but themselves."""


class DelegationError(CallerError):
    """A delegation that would pass on more than the giver has."""


class Grants(Protocol):
    """Whoever knows the manifests: may this agent, by its own grants, do what is asked."""

    def may(self, agent: str, request: Request) -> bool:
        """Whether the agent's own manifest grants the act of the request."""
        ...


class Chronometer(Protocol):
    """Whoever knows the decision time of a request."""

    def moment(self, request: Request) -> int:
        """Return it in UTC nanoseconds."""
        ...


class Scope(Noun, frozen=True, kw_only=True):
    """What is passed on: kinds of act, for ``tool.call`` which tools, and how many further hops."""

    actions: tuple[Action, ...] = ()
    tools: tuple[ProperName, ...] = ()
    depth: Annotated[int, Meta(ge=0, le=16)] = 0

    def covers(self, request: Request) -> bool:
        """Whether an act lies within."""
        if request.action not in self.actions:
            return False
        return request.action != "tool.call" or request.resource in self.tools

    def within(self, other: Scope) -> bool:
        """Whether this, passed on by somebody who was given `other`, is less than `other`."""
        return (
            set(self.actions) <= set(other.actions)
            and set(self.tools) <= set(other.tools)
            and self.depth < other.depth
        )


class Recorded(Struct, frozen=True, kw_only=True):
    """One delegation that was permitted and recorded."""

    id: str
    giver: str
    taker: str
    scope: Scope
    expires: int
    run: str
    task: str
    parent: str | None


class Delegations:
    """All delegations of a group, and the layer that holds every chain against them.

    Parameters
    ----------
    manifests
        All in force, by agent: ceilings and principals.
    grants
        Whether a giver's own manifest grants an act.
    clock
        Tells the decision time.

    Notes
    -----
    A parent that is not on record makes a delegation void; there is no registry to leave out.
    Expiry and revocation are looked up along the chain at every decision, so that they reach every
    child at once. Bounded by `MAX_RECORDED`; expired ones are dropped, and beyond that nothing more
    can be delegated. Cannot see authority that is passed on outside the gate.

    References
    ----------
    Project security contract, section 3, invariant 5.
    """

    layer: Final[Layer] = "roles"

    def __init__(self, manifests: Iterable[Manifest], grants: Grants, clock: Chronometer) -> None:
        self._manifests: Mapping[str, Manifest] = {each.agent: each for each in manifests}
        self._grants = grants
        self._clock = clock
        self._recorded: dict[str, Recorded] = {}
        self._revoked: set[str] = set()
        self._lock = Lock()

    def record(self, id: str, request: Request) -> Recorded:
        """Record a permitted ``delegate`` request under the id of its event.

        Raises
        ------
        DelegationError
            It would widen: more than the giver has, to somebody else, deeper or longer.
        """
        with self._lock:
            made = self._proposed(id, request)
            self._keep(made, self._clock.moment(request))
        return made

    def rebuild(self, events: Iterable[BaseEvent]) -> None:
        """Record what a log holds, after a restart.

        Notes
        -----
        A delegation by an agent that holds its authority from another cites that delegation among
        its causes. One whose scope cannot be read, goes deeper than its giver's manifest lets it,
        or beyond what the giver was given, passes on nothing; and none outlasts either.
        """
        for event in events:
            if isinstance(event, PolicyChanged) and event.change == "revoke":
                self.revoke(event.subject)
            if not isinstance(event, Delegated) or event.identity == "asserted":
                continue
            causes = [self._recorded.get(cause.id) for cause in event.causes]
            parent = next((c for c in causes if c is not None and c.taker == event.agent), None)
            scope, expires = self._bounded(event, parent)
            made = Recorded(
                id=event.id,
                giver=event.agent,
                taker=event.to,
                scope=scope,
                expires=expires,
                run=event.run,
                task=event.task,
                parent=None if parent is None else parent.id,
            )
            with self._lock:
                self._keep(made, event.time)

    def revoke(self, id: str) -> None:
        """Revoke a delegation, and with it everything that rests on it."""
        with self._lock:
            if id in self._recorded:
                self._revoked.add(id)

    def revoke_agent(self, agent: str) -> None:
        """Revoke everything that an agent gave or took."""
        with self._lock:
            for each in self._recorded.values():
                if agent in (each.giver, each.taker):
                    self._revoked.add(each.id)

    def judge(self, request: Request) -> Vote:
        """Say whether the chain is on record, and covers the act all along."""
        with self._lock:
            why = self._broken(request)
            if not why and request.action == "delegate":
                try:
                    self._proposed("proposed", request)
                except DelegationError as error:
                    why = str(error)
        if why:
            return Vote(
                layer=self.layer, outcome=Outcome.FORBID, rule="delegation", reason=why[:1000]
            )
        return Vote(
            layer=self.layer,
            outcome=Outcome.ABSTAIN,
            rule="delegation",
            reason="the chain is on record",
        )

    def _broken(self, request: Request) -> str:
        """Return what is wrong with the chain of a request, empty when it holds."""
        links = request.chain.links
        names = (*request.chain.names, request.agent)
        if names in _FOR_NOBODY:  # they only propose
            return ""
        first = self._manifests.get(names[1])
        if first is None or names[0] not in (first.principal, first.operator):
            return f"`{names[0]}` is not the principal of `{names[1]}`"
        if len(set(names)) != len(names):
            return "the chain goes round"
        time = self._clock.moment(request)
        parent: str | None = None
        for link, taker in zip(links[1:], names[2:], strict=True):
            made = self._recorded.get(link.delegation or "")
            if made is None:
                return f"no delegation from `{link.name}` to `{taker}` is on record"
            if (made.giver, made.taker, made.parent) != (link.name, taker, parent):
                return f"delegation `{made.id}` was made by or to somebody else"
            if made.run != request.run or (made.task and made.task != request.task):
                return f"delegation `{made.id}` is for another task"
            if made.id in self._revoked:
                return f"delegation `{made.id}` was revoked"
            if time > made.expires or (link.expires is not None and time > link.expires):
                return f"delegation `{made.id}` has expired"
            if not made.scope.covers(request) and request.action != "delegate":
                return f"delegation `{made.id}` does not cover the act"
            if not self._grants.may(made.giver, request) and request.action != "delegate":
                return f"`{made.giver}` may not do itself what it passed on"
            parent = made.id
        return ""

    def _proposed(self, id: str, request: Request) -> Recorded:
        """Return the delegation that a request would make; widening raises."""
        if request.peer is None or request.peer in (*request.chain.names, request.agent):
            raise DelegationError("a delegation names a peer that is not in the chain yet")
        parent_id = request.chain.links[-1].delegation if len(request.chain.links) > 1 else None
        parent = self._recorded.get(parent_id) if parent_id is not None else None
        if parent_id is not None and parent is None:
            raise DelegationError(f"delegation `{parent_id}` is not on record")
        scope, lifetime = self._fitting(request, parent)
        ends = [self._clock.moment(request) + lifetime, self._manifests[request.agent].not_after]
        return Recorded(
            id=id,
            giver=request.agent,
            taker=request.peer,
            scope=scope,
            expires=min(ends if parent is None else [*ends, parent.expires]),
            run=request.run,
            task=request.task or "",
            parent=parent_id,
        )

    def _fitting(self, request: Request, parent: Recorded | None) -> tuple[Scope, int]:
        """Return what would be passed on and for how long; more than the giver has raises."""
        manifest = self._manifests.get(request.agent)
        if manifest is None:
            raise DelegationError(f"`{request.agent}` has no manifest, and so nothing to pass on")
        arguments = request.decoded()
        excess = exceeds(manifest.delegation, request.peer, arguments)
        if excess is not None:
            raise DelegationError(f"manifest of `{request.agent}` {excess.said}")
        lifetime = int(arguments.pop("lifetime") * NANOSECONDS)
        try:
            scope = msgspec.convert(arguments, Scope)
        except msgspec.ValidationError as error:
            raise DelegationError("the scope names an act or a tool that nobody knows") from error
        if parent is not None and not scope.within(parent.scope):
            raise DelegationError("the scope is wider than what the giver was given")
        if not set(scope.tools) <= {grant.tool for grant in manifest.tools}:
            raise DelegationError("the scope holds a tool that the giver has not itself")
        return scope, lifetime

    def _bounded(self, event: Delegated, parent: Recorded | None) -> tuple[Scope, int]:
        """Return what a recorded delegation passes on at most, and until when."""
        giver, scope = self._manifests.get(event.agent), _scope_of(event.scope)
        deep = giver is None or scope.depth >= giver.delegation.depth
        if deep or (parent is not None and not scope.within(parent.scope)):
            scope = Scope()
        ends = [event.expires, *([giver.not_after] if giver else [])]
        return scope, min(ends if parent is None else [*ends, parent.expires])

    def _keep(self, made: Recorded, time: int) -> None:
        if made.id in self._recorded:
            raise DelegationError(f"delegation `{made.id}` is on record already")
        if len(self._recorded) >= MAX_RECORDED:
            for old in [each.id for each in self._recorded.values() if each.expires < time]:
                del self._recorded[old]
                self._revoked.discard(old)
        if len(self._recorded) >= MAX_RECORDED:
            raise DelegationError(f"more than {MAX_RECORDED} delegations are in force")
        self._recorded[made.id] = made


def scope_text(scope: Scope) -> str:
    """Return a scope as a `delegated` event keeps it."""
    return msgspec.json.encode(scope).decode()


def _scope_of(text: str) -> Scope:
    try:
        return msgspec.json.decode(text, type=Scope)
    except (msgspec.DecodeError, CallerError):
        return Scope()
