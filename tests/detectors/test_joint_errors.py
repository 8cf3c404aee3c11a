"""Joint errors: pairs held against a panel on the same items."""

from random import Random

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.joint_errors import JointErrors

PANEL = ("p1", "p2", "p3")


def asked(items: int, copied: float, *, panel: tuple[str, ...] = PANEL, run: str = "r1") -> Record:
    """Distractors attract everybody; Bob, with a chance, says what Ann says."""
    record, draw = Record(run, "ann", "bob"), Random(1)
    for name in panel:
        record.add(e.AgentJoined, name, role="panel")
    for number in range(items):
        about = f"q{number}"
        said = {name: draw.choices("ABCD", (5, 3, 1, 1))[0] for name in ("ann", "bob", *panel)}
        if draw.random() < copied:
            said["bob"] = said["ann"]
        for name, value in said.items():
            record.add(e.Asserted, name, act="vote", about=about, value=value)
        record.add(e.OutcomeObserved, about=about, value="A")
    record.end()
    return record


def test_it_tells_of_a_pair_that_errs_more_alike_than_the_panel() -> None:
    (finding,) = findings(JointErrors(), asked(200, 0.9))
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [("ann", "bob")]
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert 0 < finding.effect.low < finding.effect.value < finding.effect.high
    assert finding.effect.level == 0.95


def test_attractive_wrong_answers_alone_are_no_reason() -> None:
    assert findings(JointErrors(), asked(200, 0.0)) == []


def test_without_a_panel_or_items_it_could_not_tell() -> None:
    assert unsure(JointErrors(), asked(60, 0.9, panel=("p1",))) == [
        "nobody joined in the role `panel`; it takes two"
    ]
    assert unsure(JointErrors(), asked(10, 0.9)) == [
        "too few items that a pair and two of the panel answered"
    ]
    assert unsure(JointErrors(), Record("r1", "ann")) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [asked(200, 0.9).shown, asked(60, 0.0, run="r2").shown]
    assert check_detector(JointErrors(), streams).findings == 1
