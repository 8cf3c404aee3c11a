"""A world over arrays: an environment's file gives the rules, both faces stand here.

Every array of the state has one row for each copy of the world. `World` plays copy 0 through the
`Environment` port, with events, words and pictures; `World.play` plays all copies at once, bare.
Both run the same kernel on the same randomness, so a copy plays the same in either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tertius.core.errors import CallerError
from tertius.core.events import Acted, Event, Paid, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Environment, Facts, Move, StepResult
from tertius.environments.moves import Amount, Choice, MoveError, Moves, Several, row
from tertius.stats.draws import part_of, root

S = TypeVar("S", bound=Noun)
EPISODE = 0x45504953
"""The part of a copy's key that its next episode is made of."""


class SettingsError(CallerError):
    """Settings that no such world can have."""


class NotBegunError(CallerError):
    """A step before the first reset, or after the end."""


class SnapshotError(CallerError):
    """A snapshot of another world, other settings or another version."""


class World(ABC, Generic[S]):
    """What every environment here is made of.

    Parameters
    ----------
    settings
        What can be chosen about it; None for its defaults.
    copies
        How many to hold side by side.
    first
        Number of the first copy: copy k of a batch plays as a single world with ``first=k``.
    run
        Name of the run in events; None for ``<name>/<seed>``.
    start
        UTC nanoseconds of the reset; every step takes a second.
    tells
        Whether `step` returns events; bare stepping does without.

    Notes
    -----
    A subclass sets `Settings`, `parties` where absent parties can be harmed, and gives `declare`,
    `seats`, `build`, `begin`, `advance`, `moves`, `see` and `vector`. All its state lies in arrays
    that `array` made; then snapshots, restoring, hashing and batches come by themselves. Its
    randomness is keyed by ``self.keys[copy]`` (see `tertius.stats.draws`).
    """

    Settings: ClassVar[type[Noun]]
    width: ClassVar[int] = 1
    """How many numbers the widest move has."""

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
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
            raise SettingsError(f"{copies!r} copies; expected a whole number from 1")
        self.settings: S = self.Settings() if settings is None else settings  # type: ignore[assignment]
        self.copies, self._first = copies, first
        self._run, self._start, self.tells = run, start, tells
        self._arrays: dict[str, NDArray[Any]] = {}
        self.seats = self.sit()
        self.facts = self.declare()
        self.parties = self.seats + self.facts.absent
        self.keys = self.array("keys", dtype=np.uint64)
        self.steps = self.array("steps", dtype=np.int64)
        self.over = self.array("over", dtype=np.bool_)
        self.over[:] = True
        self._seed: int | None = None
        self.rewards = np.zeros((copies, len(self.seats)))
        self.harm = np.zeros((copies, len(self.parties)))
        self.terminated = np.zeros(copies, np.bool_)
        self.truncated = np.zeros(copies, np.bool_)
        self._moves = np.zeros((copies, len(self.seats), self.width))
        self.build()

    # -- what an environment's file gives ----------------------------------------------------------

    @abstractmethod
    def sit(self) -> tuple[str, ...]:
        """Return the names of the agents, in order."""

    @abstractmethod
    def declare(self) -> Facts:
        """Return the facts under these settings."""

    @abstractmethod
    def build(self) -> None:
        """Make the arrays of the state, and the tables that the kernel reads."""

    @abstractmethod
    def begin(self, copy: int) -> None:
        """Put one copy at its beginning; `keys[copy]` is new."""

    @abstractmethod
    def advance(self, moves: NDArray[np.float64]) -> None:
        """Play one step in every copy.

        `moves` is (copies, seats, width); fill `rewards`, `harm`, `terminated` and `truncated`,
        which are zeros before.
        """

    @abstractmethod
    def moves(self, copy: int, seat: int) -> Moves:
        """Return what a seat may do now."""

    @abstractmethod
    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Return what a seat sees, under names."""

    @abstractmethod
    def vectors(self) -> NDArray[np.float32]:
        """Return what every seat sees as numbers, (copies, seats, length); may be a view."""

    @abstractmethod
    def words(self, copy: int, seat: int) -> str:
        """Return what a seat sees, in words."""

    def space(self, seat: int) -> Moves:
        """Return the widest that a seat may ever do; learners sample from it."""
        return self.moves(0, seat)

    def turn(self, copy: int) -> int:
        """Return whose turn it is; -1 where all move at once."""
        return -1

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what happened in copy 0 beyond moves and rewards, after `advance`."""

    def truth(self) -> dict[str, Any]:
        """Return what is true of copy 0 and no detector may read."""
        return {}

    # -- the batched face --------------------------------------------------------------------------

    def array(self, name: str, *shape: int, dtype: Any = np.float64) -> NDArray[Any]:
        """Return a new part of the state, (copies, *shape), zeros."""
        made = self._arrays[name] = np.zeros((self.copies, *shape), dtype)
        return made

    def begin_all(self, seed: int) -> None:
        """Begin every copy under a seed, 0 to 2**64 - 1."""
        for copy in range(self.copies):
            self.keys[copy] = root(seed, self._first + copy)
            self._begin(copy)
        self._seed = seed

    def play(self, moves: ArrayLike) -> None:
        """Play one step in every copy; those that end begin again by themselves.

        Parameters
        ----------
        moves
            (copies, seats) or (copies, seats, width) numbers. They are taken as they are: `check`
            refuses those out of range, once, where they come from outside.

        Notes
        -----
        Afterwards `rewards` (copies, seats), `harm` (copies, parties), `terminated` and
        `truncated` (copies) tell of this step; the state of a copy that ended is that of its next
        episode, whose randomness is keyed anew.
        """
        given = np.asarray(moves, np.float64).reshape(self._moves.shape)
        self._advance(given)
        if self.over.any():
            for copy in np.flatnonzero(self.over):
                self.keys[copy] = part_of(int(self.keys[copy]), EPISODE)
                self._begin(int(copy))

    def check(self, moves: ArrayLike) -> NDArray[np.float64]:
        """Return moves as `play` takes them.

        Raises
        ------
        MoveError
            A wrong shape, or a move that is not allowed; the copy and the seat are named.
        """
        given = np.asarray(moves, np.float64)
        shape = self._moves.shape
        if given.shape not in (shape, shape[:2] if self.width == 1 else shape):
            raise MoveError(
                f"moves of shape {given.shape}; expected {shape[: 3 - (self.width == 1)]}"
            )
        given = given.reshape(shape)
        for copy in range(self.copies):
            turn = self.turn(copy)
            for seat in range(len(self.seats)) if turn < 0 else (turn,):
                allowed = self.moves(copy, seat)
                count = len(allowed.parts) if isinstance(allowed, Several) else 1
                value = given[copy, seat, :count].tolist()
                try:
                    row(allowed, value if isinstance(allowed, Several) else value[0], self.width)
                except MoveError as error:
                    raise MoveError(f"copy {copy}, {self.seats[seat]}: {error}") from None
        return given

    def _begin(self, copy: int) -> None:
        self.steps[copy] = 0
        self.over[copy] = False
        self.begin(copy)

    def _advance(self, moves: NDArray[np.float64]) -> None:
        self.rewards.fill(0)
        self.harm.fill(0)
        self.terminated.fill(False)
        self.truncated.fill(False)
        self.advance(moves)
        self.steps += 1
        np.logical_or(self.terminated, self.truncated, out=self.over)

    # -- the port's face: copy 0 -------------------------------------------------------------------

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of those still playing; nobody once it is over."""
        return () if self.over[0] else self.seats

    @property
    def acting(self) -> tuple[str, ...]:
        """Who moves next: everybody, or the one whose turn it is; nobody once it is over."""
        turn = self.turn(0)
        return self.agents if turn < 0 or self.over[0] else (self.seats[turn],)

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
        return int(self.steps[0])

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
        if self.over[0]:
            seed = self.seed  # says so where there was no reset at all
            raise NotBegunError(
                f"the episode under seed {seed} is over after {self.steps_taken} steps; reset first"
            )
        acting = self._acting(actions)
        rows = []
        for seat in acting:
            name = self.seats[seat]
            try:
                rows.append(row(self.moves(0, seat), actions[name], self.width))
            except MoveError as error:
                raise MoveError(f"{name}: {error}") from None
        if len(rows) == len(self.seats):
            self._moves[0] = rows
        else:
            self._moves[0] = 0
            self._moves[0, list(acting)] = rows
        tale = Tale(self) if self.tells else None
        self._advance(self._moves)
        if tale is not None:
            self._told(acting, actions, tale)
        over, cut = bool(self.terminated[0]), bool(self.truncated[0])
        return StepResult(
            observations=self._seen(),
            rewards=dict(zip(self.seats, self.rewards[0].tolist(), strict=True)),
            terminated=dict.fromkeys(self.seats, over),
            truncated=dict.fromkeys(self.seats, cut),
            harm=dict(zip(self.parties, self.harm[0].tolist(), strict=True)),
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

    def snapshot(self) -> bytes:
        """Return the whole state, all copies."""
        return msgspec.msgpack.encode(
            {
                **self._kind(),
                "seed": self._seed,
                "arrays": {name: kept.tobytes() for name, kept in self._arrays.items()},
            }
        )

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot.

        Raises
        ------
        SnapshotError
            Of another world, other settings or another version, or no snapshot at all.
        """
        try:
            kept = msgspec.msgpack.decode(state)
        except msgspec.DecodeError as error:
            raise SnapshotError(f"not a snapshot: {error}") from None
        if not isinstance(kept, dict):
            raise SnapshotError("not a snapshot; give what `snapshot` returned")
        for what, own in self._kind().items():
            if kept.get(what) != own:
                found = str(kept.get(what, "none"))[:80]
                raise SnapshotError(
                    f"a snapshot with {what} {found}; this world has {str(own)[:80]}"
                )
        arrays = kept.get("arrays")
        if not isinstance(arrays, dict) or arrays.keys() != self._arrays.keys():
            raise SnapshotError("a snapshot with other parts; it is of another version")
        for name, own in self._arrays.items():
            if len(arrays[name]) != own.nbytes:
                raise SnapshotError(f"`{name}` of the snapshot has another size; it was altered")
        for name, own in self._arrays.items():
            own[...] = np.frombuffer(arrays[name], own.dtype).reshape(own.shape)
        self._seed = kept["seed"]

    def state_hash(self) -> str:
        """Return 64 hex digits that two states share only if they are the same."""
        return sha256(self.snapshot()).hexdigest()

    def _kind(self) -> dict[str, Any]:
        settings = msgspec.json.encode(self.settings).decode()
        return {"world": self.facts.name, "version": self.facts.version, "settings": settings,
                "copies": self.copies}  # fmt: skip

    def _seen(self) -> dict[str, Any]:
        return {name: self.see(0, seat) for seat, name in enumerate(self.seats)}

    def _acting(self, actions: Mapping[str, Move]) -> Iterable[int]:
        acting = self.acting
        if actions.keys() != set(acting):
            for name in actions:
                if name not in acting:
                    self.seat(name)
                    raise MoveError(f"it is not the turn of `{name}` but of `{acting[0]}`")
            missing = next(name for name in acting if name not in actions)
            raise MoveError(f"no move for `{missing}`; give one for each of {list(acting)}")
        turn = self.turn(0)
        return range(len(self.seats)) if turn < 0 else (turn,)

    def _told(self, acting: Iterable[int], actions: Mapping[str, Move], tale: Tale) -> None:
        step = self.steps_taken - 1
        for seat in acting:
            name = self.seats[seat]
            move = actions[name]
            if isinstance(move, bool | int | float | str):
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


Settled = Mapping[str, Value]
"""Settings by name, as they come from a command line or a file."""


def settle(settings: type[S], given: Settled) -> S:
    """Return settings made of values by name.

    Raises
    ------
    SettingsError
        An unknown name, with the nearest known one, or a value that it cannot have.
    """
    known = settings.__struct_fields__
    for name in given:
        if name not in known:
            shown = ascii(name)[1:-1][:40]
            raise SettingsError(f"unknown setting `{shown}`{nearest(name, known)}")
    try:
        return msgspec.convert(dict(given), settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"bad settings: {error}") from None
