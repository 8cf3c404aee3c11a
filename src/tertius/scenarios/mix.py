"""Number and mix of players: the same study with more seats, or with some players replaced."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.scenario import Made, PlayerKind, Population, ScenarioError, Seat
from tertius.scenarios.study import Study
from tertius.stats.draws import WORLD, Stream, number_of, part_of, root


def mixed(
    population: Population, player: Made, *, share: float, seed: int, kind: PlayerKind = "scripted"
) -> Population:
    """Return a population in which a share of the seats has another player.

    Parameters
    ----------
    population
        Which; its name and kind stay.
    player, kind
        Who sits down instead.
    share
        0 to 1 of the seats, rounded to whole seats.
    seed
        Draws the seats; a larger share keeps those of a smaller one.

    Raises
    ------
    ScenarioError
        No such share.

    Examples
    --------
    >>> from tertius.scenarios.table import load
    >>> selfish = load("braess").population("selfish")
    >>> half = mixed(selfish, Made(name="routing/assigned"), share=0.5, seed=1)
    >>> [seat.player.name for seat in half.seats].count("routing/assigned")
    3
    """
    if not 0 <= share <= 1:
        raise ScenarioError(f"a share of {share:g}; expected 0 to 1")
    draws = Stream(part_of(root(seed), number_of("mix")), player=WORLD, step=0)
    ranks = {seat.agent: draws.unit(f"seat/{seat.agent}") for seat in population.seats}
    count = round(share * len(ranks))
    chosen = set(sorted(ranks, key=ranks.__getitem__)[:count])
    seats = tuple(
        Seat(agent=seat.agent, player=player, kind=kind, principal=seat.principal)
        if seat.agent in chosen
        else seat
        for seat in population.seats
    )
    return Population(name=population.name, kind=population.kind, seats=seats)


def blended(study: Study, first: str, second: str, *, share: float, seed: int) -> Population:
    """Return a population of a study with a share of its seats as in another of its populations.

    Parameters
    ----------
    study
        Which.
    first, second
        Names of two populations with the same seats; the result is called as the first is.
    share
        0 to 1 of the seats that are as in the second.
    seed
        Draws the seats, as in `mixed`.

    Raises
    ------
    UnknownPopulationError, ScenarioError
        No such population, other seats, or no such share.
    """
    one, other = study.population(first), study.population(second)
    by_name = {seat.agent: seat for seat in other.seats}
    if by_name.keys() != {seat.agent for seat in one.seats}:
        raise ScenarioError(f"`{first}` and `{second}` seat different agents")
    marked = mixed(one, Made(name="mixed"), share=share, seed=seed)
    seats = tuple(
        by_name[seat.agent] if seat.player.name == "mixed" else seat for seat in marked.seats
    )
    return Population(name=one.name, kind=one.kind, seats=seats)


def resized(population: Population, agents: Sequence[str]) -> Population:
    """Return a population for other seats, its players handed out in turn.

    Parameters
    ----------
    population
        Which.
    agents
        Names of the seats, as the world with its new number of players calls them.

    Examples
    --------
    >>> from tertius.scenarios.study import numbered
    >>> from tertius.scenarios.table import load
    >>> ten = resized(load("braess").population("assigned"), numbered("driver", 10))
    >>> len(ten.seats), ten.seats[9].player == ten.seats[1].player
    (10, True)
    """
    old = population.seats
    seats = tuple(
        Seat(agent=agent, player=old[n % len(old)].player, kind=old[n % len(old)].kind)
        for n, agent in enumerate(agents)
    )
    return Population(name=population.name, kind=population.kind, seats=seats)


def fitted(population: Population, agents: Sequence[str]) -> Population:
    """Return a population for the seats of a world, resized where a setting changed them.

    Parameters
    ----------
    population
        Which; as it is if these are its seats.
    agents
        Names of the world's seats.

    Raises
    ------
    ScenarioError
        The seats are others, and the players come in no order that repeats: whether one seat that
        is unlike the others should stay one, or become more, is nowhere said.

    Examples
    --------
    >>> from tertius.scenarios.study import numbered
    >>> from tertius.scenarios.table import load
    >>> len(fitted(load("braess").population("assigned"), numbered("driver", 40)).seats)
    40
    """
    old = [seat.player for seat in population.seats]
    if {seat.agent for seat in population.seats} == set(agents):
        return population
    spans = range(1, len(old) // 2 + 1)
    if any(all(one == old[n % span] for n, one in enumerate(old)) for span in spans):
        return resized(population, agents)
    raise ScenarioError(
        f"population `{population.name}` is made for {len(old)} seats and the world has "
        f"{len(agents)}, and not all its players are alike; play a population of one kind, "
        "or leave the world's size as it is"
    )
