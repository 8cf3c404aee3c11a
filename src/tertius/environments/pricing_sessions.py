"""Sessions of Q-learning firms, each played until nobody changes its mind: one fused kernel.

The same market as `pricing`, with the learners inside the loop: a session is some two million
periods. Everything a firm does is looked up in tables; what is best in a state is cached beside
its values and looked for again only when the best falls.

References
----------
Calvano et al., American Economic Review 110 (2020), section II.B and III: learning rate, discount,
exploration exp(-beta t), values that begin as the mean profit against a rival who plays by chance,
convergence after 100,000 periods in which no greedy choice changes.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from tertius.core.noun import Noun
from tertius.environments.pricing_demand import Demand, Grid, grid
from tertius.environments.settings import SettingsError
from tertius.stats.compiled import compiled
from tertius.stats.draws import below, fold, number_of, root, unit

EXPLORE, WHICH, START = (number_of(name) for name in ("explore", "which price", "first state"))
MOST_VALUES = 200_000_000
"""Entries of one session's tables that are allowed: 1.6 GB."""


class SessionSettings(Noun, frozen=True, kw_only=True):
    """A market and its learners; the defaults are the paper's baseline.

    Parameters
    ----------
    firms, rival_cost
        How many firms; marginal cost of the last one, the others' being 1.
    prices, margin
        Size of the grid and how far it reaches past equilibrium and monopoly (m, xi).
    memory
        Periods of prices that a firm remembers: 0, 1 or 2.
    rate, discount
        Learning rate (alpha) and discount (delta).
    decay
        Of exploration, per period (beta).
    believed
        What values begin with: -1, rivals who play by chance; else the number of the price that
        everybody is believed to keep after this period.
    stable, longest
        Periods without a changed choice until converged; periods at most.
    """

    firms: Annotated[int, Meta(ge=1, le=6)] = 2
    rival_cost: Annotated[float, Meta(ge=0, le=10)] = 1.0
    prices: Annotated[int, Meta(ge=2, le=1000)] = 15
    margin: Annotated[float, Meta(ge=0, le=10)] = 0.1
    memory: Annotated[int, Meta(ge=0, le=2)] = 1
    rate: Annotated[float, Meta(gt=0, le=1)] = 0.15
    discount: Annotated[float, Meta(ge=0, lt=1)] = 0.95
    decay: Annotated[float, Meta(ge=0, le=1)] = 4e-6
    believed: Annotated[int, Meta(ge=-1)] = -1
    stable: Annotated[int, Meta(ge=1)] = 100_000
    longest: Annotated[int, Meta(ge=1)] = 1_000_000_000

    def __post_init__(self) -> None:
        if self.believed >= self.prices:
            raise SettingsError(
                f"believed price {self.believed} of {self.prices}; expected less, or -1 for chance"
            )
        values = self.firms * self.prices ** (self.firms * self.memory + 1)
        if values > MOST_VALUES:
            raise SettingsError(
                f"tables of {values:,} values; fewer firms, prices or memory keep them under "
                f"{MOST_VALUES:,}"
            )

    def market(self) -> Grid:
        """Return the market on its grid."""
        costs = (1.0,) * (self.firms - 1) + (self.rival_cost,)
        return grid(Demand(costs), count=self.prices, margin=self.margin)


class Session(Struct, frozen=True):
    """How one session ended.

    Attributes
    ----------
    periods, converged
        How many were played, and whether no choice changed in the last `stable`.
    policy
        (firms, states) what each firm does in each state.
    state
        The state at the end; firm i's last choice is digit i of it, base `prices`.
    """

    periods: int
    converged: bool
    policy: NDArray[np.int64]
    state: int


def play(settings: SessionSettings, seed: int, *, copy: int = 0) -> Session:
    """Play one session.

    Parameters
    ----------
    settings
        Market and learners.
    seed, copy
        Key of its randomness.

    Notes
    -----
    Two exactly equal values in one state are settled for the lower price; after the first update
    they do not occur. About 35 ns a period in the baseline.
    """
    market = settings.market()
    count, firms = settings.prices, settings.firms
    states = count ** (firms * settings.memory)
    values = np.empty((firms, states, count))
    values[:] = first_values(market, settings)[:, None, :]
    policy = np.repeat(values[:, :1].argmax(2), states, axis=1)
    periods, converged, state = _session(
        np.array([root(seed, copy)], np.uint64), values.shape, values.ravel(), policy.ravel(),
        market.profits.ravel(), settings.memory, settings.rate, settings.discount, settings.decay,
        settings.stable, settings.longest,
    )  # fmt: skip
    return Session(int(periods), bool(converged), policy, int(state))


