"""Where agents stand in the picture: computed here, once, so that it stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, pi, sin

import networkx as nx

SIDE = 1000
"""Positions are whole numbers from 0 to this, in both directions."""

RING = 14
"""Up to this many agents stand in a ring, where every line between two of them can be seen."""

SPRING = 400
"""Up to this many are laid out by springs; more stand in a ring again."""


def positions(count: int, weights: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Return x and y of every agent.

    Parameters
    ----------
    count : int
        Number of agents.
    weights : mapping
        How often one agent reached another, by their numbers.

    Returns
    -------
    list of tuple of int
        From 0 to `SIDE`; the first agent of a ring stands on top, the others follow clockwise.

    Notes
    -----
    Springs start from a fixed seed: the same agents and weights give the same picture on the same
    machine and lock file. Time grows with the square of `count`, 0.1 s for 200.

    Examples
    --------
    >>> positions(4, {(0, 1): 3})
    [(500, 0), (1000, 500), (500, 1000), (0, 500)]
    """
    if count <= RING or count > SPRING:
        return _ring(count)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(count))
    for (sender, receiver), weight in weights.items():
        if sender != receiver:
            before = graph.get_edge_data(sender, receiver, {"weight": 0.0})["weight"]
            graph.add_edge(sender, receiver, weight=before + weight**0.5)
    placed = nx.spring_layout(graph, seed=7, iterations=60)
    return _stretched({number: (float(x), float(y)) for number, (x, y) in placed.items()})


def _ring(count: int) -> list[tuple[int, int]]:
    half = SIDE // 2
    if count < 3:
        return [(half, half)] if count == 1 else [(0, half), (SIDE, half)]
    turns = [2 * pi * number / count for number in range(count)]
    return _stretched({number: (sin(turn), -cos(turn)) for number, turn in enumerate(turns)})


def _stretched(placed: Mapping[int, tuple[float, float]]) -> list[tuple[int, int]]:
    """Fill the square: the outermost agents touch its sides."""
    columns = []
    for axis in (0, 1):
        values = [placed[number][axis] for number in range(len(placed))]
        low, high = min(values), max(values)
        columns.append([round(SIDE * (value - low) / ((high - low) or 1)) for value in values])
    return list(zip(*columns, strict=True))
