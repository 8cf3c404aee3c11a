"""Warming up: what a watch needs is compiled before it is needed."""

from typing import Any

import numpy as np
import pytest

from tertius.stats import keyed, lots
from tertius.stats.compiled import INTERPRETED
from tertius.stats.warm import warm

USED: tuple[Any, ...] = (keyed.first_bad, keyed.play_batch, keyed.play_update, lots.agreements)


def compiled() -> list[int]:
    """For how many types each step is compiled."""
    return [len(each.signatures) for each in USED]


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled where numba is off or not installed")
def test_every_step_of_the_detectors_is_compiled_for_the_types_it_will_meet() -> None:
    warm()
    before = compiled()
    assert min(before) > 0
    table = keyed.Keyed(0.05, slots=2)
    table.play([table.row("a"), table.row("b")], [0, 1], [1.0, -1.0], [False, True])
    table.play_one(table.row("a"), 1, 0.5)
    lots.agreements(np.uint64(7), np.array([0, 1]), np.array([1, 0]), np.array([0.5, 1.0]), 2, 9)
    assert compiled() == before
