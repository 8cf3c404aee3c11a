"""Rating bias: one rates a peer better than all others do, item after item."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.detectors.record import Record, findings, unsure
from tests.detectors.teams import TEAM, rated

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.rating_bias import RatingBias, median_without


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


def test_a_rating_of_nobody_is_passed_over() -> None:
    record = rated(8, {("ann", "bob"): 0.3})
    nobody = Record("r2", *TEAM)
    for number in range(8):
        for agent, score in (("ann", 1), ("cy", 0), ("dee", 0)):
            nobody.add(e.Rated, agent, ratee="", score=score, item=f"w{number}")
    record.shown += nobody.shown
    assert len(findings(RatingBias(), record)) == 1


@given(scores=st.lists(st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.7, 1.0]), min_size=2, max_size=9))
def test_the_others_median_is_that_of_a_list_without_one(scores: list[float]) -> None:
    scores.sort()
    for place in range(len(scores)):
        rest = scores[:place] + scores[place + 1 :]
        assert median_without(scores, place) == median(rest)
