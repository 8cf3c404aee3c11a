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
    assert (point.event, "#3 to #4" in point.says) == (1, True)
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


PROMISE = (
    "cat",
    "These are the details.\n\nI will now review the video and report. Please hold on.",
)
TAKEN = ("bob", "Great, thank you for taking the time to watch the video.")


def test_a_promise_as_somebodys_last_act_is_told_and_who_takes_it_for_done() -> None:
    found = points(ASKED, PROMISE, TAKEN)
    (point,) = of("announced", found)
    assert point.event == 1 and point.quote.startswith("I will now review the video")
    (taken,) = of("taken-over", found)
    assert (taken.event, taken.source, taken.quote) == (2, 1, TAKEN[1])
    (point,) = of("announced", points(ASKED, PROMISE))
    assert point.says.endswith("nothing follows")


@pytest.mark.parametrize("later", [("cat", "It shows a house."), RUN])
def test_a_promise_that_something_follows_is_not_told(later: tuple[str, str]) -> None:
    found = points(ASKED, PROMISE, later, TAKEN)
    assert of("announced", found) == [] and of("taken-over", found) == []


def test_a_promise_long_before_the_end_of_the_words_is_not_told() -> None:
    said = ("cat", f"I will review it. {'It shows a house by the river. ' * 10}")
    assert of("announced", points(ASKED, said)) == []


def test_the_first_statement_without_a_source_is_told() -> None:
    (point,) = of("stated", points(ASKED, LOOK, SAYS, END))
    assert point.event == 2
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
