"""Calls that failed, and code that is run again as it was."""

from tests.report.chat import chat, code, of, points

from tertius.report.returns import returns
from tertius.report.turn import author, called, turns

ASKED = "How many stops are there?"
FAILED = "exitcode: 1 (execution failed)\nCode output: KeyError: 'x'"
END = ("cat", "There are 12 stops.")


def test_a_failure_is_the_doing_of_whoever_wrote_the_code() -> None:
    (failed, *_) = points(ASKED, ("bob", code("read('a')")), ("cat", "Fine."), ("tool", FAILED))
    assert (failed.event, failed.result, failed.quote) == (1, 3, "read('a')")
    assert failed.output == "KeyError: 'x'"


def test_a_call_whose_author_is_not_on_record_is_told_without_one() -> None:
    (failed, *_) = points(ASKED, ("tool", FAILED), ("bob", "There are 12 stops."))
    assert (failed.event, failed.result, failed.says) == (1, 1, "a call failed")
    briefed = f"{ASKED}\n{code('read(1)')}"
    (failed, *_) = points(briefed, ("tool", FAILED), ("bob", "There are 12 stops."))
    assert (failed.event, failed.says) == (0, "the briefing's code failed")


def test_a_later_success_of_other_code_is_not_of_the_same_kind() -> None:
    said = ("bob", code("table = read('a')")), ("tool", FAILED)
    other = ("bob", code("ls")), ("tool", "exitcode: 0\nCode output: a b c")
    again = ("bob", code("table = read('b')")), ("tool", "exitcode: 0\nCode output: 12")
    assert of("failed", points(ASKED, *said, *other))[0].mended is None
    assert of("failed", points(ASKED, *said, *other, *again))[0].mended == 6


def test_the_same_code_again_after_it_failed_is_told_and_changed_code_is_not() -> None:
    said = ("bob", code("read('a')")), ("tool", FAILED)
    (point,) = of("repeated", points(ASKED, *said, ("cat", code("read('a')")), ("tool", FAILED)))
    assert (point.event, "had failed in #3" in point.says) == (3, True)
    assert of("repeated", points(ASKED, *said, ("cat", code("read('b')")), ("tool", FAILED))) == []
    worked = ("bob", code("read('a')")), ("tool", "exitcode: 0\nCode output: 1")
    assert of("repeated", points(ASKED, *worked, *worked)) == []


def test_the_line_that_failed_is_quoted() -> None:
    back = (
        'exitcode: 1\nTraceback (most recent call last):\n  File "a", line 2\n    two(x)\nKeyError'
    )
    entries = chat(("bob", code("one(x)\ntwo(x)\nthree(x)")), ("tool", back))
    told = turns(entries, returns(entries))
    by = author(told, 1)
    assert by is not None and called(by, told[1]) == "two(x)"


SHELL = """First, the draft:
```sh
curl -o stops.csv "<URL>"
```
Then the real one:
```sh
# Replace <URL>
curl -o stops.csv "https://a.test/stops"
```"""


def test_of_several_commands_the_one_that_the_error_names_is_quoted() -> None:
    failed = ("tool", "exitcode: 1 (execution failed)\nCode output: Could not resolve host: <URL>")
    (point,) = of("failed", points(ASKED, ("bob", SHELL), failed))
    assert point.quote == 'curl -o stops.csv "<URL>"'


def test_of_several_commands_none_is_quoted_where_the_error_names_none() -> None:
    failed = ("tool", "exitcode: 1 (execution failed)\nCode output: Error: no space left")
    (point,) = of("failed", points(ASKED, ("bob", SHELL), failed))
    assert (point.quote, "one of 2 pieces of the code" in point.says) == ("", True)


def test_a_failed_call_that_put_out_what_is_used_says_so() -> None:
    trace = "Traceback (most recent call last):\n  File \"x.py\", line 1\nTypeError: 'None'\n"
    failed = f"exitcode: 1 (execution failed)\nCode output: {trace}"
    run, goes_on = ("bob", code("search('map')")), ("bob", "We found the Red Line Map.")
    (point,) = of("failed", points(ASKED, run, ("tool", f"{failed}the Red Line Map 1998"), goes_on))
    assert (point.used, "what #4 goes on with" in point.says) == (3, True)
    (point,) = of("failed", points(ASKED, run, ("tool", failed), goes_on))
    assert (point.used, "goes on" in point.says) == (None, False)


def test_a_failure_of_which_the_briefing_told_and_that_is_spoken_of_next_is_said_to_be() -> None:
    before = f"{ASKED}\n\n# Results\nIt failed due to the absence of Tesseract."
    run = ("bob", code("import tesseract"))
    failed = ("tool", "exitcode: 1 (execution failed)\nCode output: KeyError: no tesseract")
    (point,) = of("failed", points(before, run, failed, ("cat", "That failed."), END))
    assert (point.warned, point.admitted) == (0, 3)
    (point,) = of("failed", points(ASKED, run, failed, ("cat", "All is well."), END))
    assert (point.warned, point.admitted) == (None, None)


def test_a_result_with_an_error_further_down_is_not_said_to_hold_nothing() -> None:
    rest = "a line\n" * 9 + "Traceback (most recent call last):\n  x\nKeyError: 1\nSo it is 7."
    found = points(ASKED, ("bob", code("read('a')")), ("tool", f"exitcode: 0\nCode output: {rest}"))
    (sign,) = of("sign", found)
    assert (sign.event, sign.result) == (1, 2) and of("empty", found) == []
    assert sign.says == "the code written here came back with the trace of an error in it"
