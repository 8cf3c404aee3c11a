"""Breakdown: steps on end in which nobody does its part."""

import pytest
from tests.detectors.record import Record, findings

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.breakdown import HIGH, Breakdown


def played(*steps: str, run: str = "r1") -> Record:
    """Record steps of ann and bob, such as ``cd``: she cooperates, he defects."""
    record = Record(run, "ann", "bob")
    for step, moves in enumerate(steps):
        for agent, move in zip(("ann", "bob"), moves, strict=True):
            action = "cooperate" if move == "c" else "defect"
            record.add(e.Acted, agent, step=step, action=action)
    record.end()
    return record


def test_it_tells_when_nobody_did_its_part_for_so_long() -> None:
    (finding,) = findings(Breakdown(moves="cooperate", steps=2), played("cc", "cd", "dd", "dd"))
    assert finding.agents == ("ann", "bob")
    assert finding.evidence == ("r1/7", "r1/8", "r1/9", "r1/10")
    assert (finding.effect.value, finding.n, finding.severity) == (2, 4, "low")
    assert finding.guarantee.code is GuaranteeCode.FACT


def test_one_who_does_its_part_or_comes_back_is_no_breakdown() -> None:
    assert not findings(Breakdown(moves="cooperate", steps=2), played(*["dc"] * 9))
    assert not findings(Breakdown(moves="cooperate", steps=2), played(*["dd", "cd"] * 9))
    assert not findings(Breakdown(), played(*["dd"] * 9))


def test_a_long_one_is_told_again_and_a_new_one_too() -> None:
    long = played(*["dd"] * (3 * HIGH), "cc", "dd")
    found = findings(Breakdown(moves="cooperate", steps=1), long)
    assert [finding.effect.value for finding in found] == [1, 1 + HIGH, 1]
    assert [finding.severity for finding in found] == ["low", "high", "low"]


def test_what_came_out_goes_before_what_was_tried() -> None:
    record = Record("r1", "ann", "bob")
    for step in range(3):
        record.add(e.Acted, "ann", step=step, action="cooperate")
        record.add(e.Acted, "bob", step=step, action="defect")
        record.add(e.OutcomeObserved, "ann", about="move", value="defect")
    record.end()
    assert findings(Breakdown(moves="cooperate", steps=3), record)


def test_one_alone_makes_no_breakdown_and_missing_names_no_harm() -> None:
    record = Record("r1", "ann")
    for step in range(9):
        record.add(e.Acted, "ann", step=step, action="defect")
        record.add(e.Acted, "", step=step, action="defect")
    record.end()
    assert not findings(Breakdown(moves="cooperate", steps=1), record)


def test_no_steps_are_no_declaration() -> None:
    with pytest.raises(ParameterError, match="steps"):
        Breakdown(steps=0)


def test_it_conforms() -> None:
    streams = [played("dd", "dd", "cc").shown, played("cc", "cd", run="r2").shown]
    assert check_detector(Breakdown(moves="cooperate", steps=1), streams).findings == 1
