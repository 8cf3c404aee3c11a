"""Forced price cuts: whether a firm that learned is punished for cutting its price once.

A session that ended above competition may have ended there by chance, or because every firm knows
that a cut is answered. One firm's price is cut for one period, for every firm, every state of the
limit cycle and every lower price; then all go on with what they learned.

References
----------
Calvano et al., American Economic Review 110 (2020), section IV.B.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tertius.environments.pricing_demand import Grid
from tertius.environments.pricing_sessions import Session, SessionSettings, cycle, joint_of

HORIZON = 300
"""Periods that are followed after a cut; at the paper's discount what comes later weighs 2e-7."""


class Cuts(Struct, frozen=True):
    """Every cut of one session; all arrays have one entry for each.

    Attributes
    ----------
    firm, before, after
        Who cuts, the price it would have set, and the price that it sets instead.
    rivals
        Mean price of the others at that moment.
    fall
        How far the rivals' prices of the next period lie below those that they would have set
        without the cut, as a share of them; mean of the rivals.
    lost
        What the cut costs the firm that makes it: discounted profits from the cut on, without the
        cut minus with it. Above 0 the cut does not pay.
    periods
        From the cut until the firms are back on the cycle.
    """

    firm: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    rivals: NDArray[np.float64]
    fall: NDArray[np.float64]
    lost: NDArray[np.float64]
    periods: NDArray[np.int64]


def cuts(settings: SessionSettings, session: Session, market: Grid) -> Cuts:
    """Force every cut once and follow what comes of it.

    Parameters
    ----------
    settings, session, market
        Of two firms or more: as played, and on its grid.

    Notes
    -----
    Cuts that never lead back to the cycle have `periods` equal to `HORIZON`.
    """
    path = cycle(settings, session)
    forced = [
        (firm, state, to)
        for state in path
        for firm in range(settings.firms)
        for to in range(int(session.policy[firm, state]))
    ]
    firm, state, to = np.array(forced, np.int64).reshape(-1, 3).T
    kept = session.policy[:, state]
    cut = kept.copy()
    cut[firm, np.arange(len(firm))] = to
    chosen, profits = _follow(settings, session, market, state, kept)
    changed, paid = _follow(settings, session, market, state, cut)
    own = np.arange(len(firm)), firm
    weight = settings.discount ** np.arange(HORIZON)
    lost = (weight[:, None] * (profits[:, *own] - paid[:, *own])).sum(0)
    elsewhere = np.arange(settings.firms)[:, None] != firm
    without, with_cut = (
        np.take_along_axis(market.prices, played[1], axis=1) for played in (chosen, changed)
    )
    fall = np.where(elsewhere, 1 - with_cut / without, 0.0).sum(0) / (settings.firms - 1)
    on_path = {joint_of(settings, session.policy[:, one]) for one in path}
    weights = settings.prices ** np.arange(settings.firms - 1, -1, -1)
    joints = np.tensordot(weights, changed, axes=(0, 1))
    back = np.isin(joints, sorted(on_path))
    back[0] = False
    prices = market.prices
    at_cut = np.take_along_axis(prices, kept, axis=1)
    rivals = np.where(elsewhere, at_cut, 0.0).sum(0) / (settings.firms - 1)
    return Cuts(
        firm=firm,
        before=at_cut[firm, own[0]],
        after=prices[firm, to],
        rivals=rivals,
        fall=fall,
        lost=lost,
        periods=np.where(back.any(0), back.argmax(0), HORIZON),
    )


def _follow(
    settings: SessionSettings,
    session: Session,
    market: Grid,
    state: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what is chosen (periods, firms, cuts) and paid (periods, cuts, firms)."""
    weights = settings.prices ** np.arange(settings.firms - 1, -1, -1)
    joints = settings.prices**settings.firms
    played = np.empty((HORIZON, *chosen.shape), np.int64)
    paid = np.empty((HORIZON, chosen.shape[1], settings.firms))
    for period in range(HORIZON):
        played[period] = chosen
        joint = weights @ chosen
        paid[period] = market.profits[joint]
        older = (state % joints) * joints if settings.memory == 2 else 0
        state = older + joint if settings.memory else np.zeros_like(state)
        chosen = session.policy[:, state]
    return played, paid
