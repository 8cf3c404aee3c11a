"""What was announced or handed on and not done, and the first statement without a source."""

import pytest
from tests.report.chat import code, of, points

ASKED = "Who built it?"
LOOK = ("bob", "Let's start by performing a web search for the builder.")
SAYS = ("cat", "The house is called 'Old Mill'. The builder was Ann Lee.")
END = ("bob", "So it was Ann Lee.")
RUN = ("bob", code("search('builder')"))
GOOD = ("tool", "exitcode: 0 (execution succeeded)\nCode output: Ann Lee")


def test_an_announced_search_that_nobody_runs_is_told_and_one_that_is_run_is_not() -> None:
    (point,) = of("announced", points(ASKED, LOOK, SAYS, END))
    assert (point.event, point.role, "#3 to #4" in point.says) == (1, "", True)
    assert of("announced", points(ASKED, LOOK, SAYS, RUN, GOOD, END)) == []


@pytest.mark.parametrize(
    "words",
    [
        "Once we have the name, I will download the plans.",
        "I have performed a web search.",
        "We will add the two numbers.",
    ],
)
def test_a_condition_a_report_and_other_work_announce_no_search(words: str) -> None:
    assert of("announced", points(ASKED, ("bob", words), SAYS, END)) == []


def test_the_first_statement_without_a_source_is_where_to_start() -> None:
    (point,) = of("stated", points(ASKED, LOOK, SAYS, END))
    assert (point.event, point.role) == (2, "start")
    assert point.quote == "The house is called 'Old Mill'."


@pytest.mark.parametrize(
    "words",
    [
        "We need to determine who was the builder Ann Lee.",  # a plan
        "The question is who built it.",  # nothing new
    ],
)
def test_a_plan_or_what_is_known_is_no_statement(words: str) -> None:
    assert of("stated", points(ASKED, ("bob", words), ("cat", "It is red."))) == []


def test_a_statement_after_a_result_is_not_told() -> None:
    assert of("stated", points(ASKED, RUN, GOOD, SAYS, END)) == []
    told = f"{ASKED}\n\n# Results\nThe builder was Ann Lee, it is called 'Old Mill'."
    assert of("stated", points(told, SAYS, END)) == []


HANDS = ("bob", "I can't view web content, you will need to open the page of Ann Lee.")


def test_a_request_to_others_that_nobody_answers_is_told_once() -> None:
    again = ("bob", "Please report the name you see.")
    (point,) = of("handed-on", points(ASKED, RUN, GOOD, HANDS, again, ("bob", "TERMINATE")))
    assert (point.event, point.quote) == (3, HANDS[1])


def test_a_request_that_somebody_answers_is_not_told() -> None:
    assert of("handed-on", points(ASKED, HANDS, ("cat", "It was Ann Lee."))) == []
    assert of("handed-on", points(ASKED, RUN, GOOD, ("bob", "Please verify it, it is red."))) == []
    run = ("bob", f"Please execute it. {code('read(1)')}")
    assert of("handed-on", points(ASKED, run)) == []
