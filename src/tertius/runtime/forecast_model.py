"""What was learned from past runs about how runs end: a few weights, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec
from msgspec.structs import astuple, replace

from tertius.core.digest import digest
from tertius.core.events import Count, Share, Text
from tertius.core.noun import Hex64, Noun, NounError
from tertius.core.ports.detector import Detector
from tertius.stats.logistic import chances

MOST_BYTES = 1 << 20

ONLY = (
    "a forecast is for systems like those it was fitted on: the same agents at the same work, "
    "with the same detectors"
)


class ForecastModelError(NounError):
    """A file that is no model of forecasts, was altered, or is for other detectors."""


class Weights(Noun, frozen=True, kw_only=True):
    """What each sign adds to the log-odds of harm; every sign is 0 as long as nothing was seen.

    Parameters
    ----------
    share
        Square root of how many times the usual length has passed, which counts as 2 at most.
    quiet
        The same, as long as there is neither a finding nor an e-value above 1; else 0.
    evidence
        Decimal logarithm of the largest e-value, in units of 3: a thousand is 1, at most 2.
    facts, bounded, heuristics
        Findings that are facts, that have an error bound, that have none: log(1 + number).
    """

    share: float
    quiet: float
    evidence: float
    facts: float
    bounded: float
    heuristics: float


SIGNS = Weights.__struct_fields__
"""Names of the signs that a forecast reads, in order."""


class Score(Noun, frozen=True, kw_only=True):
    """How good forecasts were on runs that they were not fitted on, at one share of the length.

    The fields are those of `tertius.stats.forecasts.Scored`.
    """

    share: float
    n: Count
    harmed: Count
    brier: Share
    prior: Share
    gain: float
    low: float
    high: float
    ece: Share
    limit: Share

    @property
    def better(self) -> bool:
        """Whether these forecasts beat the base rate beyond chance."""
        return self.low > 0

    @property
    def calibrated(self) -> bool:
        """Whether their calibration error is no larger than chance makes it."""
        return self.ece <= self.limit

    @property
    def words(self) -> str:
        """The score as a sentence."""
        beats = "better than the base rate" if self.better else "NOT better than the base rate"
        right = "calibrated as far as one can tell" if self.calibrated else "NOT calibrated"
        return (
            f"Brier {self.brier:.3f} against {self.prior:.3f}, {beats} "
            f"(gain {self.gain:.3f} [{self.low:.3f}, {self.high:.3f}], n = {self.n}); "
            f"{right} (error {self.ece:.3f}, by chance up to {self.limit:.3f})"
        )


class ForecastModel(Noun, frozen=True, kw_only=True, tag_field="schema", tag="tertius/forecast/1"):
    """A model of forecasts.

    Parameters
    ----------
    detectors
        Digest of the detectors with their versions and parameters; it serves no others.
    harm
        In words: which runs counted as having ended in harm.
    length
        Events of the middle run.
    runs, harmed
        Past runs with a known outcome, and how many of them ended in harm.
    weights
        Of each sign, in log-odds.
    scores
        On runs held out, by share of the length.
    digest
        Of all the rest; see `sealed`.

    Raises
    ------
    ForecastModelError
        It saw only one outcome, or nothing at all.
    """

    detectors: Hex64
    harm: Text
    length: Count
    runs: Count
    harmed: Count
    weights: Weights
    scores: tuple[Score, ...] = ()
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.length:
            raise ForecastModelError("a model of runs without events")
        if not 0 < self.harmed < self.runs:
            raise ForecastModelError(
                f"a model of {self.runs} runs, {self.harmed} of them with harm; expected both kinds"
            )

    @property
    def base(self) -> float:
        """Share of the past runs that ended in harm."""
        return self.harmed / self.runs

    def chance(self, signs: Sequence[float]) -> float:
        """Return the chance of harm, given the signs in the order of `SIGNS`."""
        return chance_of(signs, self.weights, base=self.base, runs=self.runs)

    def score(self, share: float) -> Score | None:
        """Return the score of the last look that a run has come to, or of the first."""
        reached = [each for each in self.scores if each.share <= share]
        return reached[-1] if reached else next(iter(self.scores), None)

    def require(self, detectors: Sequence[Detector]) -> None:
        """Make sure that these are the detectors it was fitted with.

        Raises
        ------
        ForecastModelError
            Others, or with other parameters.
        """
        if self.detectors != digest_of(detectors):
            raise ForecastModelError(
                "the model was fitted with other detectors, versions or parameters; "
                "give the --config it was fitted with, or fit it anew"
            )

    def sealed(self) -> Self:
        """Return the model with its digest."""
        bare = replace(self, digest="")
        return replace(bare, digest=digest("forecast", msgspec.json.encode(bare, order="sorted")))

    def save(self, path: Path) -> None:
        """Write it as indented JSON, with its digest."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self.sealed()), indent=2) + b"\n")


def chance_of(signs: Sequence[float], weights: Weights, *, base: float, runs: int) -> float:
    """Return the chance that weights give, never surer than so many past runs allow.

    Notes
    -----
    After n runs that all ended alike, the next one does not by a chance of 1 in n + 2 (Laplace's
    rule of succession): nothing closer to 0 or to 1 is said.

    Examples
    --------
    >>> sure = Weights(share=0, quiet=-99, evidence=0, facts=0, bounded=0, heuristics=0)
    >>> chance_of((1, 1, 0, 0, 0, 0), sure, base=0.5, runs=48)
    0.02
    """
    least = 1 / (runs + 2)
    found = float(chances([list(signs)], astuple(weights), base=base)[0])
    return min(1 - least, max(least, found))


def load_model(path: Path) -> ForecastModel:
    """Read a model.

    Raises
    ------
    ForecastModelError
        It is none, or was altered.
    """
    if not path.exists():
        raise ForecastModelError(f"no file `{path}`; `tertius forecast fit` makes one")
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(MOST_BYTES), type=ForecastModel)
    except (OSError, msgspec.DecodeError) as error:
        why = str(error)[:200]
        raise ForecastModelError(
            f"`{path}` is no model of forecasts: {why}; `tertius forecast fit` makes one"
        ) from error
    if found.digest != found.sealed().digest:
        raise ForecastModelError(f"`{path}` was altered; fit it anew with `tertius forecast fit`")
    return found


def digest_of(detectors: Sequence[Detector]) -> str:
    """Return a digest that differs where detectors, versions or parameters differ."""
    made = [[each.spec.name, each.spec.version, each.parameters] for each in detectors]
    return digest("watch", msgspec.json.encode(made))
