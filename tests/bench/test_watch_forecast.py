"""The forecast benchmark: what counts as harm, what is compared with what, what is refused."""

import watch_forecast as bench
from tertius.runtime.forecast import LOOKS
from tertius.runtime.forecast_fit import MARKS, PastRun
from watch_forecast import Played, Told


def runs(study: str, count: int, *, test: bool) -> list[Played]:
    """Runs of which every second ends in harm, with a fact from its first event on."""
    made = []
    for number in range(count):
        harmed = number % 2 == 0
        noted = tuple((m, 0.0 if harmed else m, 0.0, 1.0 * harmed, 0.0, 0.0) for m in MARKS)
        past = PastRun(run=f"{study}/{test}/{number}", harmed=harmed, noted=noted)
        made.append(
            Played(study=study, population="p", test=test, past=past, done=(False,) * len(LOOKS))
        )
    return made


def test_harm_is_the_truth_against_the_honest_twin_and_seeds_are_used_once() -> None:
    made = bench.watched("fishery", train=2, test=1)
    assert [(each.population, each.past.harmed) for each in made] == [
        ("sustainable", False), ("greedy", True),
        ("sustainable", False), ("newcomer", True),
        ("sustainable", False), ("greedy", True),
    ]  # fmt: skip
    assert [each.test for each in made] == [False] * 4 + [True] * 2
    assert len({each.past.run for each in made}) == 6
    assert made[1].done[-1] and not any(made[0].done)


def test_a_study_with_too_few_runs_of_either_kind_is_named_not_scored() -> None:
    played = {
        "a": [*runs("a", 30, test=False), *runs("a", 20, test=True)],
        "b": [*runs("b", 8, test=False), *runs("b", 20, test=True)],
    }
    figures, report = bench.summed(["a", "b"], played)
    assert report["refused"].count(";") == 1
    assert "b (own): 4 runs with harm and 4 without" in report["refused"]
    assert "a (others): 4 runs" in report["refused"]
    assert figures["own_25_gain_lower_limit"]["n"] == 20
    assert figures["own_25_gain_lower_limit"]["met"]
    assert report["worse than or no better than the base rate"]["own"] == "none"


def test_a_study_that_cannot_be_foretold_is_said_to_be() -> None:
    rows = [
        Told(study="a", chance=0.9 if n % 2 else 0.1, prior=0.5, harmed=n % 4 < 2, done=False)
        for n in range(40)
    ]
    assert bench.line("a", 0.1, bench.scored(rows))["verdict"] == "NOT better, NOT calibrated"
    assert bench.line("a", 0.1, None)["verdict"] == "no run was that long"
    (said, more) = bench.reliability(rows, "own", 0.1)
    assert (said["said"], said["said on average"], said["ended in harm"]) == (
        "5% to 20%", "10.0%", "50.0%",
    )  # fmt: skip
    assert more["runs"] == 20
