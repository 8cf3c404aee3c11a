"""What was asked, and how it ended."""

from tertius.core.events import Event, MemoryRead, MessageSent, ModelCalled, OutcomeObserved
from tertius.report.entry import MOST_TEXT, Entry, kept
from tertius.report.gist import MOST_ENDING, MOST_TASK, Said, ending, task

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
    assert short == Said(0, "exit code 1 Count the stops.")
    assert task(sent("Hello.\n\nQuestion: how far is it?\n\nThanks")) == Said(0, "how far is it?")


def test_a_task_without_headings_is_quoted_from_its_beginning() -> None:
    found = task(sent("How far is it? " * 100))
    assert found is not None and len(found.quote) <= MOST_TASK
    assert found.quote.startswith("How far is it? How far")


def test_prompts_are_no_task() -> None:
    prompt = kept(MemoryRead(id="p", time=0, run="r", store="prompt"), b"# Task\nBe kind.")
    assert task([prompt]) is None
    assert task([prompt, *sent("How far?")]) == Said(1, "How far?")


def test_the_word_that_ends_a_conversation_is_not_how_it_ended() -> None:
    idle = "There is no code from the last 1 message for me to execute. Go on."
    assert ending(sent("It is 7.\n\nTERMINATE", idle, "TERMINATE", "")) == Said(0, "It is 7.")
    assert ending(sent("TERMINATE")) is None


def test_a_final_answer_is_quoted_wherever_it_stands_at_the_end() -> None:
    log = "page " * MOST_TEXT + "\nFINAL ANSWER: The Tenant\nCOMPLETE"
    assert ending(sent("hello", log)) == Said(1, "FINAL ANSWER: The Tenant")
    seen: Event = OutcomeObserved(id="o", time=0, run="r", about="r")
    stopped = kept(seen, b"Max time reached.\nFINAL ANSWER: 70\nCOMPLETE")
    assert ending([*sent("hello"), stopped]) == Said(1, "Max time reached. … FINAL ANSWER: 70")
    thought: Event = ModelCalled(id="t", time=0, run="r")
    crashed = kept(thought, b"Error\nFinal answer: 12")
    assert ending([*sent("hello"), crashed]) == Said(1, "Final answer: 12")


def test_a_promise_of_a_final_answer_is_none() -> None:
    text = "Let us reformat our final answer correctly:\n\nIt is red."
    assert ending(sent(text)) == Said(0, "Let us reformat our final answer correctly: It is red.")


def test_a_long_last_message_is_quoted_from_its_end() -> None:
    found = ending(sent("step by step " * 100 + "so it is 12"))
    assert found is not None and len(found.quote) <= MOST_ENDING + 2
    assert found.quote.startswith("… ") and found.quote.endswith("so it is 12")
