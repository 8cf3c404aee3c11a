"""What a tool gave back."""

from tertius.core.events import Cause, MessageSent, ToolReturned
from tertius.report.entry import kept
from tertius.report.returns import bare, returns


def test_a_return_and_the_message_that_passes_it_on_are_told_apart() -> None:
    back = kept(ToolReturned(id="t", time=0, run="r", tool="shell"), b"7 files")
    cause = (Cause(id="t"),)
    same = kept(MessageSent(id="m", time=0, run="r", causes=cause), b"7 files")
    other = kept(MessageSent(id="n", time=0, run="r", causes=cause), b"There are 7 files.")
    assert returns([back, same, other]) == {0: True, 1: False}


def test_an_executor_without_a_return_on_record_is_known_by_how_it_opens() -> None:
    said = kept(MessageSent(id="m", time=0, run="r"), b"exitcode: 1 (execution failed)\nno")
    assert returns([said]) == {0: True}


def test_the_frame_of_an_executor_is_taken_off() -> None:
    assert bare("exitcode: 0 (execution succeeded)\nCode output: \n 42\n") == "42"
    assert bare("The result: 42") == "The result: 42"