def first_values(market: Grid, settings: SessionSettings) -> NDArray[np.float64]:
    """Return (firms, prices): what a price is worth before anything was tried."""
    firms, count, kept = settings.firms, settings.prices, settings.believed
    table = market.profits.reshape((count,) * firms + (firms,))
    if kept < 0:
        means = [
            table[..., firm].mean(axis=tuple(other for other in range(firms) if other != firm))
            for firm in range(firms)
        ]
        return np.stack(means) / (1 - settings.discount)
    later = settings.discount / (1 - settings.discount)
    now = [np.moveaxis(table[..., firm], firm, 0) for firm in range(firms)]
    rivals: tuple[Any, ...] = (slice(None), *(kept,) * (firms - 1))
    return np.stack([one[rivals] + later * one[(kept,) * firms] for one in now])


@compiled
def _session(
    keys: NDArray[np.uint64],
    shape: tuple[int, int, int],
    values: NDArray[np.float64],
    policy: NDArray[np.int64],
    profits: NDArray[np.float64],
    memory: int,
    rate: float,
    discount: float,
    decay: float,
    stable: int,
    longest: int,
) -> tuple[int, bool, int]:
    """Play; tables lie flat, which is a quarter faster than with three indices."""
    firms, states, count = shape
    key = keys[0]
    explores = np.empty(firms, np.uint64)
    whichs = np.empty(firms, np.uint64)
    for firm in range(firms):
        explores[firm] = fold(fold(key, firm), EXPLORE)
        whichs[firm] = fold(fold(key, firm), WHICH)
    joints = count**firms
    top = np.empty(firms * states)
    for at in range(firms * states):
        top[at] = values[at * count + policy[at]]
    state = below(fold(key, START), 0, states)
    chosen = np.empty(firms, np.int64)
    shrink = np.exp(-decay)
    epsilon = 1.0
    unchanged = 0
    period = 0
    while period < longest and unchanged < stable:
        joint = 0
        for firm in range(firms):
            if unit(explores[firm], period) < epsilon:
                choice = below(whichs[firm], period, count)
            else:
                choice = policy[firm * states + state]
            chosen[firm] = choice
            joint = joint * count + choice
        after = 0
        if memory == 1:
            after = joint
        elif memory == 2:
            after = (state % joints) * joints + joint
        unchanged += 1
        for firm in range(firms):
            choice = chosen[firm]
            at = firm * states + state
            row = at * count
            old = values[row + choice]
            new = old + rate * (
                profits[joint * firms + firm] + discount * top[firm * states + after] - old
            )
            values[row + choice] = new
            if choice == policy[at]:
                if new >= old:
                    top[at] = new
                else:
                    found = 0
                    most = values[row]
                    for other in range(1, count):
                        if values[row + other] > most:
                            found = other
                            most = values[row + other]
                    top[at] = most
                    if found != choice:
                        policy[at] = found
                        unchanged = 0
            elif new > top[at]:
                top[at] = new
                policy[at] = choice
                unchanged = 0
        epsilon *= shrink
        state = after
        period += 1
    return period, unchanged >= stable, state


def cycle(settings: SessionSettings, session: Session) -> list[int]:
    """Return the states that the greedy choices run through for ever, in order."""
    seen: dict[int, int] = {}
    path: list[int] = []
    state = session.state
    while state not in seen:
        seen[state] = len(path)
        path.append(state)
        state = _after(settings, session, state)
    return path[seen[state] :]


def _after(settings: SessionSettings, session: Session, state: int) -> int:
    joint = joint_of(settings, session.policy[:, state])
    return follow(settings, state, joint)


def joint_of(settings: SessionSettings, chosen: NDArray[np.int64]) -> int:
    """Return the number of a joint choice."""
    joint = 0
    for choice in chosen.tolist():
        joint = joint * settings.prices + choice
    return joint


def follow(settings: SessionSettings, state: int, joint: int) -> int:
    """Return the state after a joint choice."""
    joints = settings.prices**settings.firms
    if settings.memory == 0:
        return 0
    return joint if settings.memory == 1 else (state % joints) * joints + joint


def gain(settings: SessionSettings, session: Session, market: Grid) -> float:
    """Return the profit gain: 0 at the one-shot equilibrium, 1 under one owner.

    Means of all firms over the limit cycle (the paper's Delta).
    """
    states = cycle(settings, session)
    joints = [joint_of(settings, session.policy[:, state]) for state in states]
    mean = float(market.profits[joints].mean())
    nash, monopoly = float(market.nash.mean()), float(market.monopoly.mean())
    return (mean - nash) / (monopoly - nash)
