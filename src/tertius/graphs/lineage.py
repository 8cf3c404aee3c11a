"""Lineage: what an event rests on, what rests on it, and by which paths.

Nodes are events in log order, then *externals*: ids that some event names as a cause and no event
of the index carries. Edges are causes with a basis: *observed* by an interposed adapter,
*declared* by an agent or framework, or *inferred* from content with a score. Questions follow
observed and declared causes unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np

from tertius.core.errors import CallerError
from tertius.core.events import Basis
from tertius.core.names import nearest
from tertius.graphs import lineage_file, lineage_paths
from tertius.graphs.lineage_answers import CauseLink, CausePath, CausePaths, FanIn, Reached
from tertius.graphs.lineage_build import LineageBuilder, Link
from tertius.graphs.lineage_file import CODE, STRENGTH, Counts, Source, Table
from tertius.graphs.lineage_names import Names
from tertius.graphs.spines import Flags, Ints, Spines, closure, codes_allowed, spread, walk

DEFAULT: tuple[Basis, ...] = ("declared", "observed")


class Lineage:
    """Questions about causes, over an index in memory or mapped from disk.

    Notes
    -----
    Memory: the index is mapped, not loaded; a question takes about 5 bytes for each event of the
    index, and the first question about a set of bases another 4 that stay. Time is in proportion
    to what is reached.

    **What it cannot see.** Causes that nobody declared, observed or inferred; whether a declared
    cause is true; and, through `Lineage.open`, whether the index is what the log says, beyond the
    state of the log that its header names.

    Examples
    --------
    >>> lineage = Lineage.of([
    ...     ("ask", []),
    ...     ("reply", [("ask", "observed", None)]),
    ...     ("report", [("reply", "declared", None), ("rumour", "inferred", 0.4)]),
    ... ])
    >>> lineage.ancestors("report").by_basis()
    {'ask': 'declared', 'reply': 'declared'}
    >>> lineage.ancestors("report", bases=("declared", "inferred")).by_basis()
    {'reply': 'declared', 'rumour': 'inferred'}
    >>> lineage.descendants("ask").ids()
    ['reply', 'report']
    >>> lineage.paths("ask", "report").paths[0].events
    ('ask', 'reply', 'report')
    """

    def __init__(self, table: Table, counts: Counts, sources: tuple[Source, ...] = ()) -> None:
        self.counts = counts
        self.sources = sources
        self.names = Names(table.id_bytes, table.id_starts, table.id_order)
        self._table = table
        self._up = _Side(_spines(table, up=True), table.position, table.node)
        flip = np.int32(len(table.node) - 1)
        self._down = _Side(_spines(table, up=False), flip - table.position, table.node[::-1])

    @classmethod
    def of(cls, events: Iterable[tuple[str, list[Link]]]) -> Lineage:
        """Build an index in memory from events and their causes, in log order."""
        builder = LineageBuilder()
        builder.add_batch(events)
        return cls(*builder.finish())

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        expect: tuple[Source, ...] | None = None,
        check_contents: bool = True,
    ) -> Lineage:
        """Map an index from disk; parameters and errors are those of `lineage_file.load`."""
        return cls(*lineage_file.load(folder, expect=expect, check_contents=check_contents))

    def save(self, folder: Path, *, sources: tuple[Source, ...]) -> None:
        """Write the index to `folder`, as built from these states of the logs."""
        lineage_file.save(folder, self._table, self.counts, sources)

    def ancestors(
        self, event: str, *, bases: Collection[Basis] = DEFAULT, depth: int | None = None
    ) -> Reached:
        """Return everything that `event` rests on.

        Parameters
        ----------
        event : str
            An event id, or the id of an external.
        bases : collection of str
            The bases to follow; not empty.
        depth : int, optional
            The largest number of causes to follow one after the other, from 1; unlimited if None.

        Raises
        ------
        UnknownEventError
            If no event of the index has this id.
        CallerError
            If `bases` is empty or names an unknown basis, or `depth` is below 1.
        """
        return self._reach(self._up, event, bases, depth)

    def descendants(
        self, event: str, *, bases: Collection[Basis] = DEFAULT, depth: int | None = None
    ) -> Reached:
        """Return everything that rests on `event`: its blast radius. See `ancestors`."""
        return self._reach(self._down, event, bases, depth)

    def causes(self, event: str, *, bases: Collection[Basis] = STRENGTH) -> tuple[CauseLink, ...]:
        """Return the direct causes of `event`, in log order."""
        return self._links(self._up, event, bases)

    def effects(self, event: str, *, bases: Collection[Basis] = STRENGTH) -> tuple[CauseLink, ...]:
        """Return the events that name `event` as a direct cause, in log order."""
        return self._links(self._down, event, bases)

    def fan_in(self, event: str, *, bases: Collection[Basis] = DEFAULT) -> FanIn:
        """Return what comes together in `event`: direct causes, ancestors and their sources."""
        allowed = codes_allowed(*_codes(bases))
        above = self._up.reached(self.names.find(event), allowed)
        graph, places = self._up.graph, self._table.position[above]
        rows = spread(graph.indptr[places], graph.indptr[places + 1])
        owner = np.repeat(places, graph.indptr[places + 1] - graph.indptr[places])
        caused = np.zeros(len(self._table.node), dtype=np.bool_)
        caused[owner[allowed[graph.codes[rows]]]] = True
        caused[places[allowed[graph.link[places]]]] = True
        return FanIn(
            causes=self._links(self._up, event, bases),
            ancestors=len(above),
            sources=np.sort(above[~caused[places]]),
        )

    def paths(
        self, cause: str, effect: str, *, bases: Collection[Basis] = DEFAULT, limit: int = 10
    ) -> CausePaths:
        """Return simple paths by which `cause` reached `effect`, shortest first.

        Raises
        ------
        UnknownEventError, CallerError
            As for `ancestors`; also if `limit` is below 1.

        Notes
        -----
        The number of paths can grow exponentially: at most `limit` are returned, and the search
        stops after `lineage_paths.EFFORT` steps; `truncated` tells that there are, or may be, more.
        """
        if limit < 1:
            raise CallerError(f"bad limit `{limit}`; expected at least 1")
        allowed = codes_allowed(*_codes(bases))
        first, last = self.names.find(cause), self.names.find(effect)
        below, hops = self._down.walked(first, allowed, len(self._table.node))
        left = dict(zip(self._table.position[below].tolist(), hops.tolist(), strict=True))
        begin = int(self._table.position[last])
        routes, truncated = lineage_paths.shortest(
            self._up.graph, begin, left, allowed, limit, cyclic=self.counts.cyclic > 0
        )
        return CausePaths(paths=tuple(map(self._path, routes)), truncated=truncated)

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of events that are all ancestors of one another, over every basis."""
        starts = self._table.cycle_starts.tolist()
        return tuple(
            tuple(self.names.texts(self._table.cycle_nodes[low:high]))
            for low, high in pairwise(starts)
        )

    def record_of(self, event: str) -> int | None:
        """Return the number of the first record that carries `event`; None for an external."""
        node = self.names.find(event)
        return int(self._table.record[node]) if node < self.counts.events else None

    def _reach(
        self, side: _Side, event: str, bases: Collection[Basis], depth: int | None
    ) -> Reached:
        """Follow ever fewer, ever stronger bases; the last that still reaches a node is its own."""
        if depth is not None and depth < 1:
            raise CallerError(f"bad depth `{depth}`; expected at least 1, or none for no limit")
        codes, node, size = _codes(bases), self.names.find(event), len(self._table.node)
        used = [code for code in codes if self.counts.by_basis[STRENGTH[code - 1]]]
        codes = used or codes[:1]
        weakest = np.zeros(size, dtype=np.uint8)
        distance: Ints | None = None
        for place in range(len(codes), 0, -1):
            allowed = codes_allowed(*codes[:place])
            if depth is None:
                found = side.reached(node, allowed)
            else:
                found, hops = side.walked(node, allowed, depth)
                if distance is None:
                    distance = np.zeros(size, dtype=np.int32)
                    distance[found] = hops
            weakest[found] = codes[place - 1]
        weakest[node] = 0
        nodes = np.flatnonzero(weakest).astype(np.int32)
        back = self._down if side is self._up else self._up
        closing = back.neighbours(node, codes_allowed(*codes))
        return Reached(
            event=event,
            nodes=nodes,
            weakest=weakest[nodes],
            hops=None if distance is None else distance[nodes],
            externals=int(np.count_nonzero(nodes >= self.counts.events)),
            cyclic=any(other == node or weakest[other] for other, _, _ in closing),
            names=self.names,
        )

    def _links(self, side: _Side, event: str, bases: Collection[Basis]) -> tuple[CauseLink, ...]:
        """Return the direct neighbours of an event on one side."""
        allowed = codes_allowed(*_codes(bases))
        found = sorted(side.neighbours(self.names.find(event), allowed))
        return tuple(
            CauseLink(
                id=self.names.text(node),
                basis=STRENGTH[code - 1],
                score=_score(score),
                external=node >= self.counts.events,
            )
            for node, code, score in found
        )

    def _path(self, route: lineage_paths.Route) -> CausePath:
        """Name the events of a route, which runs from effect to cause, from cause to effect."""
        route = route[::-1]
        nodes = self._table.node[np.array([position for position, _, _ in route])]
        return CausePath(
            events=tuple(self.names.texts(nodes)),
            bases=tuple(STRENGTH[code - 1] for _, code, _ in route[:-1]),
            scores=tuple(_score(score) for _, _, score in route[:-1]),
        )


