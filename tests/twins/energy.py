"""One hour on the grid, switch by switch."""

from collections.abc import Sequence

from tertius.environments.energy import DAY, EnergySettings
from tertius.stats.draws import WORLD, Stream


def hour(
    draws: Sequence[float], own: EnergySettings, *, key: int, number: int, dark: int
) -> tuple[list[float], float, int]:
    """Return what each site was served, what the town went without, and the hours still dark."""
    of_day = number % DAY
    rise = max(0.0, 1 - abs(of_day - 19.0) / 3.0)
    forecast = own.base + (own.peak - own.base) * rise
    more = Stream(key, player=WORLD, step=number).unit("what the town draws")
    town = forecast * (1.0 + own.spread * more)
    asked = town
    for one in draws:
        asked += one
    if dark:
        return [0.0] * len(draws), town, dark - 1
    if asked > own.capacity:
        return [0.0] * len(draws), town, own.down
    return list(draws), 0.0, 0
