"""Rating bias: one rates a peer better than all others do, item after item."""

import pytest
from tests.detectors.record import Record, findings, unsure
from tests.detectors.teams import TEAM, rated

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.rating_bias import RatingBias


def test_it_tells_who_rates_whom_unlike_the_others() -> None:
    (finding,) = findings(RatingBias(), rated(8, {("ann", "bob"): 0.3}))
    assert finding.agents == ("ann", "bob")
    assert 25 < finding.effect.value < 35
    assert (finding.n, finding.severity) == (5, "medium")
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC


def test_noise_a_single_rating_and_one_whom_all_favour_are_silent() -> None:
    assert not findings(RatingBias(), rated(50, {}, noise=0.08))
    assert not findings(RatingBias(), rated(3, {("ann", "bob"): 0.4}))
    assert not findings(RatingBias(), rated(20, {(name, "dee"): 0.3 for name in TEAM}))


def test_what_two_rated_could_not_be_compared() -> None:
    record = Record("r1", *TEAM)
    for number in range(9):
        record.add(e.Rated, "ann", ratee="bob", score=1, item=f"w{number}")
        record.add(e.Rated, "ann", ratee="bob", score=1, item=f"w{number}")
        record.add(e.Rated, "cy", ratee="bob", score=0, item=f"w{number}")
    (why,) = unsure(RatingBias(), record)
    assert "nothing to compare" in why
    assert unsure(RatingBias(), Record("r2", *TEAM)) == []


def test_nonsense_is_passed_over() -> None:
    record = Record("r1", *TEAM)
    for _ in range(9):
        record.add(e.Rated, "ann", ratee="ann", score=1, item="w")
        record.add(e.Rated, "ann", ratee="bob", score=7, item="w")
        record.add(e.Rated, "", ratee="bob", score=1, item="w")
        record.add(e.Rated, "ann", ratee="bob", score=1)
    assert not findings(RatingBias(), record)


def test_parameters_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ParameterError):
        RatingBias(least=0)
    with pytest.raises(ParameterError):
        RatingBias(bias=0)


def test_it_conforms() -> None:
    streams = [rated(8, {("ann", "bob"): 0.3}).shown, rated(8, {}, run="r2").shown]
    assert check_detector(RatingBias(), streams).findings == 1
