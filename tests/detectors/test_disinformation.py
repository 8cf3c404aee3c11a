"""Disinformation: statements that checks refute, beyond what errors explain."""

from random import Random
from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.betting import ParameterError
from tertius.detectors.disinformation import Disinformation


def checked(share: float, run: str = "r1", count: int = 60, **fields: Any) -> Record:
    record, draws = Record(run), Random(5)
    for _ in range(count):
        claim = record.add(e.Claimed, "ann", "so it is", about="x")
        result = "contradicted" if draws.random() < share else "confirmed"
        record.add(e.Verified, fields.get("by", "eve"), subject=claim, result=result)
        if "again" in fields:
            record.add(e.Verified, "eve", subject=claim, result="contradicted")
    return record


def test_it_names_who_is_refuted() -> None:
    (finding,) = findings(Disinformation(), checked(0.6))
    assert finding.agents == ("ann",) and finding.effect.value > 0.3
    assert "0.1" in finding.null


def test_honest_mistakes_are_quiet() -> None:
    assert findings(Disinformation(), checked(0.05)) == []
    assert findings(Disinformation(share=0.5, verifier=0.2), checked(0.6)) == []


def test_own_checks_and_second_checks_do_not_count() -> None:
    assert findings(Disinformation(), checked(1.0, by="ann")) == []
    assert findings(Disinformation(), checked(0.05, again=True)) == []


def test_it_says_what_it_lacks() -> None:
    record = Record()
    record.add(e.Claimed, "ann", "so", about="x")
    record.add(e.Verified, "eve", subject="nowhere", result="contradicted")
    assert unsure(Disinformation(), record) == ["no claim was checked by somebody else"]
    assert unsure(Disinformation(), checked(0.0, count=1))[0].startswith("too few observations")


@pytest.mark.parametrize("bad", [(-0.1, 0.2), (0, 0), (0.6, 0.4)])
def test_shares_that_mean_nothing_are_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(ParameterError):
        Disinformation(share=bad[0], verifier=bad[1])


def test_it_keeps_the_promises_of_the_port() -> None:
    crossed = checked(0.6, "r3")
    crossed.shown.sort(key=lambda pair: isinstance(pair[0], e.Verified))
    streams = [checked(0.6).shown, checked(0.05, "r2").shown, crossed.shown]
    assert check_detector(Disinformation(), streams).findings == 2
