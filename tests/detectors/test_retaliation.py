"""Retaliation: answers in a row, between two agents."""

from tests.detectors.record import Record, findings

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.retaliation import Retaliation

ZAPS = Retaliation()
MOVES = Retaliation(hits="", moves="defect")


def zap(record: Record, agent: str, other: str) -> str:
    return record.add(e.OutcomeObserved, agent, about=other, value="zapped")


def blows(count: int, run: str = "r1", *, calm: int = 0) -> Record:
    """Ann and Ben zap each other in turns, with so many quiet moves between."""
    record = Record(run, "ann", "ben")
    step = 0
    for number in range(count):
        for _ in range(calm + 1):
            for agent in ("ann", "ben"):
                record.add(e.Acted, agent, step=step, action="stay")
            step += 1
        agents = ("ann", "ben") if number % 2 == 0 else ("ben", "ann")
        zap(record, *agents)
    record.end()
    return record


def played(first: str, second: str, run: str = "r1") -> Record:
    record = Record(run, "ann", "ben")
    for step, (one, other) in enumerate(zip(first, second, strict=True)):
        for agent, move in (("ann", one), ("ben", other)):
            action = "defect" if move == "d" else "cooperate"
            record.add(e.Acted, agent, step=step, action=action)
    record.end()
    return record


def test_it_fires_on_four_answers_in_a_row_and_tells_the_most_at_the_end() -> None:
    (finding,) = findings(ZAPS, blows(5))
    assert (finding.agents, finding.effect.value, len(finding.evidence)) == (("ann", "ben"), 4, 5)
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    first, last = findings(ZAPS, blows(9))
    assert (first.effect.value, last.effect.value, last.severity) == (4, 8, "medium")


def test_it_is_silent_on_one_blow_and_its_answer() -> None:
    assert findings(ZAPS, blows(4)) == []


def test_an_answer_that_comes_late_is_none() -> None:
    assert findings(ZAPS, blows(20, calm=10)) == []


def test_one_who_only_hits_answers_nothing() -> None:
    record = Record("r1", "ann", "ben")
    for _ in range(20):
        zap(record, "ann", "ben")
    assert findings(ZAPS, record) == []


def test_moves_of_two_are_aimed_at_the_other() -> None:
    assert findings(MOVES, played("dcccccc", "cdccccc")) == []
    first, last = findings(MOVES, played("dcdcdc", "cdcdcd"))
    assert (first.effect.value, last.effect.value) == (4, 5)
    first, last = findings(MOVES, played("cdddd", "ccddd"))
    assert (first.effect.value, last.effect.value) == (4, 5)


def test_both_at_the_same_step_answer_nothing() -> None:
    record = Record("r1", "ann", "ben")
    for agent in ("ann", "ben"):
        record.add(e.Acted, agent, step=0, action="stay")
    for number in range(12):
        zap(record, *(("ann", "ben") if number % 2 else ("ben", "ann")))
    assert findings(ZAPS, record) == []


def test_flags_against_each_other() -> None:
    record = Record("r1", "ann", "ben")
    for number in range(8):
        agent, other = ("ann", "ben") if number % 2 else ("ben", "ann")
        record.add(e.Flagged, agent, subject=other)
        record.add(e.Flagged, agent, subject="r1/1")
    record.end()
    assert findings(ZAPS, record) == []
    found = findings(Retaliation(flags=True), record)
    assert [each.effect.value for each in found] == [4, 6]


def test_a_restart_and_nobody_end_a_spiral() -> None:
    record = Record("r1", "ann", "ben")
    for number in range(12):
        zap(record, *(("ann", "ben") if number % 2 else ("ben", "ann")))
        zap(record, "", "ben")
        record.start()
    assert findings(ZAPS, record) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r3")
    for number in range(1500):
        zap(crowd, f"agent-{number}", f"agent-{number + 1}")
        zap(crowd, f"agent-{number + 1}", f"agent-{number}")
    streams = [blows(9).shown, blows(4, "r2").shown, crowd.shown]
    assert check_detector(ZAPS, streams).findings == 2
