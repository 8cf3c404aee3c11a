"""What every wrapper is made of: a world that passes everything on to the one inside."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Environment, Facts, Move, StepResult
from tertius.environments.batch import SnapshotError
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World
from tertius.stats.draws import WORLD, Stream, number_of, part_of, root

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
    A subclass sets `name`, `Settings` and `neutral`, and gives what it is about: `before` changes
    moves, `after` what came of them, `sight` what is seen, `words` what is told. What it remembers
    of an episode lies in `memory`, plain JSON, filled by `begin` and changed by `after` and `sight`
    alone; then snapshots and hashes come by themselves. Its chance is keyed under its own name, so
    laying it around shifts nobody's draws. What it did that no detector may read goes into `truth`
    under its `label`: its name, numbered where the same wrapper is laid around twice.
    """

    name: ClassVar[str]
    neutral: ClassVar[Mapping[str, Value]]
    """Settings under which it changes nothing but what is seen."""
    Settings: ClassVar[type[Noun]]

    def __init__(self, inner: Environment, settings: S | None = None) -> None:
        self.inner = inner
        self.settings: S = self.Settings() if settings is None else settings  # type: ignore[assignment]
        self.memory: dict[str, Any] = {}
        self.seed = 0
        self.label = _label(self.name, inner)
        self.facts = self.declare()

    # -- what a wrapper's file gives ---------------------------------------------------------------

    def declare(self) -> Facts:
        """Return the facts of the world as it is with this around it; refuse what cannot fit."""
        return self.inner.facts

    def begin(self) -> None:
        """Set `memory` for a new episode; `seed` is known, the world was reset."""
        self.memory = {}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Return the moves that the world is handed; `memory` stays as it is."""
        return actions

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Return what came of a step; what is said to `tale` is told."""
        return result

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what everybody sees; called once after the reset and after each step."""
        return seen

    def words(self, agent: str) -> str:
        """Return what `agent` is told beside the world's words; empty for nothing."""
        return ""

    # -- what it can use ---------------------------------------------------------------------------

    def draws(self, seat: int = WORLD, *, step: int | None = None) -> Stream:
        """Return the chance of a seat at a step, the next one if none is named."""
        key = part_of(root(self.seed), number_of(f"wrapper/{self.label}"))
        return Stream(key, player=seat, step=self.steps_taken if step is None else step)

    def named(self, text: str) -> tuple[str, ...]:
        """Return the seats that a setting names, ``a+b``; ``*`` for all, empty for none.

        Raises
        ------
        SettingsError
            There is no such seat.
        """
        names = self.seats if text == "*" else tuple(text.split("+")) if text else ()
        for name in names:
            if name not in self.seats:
                shown = ascii(name)[1:-1][:40]
                raise SettingsError(f"{self.name}: no seat `{shown}`{nearest(name, self.seats)}")
        return names

    def revealed(self, result: StepResult, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return the truth of a step with this wrapper's added."""
        return {**result.truth, self.label: told}

    # -- the port ----------------------------------------------------------------------------------

    @property
    def seats(self) -> tuple[str, ...]:
        """All who play."""
        return self.inner.seats

    @property
    def tells(self) -> bool:
        """Whether steps return events."""
        return self.inner.tells

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
        return self.sight(seen)

    def step(self, actions: Mapping[str, Move]) -> StepResult:
        """Play one step."""
        if not self.inner.agents:
            return self.inner.step(actions)  # which says why not
        tale = Tale(self, self.label)
        result = self.after(self.inner.step(self.before(actions)), tale)
        result = replace(result, observations=self.sight(result.observations))
        if tale.events and self.tells:
            contents = {**result.contents, **tale.contents}
            result = replace(result, events=result.events + tuple(tale.events), contents=contents)
        return result

    def legal(self, agent: str) -> Mapping[str, Any]:
        """Return the JSON Schema of the actions that `agent` may take now."""
        return self.inner.legal(agent)

    def describe(self, agent: str) -> str:
        """Return in words what `agent` sees."""
        told, words = self.inner.describe(agent), self.words(agent)
        return f"{told}\n{words}" if words else told

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


def innermost(world: Environment) -> World[Any]:
    """Return the world that wrappers lie around, or the world itself.

    Raises
    ------
    SettingsError
        It is none of ours, so that its moves cannot be counted, nor its state given in numbers.
    """
    while isinstance(world, Around):
        world = world.inner
    if not isinstance(world, World):
        raise SettingsError(f"`{world.facts.name}` is not made of `World`; this needs one that is")
    return world


def _label(name: str, inner: Environment) -> str:
    same = 1
    while isinstance(inner, Around):
        same += inner.name == name
        inner = inner.inner
    return name if same == 1 else f"{name}/{same}"
