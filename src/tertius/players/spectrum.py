"""Radios: a polite one, which sends softly and makes way, and a loud one."""

from __future__ import annotations

from typing import Any

from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Polite(Seated):
    """Sends with low power on its channel, in order, and leaves the licensed one to its user."""

    name = "spectrum/polite"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Make way and send."""
        me, channels = observation["me"], observation["channels"]
        if not observation["busy"]:
            return f"{me % channels + 1}-low"
        return f"{me % (channels - 1) + 2}-low" if channels > 1 else "silent"


class Loud(Seated):
    """Sends with high power on its channel, in order, whoever else is there."""

    name = "spectrum/loud"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Shout."""
        return f"{observation['me'] % observation['channels'] + 1}-high"
