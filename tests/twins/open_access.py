"""One season on the fishing ground, boat by boat."""

from collections.abc import Sequence

from tertius.environments.open_access import OpenAccessSettings


def season(
    days: Sequence[float], stock: float, own: OpenAccessSettings
) -> tuple[list[float], list[float], float]:
    """Return each boat's catch and profit, and the stock afterwards."""
    out = 0.0
    for one in days:
        out += one
    share = 1.0 / out if own.catchability * out > 1.0 else own.catchability
    catches = [share * one * stock for one in days]
    profits = [own.price * c - own.cost * d for c, d in zip(catches, days, strict=True)]
    landed = 0.0
    for caught in catches:
        landed += caught
    after = stock + own.growth * stock * (1.0 - stock / own.capacity) - landed
    return catches, profits, max(0.0, after)
