"""What a lineage answers."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from tertius.core.events import Basis
from tertius.graphs.lineage_file import CODE, STRENGTH
from tertius.graphs.lineage_names import Names
from tertius.graphs.spines import Codes, Ints


class Reached(Struct, frozen=True, kw_only=True, eq=False):
    """The events that a question reached, without the one it started from.

    Parameters
    ----------
    event : str
        Where it started.
    nodes : array of int32, shape (n,)
        Node numbers, ascending, which is log order; externals come last.
    weakest : array of uint8, shape (n,)
        For each node the weakest basis on its best path, as a place in `STRENGTH` plus 1.
    hops : array of int32, shape (n,), or None
        The least number of causes between; only known where a depth was asked for.
    externals : int
        How many nodes are externals.
    cyclic : bool
        Whether the event is among its own ancestors along the causes followed.
    """

    event: str
    nodes: Ints
    weakest: Codes
    hops: Ints | None
    externals: int
    cyclic: bool
    names: Names

    def __len__(self) -> int:
        """Return the number of reached events and externals."""
        return len(self.nodes)

    def ids(self) -> list[str]:
        """Return the ids in the order of `nodes`."""
        return self.names.texts(self.nodes)

    def by_basis(self) -> dict[str, Basis]:
        """Return, for each reached id, the weakest basis on its best path."""
        weakest = (STRENGTH[code - 1] for code in self.weakest.tolist())
        return dict(zip(self.ids(), weakest, strict=True))

    def counts(self) -> dict[Basis, int]:
        """Return how many were reached on each weakest basis."""
        found = np.bincount(self.weakest, minlength=len(STRENGTH) + 1)
        return {basis: int(found[code]) for basis, code in CODE.items()}


class CauseLink(Struct, frozen=True, kw_only=True):
    """One end of a direct cause: the other event, its basis, its score, and where it is."""

    id: str
    basis: Basis
    score: float | None
    external: bool


class FanIn(Struct, frozen=True, kw_only=True):
    """What comes together in an event.

    Parameters
    ----------
    causes : tuple of CauseLink
        Direct causes.
    ancestors : int
        Events and externals it rests on.
    sources : array of int32
        Node numbers of those ancestors that have no causes themselves.
    """

    causes: tuple[CauseLink, ...]
    ancestors: int
    sources: Ints


class CausePath(Struct, frozen=True, kw_only=True):
    """A simple path from a cause to an effect; ``bases[i]`` joins ``events[i]`` to the next."""

    events: tuple[str, ...]
    bases: tuple[Basis, ...]
    scores: tuple[float | None, ...]


class CausePaths(Struct, frozen=True, kw_only=True):
    """Paths, shortest first, and whether there may be more."""

    paths: tuple[CausePath, ...]
    truncated: bool
