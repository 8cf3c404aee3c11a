"""Followers: one who does what most others did, one who does what fewest did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.learning import one_of, options
from tertius.players.seated import Seated


class Conformist(Seated):
    """Does what most others did last; by chance among those that are level, and at first.

    `of` names what in the observation maps others to their last moves; `moves` or `among` say what
    there is to do.

    References
    ----------
    Asch, Psychological Monographs 70 (1956), for people; Banerjee, Quarterly Journal of Economics
    107 (1992), for why it can be reasonable and still go wrong.
    """

    name = "conformist"
    defaults: ClassVar[Mapping[str, Value]] = {"moves": "[]", "among": "moves", "of": "others"}
    sign: ClassVar[int] = 1

    def act(self, observation: Any, draws: Draws) -> Move:
        """Follow."""
        allowed = options(self, observation)
        others = [str(move) for move in observation.get(self.settings["of"], {}).values()]
        liked = [self.sign * others.count(str(move)) for move in allowed]
        most = max(liked)
        return one_of([m for m, n in zip(allowed, liked, strict=True) if n == most], draws)


class Contrarian(Conformist):
    """Does what fewest others did last.

    References
    ----------
    Arthur, "Inductive reasoning and bounded rationality", American Economic Review 84 (1994): the
    bar that is best where few go.
    """

    name = "contrarian"
    sign: ClassVar[int] = -1
