"""Lineage the plain way: dictionaries and breadth-first search, one edge at a time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable

import networkx as nx

from tertius.core.events import Basis

STRENGTH: tuple[Basis, ...] = ("observed", "declared", "inferred")

Event = tuple[str, list[tuple[str, Basis, float | None]]]


class PlainLineage:
    """The same questions as `tertius.graphs.lineage.Lineage`, answered slowly."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.order: list[str] = []
        self.edges: dict[tuple[str, str], tuple[Basis, float | None]] = {}
        known: set[str] = set()
        cited: list[str] = []
        for event, causes in events:
            if event not in known:
                known.add(event)
                self.order.append(event)
            for cause, basis, score in causes:
                cited.append(cause)
                held = self.edges.get((event, cause))
                if held is None or _better(basis, score, held):
                    self.edges[event, cause] = (basis, score)
        self.causes: dict[str, dict[str, Basis]] = {}
        self.effects: dict[str, dict[str, Basis]] = {}
        for (effect, cause), (basis, _) in self.edges.items():
            self.causes.setdefault(effect, {})[cause] = basis
            self.effects.setdefault(cause, {})[effect] = basis
        self.externals = list(dict.fromkeys(cause for cause in cited if cause not in known))
        self.order += self.externals

    def reach(
        self, start: str, bases: Collection[Basis], depth: int | None, *, up: bool
    ) -> tuple[dict[str, Basis], dict[str, int]]:
        """Return the weakest basis on the best path, and the least number of causes, by id."""
        near = self.causes if up else self.effects
        weakest: dict[str, Basis] = {}
        hops: dict[str, int] = {}
        wanted = [basis for basis in STRENGTH if basis in bases]
        for last in range(len(wanted)):
            found = {start: 0}
            queue = deque([start])
            while queue:
                at = queue.popleft()
                if depth is not None and found[at] == depth:
                    continue
                for target, basis in near.get(at, {}).items():
                    if basis in wanted[: last + 1] and target not in found:
                        found[target] = found[at] + 1
                        queue.append(target)
            for target in found:
                weakest.setdefault(target, wanted[last])
            hops = found
        del weakest[start], hops[start]
        return weakest, hops

    def graph(self, bases: Collection[Basis]) -> nx.DiGraph[str]:
        """Return the causes as a graph from cause to effect."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.order)
        graph.add_edges_from(
            (cause, effect) for (effect, cause), (basis, _) in self.edges.items() if basis in bases
        )
        return graph

    def paths(self, cause: str, effect: str, bases: Collection[Basis]) -> list[tuple[str, ...]]:
        """Return every simple path, shortest first."""
        if cause == effect:
            return []
        found = map(tuple, nx.all_simple_paths(self.graph(bases), cause, effect))
        return heapq.nsmallest(10**6, found, key=lambda path: (len(path), path))

    def cycles(self) -> set[frozenset[str]]:
        """Return the groups of events that are ancestors of one another."""
        graph = self.graph(STRENGTH)
        groups = {frozenset(group) for group in nx.strongly_connected_components(graph)}
        return {g for g in groups if len(g) > 1 or any(graph.has_edge(node, node) for node in g)}


def _better(basis: Basis, score: float | None, held: tuple[Basis, float | None]) -> bool:
    """Tell whether a cause beats the one held: a stronger basis, or the same and a better score."""
    mine, other = STRENGTH.index(basis), STRENGTH.index(held[0])
    if mine != other:
        return mine < other
    return (-1.0 if score is None else score) > (-1.0 if held[1] is None else held[1])
