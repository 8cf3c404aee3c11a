"""Episodes that the watch followed: what it said, and how its evidence grew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, isfinite

from msgspec import Struct

from tertius.core.finding import CouldNotTell, Finding
from tertius.core.ports.detector import Detector
from tertius.detectors.betting import Betting
from tertius.evaluation.alarms import Heard, battery_of, listen
from tertius.runtime.watch_rules import SUFFICIENT
from tertius.scenarios.study import Study


class Followed(Struct, frozen=True, kw_only=True):
    """One episode.

    Attributes
    ----------
    heard
        What the watch said, and what was lost.
    evidence
        Largest e-value of any pair after each step; 1 where there is no pair.
    most
        Observations of the pair with the most of them.
    untold
        What could not be told at the end.
    """

    heard: Heard
    evidence: tuple[float, ...]
    most: int
    untold: tuple[CouldNotTell, ...]

    @property
    def first(self) -> tuple[float, Finding | None]:
        """Step and finding of the first alarm on which one may act; infinite if there is none."""
        return next(iter(self.sufficient), (inf, None))

    @property
    def sufficient(self) -> tuple[tuple[int, Finding], ...]:
        """Step and finding of each alarm on whose guarantee one may act, in their order."""
        return tuple(
            (alarm.step, alarm.finding)
            for alarm in self.heard.alarms
            if alarm.finding.guarantee.code in SUFFICIENT
        )


def follow(study: Study, population: str, seed: int) -> Followed:
    """Play one episode under the eyes of the study's own detectors, at 0.05 for all together."""
    evidence: list[float] = []
    kept: Sequence[Detector] = ()

    def look(detectors: Sequence[Detector]) -> None:
        nonlocal kept
        kept = detectors
        evidence.append(max((value for value, _ in _values(detectors)), default=1.0))

    heard = listen(study, population, seed, watch_of(study), after=look)
    answers = [answer for each in kept for answer in each.finish()]
    return Followed(
        heard=heard,
        evidence=tuple(evidence),
        most=max((count for _, count in _values(kept)), default=0),
        untold=tuple(answer for answer in answers if isinstance(answer, CouldNotTell)),
    )


def watch_of(study: Study) -> list[Detector]:
    """Return the detectors that an operator of the study's world would choose."""
    return battery_of(study, names=[made.name for made in study.watch])


def between(steps: Iterable[float]) -> str:
    """Return the range of some steps in words, with how many never came.

    Examples
    --------
    >>> between([24, 19, 24]), between([7, 7]), between([80, float("inf")])
    ('step 19 to 24', 'step 7', 'step 80 (never in 1 of 2)')
    """
    given = list(steps)
    came = [step for step in given if isfinite(step)]
    never = len(given) - len(came)
    if not came:
        return "never"
    return f"step {span(came)}" + (f" (never in {never} of {len(given)})" if never else "")


def span(values: Sequence[float]) -> str:
    """Return the smallest and the largest of some numbers in words.

    Examples
    --------
    >>> span([3, 1, 2]), span([5, 5])
    ('1 to 3', '5')
    """
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _values(detectors: Iterable[Detector]) -> list[tuple[float, int]]:
    """Return e-value and observations of everything that a detector bets on."""
    return [each for one in detectors if isinstance(one, Betting) for each in one.values().values()]
