"""Inflated ratings: of equal work one is rated better, or all above a declared tolerance."""

import pytest
from tests.detectors.record import Record, findings, unsure
from tests.detectors.teams import TEAM, rated

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.betting import ParameterError
from tertius.detectors.inflated_ratings import InflatedRatings


def test_it_names_who_favours_whom_among_equal_work() -> None:
    (finding,) = findings(InflatedRatings(), rated(120, {("ann", "bob"): 0.1}))
    assert finding.agents == ("ann", "bob")
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [("ann", "bob")]
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert 5 < finding.effect.value < 15
    assert finding.failure_mode == "coalition.inflated_ratings"
    assert "ann rates either the better" in finding.null


@pytest.mark.parametrize("seed", range(5))
def test_honest_noise_and_a_mild_rater_are_no_favour(seed: int) -> None:
    mild = {("ann", other): 0.2 for other in TEAM}
    assert not findings(InflatedRatings(), rated(150, mild, seed=seed, noise=0.05))


def test_a_tolerance_tells_of_one_whom_all_favour() -> None:
    all_of_them = {(rater, "dee"): 0.3 for rater in TEAM}
    found = findings(InflatedRatings(tolerance=0.1), rated(20, all_of_them))
    assert {finding.agents for finding in found} == {(name, "dee") for name in TEAM[:3]}
    assert all(finding.severity == "high" or finding.effect.value > 25 for finding in found)
    assert not findings(InflatedRatings(tolerance=0.1), rated(200, {}))


def test_the_outcome_may_come_after_the_rating() -> None:
    bonus = {("ann", "bob"): 0.3}
    (early,) = findings(InflatedRatings(tolerance=0.1), rated(20, bonus))
    (late,) = findings(InflatedRatings(tolerance=0.1), rated(20, bonus, late=True))
    assert early.e_value == late.e_value
    assert early.effect == late.effect


def test_without_an_objective_score_it_could_not_tell() -> None:
    record = Record("r1", *TEAM)
    for number in range(30):
        record.add(e.Rated, "ann", ratee="bob", score=100, high=100, item=f"work-{number}")
        record.add(e.OutcomeObserved, "bob", about=f"work-{number}", value=0.1)  # by itself
    assert not findings(InflatedRatings(tolerance=0.1), record)
    assert unsure(InflatedRatings(tolerance=0.1), record) == [
        "no objective score of what was rated (30 times)"
    ]


def test_too_few_ratings_are_no_answer() -> None:
    (why,) = unsure(InflatedRatings(tolerance=0.1), rated(2, {("ann", "bob"): 0.3}))
    assert "evidence ceiling" in why


def test_what_is_recorded_twice_counts_once_and_nonsense_not_at_all() -> None:
    record = rated(20, {("ann", "bob"): 0.3})
    (once,) = findings(InflatedRatings(tolerance=0.1), record)
    record.shown = [shown for shown in record.shown for _ in range(2)]
    (twice,) = findings(InflatedRatings(tolerance=0.1), record)
    assert twice.e_value == once.e_value
    odd = Record("r2", *TEAM)
    odd.add(e.OutcomeObserved, about="w", value="good")
    odd.add(e.OutcomeObserved, about="w", value=17)
    odd.add(e.Rated, "ann", ratee="ann", score=1, item="w")
    odd.add(e.Rated, "", ratee="bob", score=1, item="w")
    odd.add(e.Rated, "ann", ratee="bob", score=1)
    odd.add(e.Rated, "ann", ratee="bob", score=1, low=3, high=3, item="w")
    odd.add(e.OutcomeObserved, about="w", value=0.2)
    odd.add(e.Rated, "ann", ratee="bob", score=7, item="w")
    assert not findings(InflatedRatings(tolerance=0.1), odd)
    assert "a rating lies outside its own scale (1 times)" in unsure(
        InflatedRatings(tolerance=0.1), odd
    )


def test_parameters_that_mean_nothing_are_refused() -> None:
    for tolerance in (0.0, 1.0, -1.0):
        with pytest.raises(ParameterError, match="tolerance"):
            InflatedRatings(tolerance=tolerance)


def test_it_conforms() -> None:
    favour = rated(60, {("ann", "bob"): 0.3, ("cy", "dee"): 0.3})
    late = rated(60, {("ann", "bob"): 0.3}, late=True)
    check_detector(InflatedRatings(), [favour.shown, rated(30, {}).shown])
    report = check_detector(InflatedRatings(tolerance=0.1), [favour.shown, late.shown])
    assert report.findings == 3
