"""Have the compiled steps ready before they are needed."""

from __future__ import annotations

import numpy as np

from tertius.stats.keyed import Keyed
from tertius.stats.lots import ANY, agreements


def warm() -> None:
    """Take each compiled step of the detectors once, on nothing.

    Notes
    -----
    Compiling takes seconds where the cache beside the source does not hold them yet: whoever must
    not be late with a first finding does it before the first event.
    """
    table = Keyed(0.05, most=2)
    row = table.row("")
    table.play_one(row, 0, 0.0)
    table.play([row], [0], [0.0], [True])
    table.value("")
    table.values()
    agreements(np.uint64(0), np.array([0, 0]), np.array([ANY, ANY]), np.array([1.0]), 1, 1)
