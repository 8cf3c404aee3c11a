"""Arrange causes as spines: the forest of main causes, cut into its heaviest paths.

Every event takes one of its earlier causes as its *main* cause, which makes a forest. Cutting the
forest so that each event is continued by the effect with the largest subtree leaves paths of which
any walk to a root meets at most log2(n); these are the spines of `tertius.graphs.spines`.

References
----------
Sleator and Tarjan 1983, "A data structure for dynamic trees", section 3 (heavy paths).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from tertius.graphs.spines import Codes, Ints, Scores


class Edges(Struct, frozen=True, kw_only=True):
    """Causes as arrays of one length, sorted by effect; no pair of effect and cause twice."""

    effects: Ints
    causes: Ints
    codes: Codes
    scores: Scores

    def take(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Edges:
        """Return the chosen edges."""
        return Edges(
            effects=self.effects[chosen],
            causes=self.causes[chosen],
            codes=self.codes[chosen],
            scores=self.scores[chosen],
        )


class Layout(Struct, frozen=True, kw_only=True):
    """Spine order: see `tertius.graphs.lineage_file.Table`, whose names these are."""

    position: Ints
    node: Ints
    link: Codes
    link_scores: Scores
    up_indptr: Ints
    up_targets: Ints
    up_codes: Codes
    up_scores: Scores
    down_indptr: Ints
    down_targets: Ints
    down_codes: Codes
    down_scores: Scores


def without_repeats(edges: Edges, nodes: int) -> Edges:
    """Sort edges by effect and keep each pair once, with its strongest basis and best score."""
    key = edges.effects.astype(np.int64) * nodes + edges.causes
    order = np.argsort(key, kind="stable")
    if not (key[order][1:] == key[order][:-1]).any():
        return edges.take(order)
    order = np.lexsort((-np.nan_to_num(edges.scores, nan=-1.0), edges.codes, key))
    first = np.ones(len(order), dtype=np.bool_)
    np.not_equal(key[order][1:], key[order][:-1], out=first[1:])
    return edges.take(order[first])


def arrange(edges: Edges, nodes: int, weakest: int) -> Layout:
    """Return the spine order of a graph of `nodes` nodes.

    Parameters
    ----------
    edges : Edges
        All causes.
    nodes : int
        Number of nodes; every effect and cause is below it.
    weakest : int
        The code that is a main cause only where there is no other.
    """
    main = _main_causes(edges, nodes, weakest)
    parent = np.full(nodes, -1, dtype=np.int32)
    parent[edges.effects[main]] = edges.causes[main]
    heads, on_spine = _heavy_paths(parent)
    node = np.argsort(heads, kind="stable").astype(np.int32)  # within a spine by log order
    position = np.empty(nodes, dtype=np.int32)
    position[node] = np.arange(nodes, dtype=np.int32)

    linked = main[on_spine[edges.effects[main]]]
    link = np.zeros(nodes + 1, dtype=np.uint8)
    link_scores = np.full(nodes + 1, np.nan, dtype=np.float32)
    link[position[edges.effects[linked]]] = edges.codes[linked]
    link_scores[position[edges.effects[linked]]] = edges.scores[linked]

    rest = np.ones(len(edges.effects), dtype=np.bool_)
    rest[linked] = False
    others = edges.take(rest)
    lower, upper = position[others.effects], position[others.causes]
    up_indptr, up = _rows(lower, nodes)
    flip = np.int32(nodes - 1)
    down_indptr, down = _rows(flip - upper, nodes)
    return Layout(
        position=position,
        node=node,
        link=link,
        link_scores=link_scores,
        up_indptr=up_indptr,
        up_targets=upper[up],
        up_codes=others.codes[up],
        up_scores=others.scores[up],
        down_indptr=down_indptr,
        down_targets=(flip - lower)[down],
        down_codes=others.codes[down],
        down_scores=others.scores[down],
    )


def _rows(sources: Ints, nodes: int) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Return the row boundaries of a CSR graph and the order of its edges."""
    indptr = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(sources, minlength=nodes), out=indptr[1:])
    return indptr, np.argsort(sources, kind="stable")


def _main_causes(edges: Edges, nodes: int, weakest: int) -> npt.NDArray[np.int64]:
    """Return the index of the main cause of each effect that has one.

    Only causes recorded before their effect count, so that main causes never form a cycle. Causes
    that default questions follow come first; among them the one at the end of the longest chain,
    so that a fresh input does not break the chain of work that consumed it; then the latest.
    """
    earlier = edges.causes < edges.effects
    strong = edges.codes != weakest
    depth = [0] * nodes
    main = [-1] * nodes
    chosen = np.flatnonzero(earlier & strong)
    _settle(edges, chosen, depth, main)
    chosen = np.flatnonzero(earlier & ~strong)
    settled = np.array(main, dtype=np.int64) >= 0
    _settle(edges, chosen[~settled[edges.effects[chosen]]], depth, main)
    found = np.array(main, dtype=np.int64)
    return found[found >= 0]


def _settle(edges: Edges, chosen: npt.NDArray[np.int64], depth: list[int], main: list[int]) -> None:
    """Give each effect of the chosen edges its deepest cause, in log order."""
    effects, causes = edges.effects[chosen].tolist(), edges.causes[chosen].tolist()
    for edge, effect, cause in zip(chosen.tolist(), effects, causes, strict=True):
        deep = depth[cause] + 1
        if deep >= depth[effect]:
            depth[effect] = deep
            main[effect] = edge


def _heavy_paths(parent: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the head of each node's heavy path, and whether its parent lies on the same path."""
    parents = parent.tolist()
    size = [1] * len(parents)
    best = [0] * len(parents)
    heavy = [-1] * len(parents)
    for child in range(len(parents) - 1, -1, -1):
        above = parents[child]
        if above >= 0:
            size[above] += size[child]
            if size[child] > best[above]:
                best[above] = size[child]
                heavy[above] = child
    heads = list(range(len(parents)))
    on_spine = bytearray(len(parents))
    for child, above in enumerate(parents):
        if above >= 0 and heavy[above] == child:
            heads[child] = heads[above]
            on_spine[child] = 1
    return np.array(heads, dtype=np.int32), np.array(on_spine, dtype=np.bool_)
