"""What the record itself tells of trouble."""

from typing import Any

import pytest

from tertius.core.events import (
    Cause,
    Flagged,
    MessageSent,
    OutcomeObserved,
    RunEnded,
    TaskCompleted,
    ToolReturned,
    Verified,
)
from tertius.core.kinds import Event
from tertius.report.entry import MOST_TEXT, Entry, kept
from tertius.report.signs import Sign, judged, signs

RAN = "exitcode: 0 (execution succeeded)\nCode output: "
TRACE = """exitcode: 1 (execution failed)
Code output: Traceback (most recent call last):
  File "run.py", line 3, in <module>
    table["Platform"]
KeyError: 'Platform'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "run.py", line 9, in <module>
    load()
ValueError: no such column
"""


def base(id: str, *causes: str) -> dict[str, Any]:
    return {"id": id, "time": 0, "run": "r", "agent": "a",
            "causes": tuple(Cause(id=cause) for cause in causes)}  # fmt: skip


def told(text: str, event: Event | None = None) -> Sign | None:
    event = event or ToolReturned(**base("1"), tool="shell")
    return next(iter(signs([kept(event, text.encode())])), None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TRACE, "ValueError: no such column"),
        ("Traceback (most recent call last):\n  File 1\nNameError: x", "NameError: x"),
        ("exit code 2", "exit code 2"),
        ("Process exited with exit code: 137\nOutput: Killed", "Killed"),
        ("The script ran, then exited with Unix exit code: 1\nIts output was:\nno", "no"),
        ("exitcode: 124 (execution failed)\nCode output: \nTimeout", "Timeout"),
        ("Error: could not find the table", "Error: could not find the table"),
        ('{"error": "rate limit"}', '{"error": "rate limit"}'),
        ("HTTP 503 Service Unavailable", "HTTP 503 Service Unavailable"),
    ],
)
def test_a_text_that_opens_as_errors_do_is_a_failure_with_the_line_that_names_it(
    text: str, says: str
) -> None:
    sign = told(text)
    assert sign is not None and sign.failed and sign.says == says
    message = told(text, MessageSent(**base("1")))
    assert message is not None and message.failed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "returned nothing"),
        (RAN, "returned nothing"),
        (RAN + "[]\n", "returned nothing"),
        (RAN + "None", "returned nothing"),
        (RAN + "No entries found in the inventory.", "found nothing"),
        (RAN + "The longest word found is: \n", "returned a label without a value"),
        (RAN + "Jersey Number: None\n", "returned a label without a value"),
        (RAN + "name: unknown\nnumber: []\n", "returned a label without a value"),
        (RAN + "Error: unsupported language", "reports success, and opens with an error"),
    ],
)
def test_a_return_with_nothing_in_it_is_worth_a_look_and_no_failure(text: str, why: str) -> None:
    sign = told(text)
    assert sign is not None and (sign.failed, sign.why) == (False, why)


@pytest.mark.parametrize(
    "text", [RAN + "42", "4", "Errors are rare: none of 7", "No.", '{"error": null}', "0 failed"]
)
def test_what_went_well_is_no_sign(text: str) -> None:
    assert told(text) is None


def test_nothing_said_by_an_agent_is_no_empty_return() -> None:
    assert told("[]", MessageSent(**base("1"))) is None
    assert signs([Entry(ToolReturned(**base("1"), tool="shell"), "none")]) == []
    assert signs([Entry(ToolReturned(**base("1"), tool="shell"), "erased")]) == []


@pytest.mark.parametrize(
    "event",
    [
        ToolReturned(**base("1"), tool="shell", ok=False),
        TaskCompleted(**base("1"), ok=False),
        OutcomeObserved(**base("1"), about="r", value=False),
        OutcomeObserved(**base("1"), about="r", value="Failed"),
        RunEnded(**base("1"), outcome="aborted", reason="gave up"),
    ],
)
def test_what_the_record_calls_a_failure_needs_no_text(event: Event) -> None:
    (sign,) = signs([Entry(event, "none")])
    assert sign.failed


@pytest.mark.parametrize(
    "event",
    [
        Flagged(**base("1"), subject="x", reason="odd"),
        Verified(**base("1"), subject="x", result="contradicted"),
    ],
)
def test_doubts_of_agents_are_worth_a_look(event: Event) -> None:
    (sign,) = signs([Entry(event, "none")])
    assert not sign.failed


def test_a_limit_that_stopped_the_run_is_worth_a_look() -> None:
    sign = told("Max rounds (30) reached.\nDone", OutcomeObserved(**base("1"), about="r"))
    assert sign is not None
    assert (sign.failed, sign.says) == (False, "Max rounds (30) reached.")


def test_an_executors_message_is_not_told_beside_its_tools_return() -> None:
    back = kept(ToolReturned(**base("1"), tool="code", ok=False), TRACE.encode())
    passed = kept(MessageSent(**base("2", "1")), TRACE.encode())
    again = kept(MessageSent(**base("3", "2")), TRACE.encode())
    own = kept(ToolReturned(**base("4"), tool="code", ok=False), TRACE.encode())
    assert [sign.event for sign in signs([back, passed, again, own])] == [0, 3]


def test_an_error_page_counts_but_not_an_error_that_is_the_task() -> None:
    page = "Address: file:///x\nTitle: Error 404\n\nFile not found: /x"
    asked, got = (kept(MessageSent(**base(id)), page.encode()) for id in "12")
    (sign,) = signs([asked, got])
    assert (sign.event, sign.says) == (1, "Title: Error 404 … File not found: /x")


def test_the_error_at_the_end_of_a_text_too_long_for_the_page_is_found() -> None:
    frames = '  File "x.py", line 1, in y\n' * 400
    text = f"Traceback (most recent call last):\n{frames}OSError: disk full\n"
    assert len(text) > 2 * MOST_TEXT
    sign = told(text)
    assert sign is not None and sign.says == "OSError: disk full"


def test_a_trace_further_down_is_worth_a_look_unless_it_was_told() -> None:
    page = "I opened the page.\n" + "text of it\n" * 40
    trace = "Traceback (most recent call last):\n  File 1\nmodel.RefusedError: filtered\n"
    first = kept(MessageSent(**base("0")), b"What is it?")
    crashed = kept(MessageSent(**base("1")), f"{page}{trace}FINAL ANSWER: 7".encode())
    (sign,) = signs([first, crashed])
    assert (sign.event, sign.failed, sign.why) == (1, False, "holds the trace of an error")
    assert sign.says == "model.RefusedError: filtered"
    quoting = kept(MessageSent(**base("2")), f"Look at this:\n{page}{trace}".encode())
    assert len(signs([first, crashed, quoting])) == 1
    assert signs([crashed]) == []  # the task may be about an error


def test_a_long_line_of_labels_is_judged_in_no_time() -> None:
    labels = " ".join(f"label {n}: none" for n in range(15))
    assert judged_text(f"{labels}\n") == (False, "returned a label without a value")
    assert judged_text(f"{labels} and something else") is None
    assert judged_text(" ".join("a b: " for _ in range(500)) + "end") is None


def judged_text(text: str) -> tuple[bool, str] | None:
    return judged(ToolReturned(id="1", time=0, run="r", agent="a", tool="t"), text)
