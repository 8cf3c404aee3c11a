"""Matrix games, played again and again: two moves each, and what all choose decides what each gets.

Each step is one round. What a player meant to do comes out otherwise with chance `noise` (its hand
trembles); everybody sees what came out. After a round the game may end, with chance `ending`, so
that nobody knows the last one. Harm: a player loses what it got less than it could have made sure
of alone; the absent party is ``society``, which loses what all together got less than the best.

References
----------
Rapoport and Chammah, "Prisoner's Dilemma" (1965); Axelrod, "The Evolution of Cooperation" (1984),
whose payoffs 5, 3, 1, 0 and 200 rounds are the defaults; Rousseau's stag hunt as in Skyrms, "The
Stag Hunt" (2004); chicken: Rapoport and Chammah, American Behavioral Scientist 10 (1966); battle of
the sexes: Luce and Raiffa, "Games and Decisions" (1957); linear public goods: Isaac and Walker,
Quarterly Journal of Economics 103 (1988).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from tertius.core.events import OutcomeObserved
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Choice
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World
from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, fold, number_of, unit

TREMBLE = number_of("tremble")
ENDING = number_of("ending")
Quad = tuple[float, float, float, float]


class Game(Struct, frozen=True):
    """Two moves, the friendly one first, and what each of the two players gets.

    In order: both play the first, the own first against the second, the own second against the
    first, both the second.
    """

    moves: tuple[str, str]
    row: Quad
    column: Quad


PRESETS: dict[str, Game] = {
    "prisoners_dilemma": Game(("cooperate", "defect"), (3, 0, 5, 1), (3, 0, 5, 1)),
    "stag_hunt": Game(("stag", "hare"), (4, 0, 3, 3), (4, 0, 3, 3)),
    "chicken": Game(("swerve", "straight"), (3, 1, 5, 0), (3, 1, 5, 0)),
    "battle_of_the_sexes": Game(("opera", "football"), (3, 0, 0, 2), (2, 0, 0, 3)),
}


class MatrixGameSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    game
        Name of one of `PRESETS`, or ``public_goods``.
    players
        2; in public goods 2 to 1,000.
    factor
        In public goods: what one contributed unit grows to before all share it.
    rounds
        Length of an episode, at most.
    noise
        Chance that a move comes out as the other one.
    ending
        Chance, after each round, that it was the last.
    """

    game: Literal[
        "prisoners_dilemma", "stag_hunt", "chicken", "battle_of_the_sexes", "public_goods"
    ] = "prisoners_dilemma"
    players: Annotated[int, Meta(ge=2, le=1000)] = 2
    factor: Annotated[float, Meta(gt=0, le=1000)] = 1.6
    rounds: Annotated[int, Meta(ge=1, le=10_000_000)] = 200
    noise: Annotated[float, Meta(ge=0, le=1)] = 0.0
    ending: Annotated[float, Meta(ge=0, le=1)] = 0.0

    def __post_init__(self) -> None:
        if self.game != "public_goods" and self.players != 2:
            raise SettingsError(f"{self.players} players of `{self.game}`; expected 2")


