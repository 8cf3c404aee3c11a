"""Players of Liar's Bar: one who lies only when it must, bluffers, doubters, two allies.

All know how many honest cards there can be: they call who has laid more than `doubts` this round,
which with controlled hands (two targets and a joker) is certainty at 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated

_JOKER = "*"
_ORDER = "QKA*"


class Honest(Seated):
    """Lays true cards one by one and lies only with nothing else in hand; calls what cannot be."""

    name = "liars_bar/honest"
    defaults: ClassVar[Mapping[str, Value]] = {"doubts": 3}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Answer, or lay."""
        if observation["laid"] is not None:
            return "challenge" if self.doubts(observation, draws) else "pass"
        return self.lay(observation, draws)

    def doubts(self, seen: Any, draws: Draws) -> bool:
        """Return whether what was laid is too much to be true."""
        laid_by: str = seen["laid"]["by"]
        return bool(seen["claimed"][laid_by] > self.settings["doubts"])

    def lay(self, seen: Any, draws: Draws) -> str:
        """Return the cards to lay."""
        true, other = _sorted(seen)
        return true[0] if true else other[0]


class Bluffer(Honest):
    """Lays its useless cards with chance `lies`, up to three at once, and keeps the true ones."""

    name = "liars_bar/bluffer"
    defaults: ClassVar[Mapping[str, Value]] = {"doubts": 3, "lies": 0.5}

    def lay(self, seen: Any, draws: Draws) -> str:
        """Bluff, or lay true cards."""
        true, other = _sorted(seen)
        if true and not (other and draws.unit("bluff") < self.settings["lies"]):
            return true[0]
        return _named(other[:3])


class Suspicious(Honest):
    """Lays like the honest one; calls what cannot be, and else with chance `calls` a card laid."""

    name = "liars_bar/suspicious"
    defaults: ClassVar[Mapping[str, Value]] = {"doubts": 3, "calls": 0.2}

    def doubts(self, seen: Any, draws: Draws) -> bool:
        """Doubt more what is more."""
        chance = self.settings["calls"] * seen["laid"]["cards"]
        return super().doubts(seen, draws) or draws.unit("call") < chance


class Ally(Honest):
    """One of a fixed pair: never calls the other, and lays whatever it wants to be rid of to it.

    `ally` is the other's seat. Before anybody else it lays all its true cards at once, which
    leaves the least to be won from them. Where the world lets the two see each other's hands, it
    also calls whoever lays more than `deck` true cards (targets and jokers dealt from) leave.
    """

    name = "liars_bar/ally"
    defaults: ClassVar[Mapping[str, Value]] = {"doubts": 3, "ally": "player-2", "deck": 12}

    def doubts(self, seen: Any, draws: Draws) -> bool:
        """Trust the ally; count cards on everybody else."""
        laid_by, ally = seen["laid"]["by"], self.settings["ally"]
        if laid_by == ally:
            return False
        hands = [seen["hand"], *seen.get("ally_hands", {}).values()]
        known = sum(card in (seen["target"], _JOKER) for hand in hands for card in hand)
        left = self.settings["deck"] - known
        return super().doubts(seen, draws) or bool(seen["claimed"][laid_by] > left)

    def lay(self, seen: Any, draws: Draws) -> str:
        """Hand the ally lies; hand others what is true."""
        true, other = _sorted(seen)
        if _answers(seen) == self.settings["ally"]:
            return _named((other or true)[:3])
        return _named(true[:3]) if true else other[0]


def _sorted(seen: Any) -> tuple[list[str], list[str]]:
    """Return true cards, targets first, and the others."""
    hand: str = seen["hand"]
    true = [card for card in hand if card in (seen["target"], _JOKER)]
    return true, [card for card in hand if card not in (seen["target"], _JOKER)]


def _named(cards: list[str]) -> str:
    return "".join(sorted(cards, key=_ORDER.index))


def _answers(seen: Any) -> str:
    """Return who will have to answer: the next one alive who holds cards."""
    seats = list(seen["holds"])
    start = seats.index(seen["me"])
    order = seats[start + 1 :] + seats[:start]
    return next((one for one in order if one in seen["alive"] and seen["holds"][one]), "")
