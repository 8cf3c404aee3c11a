"""What came of a sign of trouble."""

from typing import Any

from tertius.core.events import Cause, MessageSent, ToolReturned
from tertius.report.entry import Entry, kept
from tertius.report.returns import returns
from tertius.report.sequel import sequels
from tertius.report.signs import Sign, signs

CODE = "Please run this.\n```python\nprint(1)\n```"


def back(number: int, text: str, *, ok: bool | None = None, tool: str = "code") -> Entry:
    base: dict[str, Any] = {"id": str(number), "time": 0, "run": "r", "agent": "terminal"}
    return kept(ToolReturned(tool=tool, ok=ok, **base), text.encode())


def says(number: int, text: str, *causes: str) -> Entry:
    made = tuple(Cause(id=cause) for cause in causes)
    event = MessageSent(id=str(number), time=0, run="r", agent="ann", causes=made)
    return kept(event, text.encode())


def told(*entries: Entry) -> list[Sign]:
    return sequels(entries, returns(entries), signs(entries))


def test_what_came_of_a_failure_is_the_next_good_return_of_the_same_tool() -> None:
    run = [back(0, "", ok=False), back(1, "fine", tool="web"), back(2, "exitcode: 1\nno"),
           back(3, "exitcode: 0\nCode output: 42")]  # fmt: skip
    first, second = told(*run)
    assert (first.event, first.mended, first.vain, first.repair) == (0, 3, 1, "42")
    assert (second.event, second.mended, second.vain) == (2, 3, 0)


def test_what_is_tried_in_vain_or_never_again_has_no_good_return() -> None:
    first, second = told(back(0, "[]"), says(1, "Once more."), back(2, "[]"))
    assert (first.mended, first.vain) == (None, 1)
    assert (second.mended, second.vain) == (None, 0)


def test_only_returns_are_followed_up() -> None:
    (sign,) = told(says(0, "Error: no such page"), says(1, "fine"))
    assert (sign.mended, sign.vain) == (None, None)


def test_code_without_a_result_is_worth_a_look_where_code_is_run_at_all() -> None:
    ran = [says(0, CODE), back(1, "1"), says(2, CODE), says(3, "So it is 1.")]
    (sign,) = told(*ran)
    assert (sign.event, sign.failed, sign.why) == (
        2,
        False,
        "holds code of which no result is on record",
    )
    assert told(says(0, CODE), says(1, "So it is 1.")) == []


def test_success_claimed_right_after_a_failure_is_worth_a_look() -> None:
    failed, claim = back(0, "exitcode: 1\nno"), "All values are verified and correct."
    passed_on = says(1, "exitcode: 1\nno", "0")
    (_, sign) = told(failed, passed_on, says(2, claim))
    assert (sign.event, sign.why) == (2, "speaks of success right after #1, and of no trouble")
    assert len(told(failed, says(1, "That failed; verified with another tool."))) == 1
    assert len(told(failed, says(1, "Go on."), says(2, claim))) == 1
