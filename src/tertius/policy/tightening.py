"""Changes that agents propose: only an agent's narrowing of itself applies at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, Literal

import msgspec
from msgspec import Struct

from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.events import Identity
from tertius.core.manifest import Manifest
from tertius.policy.manifest_diff import diff, widens

MAX_WAITING: Final = 1024
MAX_WAITING_PER_AGENT: Final = 16

_FIXED: Final = (
    "agent",
    "role",
    "operator",
    "principal",
    "accountable",
    "model_family",
    "owns",
    "constitution",
    "protocols",
    "resources",
)
"""What says who an agent is and what others rely on: no change of it is a narrowing."""

Narrows = Callable[[Manifest, Manifest], bool]
"""Whether the second manifest provably grants no more than the first; unsure is False."""


def provably_narrows(before: Manifest, after: Manifest) -> bool:
    """Whether every change from one manifest to the other is a narrowing."""
    return not widens(diff(before, after))


class ProposalError(CallerError):
    """A proposal that cannot be taken, or a ruling on none."""


class Proposal(Struct, frozen=True, kw_only=True):
    """One proposed change: who proposes it, and the manifests before and after."""

    id: str
    by: str
    before: Manifest
    after: Manifest

    @property
    def digest(self) -> str:
        """What a ruling must name: it covers both manifests."""
        return digest("proposal", msgspec.json.encode([self.by, self.before, self.after]))


class Answer(Struct, frozen=True, kw_only=True):
    """What became of a proposal."""

    proposal: Proposal
    state: Literal["applied", "waiting", "refused", "void"]
    reason: str


class Tightening:
    """The manifests in force, with what was narrowed since they were signed.

    Parameters
    ----------
    manifests
        As signed.
    narrows
        Tells a narrowing from anything else.

    Notes
    -----
    What applies at once binds until a newly signed manifest replaces it. What waits is judged by a
    person against both manifests; if the one in force has changed since, the proposal is void.
    An agent that has too much waiting is refused. Cannot see whether a narrowing harms others who
    rely on the agent: `owns` and protocols therefore never narrow.

    References
    ----------
    Project security contract, section 3, invariant 8.
    """

    def __init__(self, manifests: Iterable[Manifest], narrows: Narrows = provably_narrows) -> None:
        self._in_force = {manifest.agent: manifest for manifest in manifests}
        self._narrows = narrows
        self._waiting: dict[str, Proposal] = {}
        self._lock = Lock()

    def in_force(self, agent: str) -> Manifest:
        """Return the manifest that binds an agent now.

        Raises
        ------
        ProposalError
            It has none.
        """
        try:
            return self._in_force[agent]
        except KeyError:
            raise ProposalError(f"`{agent}` has no manifest") from None

    @property
    def waiting(self) -> tuple[Proposal, ...]:
        """Proposals that wait for a ruling, oldest first."""
        return tuple(self._waiting.values())

    def propose(self, id: str, by: str, after: Manifest, *, identity: Identity) -> Answer:
        """Take a proposal.

        Parameters
        ----------
        id
            Name of the request that brought it.
        by, identity
            Who proposes, and how that is known: a name that is only asserted narrows nobody.
        after
            The whole manifest as it should be.
        """
        with self._lock:
            proposal = Proposal(id=id, by=by, before=self.in_force(after.agent), after=after)
            why = self._why_not_at_once(proposal, identity)
            if not why:
                self._in_force[after.agent] = after
                return Answer(proposal=proposal, state="applied", reason="it narrows itself")
            mine = sum(1 for each in self._waiting.values() if each.by == by)
            if id in self._waiting or mine >= MAX_WAITING_PER_AGENT or self._full:
                return Answer(proposal=proposal, state="refused", reason="too much is waiting")
            self._waiting[id] = proposal
            return Answer(proposal=proposal, state="waiting", reason=why)

    def rule(self, digest: str, *, approved: bool) -> Answer:
        """End a proposal by a person's verified ruling on exactly its digest.

        Raises
        ------
        ProposalError
            No such proposal waits.
        """
        with self._lock:
            found = [each for each in self._waiting.values() if each.digest == digest]
            if not found:
                raise ProposalError("no such proposal waits; it was changed, ruled on or withdrawn")
            proposal = self._waiting.pop(found[0].id)
            if not approved:
                return Answer(proposal=proposal, state="refused", reason="a person denied it")
            if self._in_force.get(proposal.after.agent) != proposal.before:
                return Answer(proposal=proposal, state="void", reason="the manifest has changed")
            self._in_force[proposal.after.agent] = proposal.after
            return Answer(proposal=proposal, state="applied", reason="a person approved it")

    @property
    def _full(self) -> bool:
        return len(self._waiting) >= MAX_WAITING

    def _why_not_at_once(self, proposal: Proposal, identity: Identity) -> str:
        before, after = proposal.before, proposal.after
        if proposal.by != after.agent:
            return "it is about somebody else"
        if identity == "asserted":
            return "who proposes it is only asserted"
        if after.version <= before.version:
            return "its version does not rise"
        for field in _FIXED:
            if getattr(before, field) != getattr(after, field):
                return f"it changes `{field}`, on which others rely"
        return "" if self._narrows(before, after) else "it does not provably narrow"
