"""One day of traffic, as one would work it out on paper."""

from collections.abc import Sequence
from itertools import pairwise

from tertius.environments.routing import Arc


def day(
    chosen: Sequence[int], routes: Sequence[Sequence[str]], arcs: Sequence[Arc], toll: float
) -> tuple[list[float], list[float]]:
    """Return each driver's minutes and tolls."""
    roads = [list(pairwise(routes[choice])) for choice in chosen]
    minutes, paid = [], []
    for own in roads:
        took = tolled = 0.0
        for arc in arcs:
            if (arc.start, arc.end) in own:
                on_arc = sum((arc.start, arc.end) in other for other in roads)
                took += arc.fixed + arc.slope * on_arc
                tolled += toll * arc.slope * (on_arc - 1)
        minutes.append(took)
        paid.append(tolled)
    return minutes, paid
