"""What was taken back before its time: manifests, agents, and keys that may be in wrong hands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta, Struct

from tertius.core.events import LATEST_TIME, Time
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.policy.envelope import predicate_type
from tertius.policy.manifest_diff import Change, ranked

KIND: Final = predicate_type("revocations")


class RevocationError(NounError):
    """A revocation list that says something it cannot mean."""


class Revocations(Noun, frozen=True, kw_only=True):
    """A signed list; a newer one holds all that an older one held, or it is refused.

    Parameters
    ----------
    version
        Rises with every change; an older list is a rollback.
    manifests
        Digests of manifests.
    agents
        Agents all of whose manifests are revoked, whatever their version.
    keys
        Ed25519 public keys, 64 hex digits each: what they signed no longer counts.
    not_before, not_after
        UTC nanoseconds. After `not_after` the list is stale, and until a newer one is loaded
        nothing is permitted: whoever withholds the newer list gains nothing.
    """

    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    manifests: tuple[Hex64, ...] = ()
    agents: tuple[ProperName, ...] = ()
    keys: tuple[Hex64, ...] = ()
    not_before: Time
    not_after: Time

    @property
    def entries(self) -> tuple[str, ...]:
        """All that is revoked, each as it is remembered."""
        return (
            *(f"agent {each}" for each in self.agents),
            *(f"manifest {each}" for each in self.manifests),
            *(f"key {each}" for each in self.keys),
        )

    def lacks(self, earlier: Iterable[str]) -> tuple[str, ...]:
        """Return what was revoked before and is left out here."""
        return tuple(sorted(set(earlier) - set(self.entries)))

    def __post_init__(self) -> None:
        require_names(RevocationError, agents=self.agents)
        require_distinct(
            RevocationError, manifests=self.manifests, agents=self.agents, keys=self.keys
        )
        for digest in (*self.manifests, *self.keys):
            require_digests(RevocationError, revoked=digest)
        if self.version < 1:
            raise RevocationError(f"version {self.version} of a revocation list; they begin at 1")
        if self.not_before >= self.not_after:
            raise RevocationError("revocation list ends before it begins")


def revocations_diff(old: Revocations, new: Revocations) -> tuple[Change, ...]:
    """Return what changed: what is revoked anew narrows; what is left out widens, and is refused.

    Examples
    --------
    >>> old = Revocations(version=1, agents=("aid",), not_before=0, not_after=9)
    >>> new = Revocations(version=2, agents=("tutor",), not_before=0, not_after=9)
    >>> [(change.path, change.direction) for change in revocations_diff(old, new)]
    [('agent aid', 'widen'), ('agent tutor', 'narrow')]
    """
    gone = [
        Change(path=each, direction="widen", said="left out; no gate takes such a list")
        for each in new.lacks(old.entries)
    ]
    come = [
        Change(path=each, direction="narrow", said="revoked") for each in old.lacks(new.entries)
    ]
    return (*gone, *come, *ranked("not_after", old.not_after, new.not_after, narrow=-1))


class Revoked(Struct, frozen=True, kw_only=True):
    """What a list amounts to for the manifests in force.

    `fresh_until` is UTC nanoseconds. `stale` says why nothing is permitted after it.
    """

    manifests: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    keys: frozenset[bytes] = frozenset()
    fresh_until: int = LATEST_TIME
    stale: str = "the revocation list is too old"


NOTHING_REVOKED: Final = Revoked()
"""Where no list was ever published. Once one was, its absence is a rollback."""
