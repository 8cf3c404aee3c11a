"""Reach in a directed graph that is mostly deep and narrow, in plain numpy.

The nodes stand in one row of *positions*, so arranged that many edges run from a position to the
one before it. A maximal row of such edges is a *spine*: whoever reaches a position has reached
everything before it on its spine. Reach is then spread spine by spine instead of edge by edge, and
a chain of a hundred thousand edges costs one step. All other edges lie in compressed rows (CSR).

An edge carries a *code* from 1 to 255; every question names the codes that it may use. A forbidden
code on a spine cuts the spine there, so one arrangement serves every choice of codes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]
Scores = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

# Below this many edges a loop in Python is faster than some twenty calls into numpy.
_FEW = 48


class Spines(Struct, frozen=True, kw_only=True):
    """A graph in spine order.

    Parameters
    ----------
    link : array of uint8, shape (n + 1,)
        ``link[p]`` is the code of the edge from position ``p`` to ``p - 1``, or 0 for none; both
        ends are 0, so that the array reversed describes the row counted from its other end.
    link_scores : array of float32, shape (n + 1,)
        The scores of those edges, or nan.
    indptr : array of int32, shape (n + 1,)
        Edges that are not links leave position ``p`` at ``indptr[p]`` up to ``indptr[p + 1]``.
    targets : array of int32, shape (m,)
        Where those edges lead.
    codes : array of uint8, shape (m,)
        Their codes, 1 to 255.
    scores : array of float32, shape (m,)
        Their scores, or nan.
    """

    link: Codes
    link_scores: Scores
    indptr: Ints
    targets: Ints
    codes: Codes
    scores: Scores

    def starts(self, allowed: Flags) -> Ints:
        """Return, for each position, where its spine begins when only `allowed` codes count.

        Parameters
        ----------
        allowed : array of bool, shape (256,)
            ``allowed[code]`` tells whether edges of that code may be used.

        Examples
        --------
        >>> row = np.array([0, 1, 2, 1, 0], np.uint8)
        >>> chain = Spines(link=row, link_scores=row.astype(np.float32), codes=row[:0],
        ...                indptr=np.zeros(5, np.int32), targets=np.zeros(0, np.int32),
        ...                scores=np.zeros(0, np.float32))
        >>> chain.starts(codes_allowed(1)).tolist(), chain.starts(codes_allowed(1, 2)).tolist()
        ([0, 0, 2, 2], [0, 0, 0, 0])
        """
        here = np.arange(len(self.link) - 1, dtype=np.int32)
        here[allowed[self.link[:-1]]] = 0
        return np.maximum.accumulate(here, out=here)

    def neighbours(self, position: int, allowed: Flags) -> list[tuple[int, int, float]]:
        """Return target, code and score of every allowed edge that leaves `position`."""
        found = []
        if allowed[self.link[position]]:
            code, score = int(self.link[position]), float(self.link_scores[position])
            found.append((position - 1, code, score))
        for edge in range(int(self.indptr[position]), int(self.indptr[position + 1])):
            code = int(self.codes[edge])
            if allowed[code]:
                found.append((int(self.targets[edge]), code, float(self.scores[edge])))
        return found


def codes_allowed(*codes: int) -> Flags:
    """Return the table that allows exactly `codes`; 0, which means no edge, never is."""
    allowed = np.zeros(256, dtype=np.bool_)
    allowed[list(codes)] = True
    allowed[0] = False
    return allowed


def spread(low: Ints, high: Ints) -> Ints:
    """Return the numbers of all half-open ranges ``[low, high)``, one range after the other.

    Examples
    --------
    >>> spread(np.array([5, 0], np.int32), np.array([8, 2], np.int32)).tolist()
    [5, 6, 7, 0, 1]
    """
    counts = high - low
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int32) + np.repeat(low - (ends - counts), counts).astype(
        np.int32
    )


def closure(graph: Spines, start: int, allowed: Flags, starts: Ints) -> Ints:
    """Return every position that can be reached from `start`, `start` itself included.

    Parameters
    ----------
    graph : Spines
        The graph; cycles are fine.
    start : int
        A position.
    allowed : array of bool, shape (256,)
        The codes that may be used.
    starts : array of int32, shape (n,)
        ``graph.starts(allowed)``, which the caller keeps between questions.

    Returns
    -------
    array of int32
        The positions, each once, in no particular order.

    Notes
    -----
    Work is in proportion to the reached positions and their edges. The number of rounds is the
    least number of changes of spine, not the depth of the graph; small rounds run in plain Python
    so that a graph made to defeat the spines costs about a microsecond per edge, not a numpy
    round trip per edge.
    """
    front = _Front(graph, starts, allowed)
    frontier: list[int] | Ints = [start]
    while len(frontier):
        if len(frontier) > _FEW:
            frontier = front.advance(np.asarray(frontier, dtype=np.int32))
        else:
            frontier = front.step(frontier if isinstance(frontier, list) else frontier.tolist())
    return front.reached()


class _Front:
    """How far each spine has been reached, and the edges that leave what was reached last."""

    def __init__(self, graph: Spines, starts: Ints, allowed: Flags) -> None:
        self.graph = graph
        self.starts = starts
        self.allowed = allowed
        self.upto = np.zeros(len(starts), dtype=np.int32)  # by start of spine: first not reached
        self.begun: list[Ints] = []
        self.begun_singly: list[int] = []
        # Element by element, a view of the memory is three times as fast as the array.
        self.view_starts, self.view_upto = starts.data, self.upto.data
        self.view_indptr, self.view_targets = graph.indptr.data, graph.targets.data
        self.view_codes, self.few_allowed = graph.codes.data, allowed.tolist()

    def step(self, frontier: list[int]) -> list[int] | Ints:
        """Reach every position of a short frontier; return where the edges from there lead."""
        upto, indptr, ranges, total = self.view_upto, self.view_indptr, [], 0
        for position in frontier:
            spine = self.view_starts[position]
            done = upto[spine]
            if position < done:
                continue
            if not done:
                self.begun_singly.append(spine)
                done = spine
            upto[spine] = position + 1
            first, last = indptr[done], indptr[position + 1]
            if first < last:
                ranges.append((first, last))
                total += last - first
        if total > _FEW:
            low, high = np.array(ranges, dtype=np.int32).T
            return self.leave(low, high)
        targets, codes, allowed = self.view_targets, self.view_codes, self.few_allowed
        return [
            targets[edge]
            for first, last in ranges
            for edge in range(first, last)
            if allowed[codes[edge]]
        ]

    def advance(self, frontier: Ints) -> Ints:
        """Do the same for a long frontier: of the positions on one spine only the last counts."""
        last = np.sort(frontier[frontier >= self.upto[self.starts[frontier]]])
        spine = self.starts[last]
        final = np.ones(len(last), dtype=np.bool_)
        np.not_equal(spine[1:], spine[:-1], out=final[:-1])
        last, spine = last[final], spine[final]
        done = self.upto[spine]
        self.upto[spine] = last + 1
        self.begun.append(spine[done == 0])
        indptr = self.graph.indptr
        return self.leave(indptr[np.maximum(done, spine)], indptr[last + 1])

    def leave(self, first: Ints, last: Ints) -> Ints:
        """Return the targets of all allowed edges in the ranges from `first` to before `last`."""
        edges = spread(first, last)
        return self.graph.targets[edges][self.allowed[self.graph.codes[edges]]]

    def reached(self) -> Ints:
        """Return every reached position."""
        spines = np.concatenate([*self.begun, np.array(self.begun_singly, dtype=np.int32)])
        return spread(spines, self.upto[spines])


def walk(graph: Spines, start: int, allowed: Flags, depth: int) -> tuple[Ints, Ints]:
    """Return the positions at most `depth` edges from `start`, and the number of edges to each.

    Notes
    -----
    Breadth first, one round for each level; short levels run in plain Python. The order is by
    distance, `start` first.
    """
    seen = np.zeros(len(graph.link) - 1, dtype=np.bool_)
    seen[start] = True
    levels = [np.array([start], dtype=np.int32)]
    few: list[int] = [start]
    while len(levels[-1]) and len(levels) <= depth:
        if len(levels[-1]) > _FEW:
            levels.append(_next_level(graph, levels[-1], allowed, seen))
        else:
            few = _next_few(graph, levels[-1].tolist(), allowed, seen)
            levels.append(np.array(few, dtype=np.int32))
    hops = np.repeat(np.arange(len(levels), dtype=np.int32), [len(level) for level in levels])
    return np.concatenate(levels), hops


def _next_level(graph: Spines, level: Ints, allowed: Flags, seen: Flags) -> Ints:
    """Return the unseen neighbours of a long level, each once, and mark them seen."""
    edges = spread(graph.indptr[level], graph.indptr[level + 1])
    across = graph.targets[edges][allowed[graph.codes[edges]]]
    along = level[allowed[graph.link[level]]] - np.int32(1)
    found = np.concatenate([across, along])
    found = np.unique(found[~seen[found]])
    seen[found] = True
    return found


def _next_few(graph: Spines, level: list[int], allowed: Flags, seen: Flags) -> list[int]:
    """Do the same for a short level."""
    found = []
    for position in level:
        for target, _, _ in graph.neighbours(position, allowed):
            if not seen[target]:
                seen[target] = True
                found.append(target)
    return found
