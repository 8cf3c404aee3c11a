"""Repeated falsehood: what rests on a refuted statement and comes after the refutation."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.repeated_falsehood import RepeatedFalsehood


def refuted(run: str = "r1", *, cites: bool = False, repeats: int = 2) -> Record:
    record = Record(run)
    said = record.say("ann", "the bridge is closed", "bob")
    reached = record.add(e.MessageDelivered, "bob", sender="ann", message=said, causes=(said,))
    record.say("bob", "the bridge is closed", "cid", causes=(reached,))  # not refuted yet
    check = record.add(e.Verified, "eve", subject=said, result="contradicted")
    for _ in range(repeats):
        causes = (reached, check) if cites else (reached,)
        record.say("bob", "the bridge is closed", "cid", causes=causes)
    record.end()
    return record


def test_it_tells_who_says_it_again_and_from_whom() -> None:
    first, last = findings(RepeatedFalsehood(), refuted())
    assert first.agents == ("bob",)
    assert first.edges == (Edge(sender="ann", receiver="bob"),)
    assert first.evidence == ("r1/1", "r1/4", "r1/5")
    assert first.guarantee.code is GuaranteeCode.FACT
    assert last.effect.value == 2


def test_a_correction_and_what_came_before_are_quiet() -> None:
    assert findings(RepeatedFalsehood(), refuted(cites=True)) == []
    assert findings(RepeatedFalsehood(), refuted(repeats=0)) == []
    assert findings(RepeatedFalsehood(least=3), refuted()) == []


def test_a_note_counts_too_and_an_inferred_link_does_not() -> None:
    record = Record()
    said = record.add(e.Claimed, "ann", "so it is", about="x")
    record.add(e.Verified, "eve", subject=said, result="contradicted")
    record.add(e.MemoryWritten, "bob", "so it is", store="notes", causes=(said,))
    assert len(findings(RepeatedFalsehood(), record)) == 1
    event, content = record.shown[-1]
    guessed = type(event)(
        id=event.id, time=0, run="r1", agent="bob", store="notes",  # type: ignore[call-arg]
        causes=(e.Cause(id=said, basis="inferred", score=0.9),),
    )  # fmt: skip
    record.shown[-1] = (guessed, content)
    assert findings(RepeatedFalsehood(), record) == []
    assert unsure(RepeatedFalsehood(), record) == ["no statement names what it rests on"]


def test_it_keeps_the_promises_of_the_port() -> None:
    late = refuted("r2")
    late.shown = [*late.shown[:2], *reversed(late.shown[2:6]), *late.shown[6:]]
    assert check_detector(RepeatedFalsehood(), [refuted().shown, late.shown]).findings >= 2