class _Side:
    """The graph in one direction, spoken to in node numbers."""

    def __init__(self, graph: Spines, position: Ints, node: Ints) -> None:
        self.graph = graph
        self._position = position
        self._node = node
        self._starts: dict[bytes, Ints] = {}

    def reached(self, node: int, allowed: Flags) -> Ints:
        """Return every node but `node` that can be reached from it."""
        key = allowed.tobytes()
        if key not in self._starts:
            self._starts[key] = self.graph.starts(allowed)
        found = closure(self.graph, int(self._position[node]), allowed, self._starts[key])
        nodes: Ints = self._node[found]
        others: Ints = nodes[nodes != node]
        return others

    def walked(self, node: int, allowed: Flags, depth: int) -> tuple[Ints, Ints]:
        """Return the nodes within `depth` edges, `node` first, and how many edges away."""
        found, hops = walk(self.graph, int(self._position[node]), allowed, depth)
        return self._node[found], hops

    def neighbours(self, node: int, allowed: Flags) -> list[tuple[int, int, float]]:
        """Return node, code and score of each direct neighbour."""
        found = self.graph.neighbours(int(self._position[node]), allowed)
        return [(int(self._node[position]), code, score) for position, code, score in found]


def _spines(table: Table, *, up: bool) -> Spines:
    """Return the graph from effects to causes, or from causes to effects."""
    if up:
        return Spines(link=table.link, link_scores=table.link_scores, indptr=table.up_indptr,
                      targets=table.up_targets, codes=table.up_codes,
                      scores=table.up_scores)  # fmt: skip
    return Spines(link=table.link[::-1], link_scores=table.link_scores[::-1],
                  indptr=table.down_indptr, targets=table.down_targets, codes=table.down_codes,
                  scores=table.down_scores)  # fmt: skip


def _codes(bases: Collection[Basis]) -> list[int]:
    """Return the codes of some bases, strongest first."""
    if isinstance(bases, str) or not bases:
        raise CallerError(f"bad bases `{bases!s}`; expected some of {', '.join(STRENGTH)}")
    for basis in bases:
        if basis not in CODE:
            raise CallerError(f"unknown basis `{basis}`{nearest(basis, CODE)}")
    return sorted({CODE[basis] for basis in bases})


def _score(score: float) -> float | None:
    return None if np.isnan(score) else score
