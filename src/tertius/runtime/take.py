"""One playing of a scenario, kept: what was told, what was lost, and how the world ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tertius.core.kinds import Event
from tertius.runtime.episode import Sums


class Take(Struct, frozen=True, kw_only=True):
    """One playing of a scenario.

    Parameters
    ----------
    sums
        What it came to.
    events, contents
        What was told, in order, and the content of each event that has one, by its id.
    at
        The step, from 0, of each event that belongs to one, by its id.
    harm
        Step by step, of every party.
    state
        Hash of the world's state at the end.
    """

    sums: Sums
    events: tuple[Event, ...]
    contents: Mapping[str, bytes]
    at: Mapping[str, int]
    harm: tuple[Mapping[str, float], ...]
    state: str


class Tape:
    """Keeps what an episode tells."""

    def __init__(self) -> None:
        self.step = -1
        self.events: list[Event] = []
        self.contents: dict[str, bytes] = {}
        self.at: dict[str, int] = {}
        self.harm: list[Mapping[str, float]] = []

    def tell(self, event: Event, content: bytes | None) -> None:
        """Hear an event."""
        self.events.append(event)
        if content is not None:
            self.contents[event.id] = content
        if self.step >= 0:
            self.at[event.id] = self.step

    def reveal(self, step: int, truth: Mapping[str, Any]) -> None:
        """Hear what was lost."""
        self.harm.append(truth["harm"])

    def rewind(self, take: Take, events: int, steps: int) -> None:
        """Go to where another playing was after so many events and steps."""
        self.events = list(take.events[:events])
        told = {event.id for event in self.events}
        self.contents = {name: take.contents[name] for name in told & take.contents.keys()}
        self.at = {name: take.at[name] for name in told & take.at.keys()}
        self.harm = list(take.harm[:steps])
