"""Learn from past runs, whose end is known, how likely a run is to end in harm.

1. `survey` reads which runs ended in harm, and how long runs are.
2. `past_runs` shows each of them to detectors of its own and notes their signs as it goes on.
3. `fit_model` fits the weights, and scores them on runs held out.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from tertius.core.digest import digest
from tertius.core.errors import NotEvaluatedError
from tertius.core.events import BaseEvent, OutcomeObserved, RunEnded
from tertius.core.ports.detector import Detector
from tertius.runtime.detect import Shown
from tertius.runtime.forecast import LOOKS, Apart, hidden
from tertius.runtime.forecast_model import (
    SIGNS,
    ForecastModel,
    Score,
    Weights,
    chance_of,
    digest_of,
)
from tertius.runtime.outcomes import HARM
from tertius.stats.forecasts import score
from tertius.stats.logistic import Floats, chances, fit

LEAST = 10  # past runs of either outcome, without which nothing is forecast
FOLDS = 5
RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""What large weights may cost; past runs choose."""
MARKS = tuple(number / 20 for number in (*range(1, 21), 25, 30, 35, 40))
"""Shares of the usual length at which a past run's signs are noted, to learn from."""


class TooFewRunsError(NotEvaluatedError):
    """Not enough past runs of both outcomes to forecast anything from."""


class PastRun(Struct, frozen=True, kw_only=True):
    """A run that is over: whether it ended in harm, and its signs at `MARKS` as far as it came."""

    run: str
    harmed: bool
    noted: tuple[tuple[float, ...], ...]

    def at(self, share: float) -> tuple[float, ...] | None:
        """Return the signs at one of the marks; None where the run was over before."""
        place = MARKS.index(share)
        return self.noted[place] if place < len(self.noted) else None


class Survey(Struct, frozen=True, kw_only=True):
    """What a record holds: events of the middle run, and which runs ended in harm or without."""

    length: int
    harmed: dict[str, bool]


def survey(shown: Iterable[Shown], *, bar: float) -> Survey:
    """Read which runs ended in harm.

    Parameters
    ----------
    shown
        The record, whole.
    bar
        How much harm counts.

    Notes
    -----
    An ``outcome.observed`` about ``harm/<party>`` is the word of whoever measured it: true, or a
    number from `bar` on, is harm. Where there is none, a run that its operator saw end as `failed`
    ended in harm, and one that `completed` did not; of any other run it is not known.
    """
    events: Counter[str] = Counter()
    ended: dict[str, bool] = {}
    measured: dict[str, bool] = {}
    for _, event, _ in shown:
        if isinstance(event, RunEnded):
            if event.outcome in ("failed", "completed"):
                ended[event.run] = event.outcome == "failed"
        elif not hidden(event):
            events[event.run] += 1
        elif (harm := _harm(event, bar)) is not None:
            measured[event.run] = harm or measured.get(event.run, False)
    known = {run: harm for run, harm in (ended | measured).items() if events[run]}
    length = statistics.median_high(events[run] for run in known) if known else 1
    return Survey(length=length, harmed=known)


def past_runs(
    shown: Iterable[Shown], found: Survey, detectors: Sequence[Detector]
) -> tuple[list[PastRun], int]:
    """Show each run of known outcome to detectors of its own.

    Returns
    -------
    tuple
        The runs, and how many had to be left out because too many went on at the same time.
    """
    apart = Apart(detectors, length=found.length, marks=MARKS)
    known = found.harmed
    over = list(apart.take(each for each in shown if each[1].run in known))
    over += apart.open.items()
    runs = [PastRun(run=run, harmed=known[run], noted=tuple(signs.noted)) for run, signs in over]
    return runs, apart.left_out


def learn(
    read: Callable[[], Iterable[Shown]], detectors: Sequence[Detector], *, bar: float
) -> tuple[ForecastModel, int]:
    """Learn from a record; `read` gives it from its beginning, and is called twice.

    Returns
    -------
    tuple
        The model, and how many runs were left out because too many went on at the same time.

    Raises
    ------
    TooFewRunsError
        Too few runs of known outcome.
    """
    found = survey(read(), bar=bar)
    _enough(found.harmed.values())
    runs, left_out = past_runs(read(), found, detectors)
    words = f"an outcome about {HARM}<party> of {bar:g} or more, else a run that ended as failed"
    named = digest_of(detectors)
    return fit_model(runs, length=found.length, detectors=named, harm=words), left_out


def fit_model(past: Sequence[PastRun], *, length: int, detectors: str, harm: str) -> ForecastModel:
    """Return the model of some past runs, scored on runs held out.

    Parameters
    ----------
    past
        In any order.
    length, detectors, harm
        As in `ForecastModel`.

    Raises
    ------
    TooFewRunsError
        Fewer than `LEAST` with harm, or without.

    Notes
    -----
    All signs of one run together count as one observation. What large weights cost is what served
    best on runs held out, among `RIDGES`. The scores come from five folds of whole runs, and
    neither weights nor that choice know the fold that is scored; folds depend on the runs' names.
    """
    _enough(each.harmed for each in past)
    past = sorted(past, key=lambda each: each.run)
    return ForecastModel(
        detectors=detectors,
        harm=harm,
        length=length,
        runs=len(past),
        harmed=sum(each.harmed for each in past),
        weights=weights_of(past),
        scores=_held_out(past),
    ).sealed()


