"""Permits that were given before: the same act on the same grounds is written down alike."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from tertius.core.decision import Decision, Vote
from tertius.core.events import LATEST_TIME, Decided
from tertius.core.names import MAX_NAME
from tertius.core.request import Digester, Request
from tertius.runtime.acts import Kind
from tertius.runtime.decided import decided_id, reads_back
from tertius.runtime.policies import Policies

MAX_KINDS: Final = 4096


class _Given(Struct, frozen=True):
    policies: Policies
    shadow: bool
    votes: list[Vote]
    decision: Decision
    event: Decided
    digest: Digester


class Permits:
    """For each kind of act the last permit, and its event.

    Notes
    -----
    Every layer is asked all the same. Only where all of them say word for word what they said
    when the permit was first made, under the same policy, is it copied: it differs in request,
    arguments, time and id alone, and what follows from the votes is not worked out again. That is
    a sixth of the time of making decision and event anew. Bounded by `MAX_KINDS`; when they are
    full, all are let go.
    """

    def __init__(self) -> None:
        self._given: dict[Kind, _Given] = {}

    def again(
        self,
        kind: Kind,
        request: Request,
        time: int,
        policies: Policies,
        shadow: bool,
        votes: list[Vote],
    ) -> tuple[Decision, Decided] | None:
        """Return a permit on the grounds of the last one, and its event; None if there is none.

        Parameters
        ----------
        kind, request
            The request, and its values of `tertius.runtime.acts.FIELDS`.
        votes
            What the layers said of it.
        """
        given = self._given.get(kind)
        if (
            given is None
            or given.policies is not policies
            or given.shadow is not shadow
            or given.votes != votes
        ):
            return None
        name = decided_id(request)
        if len(name) > MAX_NAME or not 0 <= time <= LATEST_TIME:
            return None
        digest = given.digest(request)
        decision: Decision = given.decision.__copy__()  # type: ignore[attr-defined]  # the stubs leave it out
        force_setattr(decision, "request", digest)
        force_setattr(decision, "time", time)
        force_setattr(decision, "arguments", request.arguments)
        event: Decided = given.event.__copy__()  # type: ignore[attr-defined]
        force_setattr(event, "id", name)
        force_setattr(event, "time", time)
        force_setattr(event, "request", digest)
        return decision, event

    def keep(
        self,
        kind: Kind,
        request: Request,
        decision: Decision,
        event: Decided,
        policies: Policies,
        votes: list[Vote],
    ) -> None:
        """Remember a permit that was recorded."""
        if not reads_back(event):
            return
        if len(self._given) >= MAX_KINDS:
            self._given.clear()
        self._given[kind] = _Given(
            policies, decision.shadow, votes, decision, event, Digester(request)
        )