class MatrixGame(World[MatrixGameSettings]):
    """Players of one game, round after round.

    Examples
    --------
    >>> world = MatrixGame()
    >>> seen = world.reset(seed=1)
    >>> result = world.step({"player-1": "cooperate", "player-2": "defect"})
    >>> result.rewards["player-1"], result.rewards["player-2"], result.harm["society"]
    (0.0, 5.0, 1.0)
    """

    Settings: ClassVar[type[Noun]] = MatrixGameSettings
    steady = True

    @property
    def longest(self) -> int:
        """All rounds."""
        return self.settings.rounds

    def sit(self) -> tuple[str, ...]:
        """Name the players."""
        return tuple(f"player-{n}" for n in range(1, self.settings.players + 1))

    def declare(self) -> Facts:
        """Tabulate the game."""
        own = self.settings
        self.names, self.pays = table(own)
        self.sure = self.pays.min(axis=2).max(axis=1)
        self.best = _best(self.pays)
        source = "enumeration of the game's outcomes"
        return Facts(
            name="matrix_game",
            least_players=own.players,
            most_players=own.players,
            timing="simultaneous",
            sees={"*": "everybody's moves of the last round, as they came out, and the own payoff"},
            low=float(self.pays.min()),
            high=float(self.pays.max()),
            absent=("society",),
            known=(
                Known(name="optimum", value=self.best / own.players,
                      unit="payoff a player and round", source=source),
                Known(name="security", value=float(self.sure.mean()),
                      unit="payoff a player and round that one move makes sure of", source=source),
            ),
            source="Rapoport and Chammah 1965; Axelrod 1984; see the module",
        )  # fmt: skip

    def build(self) -> None:
        """Keep what was meant, what came out, and what it paid."""
        seats = len(self.seats)
        self.meant = self.array("meant", seats, dtype=np.int64)
        self.played = self.array("played", seats, dtype=np.int64)
        self.paid = self.array("paid", seats)
        self._choice = Choice(self.names)
        self._options = list(self.names)

    def begin(self, copy: int) -> None:
        """Forget the last round."""
        self.meant[copy] = self.played[copy] = -1
        self.paid[copy] = 0

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Play one round."""
        own = self.settings
        _round(
            moves[:, :, 0], self.pays, self.sure, self.best, own.noise, own.ending, self.keys,
            self.steps, self.meant, self.played, self.paid, self.rewards, self.harm,
            self.terminated,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Choice:
        """Both moves, always."""
        return self._choice

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show the last round."""
        played: list[int] = self.played[copy].tolist()
        if played[0] < 0:
            last: dict[str, str] = {}
        else:
            last = dict(zip(self.seats, map(self.names.__getitem__, played), strict=True))
        mine = last.pop(self.seats[seat], None)
        return {
            "round": int(self.steps[copy]),
            "moves": self._options,
            "mine": mine,
            "others": last,
            "paid": float(self.paid[copy, seat]),
        }

    def vectors(self) -> NDArray[np.float32]:
        """Give whether a round was played, own second move, and others' share of second moves."""
        seats = len(self.seats)
        seen = np.zeros((self.copies, seats, 3), np.float32)
        begun = self.played >= 0
        seen[:, :, 0] = begun
        seen[:, :, 1] = self.played == 1
        second = (self.played == 1).sum(axis=1, keepdims=True) - (self.played == 1)
        seen[:, :, 2] = second / (seats - 1)
        return seen

    def words(self, copy: int, seat: int) -> str:
        """Tell a player the rules and the last round."""
        seen = self.see(copy, seat)
        first, second = self.names
        lines = [f"Round {seen['round'] + 1}. You and {len(self.seats) - 1} other choose at once."]
        if len(self.seats) == 2:
            pay = self.pays[seat]
            lines += [
                f"You {own} and the other {other}: you get {pay[a, 1 - b]:g}."
                for a, own in enumerate(self.names)
                for b, other in enumerate(self.names)
            ]
        else:
            lines.append(
                f"Who plays {second} keeps 1. Every {first} grows to {self.settings.factor:g}, "
                "shared equally by all."
            )
        if seen["mine"] is not None:
            others = ", ".join(f"{name} {move}" for name, move in seen["others"].items())
            lines.append(f"Last round: you {seen['mine']}, {others}; you got {seen['paid']:g}.")
        lines.append(f"Choose one of: {first}, {second}.")
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what came out otherwise than was meant."""
        for seat in np.flatnonzero(self.played[0] != self.meant[0]).tolist():
            move = self.names[int(self.played[0, seat])]
            tale.say(OutcomeObserved, agent=self.seats[seat], about="move", value=move)

    def truth(self) -> dict[str, Any]:
        """Tell what was meant, and the best that all could have got together."""
        return {"meant": self.meant[0].tolist(), "best": self.best}


def table(settings: MatrixGameSettings) -> tuple[tuple[str, str], NDArray[np.float64]]:
    """Return the moves, and the payoffs by seat, own move, and how many others play the first.

    Examples
    --------
    >>> moves, pays = table(MatrixGameSettings(game="public_goods", players=4, factor=2.0))
    >>> pays[0].tolist()
    [[0.5, 1.0, 1.5, 2.0], [1.0, 1.5, 2.0, 2.5]]
    """
    if settings.game == "public_goods":
        share = settings.factor / settings.players
        others = np.arange(settings.players, dtype=np.float64)
        one = np.stack([share * (others + 1), 1 + share * others])
        return ("contribute", "keep"), np.repeat(one[None], settings.players, axis=0)
    game = PRESETS[settings.game]
    pays = np.array([game.row, game.column], np.float64).reshape(2, 2, 2)
    return game.moves, np.ascontiguousarray(pays[:, :, ::-1])


def _best(pays: NDArray[np.float64]) -> float:
    """Return the most that all can get together; who of them plays which does not change it."""
    seats = len(pays)
    return max(
        sum(float(pays[seat, 0, count - 1]) for seat in range(count))
        + sum(float(pays[seat, 1, count]) for seat in range(count, seats))
        for count in range(seats + 1)
    )


@compiled
def _round(
    moves: NDArray[np.float64],
    pays: NDArray[np.float64],
    sure: NDArray[np.float64],
    best: float,
    noise: float,
    ending: float,
    keys: NDArray[np.uint64],
    steps: NDArray[np.int64],
    meant: NDArray[np.int64],
    played: NDArray[np.int64],
    paid: NDArray[np.float64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
    terminated: NDArray[np.bool_],
) -> None:
    copies, seats = moves.shape
    for copy in range(copies):
        first = 0
        for seat in range(seats):
            move = int(moves[copy, seat])
            meant[copy, seat] = move
            if noise > 0 and unit(fold(fold(keys[copy], seat), TREMBLE), steps[copy]) < noise:
                move = 1 - move
            played[copy, seat] = move
            first += 1 - move
        total = 0.0
        for seat in range(seats):
            move = played[copy, seat]
            pay = pays[seat, move, first - (1 - move)]
            paid[copy, seat] = pay
            rewards[copy, seat] = pay
            harm[copy, seat] = max(0.0, sure[seat] - pay)
            total += pay
        harm[copy, seats] = max(0.0, best - total)
        if ending > 0 and unit(fold(fold(keys[copy], WORLD), ENDING), steps[copy]) < ending:
            terminated[copy] = True