def weights_of(past: Sequence[PastRun]) -> Weights:
    """Return the weights alone, at the cost that serves best on runs held out."""
    past = sorted(past, key=lambda each: each.run)
    return _weights(past, _ridge(past))


def scores_of(forecasts: Mapping[float, Sequence[tuple[float, float, bool]]]) -> tuple[Score, ...]:
    """Return the scores of forecasts, by share of the length: (chance, prior, whether harm)."""
    found: list[Score] = []
    for share, rows in forecasts.items():
        if rows:
            chance, prior, harmed = zip(*rows, strict=True)
            found.append(Score(share=share, **structs.asdict(score(chance, harmed, prior=prior))))
    return tuple(found)


def _held_out(past: Sequence[PastRun]) -> tuple[Score, ...]:
    """Forecast each run by what the other four fifths teach."""
    rows: dict[float, list[tuple[float, float, bool]]] = {share: [] for share in LOOKS}
    for others, fold in _splits(past):
        weights, base = weights_of(others), _base(others)
        for each in fold:
            for share in LOOKS:
                signs = each.at(share)
                if signs is not None:
                    chance = chance_of(signs, weights, base=base, runs=len(others))
                    rows[share].append((chance, base, each.harmed))
    return scores_of(rows)


def _ridge(past: Sequence[PastRun]) -> float:
    """Return the ridge with the smallest loss on runs held out; of equals, the larger."""
    losses = dict.fromkeys(reversed(RIDGES), 0.0)
    for others, fold in _splits(past):
        for ridge in losses:
            losses[ridge] += _surprise(fold, _weights(others, ridge), _base(others))
    return min(losses, key=lambda ridge: losses[ridge])


def _surprise(past: Sequence[PastRun], weights: Weights, base: float) -> float:
    """Return how surprising it was how runs ended, each run counting once (logarithmic loss)."""
    rows, harmed, shares = _rows(past)
    if not len(rows):
        return 0.0
    chance = chances(rows, structs.astuple(weights), base=base)
    right = np.where(harmed, chance, 1 - chance)
    return float(-(shares @ np.log(np.maximum(right, 1e-12))))


def _splits(past: Sequence[PastRun]) -> Iterator[tuple[list[PastRun], list[PastRun]]]:
    """Give each fold behind the runs that are not in it."""
    folds = _folds(past)
    for fold in range(FOLDS):
        both = list(zip(past, folds, strict=True))
        yield (
            [each for each, its in both if its != fold],
            [each for each, its in both if its == fold],
        )


def _folds(past: Sequence[PastRun]) -> list[int]:
    """Return the fold of each run: as many of either outcome in each, by a digest of the name."""
    folds = dict.fromkeys(range(len(past)), 0)
    for harmed in (False, True):
        places = [place for place, each in enumerate(past) if each.harmed is harmed]
        places.sort(key=lambda place: digest("forecast", past[place].run.encode()))
        folds.update((place, number % FOLDS) for number, place in enumerate(places))
    return list(folds.values())


def _base(past: Sequence[PastRun]) -> float:
    return sum(each.harmed for each in past) / len(past)


def _weights(past: Sequence[PastRun], ridge: float) -> Weights:
    rows, harmed, shares = _rows(past)
    if not len(rows):
        return Weights(**dict.fromkeys(SIGNS, 0.0))
    found = fit(rows, harmed, base=_base(past), shares=shares, ridge=ridge)
    return Weights(**dict(zip(SIGNS, (round(each, 9) for each in found.tolist()), strict=True)))


def _rows(past: Sequence[PastRun]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Return all signs of some runs, whether there was harm, and each row's share of its run."""
    rows = [signs for each in past for signs in each.noted]
    harmed = [each.harmed for each in past for _ in each.noted]
    shares = [1 / len(each.noted) for each in past for _ in each.noted]
    return np.array(rows, float), np.array(harmed, bool), np.array(shares, float)


def _enough(outcomes: Iterable[bool]) -> None:
    counts = Counter(outcomes)
    if min(counts[True], counts[False]) < LEAST:
        raise TooFewRunsError(
            f"could not tell: {counts[True]} past runs that ended in harm and {counts[False]} that "
            f"did not; a forecast needs {LEAST} of each"
        )


def _harm(event: BaseEvent, bar: float) -> bool | None:
    """Return whether an outcome says that there was harm; None where it says nothing of it."""
    if not isinstance(event, OutcomeObserved) or not event.about.startswith(HARM):
        return None
    if isinstance(event.value, bool):
        return event.value
    return event.value >= bar if isinstance(event.value, int | float) else None
