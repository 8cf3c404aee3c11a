"""Simple paths from an effect back to a cause, shortest first."""

from __future__ import annotations

import heapq
from typing import Any

from tertius.graphs.spines import Flags, Spines

# Steps after which a search gives up; on a record without cycles every step is part of a path.
EFFORT = 1_000_000

# (position, code and score of the edge by which it was entered; 0 and nan at the effect)
Route = list[tuple[int, int, float]]


def shortest(
    graph: Spines, effect: int, left: dict[int, int], allowed: Flags, limit: int, *, cyclic: bool
) -> tuple[list[Route], bool]:
    """Return up to `limit` simple paths from `effect` to the position that has none left to go.

    Parameters
    ----------
    graph : Spines
        Edges from effects to causes.
    effect : int
        Where paths begin.
    left : dict of int to int
        For each position from which the cause can be reached, the least number of edges to it.
    allowed : array of bool
        The codes that may be used.
    limit : int
        How many paths to return, from 1.
    cyclic : bool
        Whether the graph may hold cycles; without them no path can meet itself.

    Returns
    -------
    list of Route, bool
        The paths, and whether the search stopped before it knew that there are no more.

    References
    ----------
    Hart, Nilsson and Raphael 1968, "A formal basis for the heuristic determination of minimum cost
    paths"; here the estimate is exact, so that the first path found is a shortest one.
    """
    if effect not in left or left[effect] == 0:
        return [], False
    found: list[Route] = []
    nan = float("nan")
    heap: list[tuple[int, int, Any]] = [(left[effect], 0, (effect, 0, nan, None))]
    pushed = steps = 0
    while heap:
        length, _, path = heapq.heappop(heap)
        position = path[0]
        if left[position] == 0:
            if len(found) == limit:
                return found, True
            found.append(_unfold(path))
            continue
        steps += 1
        if steps > EFFORT:
            return found, True
        for target, code, score in graph.neighbours(position, allowed):
            if target in left and not (cyclic and _meets(path, target)):
                pushed -= 1  # of equal lengths, the path that was extended last goes on
                total = length - left[position] + 1 + left[target]
                heapq.heappush(heap, (total, pushed, (target, code, score, path)))
    return found, False


def _meets(path: Any, target: int) -> bool:
    """Tell whether `target` already lies on the path."""
    while path is not None:
        if path[0] == target:
            return True
        path = path[3]
    return False


def _unfold(path: Any) -> Route:
    """Return the path from its beginning."""
    route = []
    while path is not None:
        route.append(path[:3])
        path = path[3]
    return route[::-1]
