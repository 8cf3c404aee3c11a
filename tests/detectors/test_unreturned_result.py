"""Unreturned result: cited before its call returned, or written down with no return at all."""

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import Asserted, Claimed, TaskCompleted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.names import derived
from tertius.core.oversight_events import Gap
from tertius.core.ports.reader import Recorded
from tertius.detectors.unreturned_result import UnreturnedResult
from tertius.runtime.mapping import Mapping, MappingTally, mapped
from tertius.runtime.rules import EventRule


def cited(run: str = "r1", *, returned: bool) -> Record:
    record = Record(run, "a")
    record.call("a", "search", call="c1")
    record.got("a", "search", call="c1")
    call = record.call("a", "price", call="c2")
    if returned:
        record.got("a", "price", call="c2")
    record.add(Claimed, "a", about="price", value=3, causes=[call])
    record.end()
    return record


def written(run: str = "r1", *, returned: bool) -> Record:
    record = Record(run, "a", "b")
    record.call("b", "search")
    record.got("b", "search")
    if returned:
        record.call("a", "price")
        record.got("a", "price")
    record.say("a", "I look it up.\n  Observation: the price is 3.\n", "b")
    record.end()
    return record


def test_a_claim_that_cites_an_open_call() -> None:
    (finding,) = findings(UnreturnedResult(), cited(returned=False))
    assert finding.evidence == ("r1/4", "r1/5")
    assert (finding.guarantee.code, finding.aspect) == (GuaranteeCode.FACT, "done")
    assert finding.failure_mode == "ms.hallucination"


def test_it_stays_silent_when_the_call_returned() -> None:
    for record in (cited(returned=True), written(returned=True)):
        assert findings(UnreturnedResult(), record) == []
        assert unsure(UnreturnedResult(), record) == []


def test_output_written_down_that_nothing_returned() -> None:
    (finding,) = findings(UnreturnedResult(), written(returned=False))
    assert finding.evidence == ("r1/5",)
    assert (finding.guarantee.code, finding.aspect) == (GuaranteeCode.HEURISTIC, "said")


def test_a_return_is_used_up_by_the_message_that_tells_it() -> None:
    record = written(returned=True)
    record.shown.pop()
    record.say("a", "Observation: and now it is 4.", "b")
    (finding,) = findings(UnreturnedResult(), record)
    assert finding.evidence == ("r1/8",)


def test_the_word_inside_a_sentence_is_no_output() -> None:
    record = Record()
    record.call("b", "search")
    record.got("b", "search")
    record.say("a", "My observation: it is late.", "b")
    assert findings(UnreturnedResult(), record) == []


@pytest.mark.parametrize("kind", [Asserted, TaskCompleted])
def test_assertions_and_completions_cite_too(kind: type) -> None:
    record = Record()
    record.call("a", "x")
    record.got("a", "x")
    call = record.call("a", "y")
    record.add(kind, "a", causes=[call])
    assert len(findings(UnreturnedResult(), record)) == 1


@pytest.mark.parametrize("means", ["task.completed", "asserted"])
def test_what_a_mapping_makes_of_a_call_cites_no_result_of_it(means: str) -> None:
    """The added event stands right behind the call, before its return, and names it as cause."""
    values = {"task": "$.change"} if means == "task.completed" else {"about": "$.change"}
    rule = {"event": "tool.called", "tool": "open_pr", "means": means, "with": values}
    record = Record()
    for number in range(3):
        record.call("bob", "open_pr", f'{{"change": "pr-{number}"}}', call=f"c{number}")
        record.got("bob", "open_pr", call=f"c{number}")
    told = [Recorded(event=e, contents=(c,) if c else ()) for e, c in record.shown]
    rules = Mapping([EventRule.model_validate(rule)])
    added = list(mapped(told, rules, MappingTally()))
    assert len(added) == len(told) + 3
    record.shown = [(each.event, each.contents[0] if each.contents else None) for each in added]
    assert findings(UnreturnedResult(), record) == []


def test_a_mapped_event_that_names_another_open_call_still_cites_it() -> None:
    record = Record()
    record.call("a", "x", call="c1")
    record.got("a", "x", call="c1")
    first, second = record.call("a", "y", call="c2"), record.call("a", "say", call="c3")
    record.add(Asserted, "a", causes=[second], evidence=(first,))
    event, content = record.shown[-1]
    record.shown[-1] = (replace(event, id=derived(second, 1)), content)
    (finding,) = findings(UnreturnedResult(), record)
    assert finding.evidence == (first, derived(second, 1))


def test_what_the_record_cannot_show() -> None:
    record = Record()
    record.say("a", "Observation: 3", "b")
    record.end()
    assert unsure(UnreturnedResult(), record) == [
        "no calls or returns of tools are recorded in this run"
    ]
    record = Record()
    call = record.call("a", "x")
    record.add(Claimed, "a", causes=[call])
    assert unsure(UnreturnedResult(), record) == ["no returns of tools are recorded in this run"]
    record = cited(returned=False)
    record.shown.insert(3, Record("r1").shown[0])
    gap = Record("r1")
    gap.add(Gap)
    record.shown.insert(3, gap.shown[1])
    assert findings(UnreturnedResult(), record) == []
    (why,) = unsure(UnreturnedResult(), written(returned=False).without_contents())
    assert "not at hand" in why


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [
        cited("a", returned=False).shown, cited("b", returned=True).shown,
        written("c", returned=False).shown, written("d", returned=True).shown,
    ]  # fmt: skip
    assert check_detector(UnreturnedResult(), streams).findings == 2
