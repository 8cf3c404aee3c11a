"""The chance that a run ends in harm, while it goes on.

What is known of a run is what detectors that are shown this run alone say of it. So a forecast
depends on nothing else in the log, and past runs can be learned from one by one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from tertius.core.events import OutcomeObserved, RunEnded
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.detectors.betting import Betting
from tertius.detectors.recent import Recent
from tertius.runtime.detect import Shown, Watching
from tertius.runtime.forecast_model import ForecastModel
from tertius.runtime.outcomes import HARM, IMPORTED
from tertius.runtime.runs import OURS

OPEN = 32  # runs that are forecast at the same time
OVER = 65_536  # runs that ended or were let go, remembered so that they do not begin again
LONGEST = 2.0  # times the usual length
LARGEST = 6.0  # an e-value of a million says as much as any above it
MOST_FOUND = 20  # findings of one class; more of them say no more
LOOKS = (0.1, 0.25, 0.5, 0.75)
"""Shares of the usual length at which forecasts are scored, and kept for the end of a run."""

_CLASS = {GuaranteeCode.FACT: "facts", GuaranteeCode.HEURISTIC: "heuristics"}


class Forecast(Struct, frozen=True, kw_only=True):
    """The chance that a run ends in harm, as it was after so many of its events.

    Attributes
    ----------
    run, events
        Of which run, after how many events.
    share
        Of the usual length, that has passed.
    chance
        Of harm.
    course
        The chances at `LOOKS`, as far as the run has come.
    """

    run: str
    events: int
    share: float
    chance: float
    course: tuple[float, ...]


class Signs:
    """What detectors of its own have seen of one run.

    Parameters
    ----------
    detectors
        Cloned; those given see nothing.
    length
        Events of a run of usual length.
    marks
        Shares of that length, ascending, after which signs are noted down.

    Attributes
    ----------
    events
        How many it was shown.
    noted
        The signs at each of the `marks` that the run has come to.
    """

    def __init__(
        self, detectors: Sequence[Detector], *, length: int, marks: Sequence[float]
    ) -> None:
        self.events = 0
        self.noted: list[tuple[float, ...]] = []
        clones = [each.clone() for each in detectors]
        self._length = length
        self._marks = [max(1, math.ceil(mark * length)) for mark in marks]
        self._watching = Watching(clones)
        self._betting = [each for each in clones if isinstance(each, Betting)]
        self._found: Counter[str] = Counter()

    def take(self, shown: Sequence[Shown]) -> None:
        """Show it events of the run; where they are cut into batches does not matter."""
        start = 0
        while start < len(shown):
            due = len(self.noted)
            room = self._marks[due] - self.events if due < len(self._marks) else len(shown)
            part = shown[start : start + room]
            start += len(part)
            self.events += len(part)
            for _, answer in self._watching.update_many(part):
                if isinstance(answer, Finding):
                    self._found[_CLASS.get(answer.guarantee.code, "bounded")] += 1
            while (
                len(self.noted) < len(self._marks) and self._marks[len(self.noted)] == self.events
            ):
                self.noted.append(self.now())

    def now(self) -> tuple[float, ...]:
        """Return the signs so far, in the order of `SIGNS`."""
        share = math.sqrt(min(LONGEST, self.share))
        largest = max((each.largest() for each in self._betting), default=1.0)
        evidence = min(LARGEST, math.log10(max(1.0, largest)))
        quiet = share if not self._found and evidence == 0 else 0.0
        found = (
            math.log1p(min(MOST_FOUND, self._found[name]))
            for name in ("facts", "bounded", "heuristics")
        )
        return (share, quiet, evidence / 3, *found)

    @property
    def share(self) -> float:
        """Share of the usual length that has passed."""
        return self.events / self._length


class Apart:
    """Takes a stream of several runs apart, and shows each to detectors of its own.

    Parameters
    ----------
    detectors, length, marks
        As for `Signs`.
    most
        Runs that are followed at the same time.

    Attributes
    ----------
    open
        The runs that go on, the one longest without an event first.
    left_out
        Runs that were let go before their end, since others began.

    Notes
    -----
    Outcomes that say whether there was harm are shown to nobody, nor are outcomes that were
    imported later: they are what is to be foretold. What comes after a run's end is passed over.
    Memory: that of one battery of detectors for each run that goes on, 14 MB at most as they come.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        length: int,
        marks: Sequence[float] = LOOKS,
        most: int = OPEN,
    ) -> None:
        self.open: dict[str, Signs] = {}
        self.left_out = 0
        self._detectors, self._length, self._marks = detectors, length, marks
        self._most = most
        self._over = Recent[str, None](OVER)

    def take(self, shown: Iterable[Shown]) -> Iterator[tuple[str, Signs]]:
        """Take some events, and yield each run that ended, with its signs just before the end."""
        waiting: dict[str, list[Shown]] = {}
        for each in shown:
            event = each[1]
            run = event.run
            if not run or run in self._over or hidden(event):
                continue
            if isinstance(event, RunEnded):
                signs = self._show(run, waiting.pop(run, []))
                del self.open[run]
                self._over[run] = None
                yield run, signs
                continue
            there = self.open.keys() | waiting.keys()
            if run not in there and len(there) >= self._most:
                self._flush(waiting)
                self._let_go()
            waiting[run] = waiting.pop(run, [])  # the latest to have an event stands last
            waiting[run].append(each)
        self._flush(waiting)

    def _flush(self, waiting: dict[str, list[Shown]]) -> None:
        for run, events in waiting.items():
            self._show(run, events)
        waiting.clear()

    def _show(self, run: str, events: list[Shown]) -> Signs:
        """Show a run its events, and put it last."""
        signs = self.open.pop(run, None)
        if signs is None:
            signs = Signs(self._detectors, length=self._length, marks=self._marks)
        self.open[run] = signs
        signs.take(events)
        return signs

    def _let_go(self) -> None:
        run = next(iter(self.open))
        del self.open[run]
        self._over[run] = None
        self.left_out += 1


