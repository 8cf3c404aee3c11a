"""Where the answer came from."""

import pytest

from tertius.core.events import Cause, MessageSent, ToolReturned
from tertius.core.kinds import Event
from tertius.report.entry import MOST_END, MOST_TEXT, Entry, kept
from tertius.report.origin import Origins, origins
from tertius.report.returns import returns


def run(*told: tuple[str, str]) -> list[Entry]:
    """Messages by whom; what `tool` says is a return."""
    entries = []
    for number, (agent, text) in enumerate(told):
        event: Event = MessageSent(id=str(number), time=0, run="r", agent=agent)
        if agent == "tool":
            event = ToolReturned(id=str(number), time=0, run="r", agent=agent, tool="shell")
        entries.append(kept(event, text.encode()))
    return entries


def traced(entries: list[Entry], part: str, stated: str = "", asked: str = "") -> Origins:
    return origins(entries, returns(entries), part, stated=stated, asked=asked)


def test_a_made_up_answer_is_traced_to_whoever_said_it_first_and_to_whoever_repeated_it() -> None:
    chat = run(
        ("ann", "Who nominated it?"),
        ("tool", "[]"),
        ("bob", "On the page I find that it was “Cas Liber”."),
        ("ann", "So it was Cas Liber."),
        ("bob", "I verified that it was Cas Liber."),
    )
    found = traced(chat, chat[4].text or "")
    (value,) = found.values
    assert (value.value, value.event, value.tool) == ("Cas Liber", 2, None)
    assert (value.again, value.times) == ([3, 4], 2)
    assert value.quote == "On the page I find that it was “Cas Liber”."
    assert (found.traced, found.grounded, found.tools) == (1, 0, 1)


def test_what_a_tool_returned_first_or_only_later_is_told() -> None:
    text = "There are 4711 stops and 22 lines."
    chat = run(("ann", "I think 22."), ("tool", "stops: 4,711, lines: 22"), ("bob", text))
    found = {each.value: each for each in traced(chat, text).values}
    assert (found["22"].event, found["22"].tool) == (0, 1)
    assert (found["4711"].event, found["4711"].tool) == (1, 1)
    commas = run(("tool", "stops: 4711"), ("bob", "So 4,711 stops."))
    (value,) = traced(commas, "So 4,711 stops.").values
    assert (value.event, value.tool) == (0, 0)


def test_an_amount_is_found_with_and_without_the_sign_of_its_currency() -> None:
    text = "It costs $1,570."
    for shown in ("1570", "total: 1,570", "$1,570"):
        (value,) = traced(run(("tool", shown), ("bob", text)), text).values
        assert (value.event, value.tool) == (0, 0)


def test_a_number_is_not_found_in_a_date_a_time_or_an_address() -> None:
    text = "The word has 28 letters."
    noise = "2023-06-28 at 10:28, https://a.org/28?n=28 and 28/06"
    (value,) = traced(run(("tool", noise), ("bob", text)), text).values
    assert (value.event, value.tool) == (1, None)


def test_what_no_tool_returned_is_told_before_what_one_did() -> None:
    chat = run(("tool", "a 11 b 12 c 13 d 14"), ("bob", "11, 12, 13, 14, and 4711."))
    found = traced(chat, "11, 12, 13, 14, and 4711.")
    assert [each.value for each in found.values] == ["4711", "11", "12", "13"]
    assert (found.traced, found.grounded) == (5, 4)


def test_the_question_and_names_of_agents_are_not_traced_but_a_marked_answer_always_is() -> None:
    chat = run(("ann", "Is it 12 or 13?"), ("Bob", "Bob says it is 13."))
    assert traced(chat, "Bob says it is 13.", asked="Is it 12 or 13?").values == []
    (value,) = traced(chat, "The answer is 13.", stated="13", asked="Is it 12 or 13?").values
    assert (value.value, value.event, value.again) == ("13", 0, [1])


@pytest.mark.parametrize("text", ["170", "7.0", "2.7", "a7", "7th", "1,7", "7.5"])
def test_a_number_is_found_only_as_a_whole(text: str) -> None:
    chat = run(("ann", f"see {text} there"), ("bob", "It is 7."))
    (value,) = traced(chat, "It is 7.", stated="7").values
    assert value.event == 1


def test_what_stands_in_the_middle_of_a_long_result_is_found() -> None:
    page = f"{'x ' * MOST_TEXT}Cas Liber{' y' * (MOST_TEXT + MOST_END)}"
    chat = run(("tool", page), ("bob", "It was Cas Liber."))
    (value,) = traced(chat, "It was Cas Liber.").values
    assert value.tool == 0
    short = kept(chat[0].event, page.encode(), rest=10)
    cut = traced([short, chat[1]], "It was Cas Liber.")
    assert cut.values[0].tool is None and cut.unread == 1


def test_a_message_that_passes_on_a_return_is_nobodys_word() -> None:
    back = kept(ToolReturned(id="t", time=0, run="r", tool="shell"), b"It was Cas Liber.")
    same = kept(MessageSent(id="m", time=0, run="r", causes=(Cause(id="t"),)), b"It was Cas Liber.")
    last = kept(MessageSent(id="n", time=0, run="r", agent="bob"), b"So it was Cas Liber.")
    (value,) = traced([back, same, last], "So it was Cas Liber.").values
    assert (value.event, value.tool, value.again) == (0, 0, [2])


@pytest.mark.parametrize(
    "text",
    [
        "**Final Output:** 33040",
        "**Final Output**: 33040",
        "### Final Output\n33040",
        "It is so. Final Output: 33040",
        "<Final Output> 33040",
    ],
)
def test_headings_markup_and_what_ends_with_a_colon_are_no_answers(text: str) -> None:
    chat = run(("ann", "Where?"), ("bob", text))
    assert [each.value for each in traced(chat, text).values] == ["33040"]


def test_a_bracket_that_is_closed_stays_closed() -> None:
    said = "Among them **The Stop (2003)** and (so far) **Line 4 (old**, no more."
    found = [each.value for each in traced(run(("ann", "Where?"), ("bob", said)), said).values]
    assert "The Stop (2003)" in found and "Line 4 (old" in found
