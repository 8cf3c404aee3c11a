"""Resource depletion: readings of something common, against a floor or a ceiling."""

from typing import Any

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.resource_depletion import ResourceDepletion


def read(record: Record, value: Any, about: str = "dirt", agent: str = "") -> str:
    return record.add(e.OutcomeObserved, agent, about=about, value=value)


def river(*levels: Any, cleaner: str = "ann", run: str = "r1") -> Record:
    record = Record(run, "ann", "ben")
    for step, level in enumerate(levels):
        for agent in ("ann", "ben"):
            record.add(e.Acted, agent, step=step, action="stay")
        if cleaner:
            read(record, -1, "river", cleaner)
        read(record, level)
    record.end()
    return record


DIRT = ResourceDepletion(ceilings="dirt=4", work="river")


def test_it_names_who_gave_nothing_when_the_limit_is_passed() -> None:
    first, last = findings(DIRT, river(3, 4, 5, 7))
    assert first.agents == last.agents == ("ben",)
    assert (first.evidence, first.effect.value) == (("r1/14",), 1)
    assert (last.effect.value, last.severity) == (3, "high")
    assert first.guarantee.code is GuaranteeCode.FACT
    assert first.null == "`dirt` is at most 4"


def test_where_nobody_gave_it_names_all() -> None:
    (finding,) = findings(DIRT, river(5, cleaner=""))
    assert finding.agents == ("ann", "ben")


def test_it_is_silent_at_the_limit() -> None:
    assert findings(DIRT, river(4, 4, 4)) == []
    assert unsure(DIRT, river(4, 4, 4)) == []


def test_a_stock_below_its_floor_names_who_took() -> None:
    record = Record("r1", "ann", "ben")
    record.add(e.Acted, "ann", step=0)
    record.add(e.ResourceClaimed, "ben", resource="lake", amount=60)
    read(record, 100, "lake")
    read(record, 40, "lake")
    record.end()
    (finding,) = findings(ResourceDepletion(floors="lake=50"), record)
    assert (finding.agents, finding.effect.value, finding.n) == (("ben",), 10, 2)


def test_agents_own_readings_and_odd_ones_are_not_believed() -> None:
    record = river(1, "much", None, True)
    read(record, 50, agent="ann")
    assert findings(DIRT, record) == []
    assert unsure(DIRT, record) == ["3 of 4 readings are no number"]


def test_where_nobody_is_known_it_cannot_tell() -> None:
    record = Record()
    read(record, 9)
    assert unsure(DIRT, record) == [
        "`dirt` passed its limit, and nobody is known who took or moved"
    ]


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r3")
    for number in range(900):
        crowd.add(e.Acted, f"agent-{number}", step=number)
        read(crowd, number)
    streams = [river(3, 4, 5, 7).shown, river(1, 2, run="r2").shown, crowd.shown]
    assert check_detector(DIRT, streams).findings == 4
