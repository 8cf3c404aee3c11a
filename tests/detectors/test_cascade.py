"""Cascade: errors that rest on errors, in windows that are closed."""

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.events import Basis
from tertius.detectors.betting import ParameterError
from tertius.detectors.cascade import Cascade


def timed(record: Record, seconds: float = 1.0) -> Record:
    record.shown = [
        (replace(event, time=int((1 + place) * seconds * 1e9)), content)
        for place, (event, content) in enumerate(record.shown)
    ]
    return record


def errors(
    children: int, run: str = "r1", incidents: int = 30, basis: Basis = "declared"
) -> Record:
    """In each incident a failed call makes others fail, and those others still; then it ends."""
    record = Record(run, "a", "b")
    for _ in range(incidents):
        newest = [record.got("a", "run", ok=False)]
        for _ in range(2):
            newest = [
                record.got("b" if number % 2 else "a", "run", ok=False, causes=(said,))
                for cause in newest
                for said in [record.say("b", None, "a", causes=(cause,))]
                for number in range(children)
            ]
        for _ in range(40):
            record.got("a", "run", ok=True)
    if basis != "declared":
        record.shown = [
            (replace(event, causes=tuple(replace(c, basis=basis) for c in event.causes)), content)
            for event, content in record.shown
        ]
    return timed(record)


def test_it_names_errors_that_multiply() -> None:
    (finding,) = findings(Cascade(seconds=30), errors(3))
    assert finding.effect.value > 2 and finding.severity == "medium"
    assert set(finding.agents) <= {"a", "b"} and finding.edges
    assert "go back to one" in finding.null


def test_it_stays_silent_where_each_error_causes_one_or_none() -> None:
    for children in (0, 1):
        assert findings(Cascade(seconds=30), errors(children)) == []


def test_inferred_links_do_not_count() -> None:
    assert findings(Cascade(seconds=30), errors(3, basis="inferred")) == []


def test_what_is_refuted_is_an_error_once() -> None:
    record = Record("r1", "a")
    claims = [record.add(e.Claimed, "a", "so it is", about="x") for _ in range(6)]
    for claim in claims:
        for _ in range(2):
            record.add(e.Verified, "b", subject=claim, result="contradicted")
    for _ in range(80):
        record.add(e.Acted, "b", step=1)
        record.got("b", "run")
    watching = Cascade(seconds=5, window=2)
    assert findings(watching, timed(record)) == []
    shown = watching.clone()
    for event, content in record.shown:
        if event.__struct_config__.tag in shown.spec.kinds:
            shown.update(event, content)
    ((_, windows),) = shown.values().values()
    assert windows == 2  # the errors of six claims: two, those that came meanwhile, two


def test_copies_of_a_canary_are_errors() -> None:
    record = Record("r1", "a")
    planted = record.add(e.MemoryWritten, "a0", "canary", store="s")
    record.add(e.OutcomeObserved, about="canary", causes=(planted,))
    for run in range(20):
        first = record.add(e.MemoryWritten, f"a{run}", "canary", store="s", causes=(planted,))
        for number in range(12):
            record.add(e.MemoryWritten, f"c{number}", "canary", store="s", causes=(first,))
            record.add(e.MemoryWritten, f"b{number}", "other words", store="s", causes=(first,))
        for _ in range(40):
            record.say("a0", None, "a1")
    (finding,) = findings(Cascade(seconds=30), timed(record))
    assert not any(name.startswith("b") for name in finding.agents)


def test_errors_at_unknown_times_and_too_few_windows_are_said() -> None:
    record = Record()
    record.got("a", "run", ok=False)
    assert unsure(Cascade(), record) == ["an error at an unknown time (1 times)"]
    assert unsure(Cascade(), errors(1, incidents=3)) != []


@pytest.mark.parametrize("bad", [{"seconds": 0}, {"window": 0}, {"enough": 1}])
def test_parameters_that_mean_nothing_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        Cascade(**bad)  # type: ignore[arg-type]


def test_it_keeps_the_promises_of_the_port() -> None:
    assert check_detector(Cascade(seconds=30), [errors(3).shown]).findings == 1
