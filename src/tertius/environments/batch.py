"""A world over arrays: the rules that an environment's file gives, and all copies played at once.

Every array of the state has one row for each copy of the world. `Batch` plays all copies, bare;
`World` (in `world.py`) adds the `Environment` port for copy 0. Both run the same kernel on the same
randomness, so a copy plays the same in either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tertius.core.errors import CallerError
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts
from tertius.environments.moves import MoveError, Moves, Several, row
from tertius.environments.settings import SettingsError
from tertius.stats.compiled import compiled
from tertius.stats.draws import part_of, root

S = TypeVar("S", bound=Noun)
EPISODE = 0x45504953
"""The part of a copy's key that its next episode is made of."""


class SnapshotError(CallerError):
    """A snapshot of another world, other settings or another version."""


class Batch(ABC, Generic[S]):
    """Copies of a world, side by side.

    Parameters
    ----------
    settings
        What can be chosen about it; None for its defaults.
    copies
        How many to hold side by side.
    first
        Number of the first copy: copy k of a batch plays as a single world with ``first=k``.

    Notes
    -----
    All state lies in arrays that `array` made; then snapshots, restoring and batches come by
    themselves. Randomness is keyed by ``self.keys[copy]`` (see `tertius.stats.draws`).
    """

    Settings: ClassVar[type[Noun]]

    def __init__(self, settings: S | None = None, *, copies: int = 1, first: int = 0) -> None:
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
            raise SettingsError(f"{copies!r} copies; expected a whole number from 1")
        self.settings: S = self.Settings() if settings is None else settings  # type: ignore[assignment]
        self.copies, self._first = copies, first
        self._arrays: dict[str, NDArray[Any]] = {}
        self.seats = self.sit()
        self.facts = self.declare()
        self.parties = self.seats + self.facts.absent
        self.keys = self.array("keys", dtype=np.uint64)
        self.steps = self.array("steps", dtype=np.int64)
        self.over = self.array("over", dtype=np.bool_)
        self.over[:] = True
        self._seed: int | None = None
        self._shape = (copies, len(self.seats), self.width)
        self._longest = self.longest
        self._make_room()
        self.build()

    def _make_room(self) -> None:
        """Make room for what a step brings: two blocks, so that two calls make them zero again."""
        paid = self.copies * len(self.seats)
        self._outcome = np.zeros(paid + self.copies * len(self.parties))
        self.rewards = self._outcome[:paid].reshape(self.copies, -1)
        self.harm = self._outcome[paid:].reshape(self.copies, -1)
        self._ended = np.zeros((2, self.copies), np.bool_)
        self.terminated, self.truncated = self._ended

    # -- what an environment's file gives ----------------------------------------------------------

    @property
    def width(self) -> int:
        """How many numbers the widest move has."""
        return 1

    @property
    def longest(self) -> int:
        """After how many steps, by the settings, an episode is cut off; 0 for never."""
        return 0

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

        `moves` is (copies, seats, width); fill `rewards`, `harm` and `terminated`, and `truncated`
        where `longest` does not say it. They are zeros before.
        """

    @abstractmethod
    def moves(self, copy: int, seat: int) -> Moves:
        """Return what a seat may do now."""

    def offers(self, copy: int) -> Sequence[Moves]:
        """Return what every seat may do now, in order; given where `moves` alone is slow."""
        return [self.moves(copy, seat) for seat in range(len(self.seats))]

    @abstractmethod
    def vectors(self) -> NDArray[np.float32]:
        """Return what every seat sees as numbers, (copies, seats, length); may be a view."""

    def space(self, seat: int) -> Moves:
        """Return the widest that a seat may ever do; learners sample from it."""
        return self.moves(0, seat)

    def turn(self, copy: int) -> int:
        """Return whose turn it is; -1 where all move at once."""
        return -1

    # -- all copies at once ------------------------------------------------------------------------

    def array(self, name: str, *shape: int, dtype: Any = np.float64) -> NDArray[Any]:
        """Return a new part of the state, (copies, *shape), zeros."""
        made = self._arrays[name] = np.zeros((self.copies, *shape), dtype)
        return made

    def arrays(self, *names: str, size: int) -> NDArray[np.int64]:
        """Return new parts of the state in one block, (parts, copies, size), zeros."""
        block = np.zeros((len(names), self.copies, size), np.int64)
        self._arrays.update(zip(names, block, strict=True))
        return block

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
        given = np.asarray(moves, np.float64).reshape(self._shape)
        if self._advance(given):
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
        shape = self._shape
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

    def _advance(self, moves: NDArray[np.float64]) -> bool:
        """Play one step in every copy; return whether one of them is over."""
        self._outcome.fill(0)
        self._ended.fill(False)
        self.advance(moves)
        return _count(self.steps, self._longest, self.terminated, self.truncated, self.over)

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

    def _kind(self) -> dict[str, Any]:
        settings = msgspec.json.encode(self.settings).decode()
        return {"world": self.facts.name, "version": self.facts.version, "settings": settings,
                "copies": self.copies}  # fmt: skip


@compiled
def _count(
    steps: NDArray[np.int64],
    longest: int,
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
    over: NDArray[np.bool_],
) -> bool:
    """Count a step, cut off what lasts too long; return whether a copy is over."""
    ended = False
    for copy in range(len(steps)):
        steps[copy] += 1
        if 0 < longest <= steps[copy] and not terminated[copy]:
            truncated[copy] = True
        over[copy] = terminated[copy] or truncated[copy]
        ended = ended or over[copy]
    return ended
