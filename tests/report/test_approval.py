"""Who agrees with whom, and on what."""

from tests.report.chat import code, of, points

ASKED = "How many stops are there?"
SAID = ("bob", "There are 12 stops.")


def test_agreement_with_nothing_looked_up_is_told_and_with_a_result_between_is_not() -> None:
    (point,) = of("approved", points(ASKED, SAID, ("cat", "I agree with bob. 12 stops.")))
    assert (point.event, "agrees with #2 (bob)" in point.says) == (2, True)
    look = ("cat", code("read('a')")), ("tool", "exitcode: 0\nCode output: 12")
    assert of("approved", points(ASKED, SAID, *look, ("cat", "I agree. 12 stops."))) == []


def test_whoever_asks_others_and_then_agrees_approves_itself() -> None:
    asks = ("bob", "There are 12 stops. Do you all agree with that?")
    (point,) = of("self-approved", points(ASKED, asks, ("bob", "I agree. 12 stops.")))
    assert (point.event, "asked the others to agree in #2" in point.says) == (2, True)
    assert of("self-approved", points(ASKED, SAID, ("bob", "It is correct: 12 stops."))) == []


def test_a_condition_is_no_agreement() -> None:
    words = ("cat", "If it holds, we can conclude the task. Let us ensure the list is correct.")
    assert of("approved", points(ASKED, SAID, words)) == []
