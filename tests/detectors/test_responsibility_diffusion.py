"""Responsibility diffusion: the share of parts that nobody did, against the declared one."""

from random import Random

import pytest
from tests.detectors.record import Record, findings, unsure
from tests.detectors.test_unowned_work import job

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.responsibility_diffusion import ResponsibilityDiffusion
from tertius.stats.payoffs import PayoffError


def jobs(share: float, run: str = "r1", count: int = 40) -> Record:
    record, draws = Record(run), Random(3)
    for number in range(count):
        job(record, number, done=3 - sum(draws.random() < share for _ in range(3)))
    return record


def test_it_names_who_reports_what_nobody_did() -> None:
    (finding,) = findings(ResponsibilityDiffusion(), jobs(0.3))
    assert finding.agents == ("lead",)
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert finding.n < 40 and finding.effect.low <= finding.effect.value <= finding.effect.high


def test_what_is_declared_is_quiet() -> None:
    assert findings(ResponsibilityDiffusion(), jobs(0.0)) == []
    assert findings(ResponsibilityDiffusion(share=0.3), jobs(0.25)) == []


def test_it_says_what_it_lacks() -> None:
    record = Record()
    record.add(e.TaskCompleted, "ann", task="t")
    assert unsure(ResponsibilityDiffusion(), record) == [
        "no task with recorded parts was reported done"
    ]
    few = Record()
    job(few, 1, given=0, done=3)
    assert unsure(ResponsibilityDiffusion(share=0.5), few)[0].startswith("too few observations")


def test_a_share_must_be_one() -> None:
    with pytest.raises(PayoffError):
        ResponsibilityDiffusion(share=0)


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [jobs(0.3).shown, jobs(0, "r2").shown]
    assert check_detector(ResponsibilityDiffusion(), streams).findings == 1
