"""Forecasts: they begin at the base rate, follow what is seen of their run, and nothing else."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.merging import merged, side_by_side, stream, watchers, years

from tertius.core.events import OutcomeObserved
from tertius.runtime.detect import Shown
from tertius.runtime.forecast import Apart, Forecasting
from tertius.runtime.forecast_fit import learn
from tertius.runtime.forecast_model import ForecastModel, ForecastModelError
from tertius.runtime.outcomes import IMPORTED


@pytest.fixture(scope="module")
def model() -> ForecastModel:
    past = stream(years())
    return learn(lambda: past, watchers(), bar=1.0)[0]


def course(model: ForecastModel, shown: list[Shown]) -> list[float]:
    """The chance after each event of one run, up to its end."""
    forecasting, found = Forecasting(model, watchers()), []
    for each in shown:
        forecasting.take([each])
        found += [forecast.chance for forecast in forecasting.now()]
    return found


def test_it_begins_near_the_base_rate_and_moves_with_what_is_seen(model: ForecastModel) -> None:
    bad = course(model, stream([merged("new", 1.0, "unknown")]))
    good = course(model, stream([merged("new", 0.0, "unknown")]))
    assert model.base == 0.5
    assert model.chance((0.0,) * 6) == 0.5
    assert bad[0] == good[0] < 0.5  # a first event, and nothing wrong
    assert bad[-1] > 0.9
    assert good[-1] < 0.1
    assert len(bad) > 30


def test_nothing_is_surer_than_so_many_past_runs_allow(model: ForecastModel) -> None:
    quiet = course(model, stream([merged("new", 0.0, "unknown", times=200)]))
    assert min(quiet) >= 1 / 32


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 130), max_size=6))
def test_how_events_come_does_not_matter(model: ForecastModel, cuts: list[int]) -> None:
    shown = side_by_side([merged("a", 1.0, "failed"), merged("b", 0.3, "completed", times=20)])
    whole, parts = Forecasting(model, watchers()), Forecasting(model, watchers())
    whole.take(shown)
    places = [0, *sorted(cuts), len(shown)]
    for start, stop in pairwise(places):
        parts.take(shown[start:stop])
    assert parts.ended() == whole.ended()
    assert parts.now() == whole.now() == []


def test_a_run_is_forecast_as_if_it_were_alone(model: ForecastModel) -> None:
    runs = [merged("a", 1.0, "failed"), merged("b", 0.0, "completed")]
    together, alone = Forecasting(model, watchers()), Forecasting(model, watchers())
    together.take(side_by_side(runs))
    alone.take(stream(runs))
    assert {each.run: each for each in together.ended()} == {e.run: e for e in alone.ended()}


def test_a_run_that_ended_is_told_once_with_its_course(model: ForecastModel) -> None:
    forecasting = Forecasting(model, watchers())
    forecasting.take(stream([merged("a", 1.0, "failed")]))
    (told,) = forecasting.ended()
    assert (told.run, len(told.course)) == ("a", 4)
    assert told.course[0] < told.course[-1] < told.chance + 1e-9
    assert forecasting.ended() == forecasting.now() == []
    forecasting.take(stream([merged("a", 1.0, "failed")]))  # a second life is nobody's
    assert forecasting.ended() == []


def test_what_came_out_is_not_among_what_is_read(model: ForecastModel) -> None:
    shown = stream([merged("a", 0.3, "failed")])
    harm = OutcomeObserved(id="h", time=0, run="a", about="harm/client", value=99.0)
    late = OutcomeObserved(id=f"{IMPORTED}1", time=0, run="a", about="t0", value=0.0)
    plain, with_hindsight = Forecasting(model, watchers()), Forecasting(model, watchers())
    plain.take(shown)
    with_hindsight.take([(0, harm, None), (0, late, None), *shown])
    assert with_hindsight.ended() == plain.ended()


def test_of_too_many_runs_at_a_time_those_longest_silent_are_let_go() -> None:
    apart = Apart(watchers(), length=30, most=4)
    runs = [merged(f"r{number}", 0.0, "completed", times=3) for number in range(6)]
    over = [run for run, _ in apart.take(side_by_side(runs))]
    assert sorted(over) == ["r2", "r3", "r4", "r5"]  # those let go do not begin again
    assert apart.left_out == 2
    assert apart.open == {}


def test_it_serves_no_other_detectors(model: ForecastModel) -> None:
    with pytest.raises(ForecastModelError, match="other detectors"):
        Forecasting(model, [])
