"""A simulated stream with a known onset: what a story does round by round, written as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

from msgspec import Struct

from tertius.core.events import AgentJoined, BaseEvent, Cause, RunEnded, RunStarted
from tertius.runtime.detect import Shown

SECOND = 1_000_000_000
BEGAN = 1_700_000_000 * SECOND  # 2023-11-14, UTC


class Tape:
    """Events of one stream, in order; a second passes with each.

    Attributes
    ----------
    chance
        The stream's randomness.
    shown
        Position, event and content.
    rounds
        For each position the round that it belongs to.
    now
        Time of the latest event, UTC nanoseconds.
    memo
        What a story keeps in mind from round to round; with ``open``, the run has no end.
    """

    def __init__(self, seed: int, run: str = "run") -> None:
        self.chance = Random(seed)
        self.shown: list[Shown] = []
        self.rounds: list[int] = []
        self.memo: dict[str, Any] = {}
        self.round = 0
        self.run = run
        self.now = BEGAN

    def add(
        self, kind: type[BaseEvent], agent: str = "", text: bytes | None = None,
        *, causes: Iterable[str] = (), run: str = "", **fields: Any,
    ) -> str:  # fmt: skip
        """Write an event and return its id."""
        number = len(self.shown)
        self.now += SECOND
        event: Any = kind(
            id=f"e{number}",
            time=self.now,
            run=run or self.run,
            agent=agent,
            causes=tuple(Cause(id=cause) for cause in causes),
            **fields,
        )
        self.shown.append((number, event, text))
        self.rounds.append(self.round)
        return f"e{number}"

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds * SECOND

    def start(self, *agents: str) -> None:
        """Begin the run, with these agents in it."""
        self.add(RunStarted)
        for agent in agents:
            self.add(AgentJoined, agent)

    def happens(self, share: float) -> bool:
        """Draw once."""
        return self.chance.random() < share


Play = Callable[[Tape, float, float], None]
"""Plays one round: the tape; how far beyond the null's edge (0: on it); nuisance, 0 to 1.

A ceiling is met exactly at an excess of 0. A nuisance lowers what is held against a ceiling, or
moves what both sides of a comparison have in common: the null holds at any of them.
"""


class Story(Struct, frozen=True, kw_only=True):
    """How a detector is shown what it looks for.

    Attributes
    ----------
    detector
        Its name in the table.
    what
        What an effect of one means.
    effects
        How far beyond the null's edge, each above the last.
    involved
        Who is truly involved; empty where all are.
    settings
        Parameters of the detector, as declared for this story.
    agents
        Who joins.
    play
        One round; `end` is written when all rounds are over.
    quiet, loud
        Rounds before the onset and after it.
    honest
        Rounds of a stream at the null's edge; as many streams as `streams`.
    """

    detector: str
    what: str
    effects: tuple[float, ...]
    involved: frozenset[str]
    settings: dict[str, Any]
    agents: tuple[str, ...]
    play: Play
    quiet: int
    loud: int
    honest: int
    streams: int
    end: bool

    def stream(
        self, seed: int, effects: Sequence[float], nuisance: Sequence[float] | None = None
    ) -> Tape:
        """Play a round for each effect given, the null's edge being 0."""
        tape = Tape(seed)
        tape.start(*self.agents)
        for number, effect in enumerate(effects):
            tape.round = number
            self.play(tape, effect, 0.0 if nuisance is None else nuisance[number])
        if self.end and not tape.memo.get("open"):
            tape.add(RunEnded, outcome="completed")
        return tape


STORIES: dict[str, Story] = {}


def story(
    detector: str, what: str, effects: tuple[float, ...], *involved: str,
    agents: tuple[str, ...] = (), quiet: int = 50, loud: int = 200, honest: int = 400,
    streams: int = 200, end: bool = False, **settings: Any,
) -> Callable[[Play], Play]:  # fmt: skip
    """Enter a story under the name of its function."""

    def enter(play: Play) -> Play:
        name = play.__name__
        STORIES[name] = Story(
            detector=detector, what=what, effects=effects, involved=frozenset(involved),
            settings=settings, agents=agents, play=play, quiet=quiet, loud=loud, honest=honest,
            streams=streams, end=end,
        )  # fmt: skip
        return play

    return enter
