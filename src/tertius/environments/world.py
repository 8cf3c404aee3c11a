"""A world: copy 0 of a batch through the `Environment` port, with events, words and pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import sha256
from struct import Struct
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tertius.core.errors import CallerError
from tertius.core.events import Acted, Paid, Value
from tertius.core.kinds import Event
from tertius.core.names import nearest
from tertius.core.ports.environment import Environment, Move, StepResult
from tertius.environments.batch import Batch, S
from tertius.environments.moves import Amount, Choice, MoveError, Several


class NotBegunError(CallerError):
    """A step before the first reset, or after the end."""


class World(Batch[S]):
    """What every environment here is made of.

    Parameters
    ----------
    settings, copies, first
        As in `Batch`.
    run
        Name of the run in events; None for ``<name>/<seed>``.
    start
        UTC nanoseconds of the reset; every step takes a second.
    tells
        Whether `step` returns events; bare stepping does without.

    Notes
    -----
    A subclass sets `Settings` and gives `sit`, `declare`, `build`, `begin`, `advance`, `moves` and
    `vectors`, which play all copies, and `see` and `words` for those who sit at the table. A step
    takes tens of microseconds, so what stays the same from step to step is made once.
    """

    steady: ClassVar[bool] = False
    """Whether all move at once, and `moves` is the same in every state."""

    def __init__(
        self,
        settings: S | None = None,
        *,
        copies: int = 1,
        first: int = 0,
        run: str | None = None,
        start: int = 0,
        tells: bool = True,
    ) -> None:
        super().__init__(settings, copies=copies, first=first)
        self._run, self._start, self.tells = run, start, tells
        self._everybody = frozenset(self.seats)
        self._alone = [((name,), frozenset((name,))) for name in self.seats]
        self._moves = np.zeros(self._shape)
        self._row = self._moves[0].reshape(-1)
        self._pack = Struct(f"{self._row.size}d").pack_into
        self._paid, self._harmed = self.rewards[0], self.harm[0]
        self._flags = {ended: dict.fromkeys(self.seats, ended) for ended in (False, True)}
        self._offered = self.offers(0) if self.steady else ()

    # -- what an environment's file gives ----------------------------------------------------------

    @abstractmethod
    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Return what a seat sees, under names."""

    @abstractmethod
    def words(self, copy: int, seat: int) -> str:
        """Return what a seat sees, in words."""

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what happened in copy 0 beyond moves and rewards, after `advance`."""

    def truth(self) -> dict[str, Any]:
        """Return what is true of copy 0 and no detector may read."""
        return {}

    # -- the port's face: copy 0 -------------------------------------------------------------------

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of those still playing; nobody once it is over."""
        return () if self.over.item(0) else self.seats

    @property
    def acting(self) -> tuple[str, ...]:
        """Who moves next: everybody, or the one whose turn it is; nobody once it is over."""
        turn = self.turn(0)
        return self.agents if turn < 0 or self.over.item(0) else self._alone[turn][0]

    def idle(self, agent: str) -> Move:
        """Return the move that stands in for one that `agent` was not permitted to make.

        Unless the environment says otherwise: the first of named moves, the least of amounts.
        """
        moves = self.moves(0, self.seat(agent))
        if isinstance(moves, Several):
            return {name: _least(part) for name, part in moves.parts.items()}
        return _least(moves)

    @property
    def steps_taken(self) -> int:
        """How many steps of this episode were played."""
        return int(self.steps.item(0))

    @property
    def seed(self) -> int:
        """The seed of this episode."""
        if self._seed is None:
            raise NotBegunError(f"`{self.facts.name}` was never reset; call reset(seed) first")
        return self._seed

    @property
    def run(self) -> str:
        """Name of the run in events."""
        return self._run or f"{self.facts.name}/{self.seed}"

    @property
    def time(self) -> int:
        """UTC nanoseconds: one second after `start` for each step."""
        return self._start + 1_000_000_000 * self.steps_taken

    def reset(self, seed: int) -> dict[str, Any]:
        """Begin a new episode and return each agent's first observation."""
        self.begin_all(seed)
        return self._seen()

    def step(self, actions: Mapping[str, Move]) -> StepResult:
        """Play one step: one action per agent, or the action of the one whose turn it is.

        Raises
        ------
        NotBegunError
            Never reset, or over.
        MoveError
            Somebody's move is missing, not theirs to make, or not allowed; nothing was played.
        """
        if self.over.item(0):
            seed = self.seed  # says so where there was no reset at all
            raise NotBegunError(
                f"the episode under seed {seed} is over after {self.steps_taken} steps; reset first"
            )
        acting = self._taken(actions)
        tale = Tale(self) if self.tells else None
        self._advance(self._moves)
        if tale is not None:
            self._told(acting, actions, tale)
        return StepResult(
            observations=self._seen(),
            rewards=dict(zip(self.seats, self._paid.tolist(), strict=True)),
            terminated=self._flags[self.terminated.item(0)].copy(),
            truncated=self._flags[self.truncated.item(0)].copy(),
            harm=dict(zip(self.parties, self._harmed.tolist(), strict=True)),
            events=() if tale is None else tuple(tale.events),
            contents={} if tale is None else tale.contents,
            truth=self.truth(),
        )

    def legal(self, agent: str) -> dict[str, Any]:
        """Return the JSON Schema of the actions that `agent` may take now."""
        return self.moves(0, self.seat(agent)).schema()

    def describe(self, agent: str) -> str:
        """Return in words what `agent` sees, for players that read."""
        return self.words(0, self.seat(agent))

    def seat(self, agent: str) -> int:
        """Return the number of an agent's seat.

        Raises
        ------
        MoveError
            No such agent.
        """
        try:
            return self.seats.index(agent)
        except ValueError:
            shown = ascii(agent)[1:-1][:40]
            raise MoveError(f"no agent `{shown}` here{nearest(agent, self.seats)}") from None

    def state_hash(self) -> str:
        """Return 64 hex digits that two states share only if they are the same."""
        return sha256(self.snapshot()).hexdigest()

    def _seen(self) -> dict[str, Any]:
        return {name: self.see(0, seat) for seat, name in enumerate(self.seats)}

    def _taken(self, actions: Mapping[str, Move]) -> Sequence[str]:
        """Put the moves of those who act where the kernel reads them; return who they are."""
        turn, width = self.turn(0), self._shape[2]
        acting, expected = (self.seats, self._everybody) if turn < 0 else self._alone[turn]
        if actions.keys() != expected:
            raise self._unfit(actions, acting)
        offers = self._offered or (self.offers(0) if turn < 0 else (self.moves(0, turn),))
        numbers, place, name = [0.0] * self._row.size, max(turn, 0) * width, ""
        try:
            for name, offer in zip(acting, offers, strict=True):
                if isinstance(offer, Several):
                    parts = offer.numbers(actions[name])
                    numbers[place : place + len(parts)] = parts
                else:
                    numbers[place] = offer.number(actions[name])
                place += width
        except MoveError as error:
            raise MoveError(f"{name}: {error}") from None
        self._pack(self._row, 0, *numbers)
        return acting

    def _unfit(self, actions: Mapping[str, Move], acting: Sequence[str]) -> MoveError:
        """Say whose move is missing, or who may not move."""
        for name in actions:
            if name not in acting:
                self.seat(name)
                return MoveError(f"it is not the turn of `{name}` but of `{acting[0]}`")
        missing = next(name for name in acting if name not in actions)
        return MoveError(f"no move for `{missing}`; give one for each of {list(acting)}")

    def _told(self, acting: Sequence[str], actions: Mapping[str, Move], tale: Tale) -> None:
        step = tale.step
        for name in acting:
            move = actions[name]
            if isinstance(move, (bool, int, float, str)):
                tale.say(Acted, agent=name, step=step, action=move)
            else:
                tale.say(Acted, agent=name, step=step, content=msgspec.json.encode(move))
        self.tell(self._moves, tale)
        for seat, reward in enumerate(self.rewards[0].tolist()):
            if reward:
                tale.say(Paid, agent=self.seats[seat], step=step, amount=reward)


class Tale:
    """The events of one step, numbered and timed; a wrapper's carry its name, too.

    Attributes
    ----------
    events, contents
        What was said, and what the events commit to, by event id.
    step
        Number of the step, from 0.
    """

    def __init__(self, world: Environment, part: str = "") -> None:
        self.events: list[Event] = []
        self.contents: dict[str, bytes] = {}
        self._run, self.step = world.run, world.steps_taken
        self._stem = f"{self._run}/{self.step}.{part + '.' if part else ''}"
        self._time = world.time

    def say(self, kind: type[Any], *, content: bytes | None = None, **fields: Any) -> str:
        """Add an event; return its id, for those that it causes."""
        name = f"{self._stem}{len(self.events)}"
        self.events.append(kind(id=name, time=self._time, run=self._run, **fields))
        if content is not None:
            self.contents[name] = content
        return name


def _least(part: Choice | Amount) -> Value:
    if isinstance(part, Amount):
        return int(part.low) if part.whole else part.low
    return part.names[part.open[0] if part.open else 0]
