"""Somebody who keeps every null, to a hair, and tries to be named all the same.

A stream is played event by event against a fresh detector. Whoever plays it may look at what the
detector's bets are worth by then, and decides by that what comes next.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from scipy.stats import binom

from tertius.core.events import BaseEvent, Cause
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode

SECOND = 1_000_000_000
BEGAN = 1_700_000_000 * SECOND  # 2023-11-14, UTC
GREED = 2.0  # the mean e-value at which it stops


class Adversary:
    """One stream.

    Attributes
    ----------
    draw
        Its randomness.
    named
        How many keys were named.
    worth
        Mean e-value of the keys when it stopped: as soon as that reached `greed`, else now. A key
        that did not come is worth 1.
    """

    def __init__(
        self, detector: Any, seed: int, keys: int, only: Any = None, *, greed: float = GREED
    ) -> None:
        self.detector, self.draw = detector, Random(seed)
        self.named = 0
        self.worth = 1.0
        self._keys, self._number, self._done = keys, 0, False
        self._only, self._held = only, getattr(detector, "_keyed", None)
        self._clock, self._greed = 0, greed
        self._kinds = frozenset(detector.spec.kinds)

    def add(
        self, kind: type[BaseEvent], agent: str = "", text: bytes | None = None,
        *, run: str = "r", causes: Iterable[str] = (), **fields: Any,
    ) -> str:  # fmt: skip
        """Show one event, and return its id."""
        self._number += 1
        event: Any = kind(
            id=f"e{self._number}", time=BEGAN + self._number * SECOND, run=run, agent=agent,
            causes=tuple(Cause(id=cause) for cause in causes), **fields,
        )  # fmt: skip
        if event.__struct_config__.tag in self._kinds:
            for answer in self.detector.update(event, text):
                self._count(answer)
            self._weigh()
        return event.id

    def happens(self, share: float) -> bool:
        return self.draw.random() < share

    def value(self, key: Any) -> float:
        return float(self.detector.value(key))

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self._number += seconds

    def _count(self, answer: Any) -> None:
        if isinstance(answer, Finding):
            self.named += answer.guarantee.code is GuaranteeCode.FAMILY_ANYTIME

    def _weigh(self) -> None:
        if self._held is not None:
            if self._held.clock == self._clock:
                return
            self._clock = self._held.clock
        if self._done:
            return
        if self._only is not None:
            won = self.value(self._only) - 1
        elif self._held is not None:
            won = float((self._held.values() - 1).sum())
        else:
            won = sum(value - 1 for value, _ in self.detector.values().values())
        self.worth = 1 + won / self._keys
        self._done = self.worth >= self._greed


Play = Callable[[Adversary], None]


def played(
    make: Callable[[], Any], play: Play, streams: int, keys: int, only: Any = None
) -> list[Adversary]:
    """Play many streams, each against a detector of its own; `only`: the key whose null holds."""
    found = [Adversary(make(), seed, keys, only) for seed in range(streams)]
    for stream in found:
        play(stream)
    return found


def alarms(streams: list[Adversary]) -> int:
    """Return in how many streams anybody was named."""
    return sum(stream.named > 0 for stream in streams)


def most(streams: int, level: float = 0.05) -> int:
    """Return how many alarms a chance of `level` leaves room for, 999 times of 1,000."""
    return int(binom.ppf(0.999, streams, level))


def excess(streams: list[Adversary]) -> float:
    """Return by how many standard errors the mean e-value at the stop lies above 1."""
    worths = [stream.worth for stream in streams]
    mean = sum(worths) / len(worths)
    spread = sum((worth - mean) ** 2 for worth in worths) / (len(worths) - 1)
    return (mean - 1) / max(1e-9, (spread / len(worths)) ** 0.5)
