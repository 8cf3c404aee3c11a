"""What is known in closed form of repeated two-by-two games: long-run payoffs, extortion, fixation.

A game is given as its temptation, reward, punishment and sucker's payoff (T, R, P, S). A memory-one
strategy is the chance to cooperate after each outcome of the last round, in the order cooperate and
cooperate, cooperate and defect, defect and cooperate, defect and defect; the own move comes first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tertius.core.errors import CallerError

STANDARD = (5.0, 3.0, 1.0, 0.0)
"""Temptation, reward, punishment and sucker's payoff of the usual prisoner's dilemma."""


class GameError(CallerError):
    """Payoffs or chances for which there is no such thing."""


def extortion(
    factor: float, *, share: float = 0.5, payoffs: Sequence[float] = STANDARD
) -> tuple[float, float, float, float]:
    """Return the strategy that holds its surplus at `factor` times the other's, whatever that does.

    Parameters
    ----------
    factor
        chi, 1 or more; 1 is fair.
    share
        How fast it reacts, above 0 up to 1, as a share of the most that keeps all four chances
        between 0 and 1.
    payoffs
        T, R, P, S with T > R > P > S.

    Raises
    ------
    GameError
        Out of range.

    References
    ----------
    Press and Dyson, PNAS 109 (2012), equation 13; their example for factor 3
    is (11/13, 1/2, 7/26, 0).

    Examples
    --------
    >>> [round(chance * 26, 9) for chance in extortion(3.0)]
    [22.0, 13.0, 7.0, 0.0]
    """
    most, good, low, least = payoffs
    if not most > good > low > least:
        raise GameError(f"payoffs {list(payoffs)} are no dilemma; expected T > R > P > S")
    if not (factor >= 1 and 0 < share <= 1):
        raise GameError(f"factor {factor:g}, share {share:g}; expected from 1, and above 0 up to 1")
    down, up = low - least, most - low
    phi = share * down / (down + factor * up)
    return (
        1 - phi * (factor - 1) * (good - low) / down,
        1 - phi * (1 + factor * up / down),
        phi * (factor + up / down),
        0.0,
    )


def long_run(
    mine: Sequence[float], other: Sequence[float], *, payoffs: Sequence[float] = STANDARD
) -> tuple[float, float]:
    """Return the mean payoffs a round, own and other's, of two memory-one strategies for ever.

    Parameters
    ----------
    mine, other
        Four chances each, see above.
    payoffs
        T, R, P, S.

    Raises
    ------
    GameError
        The start is never forgotten, so there is no one answer (tit for tat against itself).

    References
    ----------
    Press and Dyson, PNAS 109 (2012), equation 2: the chain of the last round's outcome.
    """
    swapped = np.asarray(other, float)[[0, 2, 1, 3]]
    own = np.asarray(mine, float)
    chain = np.stack(
        [own * swapped, own * (1 - swapped), (1 - own) * swapped, (1 - own) * (1 - swapped)], axis=1
    )
    system = np.vstack([chain.T - np.eye(4), np.ones(4)])
    if np.linalg.matrix_rank(system) < 4:
        raise GameError("these two never forget how they began; give chances off 0 and 1")
    stays = np.linalg.lstsq(system, np.array([0.0, 0, 0, 0, 1]), rcond=None)[0]
    most, good, low, least = payoffs
    return float(stays @ [good, least, most, low]), float(stays @ [good, most, least, low])


def fixation(game: Sequence[Sequence[float]], population: int, *, intensity: float = 1.0) -> float:
    """Return the chance that the children of one mutant take over, in a Moran process.

    Parameters
    ----------
    game
        ``((a, b), (c, d))``: what a mutant gets from a mutant and from a resident, and a resident
        from a mutant and from a resident.
    population
        How many there are, 2 or more.
    intensity
        Fitness is 1 - intensity + intensity * payoff; with 0 the mutant is neutral.

    Raises
    ------
    GameError
        A population below 2, or a fitness that is not above 0.

    Notes
    -----
    Each step one is born, in proportion to its mean payoff from all others, and replaces one
    by chance. A neutral mutant takes over with chance 1 / population.

    References
    ----------
    Nowak, Sasaki, Taylor and Fudenberg, Nature 428 (2004), equation 1.

    Examples
    --------
    >>> fixation(((1, 1), (1, 1)), 20)
    0.05
    """
    if population < 2:
        raise GameError(f"a population of {population}; expected at least 2")
    (both, out), (into, home) = game
    total, product = 1.0, 1.0
    for mutants in range(1, population):
        residents, others = population - mutants, population - 1
        mutant = (both * (mutants - 1) + out * residents) / others
        resident = (into * mutants + home * (residents - 1)) / others
        fit = 1 - intensity + intensity * mutant
        rival = 1 - intensity + intensity * resident
        if not (fit > 0 and rival > 0):
            raise GameError("a fitness is not above 0; raise the payoffs or lower the intensity")
        product *= rival / fit
        total += product
    return 1 / total
