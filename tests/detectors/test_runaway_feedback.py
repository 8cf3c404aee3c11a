"""Runaway feedback: how failures bunch in time, and what that says of a branching ratio."""

from random import Random

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.runaway_feedback import RunawayFeedback, branching

START = 1_000_000_000_000


def failures(ratio: float, run: str = "r1", seconds: int = 6000) -> Record:
    """One failure in twenty seconds comes by itself; each calls forth `ratio` on average."""
    draws, times = Random(2), list[float]()
    for second in range(seconds):
        if draws.random() < 0.05:
            waiting = [float(second)]
            while waiting:
                times.append(waiting.pop())
                while draws.random() < ratio / (1 + ratio):
                    waiting.append(times[-1] + draws.expovariate(1.0))
    record = Record(run)
    for number in range(len(times)):
        record.got(f"a{number % 3}", "run", ok=False)
    for place, time in enumerate(sorted(times), start=1):
        event, content = record.shown[place]
        record.shown[place] = (replace(event, time=START + int(time * 1e9)), content)
    return record


def test_failures_that_call_forth_others_are_told() -> None:
    (finding,) = findings(RunawayFeedback(), failures(0.9))
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert 0.8 <= finding.effect.value < 1
    assert set(finding.agents) == {"a0", "a1", "a2"}


def test_failures_by_themselves_are_quiet() -> None:
    for ratio in (0.0, 0.3):
        assert findings(RunawayFeedback(), failures(ratio)) == []


def test_the_ratio_is_read_off_the_counts() -> None:
    draws = Random(1)
    counts = [sum(draws.random() < 0.02 for _ in range(100)) for _ in range(2000)]
    assert branching(2000, sum(counts), sum(count**2 for count in counts)) < 0.05
    bunched = [4 * count for count in counts]  # each in fours: variance 4 times the mean
    ratio = branching(2000, sum(bunched), sum(count**2 for count in bunched))
    assert ratio == pytest.approx(0.5, abs=0.05)
    assert branching(10, 0, 0) == 0


def test_few_windows_and_unknown_times_are_said() -> None:
    assert unsure(RunawayFeedback(), failures(0.0, seconds=300))[0].startswith("too few windows")
    record = Record()
    record.got("ann", "run", ok=False)
    assert unsure(RunawayFeedback(), record) == ["1 events have no time"]


def test_what_comes_late_or_from_the_future_does_no_harm() -> None:
    record = failures(0.0)
    event, content = record.shown[40]
    record.shown[40] = (replace(event, time=START * 3000), content)
    assert findings(RunawayFeedback(), record) == []


@pytest.mark.parametrize("bad", [{"ratio": 1}, {"seconds": 0}, {"windows": 1}])
def test_parameters_that_mean_nothing_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        RunawayFeedback(**bad)  # type: ignore[arg-type]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [failures(0.9).shown, failures(0.0, "r2").shown]
    assert check_detector(RunawayFeedback(), streams).findings == 1
