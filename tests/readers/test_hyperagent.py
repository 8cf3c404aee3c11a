"""The text log of HyperAgent: who said what to whom, and where it began again."""

from tertius.core.events import BaseEvent, MessageSent, ModelCalled, RunStarted
from tertius.readers.hyperagent import events, recognises

MARK = "HyperAgent_kettle__kettle-12 - INFO - "


def told(*lines: str) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    return {r.event.id.removeprefix("r/"): r.event for r in events("r", "mast_traces", lines)}


def test_an_arrow_names_sender_and_addressee() -> None:
    sent = told(MARK + "Navigator->Planner: It is in valve.py.")["0"]
    assert isinstance(sent, MessageSent)
    assert (sent.agent, sent.recipients, sent.channel) == ("Navigator", ("Planner",), "hand-over")


def test_the_planner_speaks_to_the_intern_it_names() -> None:
    asked = told(MARK + "Planner's Response: I will look.", "", "Intern Name: Codebase Editor")["0"]
    assert isinstance(asked, MessageSent) and asked.recipients == ("Editor",)
    alone = told(MARK + "Planner's Response: All is done.")["0"]
    assert isinstance(alone, ModelCalled) and alone.agent == "Planner"


def test_an_inner_assistant_writes_for_nobody_that_is_known() -> None:
    wrote = told(MARK + "Inner-Editor-Assistant's Response: Thought: open it")["0"]
    assert isinstance(wrote, ModelCalled) and wrote.agent == "Inner-Editor-Assistant"


def test_an_entry_rests_on_the_one_before_and_a_new_beginning_on_nothing() -> None:
    found = told(
        MARK + "Initialized HyperAgent instance kettle",
        MARK + "Planner's Response: one",
        "more of it",
        MARK + "Planner's Response: two",
        MARK + "Initialized HyperAgent instance kettle",
        MARK + "Planner's Response: one",
    )
    assert isinstance(found["start-3"], RunStarted) and found["start-3"].causes == ()
    assert [cause.id for cause in found["2"].causes] == ["r/1"]
    assert [cause.id for cause in found["4"].causes] == ["r/start-3"]


def test_a_beginning_that_is_told_twice_is_one() -> None:
    begun = MARK + "Initialized HyperAgent instance kettle"
    found = told(begun, begun, MARK + "Initialized tools", MARK + "Planner's Response: one")
    assert [type(event) for event in found.values()].count(RunStarted) == 1
    assert "3" in found


def test_lines_belong_to_the_entry_above_and_none_is_lost() -> None:
    lines = ["before", MARK + "Editor->Planner: first", "second", "", MARK + "what is this"]
    contents = [r.contents[0] for r in events("r", "mast_traces", lines) if r.contents]
    assert contents == [b"before", b"first\nsecond\n", b"what is this"]
    assert told(*lines)["2"].agent == ""


def test_such_a_log_is_known_by_its_first_line() -> None:
    assert recognises(["", MARK + "Initialized tools"])
    assert not recognises(["Reasoner 1", MARK]) and not recognises([])
