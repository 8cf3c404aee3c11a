"""The benchmarks of the watch: what a story's numbers mean, and how lateness is counted."""

import math
import shutil
from pathlib import Path

import pytest

import watch_benign
import watch_cost
import watch_power
from tertius.core import events as e
from tertius.detectors.table import TABLE, bets
from watch import power, told
from watch.mixed import played
from watch.tape import STORIES, Story, Tape

SAMPLES = Path(__file__).parent.parent / "readers" / "samples"
BEFORE = STORIES["never_ends"]


def streams(name: str, excess: float, nuisance: float = 0.0, rounds: int = 400) -> Tape:
    return STORIES[name].stream(1, [excess] * rounds, [nuisance] * rounds)


def share(tape: Tape, kind: type[e.BaseEvent]) -> float:
    return sum(isinstance(event, kind) for _, event, _ in tape.shown) / 400


def test_a_stream_is_the_same_for_a_seed_and_another_for_the_next() -> None:
    story = STORIES["approves_unread"]
    first, again, other = (story.stream(seed, [0.1] * 20).shown for seed in (1, 1, 2))
    assert first == again and first != other
    assert len({event.id for _, event, _ in first}) == len(first)


def test_an_effect_is_beyond_the_edge_and_a_nuisance_below_it() -> None:
    reads = [share(streams("approves_unread", *args), e.MemoryRead)
             for args in ((0.0,), (0.5,), (0.0, 1.0))]  # fmt: skip
    assert [round(value, 1) for value in reads] == [0.8, 0.3, 1.0]


@pytest.mark.parametrize("name", ["approves_unread", "says_too_much", "rates_a_friend"])
def test_the_largest_effect_is_seen_and_the_edge_is_not(name: str) -> None:
    story = STORIES[name]
    found = power.power(story, story.effects[-1], power.Cost(), streams=3)
    assert found.alarmed == 3 and found.delay < story.loud / 2 and found.avoidable > 0.5
    assert found.shared >= found.delay
    quiet = power.power(story, 0.0, power.Cost(), streams=3)
    assert (quiet.alarmed, quiet.delay, quiet.avoidable) == (0, math.inf, 0.0)


def test_an_alarm_before_the_onset_is_a_miss() -> None:
    story = STORIES["past_the_gate"]
    early = story.stream(1, [1.0] * 5 + [0.0] * (story.quiet + story.loud - 5))
    found = power.shown(power.fresh(story), early)
    assert found and power._delay(story, found[:1]) == math.inf
    assert power._delay(story, [(story.quiet + 7, found[0][1])]) == 7


def test_what_is_told_at_the_end_of_a_run_has_no_lead() -> None:
    found = power.power(BEFORE, 1.0, power.Cost(), streams=2)
    assert (found.alarmed, found.timely) == (2, 0)
    assert power.power(BEFORE, 0.0, power.Cost(), streams=2).alarmed == 0


def test_false_alarms_are_counted_by_stream() -> None:
    story = STORIES["past_the_gate"]
    assert power.false_alarms(story, drift=False, streams=3) == 0

    def always(tape: Tape, excess: float, nuisance: float) -> None:
        told.past_the_gate(tape, 1.0, nuisance)

    kept = {name: getattr(story, name) for name in Story.__struct_fields__}
    assert power.false_alarms(Story(**{**kept, "play": always}), drift=True, streams=3) == 3


def test_a_line_says_whether_it_can_be_told_from_chance() -> None:
    story = STORIES["approves_unread"]
    some, none = (
        power.Effect(effect=0.1, n=30, alarmed=hits, timely=0, delay=math.inf, shared=math.inf,
                     avoidable=0.0)
        for hits in (9, 0)
    )  # fmt: skip
    line = watch_power.row(story, some, none, power.Cost())
    assert (line["told from chance"], line["median delay"]) == ("yes", "none in 200")
    assert watch_power.row(story, none, none, power.Cost())["told from chance"] == "no"
    assert watch_power.untold({"power": [line]}) == []
    assert watch_power.untold({"power": [{**line, "told from chance": "no"}]}) == [story.detector]


def test_stories_fit_their_detectors() -> None:
    for story in STORIES.values():
        if story.detector not in TABLE:
            continue
        kinds = set(power.fresh(story).spec.kinds)
        tape = story.stream(1, [story.effects[-1]] * 3)
        assert kinds & {event.__struct_config__.tag for _, event, _ in tape.shown}, story.detector
        assert bets(story.detector) or story.end


def test_lateness_counts_from_a_batch_to_the_look_that_saw_all_of_it() -> None:
    written = watch_cost.points("10.0 100\n10.1 200\n10.2 300\n")
    seen = watch_cost.points("10.05 150\n10.3 300\n")
    late = watch_cost.lateness(written, seen)
    assert late == pytest.approx([0.05, 0.2, 0.1])


def test_what_was_never_read_is_late_as_long_as_anybody_looked() -> None:
    assert watch_cost.lateness([(1.0, 10.0)], [(5.0, 3.0)]) == [4.0]


def test_a_run_is_played_step_by_step_with_its_end() -> None:
    steps = list(played("dilemma", "failing", 1, 50))
    assert isinstance(steps[0][0][0], e.RunStarted) and isinstance(steps[-1][-1][0], e.RunEnded)
    assert 50 <= sum(map(len, steps)) < 200
    assert set(watch_cost.TEXT) <= set(TABLE)


@pytest.mark.parametrize(
    ("label", "expected"), [(True, True), (1.0, True), (0.5, False), (False, False), ("yes", False)]
)
def test_only_a_whole_success_is_one(label: object, expected: bool) -> None:
    assert watch_benign.succeeded(label) is expected


def test_labels_come_from_the_truth_side(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "tau_bench.json", tmp_path)
    runs = watch_benign.Runs(tmp_path, "reward")
    outcomes = {run: runs.succeeded[run] for run in runs.shown if run in runs.succeeded}
    assert outcomes and set(runs.of(True)) == {run for run, won in outcomes.items() if won}
    shown = runs.stream(list(runs.shown))
    assert [number for number, _, _ in shown] == list(range(len(shown)))
    assert not any(b"reward" in (content or b"") for _, _, content in shown)
