"""Arms: announced by the operator, for a task or a run; trials in pairs that a coin ordered."""

from tests.detectors.record import Record

from tertius.core import events as e
from tertius.detectors.arms import Arm, Arms, Pairs, Trial, announced

ON, OFF = Arm(True, "on"), Arm(False, "off")


def test_only_the_operator_announces_an_arm() -> None:
    record = Record()
    record.add(e.OutcomeObserved, about="arm/watched", value="on")
    record.add(e.OutcomeObserved, "ann", about="arm/watched", value="on")
    record.add(e.OutcomeObserved, about="arm/watched", value=True)
    record.add(e.OutcomeObserved, about="arm/", value="on")
    record.add(e.OutcomeObserved, about="price", value="on")
    told = [announced(event) for event, _ in record.shown[1:]]  # type: ignore[arg-type]
    assert told == [("watched", Arm(True, "r1/1")), None, None, None, None]


def test_a_task_has_its_own_arm_or_its_runs() -> None:
    record, arms = Record(), Arms("watched")
    for task, value in (("", "on"), ("t1", "off")):
        record.add(e.OutcomeObserved, about="arm/watched", task=task, value=value)
    record.add(e.OutcomeObserved, about="arm/paraphrase", task="t2", value="off")
    for event, _ in record.shown[1:]:
        arms.take(event)  # type: ignore[arg-type]
    for task, on in (("t1", False), ("t2", True), ("", True)):
        record.add(e.Acted, "ann", step=0, task=task)
        found = arms.of(record.shown[-1][0])
        assert found is not None
        assert found.on is on
    other = Record("r2")
    other.add(e.Acted, "ann", step=0)
    assert arms.of(other.shown[-1][0]) is None


def test_pairs_never_overlap() -> None:
    pairs = Pairs[str]()
    met = [pairs.meet("k", Trial(arm, float(n), str(n))) for n, arm in enumerate((ON, ON, OFF, ON))]
    assert [pair and (pair[0].value, pair[1].value) for pair in met] == [None, None, None, (3, 2)]
    assert pairs.meet("k", Trial(OFF, 5.0, "5")) is None
    assert pairs.meet("j", Trial(ON, 6.0, "6")) is None
