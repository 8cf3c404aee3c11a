"""Words of going on without evidence, claims without a result, and made-up values."""

import pytest
from tests.report.chat import code, of, points

ASKED = "How many stops are there?"
FAILED = ("tool", "exitcode: 1 (execution failed)\nCode output: KeyError: 'x'")
GOOD = ("tool", "exitcode: 0 (execution succeeded)\nCode output: 12")
RUN = ("bob", code("read('a')"))
END = ("cat", "There are 12 stops.")


@pytest.mark.parametrize(
    "words",
    [
        "Let's assume there are 10.",
        "We can proceed with the assumption of 10.",
        "I will check the page manually.",
        "Based on my knowledge it is 10.",
    ],
)
def test_an_assumption_after_a_failure_is_told_and_after_a_result_is_not(words: str) -> None:
    (point,) = of("unevidenced", points(ASKED, RUN, FAILED, ("cat", words), END))
    assert (point.event, point.quote, "failed one in #3" in point.says) == (3, words, True)
    assert of("unevidenced", points(ASKED, RUN, GOOD, ("cat", words), END)) == []


@pytest.mark.parametrize(
    "words",
    [
        "Upon reviewing the map, the number is 10.",
        "I have retrieved the list from the site.",
        "I found that there are 10.",
        "The article states that there are 10.",
    ],
)
def test_a_claim_to_have_looked_is_told_where_no_look_is_on_record(words: str) -> None:
    (point,) = of("claimed", points(ASKED, ("bob", words), END))
    assert (point.event, "no result of any tool" in point.says) == (1, True)
    assert of("claimed", points(ASKED, RUN, GOOD, ("bob", words), END)) == []


@pytest.mark.parametrize(
    "words",
    [
        "I will search the map.",
        "Once I have checked it, we go on.",
        "Let's start by searching the map.",
        "I have reviewed the calculation.",
        "Nothing was found.",
    ],
)
def test_a_plan_is_no_claim(words: str) -> None:
    assert of("claimed", points(ASKED, ("bob", words), END)) == []


@pytest.mark.parametrize("heading", ["4. **EDUCATED GUESSES**", "### Manual search"])
def test_a_heading_goes_on_to_nothing_and_what_stands_below_may(heading: str) -> None:
    sheet = f"1. FACTS\n- There are stops.\n{heading}\n- It may be 10."
    assert of("unevidenced", points(ASKED, ("bob", sheet), END)) == []
    (point,) = of("unevidenced", points(ASKED, ("bob", f"{sheet}\nLet's assume 10."), END))
    assert point.quote == "Let's assume 10."
    (loud,) = of("unevidenced", points(ASKED, ("bob", "LET'S ASSUME 10."), END))
    assert loud.quote == "LET'S ASSUME 10."


def test_taking_something_for_done_is_told_unless_a_result_stands_before_it() -> None:
    words = ("cat", "Now that you have obtained the key, run this.")
    (point,) = of("unevidenced", points(ASKED, ("bob", "Get a key."), words, END))
    assert point.event == 2
    assert of("unevidenced", points(ASKED, RUN, GOOD, words, END)) == []


def test_a_page_that_is_shown_is_a_result_and_not_the_agents_words() -> None:
    page = "Address: https://a.org\nTitle: A\nI have checked it. Let's assume nothing."
    found = points(ASKED, ("bob", page), ("bob", "I have checked the list."), END)
    assert of("claimed", found) == [] and of("unevidenced", found) == []


@pytest.mark.parametrize(
    "value", ["YOUR_ACCESS_TOKEN", "<URL>", "https://example.com/a", "path/to/file", "mock data"]
)
def test_a_placeholder_in_code_is_told(value: str) -> None:
    (point,) = of("made-up", points(ASKED, ("bob", code(f"read('{value}')")), GOOD, END))
    assert (point.event, value in point.quote) == (1, True)


def test_real_values_and_markup_are_no_placeholder() -> None:
    plain = code("x = '<div><TABLE>'; read('https://a.org', key=token)")
    assert of("made-up", points(ASKED, ("bob", plain), GOOD, END)) == []
