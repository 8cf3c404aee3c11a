"""Networks of agents: the usual shapes, random ones by key, and the leading eigenvalue.

References
----------
Erdos and Renyi, "On random graphs I", Publicationes Mathematicae 6 (1959), the model with a fixed
number of edges; Barabasi and Albert, "Emergence of scaling in random networks", Science 286 (1999).
Wang, Chakrabarti, Wang and Faloutsos, "Epidemic spreading in real networks", SRDS 2003 (why the
leading eigenvalue of the adjacency matrix).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tertius.core.errors import CallerError
from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, Stream, root

Shape = Literal["complete", "ring", "star", "chain", "regular", "erdos_renyi", "barabasi_albert"]
SIZED = ("ring", "regular", "erdos_renyi", "barabasi_albert")
"""Shapes that ask for a degree."""

SWAPS = 10
"""Swaps for each edge that turn a ring into a random regular network."""

ENOUGH = 20_000
"""Most multiplications of the power iteration."""


class NetworkError(CallerError):
    """A network that cannot be."""


class Network(NamedTuple):
    """Neighbours of node n are ``ends[starts[n]:starts[n + 1]]``, in order; edges run both ways."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def neighbours(self, node: int) -> list[int]:
        """Return the neighbours of a node."""
        found: list[int] = self.ends[self.starts[node] : self.starts[node + 1]].tolist()
        return found


def network(shape: Shape, nodes: int, degree: int = 2, *, seed: int = 0) -> Network:
    """Return a network.

    Parameters
    ----------
    shape
        Node 0 is the hub of a star and the end of a chain. `ring` joins each node to the nearest
        `degree` nodes; `regular` swaps the ends of a ring's edges by chance; `erdos_renyi` draws
        nodes x degree / 2 edges, all as likely; `barabasi_albert` joins each new node to degree / 2
        old ones, those with more edges more likely.
    nodes
        2 or more.
    degree
        Mean number of neighbours: even, 2 or more, below `nodes`; no matter for the other shapes.
    seed
        Of the random shapes.

    Raises
    ------
    NetworkError
        There are too few nodes, or the degree is odd or too large.

    Examples
    --------
    >>> network("star", 4).neighbours(0), network("chain", 4).neighbours(1)
    ([1, 2, 3], [0, 2])
    """
    if nodes < 2:
        raise NetworkError(f"a network of {nodes}; expected at least 2")
    if shape in SIZED and (degree % 2 or not 2 <= degree < nodes):
        raise NetworkError(f"degree {degree} in `{shape}` of {nodes}; expected even, 2 or more and "
                           "below the number of agents")  # fmt: skip
    half = degree // 2
    if shape == "complete":
        edges = {(a, b) for a in range(nodes) for b in range(a + 1, nodes)}
    elif shape == "star":
        edges = {(0, n) for n in range(1, nodes)}
    elif shape == "chain":
        edges = {(n, n + 1) for n in range(nodes - 1)}
    elif shape == "ring":
        edges = _ring(nodes, half)
    elif shape == "regular":
        edges = _swapped(_ring(nodes, half), seed)
    elif shape == "erdos_renyi":
        edges = _by_chance(nodes, nodes * half, seed)
    else:
        edges = _preferential(nodes, half, seed)
    return _joined(nodes, edges)


def leading(net: Network) -> float:
    """Return the leading eigenvalue of the adjacency matrix, by power iteration.

    Notes
    -----
    Iterates with the identity added, so that networks of two sides converge too; stops when the
    Rayleigh quotient stands still.

    Examples
    --------
    >>> round(leading(network("complete", 5)), 9), round(leading(network("star", 10)), 9)
    (4.0, 3.0)
    """
    return float(_leading(net.starts, net.ends))


def _joined(nodes: int, edges: set[tuple[int, int]]) -> Network:
    both = sorted([*edges, *((b, a) for a, b in edges)])
    starts = np.zeros(nodes + 1, np.int64)
    np.add.at(starts, np.array([a for a, _ in both]) + 1, 1)
    return Network(np.cumsum(starts), np.array([b for _, b in both], np.int64))


def _ring(nodes: int, half: int) -> set[tuple[int, int]]:
    pairs = ((n, (n + hop) % nodes) for n in range(nodes) for hop in range(1, half + 1))
    return {(min(pair), max(pair)) for pair in pairs}


def _swapped(ring: set[tuple[int, int]], seed: int) -> set[tuple[int, int]]:
    draws = Stream(root(seed), player=WORLD, step=0)
    edges, there = sorted(ring), set(ring)
    for _ in range(SWAPS * len(edges)):
        one, other = draws.below(len(edges), "edge"), draws.below(len(edges), "edge")
        (a, b), (c, d) = edges[one], edges[other]
        if draws.below(2, "way"):
            c, d = d, c
        new = (min(a, d), max(a, d)), (min(c, b), max(c, b))
        if len({a, b, c, d}) == 4 and not there.intersection(new):
            there -= {edges[one], edges[other]}
            there.update(new)
            edges[one], edges[other] = new
    return there


def _by_chance(nodes: int, count: int, seed: int) -> set[tuple[int, int]]:
    draws = Stream(root(seed), player=WORLD, step=0)
    edges: set[tuple[int, int]] = set()
    while len(edges) < count:
        a, b = draws.below(nodes, "edge"), draws.below(nodes, "edge")
        if a != b:
            edges.add((min(a, b), max(a, b)))
    return edges


def _preferential(nodes: int, half: int, seed: int) -> set[tuple[int, int]]:
    draws = Stream(root(seed), player=WORLD, step=0)
    edges = {(a, b) for a in range(half + 1) for b in range(a + 1, half + 1)}
    ends = [node for edge in sorted(edges) for node in edge]
    for new in range(half + 1, nodes):
        olds: set[int] = set()
        while len(olds) < half:
            olds.add(ends[draws.below(len(ends), "end")])
        for old in sorted(olds):
            edges.add((old, new))
            ends += [old, new]
    return edges


@compiled
def _leading(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> float:
    nodes = len(starts) - 1
    now = np.full(nodes, 1.0 / np.sqrt(nodes))
    value = 0.0
    for _ in range(ENOUGH):
        then = now.copy()
        for node in range(nodes):
            for at in range(starts[node], starts[node + 1]):
                then[node] += now[ends[at]]
        quotient = 0.0
        norm = 0.0
        for node in range(nodes):
            quotient += now[node] * then[node]
            norm += then[node] * then[node]
        now = then / np.sqrt(norm)
        if abs(quotient - value) < 1e-14 * quotient:
            break
        value = quotient
    return quotient - 1.0
