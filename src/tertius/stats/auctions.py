"""The dollar auction in closed form: where to open, when to raise, what stubbornness costs.

The prize is worth `prize` units, nobody can bid more than `budget` units, bids are whole, and the
second highest bidder pays too.
"""

from __future__ import annotations


def reply(prize: int, budget: int, *, mine: int, other: int) -> int:
    """Return the bid that wins against a bidder who reasons to the end, or 0: pass.

    Parameters
    ----------
    prize
        2 or more.
    budget
        Of each of the two; 1 or more.
    mine, other
        The own standing bid and the other's, which is higher; both 0 at the opening.

    Notes
    -----
    Levels lie at ``budget - k * (prize - 1)``. Who stands at or above one can afford the next: it
    costs less than the prize more than passing does. So who stands in the same band between two
    levels as the other raises to the upper one, which the other cannot afford to answer; who stands
    in a lower band passes.

    References
    ----------
    O'Neill, "International escalation and the dollar auction", Journal of Conflict Resolution 30
    (1986): the opening bid is ``(budget - 1) mod (prize - 1) + 1``; by backward induction in
    `tests/twins/dollar_auction.py`.

    Examples
    --------
    A dollar in coins of five cents and purses of two dollars fifty: open with sixty cents.

    >>> reply(20, 50, mine=0, other=0)
    12
    >>> reply(20, 50, mine=0, other=12)
    0
    """
    width = prize - 1
    below = (budget - other - 1) // width
    level = budget - below * width
    return level if other < budget and mine >= level - width else 0


def calm(prize: int) -> float:
    """Return the chance to pass, each turn, that makes raising by one and passing worth the same.

    Notes
    -----
    Passing costs the own bid. Raising by one unit, two above the own bid, wins the prize if the
    other passes now, and else costs the new bid: so the chance is 2 / prize. Without budgets, where
    both pass like this and the first one opens, they pay ``prize - 1`` on average: the auctioneer
    breaks even but for a unit.

    References
    ----------
    Shubik, "The dollar auction game", Journal of Conflict Resolution 15 (1971), for the game; the
    rest is our own arithmetic.
    """
    return min(1.0, 2 / prize)


def escalation(budget: int, passes: float) -> float:
    """Return what two who raise by one, and pass with a chance each turn, pay on average together.

    Parameters
    ----------
    budget
        Of each, in units.
    passes
        Chance to pass at a turn, 0 to 1; the first one opens without fail.

    Notes
    -----
    The number of bids is geometric, cut at the budget, with mean
    ``(1 - (1 - passes) ** budget) / passes``; the last two of them are paid. With chance 0 it is
    ``2 * budget - 1``, whatever the prize.

    Examples
    --------
    >>> escalation(50, 0.0), round(escalation(10**6, 0.1), 9)
    (99.0, 19.0)
    """
    bids = float(budget) if passes == 0 else (1 - (1 - passes) ** budget) / passes
    return 2 * bids - 1
