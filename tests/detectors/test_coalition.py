"""Coalition: a group over the pair graph, with a lower bound on how many pairs are real."""

from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure
from tests.detectors.teams import TEAM, rated, worked

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.kinds import Event
from tertius.detectors.betting import ParameterError
from tertius.detectors.coalition import Coalition
from tertius.detectors.inflated_ratings import InflatedRatings
from tertius.detectors.ties import Ties
from tertius.runtime.episode import Episode
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load

RING = {("ann", "bob"): 0.4, ("bob", "cy"): 0.4, ("cy", "ann"): 0.4}


def test_it_names_the_group_and_bounds_its_pairs() -> None:
    found = findings(Coalition(tolerance=0.1), rated(25, RING))
    last = found[-1]
    assert last.agents == ("ann", "bob", "cy")
    assert {(edge.sender, edge.receiver) for edge in last.edges} == set(RING)
    assert (last.effect.value, last.effect.low, last.effect.high) == (3, 3, 3)
    assert last.effect.unit == "pairs at least of the 3 that stand out"
    assert last.guarantee.title == "family-anytime(0.05)"
    assert any("heuristic" in text for text in last.guarantee.given)
    assert last.failure_mode == "caif.collusion"


def test_it_tells_each_step_of_its_growth_once() -> None:
    found = findings(Coalition(tolerance=0.1), rated(60, RING))
    assert len(found) <= 4
    assert len({finding.id for finding in found}) == len(found)
    sizes = [len(finding.agents) for finding in found]
    assert sizes == sorted(sizes)


def test_one_pair_is_a_group_of_two() -> None:
    (finding,) = findings(Coalition(), worked(20, 1.0))
    assert finding.agents == ("ann", "bob")
    assert finding.severity == "medium"


def test_two_groups_apart_stay_apart() -> None:
    pairs = {("ann", "bob"): 0.4, ("cy", "dee"): 0.4}
    found = findings(Coalition(tolerance=0.1), rated(40, pairs))
    assert {finding.agents for finding in found} == {("ann", "bob"), ("cy", "dee")}


@pytest.mark.parametrize("seed", range(3))
def test_honest_ratings_make_no_group(seed: int) -> None:
    assert not findings(Coalition(), rated(100, {}, seed=seed))
    assert not findings(Coalition(tolerance=0.1), rated(100, {}, seed=seed))


def test_pairs_that_vote_alike_are_read_too() -> None:
    record = Record("r1", *"abcdef")
    for number in range(25):
        others = ["cdef"[(number + k) % 4] for k in (1, 2, 3)]
        votes = {"a": "cdef"[number % 4], "b": "cdef"[number % 4]}
        votes |= dict(zip("cdef", ("a", "b", *others), strict=False))
        for voter, whom in votes.items():
            if voter != whom:
                record.add(e.Asserted, voter, act="vote", about=whom, task=f"round-{number}")
    record.end()
    found = findings(Coalition(), record)
    assert found
    assert found[0].agents == ("a", "b")
    assert len(found[0].evidence) > 4


def test_two_directions_are_averaged() -> None:
    reader = InflatedRatings(tolerance=0.1)
    pairs = Ties((reader,), (), most=10)
    for event, content in rated(6, {("ann", "bob"): 0.4}).shown:
        if event.__struct_config__.tag in reader.SPEC.kinds:
            pairs.take(event, content)
    tie = pairs.ties["ann", "bob"]
    assert tie.value == (reader.value(("ann", "bob")) + 1) / 2 > 10
    assert pairs.ways(tie, 20) == [("ann", "bob")]


def test_more_pairs_than_it_keeps_are_left_unread() -> None:
    pairs = Ties((InflatedRatings(tolerance=0.1),), (), most=2)
    everybody = {(a, b): 0.3 for a in TEAM for b in TEAM}
    for event, content in rated(3, everybody).shown:
        if event.__struct_config__.tag in InflatedRatings.SPEC.kinds:
            pairs.take(event, content)
    assert len(pairs.ties) == 2
    assert pairs.left > 0


@pytest.mark.parametrize("size", [2, 7, 1000])
def test_a_batch_beyond_what_it_keeps_is_told_as_one_by_one(size: int) -> None:
    everybody = {(a, b): 0.3 for a in TEAM for b in TEAM}
    kinds = Coalition.SPEC.kinds
    record = [each for each in rated(20, everybody).shown if each[0].__struct_config__.tag in kinds]
    alone, batched = Coalition(tolerance=0.1, most=4), Coalition(tolerance=0.1, most=4)
    said = [(at, each) for at, shown in enumerate(record) for each in alone.update(*shown)]
    shown = [(at, *each) for at, each in enumerate(record)]
    batches = [shown[start : start + size] for start in range(0, len(shown), size)]
    assert [each for batch in batches for each in batched.update_many(batch)] == said != []
    assert batched.values() == alone.values()


def test_events_that_share_a_number_are_bet_on_once() -> None:
    kinds = Coalition.SPEC.kinds
    record = [each for each in rated(20, RING).shown if each[0].__struct_config__.tag in kinds]
    alone, batched = Coalition(tolerance=0.1), Coalition(tolerance=0.1)
    for shown in record:
        alone.update(*shown)
    batched.update_many([(at // 3, *each) for at, each in enumerate(record)])
    assert batched.values() == alone.values() != {}


def test_it_could_not_tell_without_scores_or_with_too_little() -> None:
    record = Record("r1", *TEAM)
    record.add(e.Rated, "ann", ratee="bob", score=1, item="w")
    assert unsure(Coalition(), record) == ["no objective score of what was rated (1 times)"]
    (why,) = unsure(Coalition(tolerance=0.1), rated(2, RING))
    assert "evidence ceiling" in why
    assert unsure(Coalition(), Record("r2", *TEAM)) == []


def test_parameters_that_mean_nothing_are_refused() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"level": 0.0}, {"most": 1}, {"share": 2.0}, {"tolerance": 0.0},
    )  # fmt: skip
    for each in wrong:
        with pytest.raises(ParameterError):
            Coalition(**each)


def played(study: str, population: str, rounds: int) -> list[tuple[Event, bytes | None]]:
    """Record the first rounds of an episode."""
    heard: list[tuple[Event, bytes | None]] = []
    scenario = load(study).scenario(population)
    world = world_of(scenario)
    episode: Episode = stage(scenario, world, seed=1, tell=lambda *said: heard.append(said))
    episode.begin("team_task/1", 0)
    episode.play(4 * rounds)
    episode.end("team_task/1", 0)
    return heard


def test_a_team_that_covers_for_one_is_named_and_its_honest_twin_is_not() -> None:
    record = Record("unused")
    record.shown = played("team_ratings", "inflating", 8)
    last = findings(Coalition(tolerance=0.1), record)[-1]
    assert last.agents == tuple(f"member-{n}" for n in range(1, 8))
    assert last.effect.value >= 5
    record.shown = played("team_ratings", "honest", 8)
    assert not findings(Coalition(tolerance=0.1), record)
    record.shown = played("team_cover", "one_coverer", 8)
    (pair,) = findings(Coalition(tolerance=0.1), record)
    assert pair.agents == ("member-3", "member-7")


def test_it_conforms() -> None:
    ring = rated(25, RING)
    report = check_detector(Coalition(tolerance=0.1), [ring.shown, rated(10, {}).shown])
    assert report.findings >= 2
