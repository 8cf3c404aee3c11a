"""What is learned from past runs, how good it says it is, and when it says nothing."""

from random import Random

import pytest
from tests.runtime.merging import merged, stream, watchers, years

from tertius.core.errors import NotEvaluatedError
from tertius.core.events import OutcomeObserved, Value
from tertius.runtime.detect import Shown
from tertius.runtime.forecast_fit import MARKS, PastRun, fit_model, learn, survey
from tertius.runtime.forecast_model import ForecastModel


def harm(run: str, value: Value, about: str = "harm/client") -> Shown:
    return 0, OutcomeObserved(id=f"{run}/{about}", time=0, run=run, about=about, value=value), None


def past(count: int, *, telling: bool, seed: int = 1) -> list[PastRun]:
    """Runs of which every second ended in harm; findings tell of it, or of nothing."""
    draw, runs = Random(seed), []
    for number in range(count):
        harmed = number % 2 == 0
        seen = harmed if telling else draw.random() < 0.5
        noted = tuple(
            (mark**0.5, 0.0 if seen else mark**0.5, 0.0, 1.0 * seen, 0.0, 0.0) for mark in MARKS
        )
        runs.append(PastRun(run=f"r{number}", harmed=harmed, noted=noted))
    return runs


def fitted(runs: list[PastRun]) -> ForecastModel:
    return fit_model(runs, length=100, detectors="0" * 64, harm="as told")


def test_measured_harm_counts_before_what_the_operator_saw() -> None:
    shown = stream(
        [
            merged("seen-well", 0.0, "completed"),
            merged("seen-ill", 0.0, "failed"),
            merged("stopped", 0.0, "aborted"),
            merged("measured", 0.0, "completed"),
            merged("spared", 0.0, "failed"),
            merged("one-of-two", 0.0, "unknown"),
            merged("in-words", 0.0, "unknown"),
        ]
    )
    shown += [harm("measured", 5.0), harm("spared", 4.9), harm("in-words", "much")]
    shown += [harm("one-of-two", True), harm("one-of-two", 0, "harm/others")]
    shown += [harm("never-seen", 9.0)]
    found = survey(shown, bar=5.0)
    assert found.harmed == {
        "seen-well": False, "seen-ill": True, "measured": True, "spared": False, "one-of-two": True,
    }  # fmt: skip
    assert found.length == 35  # events of a run, without its end


def test_too_few_runs_of_either_outcome_are_no_forecast() -> None:
    shown = stream([*years(9), *(merged(f"more-{n}", 0.0, "completed") for n in range(5))])
    with pytest.raises(NotEvaluatedError, match="9 past runs that ended in harm and 14 that did"):
        learn(lambda: shown, watchers(), bar=1.0)


def test_it_says_on_runs_held_out_that_signs_tell() -> None:
    model = fitted(past(40, telling=True))
    assert [score.share for score in model.scores] == [0.1, 0.25, 0.5, 0.75]
    assert all(score.better and score.n == 40 and score.harmed == 20 for score in model.scores)
    assert model.scores[0].prior == pytest.approx(0.25)


def test_it_says_on_runs_held_out_that_signs_tell_nothing() -> None:
    for seed in range(5):
        model = fitted(past(40, telling=False, seed=seed))
        assert not any(score.better for score in model.scores)
        assert "NOT better than the base rate" in model.scores[0].words


def test_the_order_of_the_runs_does_not_matter() -> None:
    runs = past(30, telling=True)
    assert fitted(runs) == fitted(runs[::-1])


def test_runs_too_short_for_any_sign_leave_the_base_rate() -> None:
    short = [PastRun(run=f"r{n}", harmed=n < 10, noted=()) for n in range(40)]
    model = fitted(short)
    assert model.scores == ()
    assert model.chance((1.0, 1.0, 2.0, 3.0, 3.0, 3.0)) == pytest.approx(0.25)
