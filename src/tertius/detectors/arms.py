"""Randomised trials: which arm holds where, and pairs of trials that differ in the arm alone.

An operator who does something at random says so before the events that it governs:
``outcome.observed(about="arm/<factor>", value="on" or "off", agent="")``, for its task, or for the
whole run where it names no task. An agent's own announcement is none.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct

from tertius.core.events import BaseEvent, OutcomeObserved
from tertius.detectors.recent import Recent

ARM = "arm/"
MOST = 4096
K = TypeVar("K", bound=Hashable)


class Arm(Struct, frozen=True, gc=False):
    """Whether a factor is on, and the event that says so."""

    on: bool
    event: str


def announced(event: OutcomeObserved) -> tuple[str, Arm] | None:
    """Return the factor and its arm; None where an event announces none.

    Examples
    --------
    >>> on = OutcomeObserved(id="e1", time=0, run="r", about="arm/watched", value="on")
    >>> announced(on)
    ('watched', Arm(on=True, event='e1'))
    >>> announced(OutcomeObserved(id="e2", time=0, run="r", about="price", value=2)) is None
    True
    """
    factor = event.about.removeprefix(ARM)
    if factor == event.about or not factor or event.agent or event.value not in ("on", "off"):
        return None
    return factor, Arm(event.value == "on", event.id)


class Arms:
    """Remembers which arm of a factor holds for a task, or else for its run.

    Parameters
    ----------
    factor
        Which; others are passed over.
    most
        Tasks and runs remembered at the same time.
    """

    def __init__(self, factor: str, *, most: int = MOST) -> None:
        self._about = ARM + factor
        self._arms = Recent[tuple[str, str], Arm](most)

    def take(self, event: OutcomeObserved) -> Arm | None:
        """Remember an announcement of this factor, and return it."""
        found = announced(event) if event.about == self._about else None
        if found is None:
            return None
        self._arms[event.run, event.task] = found[1]
        return found[1]

    def of(self, event: BaseEvent) -> Arm | None:
        """Return the arm that governs an event; None where none was announced before it."""
        own = self._arms.get((event.run, event.task))
        return own if own is not None else self._arms.get((event.run, ""))


class Trial(Struct, frozen=True, gc=False):
    """What came of one trial, under one arm, and the event that shows it."""

    arm: Arm
    value: float
    event: str


class Pairs(Generic[K]):
    """Puts the trials of a key in pairs, first with second, third with fourth, and so on.

    Notes
    -----
    A coin decided the arm of each trial, so in a pair with one of either arm the order is as good
    as a coin's, whatever the trend over time: under the null the two could be exchanged. A pair
    with twice the same arm tells nothing and is dropped whole. Keeping its second for the next
    pair would break the null: its arm is known then.

    Examples
    --------
    >>> pairs, on, off = Pairs[str](), Arm(True, "e1"), Arm(False, "e2")
    >>> pairs.meet("ann", Trial(on, 2.0, "e3")) is None
    True
    >>> with_, without = pairs.meet("ann", Trial(off, 3.0, "e4"))
    >>> with_.value, without.value
    (2.0, 3.0)
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._waiting = Recent[K, Trial](most)

    def meet(self, key: K, trial: Trial) -> tuple[Trial, Trial] | None:
        """Return a full pair, the one with the factor on first; None where there is none."""
        first = self._waiting.pop(key, None)
        if first is None:
            self._waiting[key] = trial
            return None
        if first.arm.on == trial.arm.on:
            return None
        return (first, trial) if first.arm.on else (trial, first)
