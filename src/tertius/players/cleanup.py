"""Players of full-size Cleanup: one who takes turns cleaning, one who only eats, one who zaps.

They see eleven by eleven cells and the way they face, and know on which side the river lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated

Spot = tuple[int, int]
"""How far ahead, how far to the right."""
AHEAD, SIDE, LINE = 9, 5, 12
FACINGS = ("north", "east", "south", "west")
STEPS: dict[str, Spot] = {
    "forward": (1, 0), "step-right": (0, 1), "step-left": (0, -1), "backward": (-1, 0)
}  # fmt: skip
BEAM = frozenset({(1, 0), (2, 0), (3, 0)} | {(n, side) for n in range(3) for side in (-1, 1)})
FREE = frozenset(".=~%,@")


class FreeRider(Seated):
    """Eats what it sees and never cleans.

    `river` is the side on which the river lies; the orchard lies opposite. With no apple in sight
    it walks to the orchard and up and down in it.
    """

    name = "cleanup/free-rider"
    defaults: ClassVar[Mapping[str, Value]] = {"river": "west"}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Harvest."""
        return "stay" if observation["away"] else self._harvest(observation, draws)

    def _harvest(self, seen: Any, draws: Draws) -> Move:
        view: str = seen["view"]
        apples = _spots(view, "@")
        if apples:
            return _towards(view, min(apples, key=_far), draws)
        orchard = FACINGS[(FACINGS.index(self.settings["river"]) + 2) % 4]
        return self._stroll(seen, orchard, "," in view, draws)

    def _stroll(self, seen: Any, side: str, there: bool, draws: Draws) -> Move:
        """Go to a side of the map, then up and down along it."""
        facing, view = FACINGS.index(seen["facing"]), seen["view"]
        turn = (FACINGS.index(side) - facing) % 4
        if not there and turn:
            return "turn-left" if turn == 3 else "turn-right"
        if there and turn % 2 == 0:
            return ("turn-left", "turn-right")[draws.below(2, "stroll")]
        if there and _at(view, (1, 0)) == "#":
            return "turn-left" if turn == 1 else "turn-right"
        return _towards(view, (AHEAD, 0), draws)


class Fair(FreeRider):
    """Takes its turn: of every `crew` players `cleaners` clean, and `turn` steps later others do.

    Who cleans goes to the river and shoots as soon as a beam would meet dirt.
    """

    name = "cleanup/fair"
    defaults: ClassVar[Mapping[str, Value]] = {
        "river": "west", "crew": 7, "cleaners": 3, "turn": 200,
    }  # fmt: skip

    def act(self, observation: Any, draws: Draws) -> Move:
        """Clean when it is one's turn, else harvest."""
        own = self.settings
        if observation["away"]:
            return "stay"
        seat = ord(observation["me"]) - ord("A")
        shift = observation["step"] // own["turn"] * own["cleaners"]
        if (seat - shift) % own["crew"] >= own["cleaners"]:
            return self._harvest(observation, draws)
        return self._clean(observation, draws)

    def _clean(self, seen: Any, draws: Draws) -> Move:
        view: str = seen["view"]
        dirt = _spots(view, "%")
        if any(spot in BEAM for spot in dirt):
            return "stay" if seen["clean_rests"] else "clean"
        if not dirt:
            return self._stroll(seen, self.settings["river"], "~" in view, draws)
        ahead, right = min(dirt, key=_far)
        if ahead <= 0:
            return _towards(view, (ahead - 2, right), draws)
        return _towards(view, (ahead if abs(right) < 2 else 0, right), draws)


class Zapper(FreeRider):
    """Zaps whoever its beam would meet, else eats what it sees; never cleans."""

    name = "cleanup/zapper"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Zap whoever is in reach, else harvest."""
        if observation["away"]:
            return "stay"
        if not observation["zap_rests"]:
            view: str = observation["view"]
            if any(_at(view, spot).isalpha() for spot in BEAM):
                return "zap"
        return self._harvest(observation, draws)


def _at(view: str, spot: Spot) -> str:
    return view[(AHEAD - spot[0]) * LINE + SIDE + spot[1]]


def _spots(view: str, symbol: str) -> list[Spot]:
    found, at = [], view.find(symbol)
    while at >= 0:
        found.append((AHEAD - at // LINE, at % LINE - SIDE))
        at = view.find(symbol, at + 1)
    return found


def _far(spot: Spot) -> int:
    return abs(spot[0]) + abs(spot[1])


def _towards(view: str, spot: Spot, draws: Draws) -> Move:
    """Step nearer on a free cell; where none is nearer, aside by chance."""
    for move, (ahead, right) in STEPS.items():
        nearer = _far((spot[0] - ahead, spot[1] - right)) < _far(spot)
        if nearer and _at(view, (ahead, right)) in FREE:
            return move
    return ("step-left", "step-right", "backward")[draws.below(3, "aside")]
