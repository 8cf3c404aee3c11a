"""Logit demand on a price grid: profits of every joint choice, competition and monopoly.

References
----------
Calvano, Calzolari, Denicolo and Pastorello, "Artificial Intelligence, Algorithmic Pricing, and
Collusion", American Economic Review 110 (2020), section II.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

STEPS = 200
"""Rounds of the solvers; each converges far sooner and ends at the last bit."""


DECIMALS = 12
"""Of every table: processors whose exponential differs in the last bit play the same."""


class Demand(Struct, frozen=True):
    """A market of differentiated goods.

    Parameters
    ----------
    costs
        Marginal cost of each firm.
    quality
        Of every firm's good (a in the paper).
    outside
        Of the outside good (a0).
    spread
        How different the goods are (mu).
    """

    costs: tuple[float, ...]
    quality: float = 2.0
    outside: float = 0.0
    spread: float = 0.25

    def shares(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each firm's quantity at prices (..., firms)."""
        power = np.exp((self.quality - prices) / self.spread)
        total = power.sum(-1, keepdims=True) + np.exp(self.outside / self.spread)
        sold: NDArray[np.float64] = power / total
        return sold

    def profits(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each firm's profit at prices (..., firms)."""
        made: NDArray[np.float64] = (prices - np.array(self.costs)) * self.shares(prices)
        return made

    def surplus(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what consumers gain from the market at prices (..., firms), in money."""
        power = np.exp((self.quality - prices) / self.spread).sum(-1)
        gained: NDArray[np.float64] = self.spread * np.log1p(
            power / np.exp(self.outside / self.spread)
        )
        return gained

    def competitive(self) -> NDArray[np.float64]:
        """Return the prices of the one-shot Nash equilibrium.

        Each is cost plus spread over (1 - own share): solved firm by firm, by bisection. A lone
        firm is held to its cost, as if others could enter at any time.
        """
        costs = np.array(self.costs)
        if len(costs) == 1:
            return costs
        prices = costs + self.spread
        for _ in range(STEPS):
            before = prices.copy()
            for firm in range(len(costs)):
                prices[firm] = self._reply(prices, firm)
            if (prices == before).all():
                break
        return prices

    def monopoly(self) -> NDArray[np.float64]:
        """Return the prices that one owner of all firms would set: one markup for all goods."""
        costs = np.array(self.costs)
        low, high = 0.0, 100 * self.spread + max(self.quality, 1.0) * 10
        for _ in range(STEPS):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            inside = self.shares(costs + middle).sum()
            low, high = (middle, high) if middle * (1 - inside) < self.spread else (low, middle)
        return costs + low

    def _reply(self, prices: NDArray[np.float64], firm: int) -> float:
        """Return the best reply of one firm to the prices of the others."""
        low, high = self.costs[firm], self.costs[firm] + 100 * self.spread + self.quality
        trial = prices.copy()
        for _ in range(STEPS):
            trial[firm] = middle = (low + high) / 2
            if middle in (low, high):
                break
            share = float(self.shares(trial)[firm])
            wanted = (middle - self.costs[firm]) * (1 - share)
            low, high = (middle, high) if wanted < self.spread else (low, middle)
        return low


class Grid(Struct, frozen=True):
    """A market whose firms choose among equally spaced prices.

    Attributes
    ----------
    prices
        (firms, prices) each firm's grid.
    profits
        (joint choices, firms); choice c of firm 0 comes first: index = sum of c_i * m**(n-1-i).
    surplus
        (joint choices) consumers' surplus.
    nash, monopoly
        (firms) profits between the grid points: at the equilibrium, and under one owner.
    nash_surplus
        Consumers' surplus at the equilibrium.
    """

    prices: NDArray[np.float64]
    profits: NDArray[np.float64]
    surplus: NDArray[np.float64]
    nash_prices: NDArray[np.float64]
    monopoly_prices: NDArray[np.float64]
    nash: NDArray[np.float64]
    monopoly: NDArray[np.float64]
    nash_surplus: float


@lru_cache(maxsize=32)
def grid(demand: Demand, *, count: int, margin: float) -> Grid:
    """Return the market on `count` prices from below the equilibrium to above the monopoly.

    Parameters
    ----------
    demand
        The market.
    count
        Prices of each firm, 2 or more.
    margin
        How far the grid reaches past both, as a share of the distance between them (xi).

    Notes
    -----
    The last markets are kept: whoever asks again is given the same tables, read-only.

    Examples
    --------
    >>> made = grid(Demand((1.0, 1.0)), count=15, margin=0.1)
    >>> [round(float(x), 5) for x in (*made.nash_prices[:1], *made.monopoly_prices[:1])]
    [1.47293, 1.92498]
    >>> round(float(made.prices[0, 0]), 5), round(float(made.prices[0, -1]), 5)
    (1.42772, 1.97019)
    """
    nash, monopoly = demand.competitive(), demand.monopoly()
    reach = margin * (monopoly - nash)
    steps = np.linspace(0.0, 1.0, count)
    low, high = nash - reach, monopoly + reach
    prices = low[:, None] + (high - low)[:, None] * steps
    firms = len(demand.costs)
    joint = np.stack(np.meshgrid(*prices, indexing="ij"), axis=-1).reshape(-1, firms)
    return Grid(
        prices=_kept(prices),
        profits=_kept(demand.profits(joint)),
        surplus=_kept(demand.surplus(joint)),
        nash_prices=_kept(nash),
        monopoly_prices=_kept(monopoly),
        nash=_kept(demand.profits(nash)),
        monopoly=_kept(demand.profits(monopoly)),
        nash_surplus=round(float(demand.surplus(nash)), DECIMALS),
    )


def _kept(table: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.round(table, DECIMALS)
    rounded.flags.writeable = False
    return rounded
