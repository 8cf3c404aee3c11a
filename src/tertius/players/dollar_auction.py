"""Bidders in the dollar auction: one who reasons to the end, one who cannot stop, and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated
from tertius.stats.auctions import calm, reply


class Passer(Seated):
    """Never bids."""

    name = "dollar_auction/passer"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Pass."""
        return "pass"


class Reasoner(Seated):
    """Bids what the other cannot afford to answer, or passes; of three and more it fears the worst.

    References
    ----------
    O'Neill, Journal of Conflict Resolution 30 (1986).
    """

    name = "dollar_auction/reasoner"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Bid to the next level, or pass."""
        bid = reply(
            observation["prize"],
            observation["budget"],
            mine=observation["mine"],
            other=observation["highest"],
        )
        return str(bid) if bid else "pass"


class Stubborn(Seated):
    """Raises by one unit as long as it can, and passes with chance `passes` a turn.

    It opens without fail. The bid already made is lost anyway: that is its reason to go on.
    """

    name = "dollar_auction/stubborn"
    defaults: ClassVar[Mapping[str, Value]] = {"passes": 0.0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Raise."""
        high: int = observation["highest"]
        if high >= observation["budget"]:
            return "pass"
        if high and draws.unit("pass") < self.chance(observation):
            return "pass"
        return str(high + 1)

    def chance(self, observation: Any) -> float:
        """Return the chance to pass."""
        passes: float = self.settings["passes"]
        return passes


class Calm(Stubborn):
    """Raises by one unit, and passes so often that the other gains nothing by raising."""

    name = "dollar_auction/calm"
    defaults: ClassVar[Mapping[str, Value]] = {}

    def chance(self, observation: Any) -> float:
        """Return the chance to pass in the symmetric equilibrium without budgets."""
        return calm(observation["prize"])
