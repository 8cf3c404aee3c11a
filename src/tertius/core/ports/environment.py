"""The Environment port: a world with rules, facts declared, and harm accounted for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta, Struct

from tertius.core.events import Count, Text, Value
from tertius.core.kinds import Event
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names

Move = Value | Sequence[Value] | Mapping[str, Any]
"""What a player does: one value, or several in order or by name; where a wrapper lets players say
or do something beside a move, ``{"move": ..., "say": ...}``."""


class FactsError(NounError):
    """Facts that no environment can have."""


class Known(Noun, frozen=True, kw_only=True):
    """A published or derived value: optimum, equilibrium or anchor, with its unit and source."""

    name: ProperName
    value: float
    unit: Text
    source: Text

    def __post_init__(self) -> None:
        require_names(FactsError, known=self.name)
        if not math.isfinite(self.value):
            raise FactsError(f"known value `{self.name}` is {self.value}; expected a finite number")


class Facts(Noun, frozen=True, kw_only=True):
    """What an environment declares about itself, before any step.

    Parameters
    ----------
    name, version
        A change that can change an episode is a new version.
    least_players, most_players
        How many can play; `most_players` None means any number.
    timing
        ``simultaneous`` (parallel face) or ``turns`` (one after another).
    sees
        What each player sees, in words, by role; the role ``*`` stands for all.
    talks
        Whether players can exchange messages inside the environment.
    low, high
        Range of one step's reward; infinite ends are not allowed.
    zero_sum
        Whether rewards of a step sum to zero.
    absent
        Parties who bear harm without sitting at the table.
    known
        Optimum and equilibrium values, where they are known.
    source
        Paper, page or code whose rules it follows.
    """

    name: ProperName
    version: Annotated[int, Meta(ge=1)] = 1
    least_players: Annotated[int, Meta(ge=1)]
    most_players: Annotated[int, Meta(ge=1)] | None = None
    timing: Literal["simultaneous", "turns"]
    sees: dict[str, Text]
    talks: bool = False
    low: float
    high: float
    zero_sum: bool = False
    absent: tuple[ProperName, ...] = ()
    known: tuple[Known, ...] = ()
    source: Text

    def __post_init__(self) -> None:
        require_names(FactsError, environment=self.name, absent=self.absent)
        require_distinct(FactsError, absent=self.absent, known=tuple(k.name for k in self.known))
        if self.least_players < 1:
            raise FactsError(f"`{self.name}` plays with nobody; expected at least 1 player")
        if self.most_players is not None and self.most_players < self.least_players:
            raise FactsError(f"`{self.name}` has fewer places than players it needs")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise FactsError(f"`{self.name}` pays {self.low} to {self.high}; expected finite ends")
        if not self.sees:
            raise FactsError(f"`{self.name}` does not say what a player sees; use the role `*`")


class StepResult(Struct, frozen=True, kw_only=True):
    """What one step brought.

    Mappings are keyed by agent. `harm` is keyed by party, absent parties included, and counts
    loss upwards in the environment's unit; `contents` holds what the events commit to, by event
    id; `truth` goes to the truth log and to no detector.
    """

    observations: Mapping[str, Any]
    rewards: Mapping[str, float]
    terminated: Mapping[str, bool]
    truncated: Mapping[str, bool]
    harm: Mapping[str, float]
    events: tuple[Event, ...] = ()
    contents: Mapping[str, bytes] = {}
    truth: Mapping[str, Any] = {}


class Environment(Protocol):
    """A world.

    Notes
    -----
    All randomness comes from the seed, keyed by copy, player, step and purpose. The same seed and
    actions give the same bytes of `state_hash`. Bad arguments are refused before any step.
    """

    @property
    def facts(self) -> Facts:
        """What it declares about itself; never changes."""
        ...

    @property
    def seats(self) -> tuple[str, ...]:
        """Names of all who play, in order, over or not."""
        ...

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of those still playing, in a fixed order."""
        ...

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody who can be harmed: the agents, then the absent parties."""
        ...

    @property
    def time(self) -> int:
        """UTC nanoseconds of the world's own clock."""
        ...

    @property
    def run(self) -> str:
        """Name of the run in events."""
        ...

    @property
    def tells(self) -> bool:
        """Whether `step` returns events; bare stepping does without."""
        ...

    @property
    def acting(self) -> tuple[str, ...]:
        """Who moves next: everybody, or the one whose turn it is; nobody once it is over."""
        ...

    def idle(self, agent: str) -> Move:
        """Return the move that stands in for one that `agent` was not permitted to make."""
        ...

    def reset(self, seed: int) -> Mapping[str, Any]:
        """Begin a new episode and return each agent's first observation."""
        ...

    def step(self, actions: Mapping[str, Move]) -> StepResult:
        """Play one step: one action per agent, or the action of the one whose turn it is."""
        ...

    def legal(self, agent: str) -> Mapping[str, Any]:
        """Return the JSON Schema of the actions that `agent` may take now."""
        ...

    def describe(self, agent: str) -> str:
        """Return in words what `agent` sees, for players that read."""
        ...

    def snapshot(self) -> bytes:
        """Return the whole state, so that a counterfactual twin can go on from here."""
        ...

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot; one of another environment or version is refused."""
        ...

    def state_hash(self) -> str:
        """Return 64 hex digits that two states share only if they are the same."""
        ...

    @property
    def steps_taken(self) -> Count:
        """How many steps of this episode were played."""
        ...