class Forecasting:
    """Forecasts for the runs of a stream.

    Parameters
    ----------
    model
        What was learned from past runs.
    detectors
        Those it was fitted with; cloned for each run.

    Raises
    ------
    ForecastModelError
        They are others.

    Notes
    -----
    A forecast is for systems like those the model was fitted on; for others its chance means
    nothing, and nothing here can notice that. It depends on the events of its run and their order,
    not on how they came.
    """

    def __init__(self, model: ForecastModel, detectors: Sequence[Detector]) -> None:
        model.require(detectors)
        self.model = model
        self._apart = Apart(detectors, length=model.length)
        self._ended: list[Forecast] = []

    @property
    def left_out(self) -> int:
        """Runs of which nothing can be told any more: too many went on at the same time."""
        return self._apart.left_out

    def take(self, shown: Iterable[Shown]) -> None:
        """Show it what came, in order."""
        self._ended += [self._of(run, signs) for run, signs in self._apart.take(shown)]

    def now(self) -> list[Forecast]:
        """Return a forecast for each run that goes on, the most likely harm first."""
        found = [self._of(run, signs) for run, signs in self._apart.open.items()]
        return sorted(found, key=lambda each: (-each.chance, each.run))

    def ended(self) -> list[Forecast]:
        """Return the last forecast of each run that has ended since this was asked."""
        ended, self._ended = self._ended, []
        return ended

    def _of(self, run: str, signs: Signs) -> Forecast:
        chance = self.model.chance
        return Forecast(
            run=run,
            events=signs.events,
            share=signs.share,
            chance=chance(signs.now()),
            course=tuple(chance(noted) for noted in signs.noted),
        )


def hidden(event: Event) -> bool:
    """Whether an event is nothing a forecast may read: about the log, or what came out later."""
    if isinstance(event, OutcomeObserved):
        return event.about.startswith(HARM) or event.id.startswith(IMPORTED)
    return event.__struct_config__.tag in OURS
