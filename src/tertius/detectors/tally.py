"""A count that grows over a run, told once when it is large enough and once more at the end."""

from __future__ import annotations

from tertius.core.finding import Severity
from tertius.detectors.per_run import MAX_EVIDENCE


class Tally:
    """How often something happened, and the events that show it.

    Attributes
    ----------
    count : int
        How often so far.
    told : int
        The count when a finding was last made of it; 0 where none was.
    onset : str or None
        The event with which it first happened; None where it did not.
    """

    __slots__ = ("_events", "count", "onset", "told")

    def __init__(self) -> None:
        self.count = 0
        self.told = 0
        self.onset: str | None = None
        self._events: dict[str, int] = {}

    def add(self, *events: tuple[int, str]) -> None:
        """Count one more, shown by events, each with its place in the run; the last is the act."""
        self.count += 1
        if self.onset is None:
            self.onset = events[-1][1]
        if len(self._events) < MAX_EVIDENCE:
            for place, event in events:
                self._events[event] = place

    def reaches(self, least: int) -> bool:
        """Whether the count reached `least` just now; true once."""
        if self.told or self.count < least:
            return False
        self.told = self.count
        return True

    def grew(self) -> bool:
        """Whether it was told once and is larger now."""
        return 0 < self.told < self.count

    @property
    def evidence(self) -> list[str]:
        """The first events that showed it, in the order of the record."""
        return sorted(self._events, key=self._events.__getitem__)


def severity(count: float, medium: float, high: float) -> Severity:
    """Say how severe a count is by a detector's declared thresholds."""
    return "high" if count >= high else "medium" if count >= medium else "low"
