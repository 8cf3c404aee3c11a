"""Who brought something in, and who took it over."""

from tests.report.chat import code, of, points

ASKED = "Who built it?"
RUN = ("bob", code("search('builder')"))
EMPTY = ("tool", "exitcode: 0 (execution succeeded)\nCode output: []")
CLAIM = ("cat", "Nothing came back. Upon reviewing the archive, I found that it was Ann Lee.")
THANKS = ("bob", "Thank you for finding Ann Lee.")
END = ("cat", "It was Ann Lee.")


def test_a_new_name_is_brought_in_once_and_taken_over_on_trust() -> None:
    found = points(ASKED, RUN, EMPTY, CLAIM, THANKS, END)
    (claim,) = of("claimed", found)
    assert (claim.values, claim.source, claim.built) == (("Ann Lee",), None, (4, 5))
    (taken,) = of("taken-over", found)
    assert (taken.event, taken.source) == (4, 3)
    assert "“Ann Lee” from #4" in taken.says


def test_what_a_tool_puts_out_later_or_somebody_takes_back_is_built_on_by_nobody() -> None:
    good = ("tool", "exitcode: 0 (execution succeeded)\nCode output: Ann Lee")
    (claim,) = of("claimed", points(ASKED, RUN, EMPTY, CLAIM, RUN, good, END))
    assert claim.built == ()
    doubt = ("bob", "I was wrong about Ann Lee.")
    (claim,) = of("claimed", points(ASKED, RUN, EMPTY, CLAIM, doubt, ("bob", "It is not known.")))
    assert claim.built == ()


def test_a_name_that_the_briefing_holds_is_not_new() -> None:
    (claim,) = of("claimed", points("Was it Ann Lee who built it?", RUN, EMPTY, CLAIM, THANKS, END))
    assert (claim.values, claim.built) == ((), ())
    assert of("taken-over", points("Did Ann Lee build it?", RUN, EMPTY, CLAIM, THANKS, END)) == []


GUESS = "Let's assume the regular hexagon with equal lengths, as mentioned."


def test_an_assumption_is_introduced_once_and_then_followed() -> None:
    found = points(
        ASKED,
        ("ann", GUESS),
        ("bob", "On the assumption of a regular hexagon with equal lengths we go on."),
        ("cat", "I agree with the regular hexagon and its equal lengths."),
    )
    first, second = of("unevidenced", found)
    assert (first.source, first.built) == (None, (2, 3))
    assert (second.event, second.source) == (2, 1)
    (approved,) = of("approved", found)
    assert approved.source == 1


def test_another_assumption_follows_none_and_a_result_ends_the_chain() -> None:
    other = ("bob", "Assuming that prices double every summer, take twenty.")
    assert [p.source for p in of("unevidenced", points(ASKED, ("ann", GUESS), other))] == [None] * 2
    again = points(ASKED, ("ann", GUESS), RUN, EMPTY, ("bob", GUESS))
    assert [point.source for point in of("unevidenced", again)] == [None, None]


def test_that_the_briefing_assumed_the_same_is_said() -> None:
    asked = f"{ASKED}\n\n# Results\nBased on the assumption of a regular hexagon, mentioned above."
    (point, *_) = of("unevidenced", points(asked, ("bob", GUESS), END))
    assert "the briefing, #1, speaks of the same assumption" in point.says
