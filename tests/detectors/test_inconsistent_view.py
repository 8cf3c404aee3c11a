"""Inconsistent view: two agents act at the same time on different values of one thing."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import Acted, Claimed, MemoryRead, MemoryWritten
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.inconsistent_view import InconsistentView


def claims(first: object, second: object, run: str = "r1", *, overlap: bool = True) -> Record:
    record = Record(run, "a", "b")
    one = record.add(Claimed, "a", about="price", value=first)
    if not overlap:
        record.call("a", "buy", causes=[one])
    other = record.add(Claimed, "b", about="price", value=second)
    if overlap:
        record.call("a", "buy", causes=[one])
    record.call("b", "sell", causes=[other])
    record.end()
    return record


def stored(run: str = "r1", *, shared: bool = True, stale: bool = True) -> Record:
    """b reads what a wrote; a new value is written by c, b reads it, a goes on with the old one."""
    record = Record(run, "a", "b", "c")
    wrote = record.add(MemoryWritten, "a", "10", store="board", key="price")
    old = record.add(MemoryRead, "a", "10", store="board", key="price", causes=[wrote])
    new = record.add(MemoryWritten, "c", "12", store="board" if shared else "own", key="price")
    read = record.add(
        MemoryRead, "b", "12", store="board", key="price", causes=[new] if shared else []
    )
    record.say("b", "I sell.", "a", causes=[read])
    if stale:
        record.say("a", "I buy.", "b", causes=[old])
    record.end()
    return record


def test_two_claims_acted_on_at_the_same_time() -> None:
    (finding,) = findings(InconsistentView(), claims(10, 12))
    assert finding.evidence == ("r1/3", "r1/4", "r1/5", "r1/6")
    assert finding.agents == ("a", "b")
    assert (finding.guarantee.code, finding.severity) == (GuaranteeCode.FACT, "high")


def test_the_same_value_is_one_view() -> None:
    assert findings(InconsistentView(), claims(10, 10.0)) == []
    assert findings(InconsistentView(), claims(True, 1))  # a yes is no number


def test_one_after_the_other_is_an_update() -> None:
    assert findings(InconsistentView(), claims(10, 12, overlap=False)) == []
    assert findings(InconsistentView(), stored(stale=False)) == []


def test_an_old_value_acted_on_after_the_new_one_was_read() -> None:
    (finding,) = findings(InconsistentView(), stored())
    assert finding.evidence == ("r1/5", "r1/7", "r1/8", "r1/9")


def test_a_key_that_is_private_to_each_is_no_one_thing() -> None:
    assert findings(InconsistentView(), stored(shared=False)) == []


def test_views_that_nobody_acts_on_are_talk() -> None:
    record = Record()
    record.add(Claimed, "a", about="price", value=1)
    record.add(Claimed, "b", about="price", value=2)
    record.call("a", "buy")
    record.call("b", "sell")
    assert findings(InconsistentView(), record) == []


def test_an_agent_may_change_its_mind() -> None:
    record = Record()
    one = record.add(Claimed, "a", about="price", value=1)
    record.call("a", "buy", causes=[one])
    two = record.add(Claimed, "a", about="price", value=2)
    record.call("a", "buy", causes=[two])
    assert findings(InconsistentView(), record) == []


def test_a_pair_is_told_once() -> None:
    record = claims(10, 12)
    record.shown.pop()
    record.call("a", "buy", causes=["r1/3"])
    assert len(findings(InconsistentView(), record)) == 1


def test_what_the_record_cannot_show() -> None:
    (why,) = unsure(InconsistentView(), stored().without_contents())
    assert "not at hand" in why
    record = Record()
    record.say("a", "hello", "b")
    (why,) = unsure(InconsistentView(), record)
    assert "no claims" in why


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [
        claims(1, 2, "a").shown, stored("b").shown, claims(1, 1, "c").shown,
        stored("d", shared=False).shown,
    ]  # fmt: skip
    assert check_detector(InconsistentView(), streams).findings == 2


def test_acts_without_a_cause_still_open_their_run() -> None:
    acts, talk = Record("r1"), Record("r2")
    acts.add(Acted, "ann", action="go", step=0)
    talk.add(Claimed, "ann", about="door", value="open")
    shown = [acts.shown[1], talk.shown[1]]
    one, many = InconsistentView(runs=1), InconsistentView(runs=1)
    said = [answer for event in shown for answer in one.update(*event)]
    assert [answer for _, answer in many.update_many([(0, *each) for each in shown])] == said
    assert [answer.run for answer in said] == ["r1"]
