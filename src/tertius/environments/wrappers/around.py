"""What every wrapper is made of: a world that passes everything on to the one inside."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from tertius.core.noun import Noun
from tertius.core.ports.environment import Environment, Facts, Move, StepResult
from tertius.environments.world import SnapshotError

S = TypeVar("S", bound=Noun)


class Around(Generic[S]):
    """A wrapper.

    Parameters
    ----------
    inner
        The world, or another wrapper.
    settings
        What can be chosen; None for the defaults.

    Notes
    -----
    A subclass sets `name` and `Settings` and changes what it is about: mostly `step`, `reset` and
    `describe`. What it remembers of an episode lies in `memory`, plain JSON, filled by `begin`;
    then snapshots and hashes come by themselves. Its chance is keyed like a player's, under its
    own purpose, so laying it around shifts nobody's draws. What it did that no detector may read
    goes into `truth` under its name.
    """

    name: ClassVar[str]
    Settings: ClassVar[type[Noun]]

    def __init__(self, inner: Environment, settings: S | None = None) -> None:
        self.inner = inner
        self.settings: S = self.Settings() if settings is None else settings  # type: ignore[assignment]
        self.memory: dict[str, Any] = {}
        self.seed = 0

    def begin(self) -> None:
        """Set `memory` for a new episode; `seed` is known."""
        self.memory = {}

    @property
    def facts(self) -> Facts:
        """The world's."""
        return self.inner.facts

    @property
    def agents(self) -> tuple[str, ...]:
        """Who still plays."""
        return self.inner.agents

    @property
    def acting(self) -> tuple[str, ...]:
        """Who moves next."""
        return self.inner.acting

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody who can be harmed: agents and absent parties."""
        return self.inner.parties

    @property
    def time(self) -> int:
        """UTC nanoseconds of the world's clock."""
        return self.inner.time

    @property
    def run(self) -> str:
        """Name of the run in events."""
        return self.inner.run

    @property
    def steps_taken(self) -> int:
        """How many steps of this episode were played."""
        return self.inner.steps_taken

    def idle(self, agent: str) -> Move:
        """Return the move that stands in for one that was not permitted."""
        return self.inner.idle(agent)

    def reset(self, seed: int) -> Mapping[str, Any]:
        """Begin a new episode."""
        self.seed = seed
        seen = self.inner.reset(seed)
        self.begin()
        return seen

    def step(self, actions: Mapping[str, Move]) -> StepResult:
        """Play one step."""
        return self.inner.step(actions)

    def legal(self, agent: str) -> Mapping[str, Any]:
        """Return the JSON Schema of the actions that `agent` may take now."""
        return self.inner.legal(agent)

    def describe(self, agent: str) -> str:
        """Return in words what `agent` sees."""
        return self.inner.describe(agent)

    def snapshot(self) -> bytes:
        """Return the whole state, the world's and this wrapper's."""
        return msgspec.msgpack.encode(
            {
                "wrapper": self.name,
                "settings": msgspec.json.encode(self.settings).decode(),
                "seed": self.seed,
                "memory": self.memory,
                "inner": self.inner.snapshot(),
            }
        )

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot.

        Raises
        ------
        SnapshotError
            Of another wrapper, of other settings, or none at all.
        """
        try:
            kept = msgspec.msgpack.decode(state)
        except msgspec.DecodeError as error:
            raise SnapshotError(f"not a snapshot: {error}") from None
        settings = msgspec.json.encode(self.settings).decode()
        own = {"wrapper": self.name, "settings": settings}
        if not isinstance(kept, dict) or any(kept.get(key) != own[key] for key in own):
            raise SnapshotError(f"not a snapshot of `{self.name}` with these settings")
        self.inner.restore(kept["inner"])
        self.seed, self.memory = kept["seed"], kept["memory"]

    def state_hash(self) -> str:
        """Return 64 hex digits that two states share only if they are the same."""
        return sha256(self.snapshot()).hexdigest()
