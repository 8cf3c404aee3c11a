"""What was asked."""

from tertius.core.events import MemoryRead, MessageSent
from tertius.report.entry import Entry, kept
from tertius.report.gist import MOST_TASK, Task, task

BOILER = "You are given: (1) a task and advises from your manager and (2) a general task.\n\n"


def sent(*texts: str) -> list[Entry]:
    return [
        kept(MessageSent(id=str(n), time=0, run="r"), text.encode()) for n, text in enumerate(texts)
    ]


def test_the_question_is_quoted_and_not_what_stands_around_it() -> None:
    plan = "\n\n# Task and suggestions from manager\n## Task description\nCount the stops."
    asked = f"{BOILER}# General Task\nHow many stops lie between them? {'Take care. ' * 9}{plan}"
    found = task(sent(asked))
    assert found is not None and found.quote.startswith("How many stops lie between them?")
    assert "suggestions" not in found.quote
    short = task(sent(f"{BOILER}# General Task\nexit code 1{plan}"))
    assert short == Task(event=0, quote="exit code 1 Count the stops.")
    assert task(sent("Hello.\n\nQuestion: how far is it?\n\nThanks")) == Task(
        event=0, quote="how far is it?"
    )


def test_a_task_without_headings_is_quoted_from_its_beginning() -> None:
    found = task(sent("How far is it? " * 100))
    assert found is not None and len(found.quote) <= MOST_TASK
    assert found.quote.startswith("How far is it? How far")


def test_prompts_are_no_task() -> None:
    prompt = kept(MemoryRead(id="p", time=0, run="r", store="prompt"), b"# Task\nBe kind.")
    assert task([prompt]) is None
    assert task([prompt, *sent("How far?")]) == Task(event=1, quote="How far?")


def test_a_briefing_given_to_a_member_is_told_from_a_question_by_whoever_asked() -> None:
    def says(number: int, agent: str, text: str) -> Entry:
        return kept(MessageSent(id=str(number), time=0, run="r", agent=agent), text.encode())

    briefing = f"{BOILER}# General Task\nHow many stops lie between them?"
    mine, other, back = says(0, "a", briefing), says(1, "b", "Two."), says(2, "a", "Yes, two.")
    in_it, outside = task([mine, other, back]), task([mine, other])
    assert in_it is not None and in_it.member
    assert outside is not None and not outside.member
    plain = task([says(0, "a", "How many stops?"), other, back])
    assert plain is not None and not plain.member
