"""Networks: their degrees, their keys, and the leading eigenvalue against the dense solver."""

from math import cos, pi, sqrt
from typing import get_args

import numpy as np
import pytest

from tertius.environments.networks import Network, NetworkError, Shape, leading, network


def dense(net: Network) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    nodes = len(net.starts) - 1
    table = np.zeros((nodes, nodes))
    for node in range(nodes):
        table[node, net.neighbours(node)] += 1
    return table


@pytest.mark.parametrize("shape", get_args(Shape))
def test_edges_run_both_ways_once_and_the_eigenvalue_is_the_largest(shape: Shape) -> None:
    table = dense(network(shape, 40, 6, seed=3))
    assert (table == table.T).all() and table.max() == 1 and not table.diagonal().any()
    assert leading(network(shape, 40, 6, seed=3)) == pytest.approx(
        np.linalg.eigvalsh(table)[-1], abs=1e-8
    )


@pytest.mark.parametrize(
    ("shape", "value"),
    [("complete", 29), ("ring", 6), ("star", sqrt(29)), ("chain", 2 * cos(pi / 31)),
     ("regular", 6)],
)  # fmt: skip
def test_known_eigenvalues(shape: Shape, value: float) -> None:
    assert leading(network(shape, 30, 6)) == pytest.approx(value, abs=1e-9)


def test_degrees_are_those_asked_for() -> None:
    assert set(dense(network("regular", 50, 8, seed=1)).sum(axis=0)) == {8}
    assert dense(network("erdos_renyi", 50, 8, seed=1)).sum() == 50 * 8
    grown = dense(network("barabasi_albert", 200, 4, seed=1)).sum(axis=0)
    assert grown.min() == 2 and grown.max() > 15


@pytest.mark.parametrize("shape", ["regular", "erdos_renyi", "barabasi_albert"])
def test_another_seed_draws_another_network(shape: Shape) -> None:
    ends = [network(shape, 30, 4, seed=seed).ends.tolist() for seed in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize(("nodes", "degree"), [(1, 2), (6, 3), (6, 0), (6, 6), (6, -2)])
def test_networks_that_cannot_be_are_refused(nodes: int, degree: int) -> None:
    with pytest.raises(NetworkError):
        network("ring", nodes, degree)
