"""One key's e-process, readable: a start mixture over a fixed grid of bets.

The fast table of many such processes is in `keyed`, with the same bits.
"""

from __future__ import annotations

import math

from tertius.stats.payoffs import PayoffError

GRID = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Shares of the wealth that are bet; the process is their plain average."""

CAP = 1e300
"""No wealth grows beyond this; lowering a bettor's wealth never breaks its guarantee."""


class EProcess:
    """Evidence against one null, good at every moment that the log allows to stop at.

    Parameters
    ----------
    clock
        On which update of the key's life this begins; 0 unless the key was here before. The later,
        the less it starts with: 1 / (clock + 1).

    Notes
    -----
    For every share f of the grid, money 1 / (t * (t + 1)) joins at update t and is bet from then
    on: ``M = (M + 1 / (t * (t + 1))) * (1 + f * payoff)``. What has not yet joined, 1 / (t + 1), is
    still in the purse. So the value starts at 1, late changes are found, and if the expected payoff
    given the whole past never exceeds 0, then the value ever reaches 1 / alpha with probability at
    most alpha.

    What it cannot see: a key whose payoff is 0 or below on average, whatever else it does.

    Only sums and products, in a fixed order: the same payoffs give the same bits everywhere.

    References
    ----------
    Shin, Ramdas and Rinaldo, "E-detectors", NEJSDS 2 (2024), section 2 and 5 (mixtures over starts
    and bets); Ville's inequality for the bound.

    Examples
    --------
    Ten payoffs of 1 are strong evidence; payoffs that cancel are none.

    >>> rising, level = EProcess(), EProcess()
    >>> for turn in range(10):
    ...     _ = rising.update(1.0), level.update(1.0 if turn % 2 else -1.0)
    >>> rising.value > 20, level.value < 1, rising.n
    (True, True, 10)
    """

    def __init__(self, *, clock: int = 0) -> None:
        self._wealth = [0.0] * len(GRID)
        self._clock, self._entered = clock, clock
        self._value = 1.0 / (clock + 1.0)

    def update(self, payoff: float) -> float:
        """Play one update and return the value after it.

        Parameters
        ----------
        payoff
            Of one unit of stake, -1 or more; see `payoffs`.

        Raises
        ------
        PayoffError
            Below -1, or no finite number.
        """
        if not -1.0 <= payoff < math.inf:
            raise PayoffError(f"payoff {payoff!r}; expected a number of -1 or more")
        self._clock += 1
        joins = 1.0 / (self._clock * (self._clock + 1.0))
        total = 0.0
        for place, share in enumerate(GRID):
            wealth = min((self._wealth[place] + joins) * (1.0 + share * payoff), CAP)
            self._wealth[place] = wealth
            total += wealth
        self._value = total * (1.0 / len(GRID)) + 1.0 / (self._clock + 1.0)
        return self._value

    @property
    def value(self) -> float:
        """The e-value now; 1 at the start, never below 0."""
        return self._value

    @property
    def n(self) -> int:
        """How many updates were played."""
        return self._clock - self._entered
