"""What was answered: the last words that say something."""

from tertius.core.events import Cause, MessageSent, ModelCalled, OutcomeObserved, ToolReturned
from tertius.core.kinds import Event
from tertius.report.ending import MOST_ENDING, Ending, ending
from tertius.report.entry import MOST_TEXT, Entry, kept
from tertius.report.gist import Said
from tertius.report.returns import returns


def sent(*texts: str) -> list[Entry]:
    return [
        kept(MessageSent(id=str(n), time=0, run="r"), text.encode()) for n, text in enumerate(texts)
    ]


def words(entries: list[Entry]) -> tuple[int, str]:
    found = ending(entries, returns(entries))
    assert isinstance(found, Ending)
    return found.event, found.quote


def test_the_word_that_ends_a_conversation_is_not_how_it_ended() -> None:
    idle = "There is no code from the last 1 message for me to execute. Go on."
    assert words(sent("It is 7.\n\nTERMINATE", idle, "TERMINATE", "")) == (0, "It is 7.")
    assert ending(sent("TERMINATE")) is None


def test_politeness_is_no_answer_but_a_short_answer_is() -> None:
    assert words(sent("It is 7.", "Thank you all, well done!", "Agreed.")) == (0, "It is 7.")
    assert words(sent("What is it?", "7")) == (1, "7")
    assert words(sent("What is it?", "Sure, it is 7.")) == (1, "Sure, it is 7.")


def test_a_final_answer_is_quoted_wherever_it_stands_at_the_end() -> None:
    log = "page " * MOST_TEXT + "\nFINAL ANSWER: The Tenant\nCOMPLETE"
    found = ending(sent("hello", log))
    assert found is not None
    assert (found.event, found.quote, found.value) == (1, "FINAL ANSWER: The Tenant", "The Tenant")
    seen: Event = OutcomeObserved(id="o", time=0, run="r", about="r")
    stopped = kept(seen, b"Max time reached.\nFINAL ANSWER: 70\nCOMPLETE")
    assert words([*sent("hello"), stopped]) == (1, "Max time reached. … FINAL ANSWER: 70")
    thought: Event = ModelCalled(id="t", time=0, run="r")
    crashed = kept(thought, b"Error\nFinal answer: 12")
    assert words([*sent("hello"), crashed]) == (1, "Final answer: 12")


def test_a_promise_of_a_final_answer_is_none() -> None:
    found = ending(sent("Let us reformat our final answer correctly:\n\nIt is red."))
    assert found is not None and found.value == ""
    assert found.quote == "Let us reformat our final answer correctly: It is red."


def test_what_the_text_marks_as_its_answer_is_taken_from_it() -> None:
    for text in ("So the final answer is **42**.", "The answer to it is: 42", r"\boxed{42}"):
        found = ending(sent(text))
        assert found is not None and found.value == "42", text


def test_of_a_long_last_message_the_conclusion_is_quoted_or_both_ends() -> None:
    long = "step by step " * 100
    quote = words(sent(f"I looked. {long}. So it is 12. That is all."))[1]
    assert len(quote) <= MOST_ENDING + 2
    assert quote.startswith("I looked. step") and quote.endswith("[…] So it is 12. That is all.")
    quote = words(sent(f"{long}\n### Conclusion:\nIt is **12**, by all rules.\n{long}"))[1]
    assert quote.startswith("… Conclusion: It is 12, by all rules. step")


def test_what_a_tool_put_out_is_not_what_was_answered() -> None:
    last = kept(ToolReturned(id="t", time=0, run="r", tool="code"), b"exitcode: 0\nCode output: 7")
    passed_on = kept(
        MessageSent(id="p", time=0, run="r", causes=(Cause(id="t"),)),
        b"exitcode: 0\nCode output: 7",
    )
    run = [*sent("Let me count them.\n```python\nprint(7)\n```"), last, passed_on]
    found = ending(run, returns(run))
    assert found is not None
    assert (found.event, found.quote) == (0, "Let me count them. print(7)")
    assert found.after == Said(2, "7")
    assert ending([last], returns([last])) is not None  # nothing else was said


def test_what_stands_between_fences_is_quoted_and_marks_no_answer() -> None:
    zips = "#### Final Output:\n```33040, 33037```\n\n#### TERMINATE"
    assert words(sent(zips)) == (0, "Final Output: 33040, 33037")
    program = "Final Output:\n```python\nprint('the answer is: 7')\n```"
    found = ending(sent(program))
    assert found is not None
    assert (found.quote, found.value) == ("Final Output: print('the answer is: 7')", "")
    so = "### Conclusion:\nIt is run so, by all the rules:\n```sh\nls\n```"
    long = f"{'step by step ' * 100}\n{so}"
    assert words(sent(long))[1].endswith("It is run so, by all the rules: ls")
    found = ending(sent("FINAL ANSWER: ```sh\nls\n```"))
    assert found is not None and found.value == "ls"


def test_signs_of_layout_are_no_answer() -> None:
    found = ending(sent("So the answer is: ####"))
    assert found is not None and found.value == ""
