"""Where a run turned, in order, and where the answer appears."""

import pytest
from tests.report.chat import chat, code, of, points

from tertius.report.claims import FindingRow
from tertius.report.turning_points import REPETITION, found_by

ASKED = "How many stops are there?"
EMPTY = "exitcode: 0 (execution succeeded)\nCode output: []"
FAILED = "exitcode: 1 (execution failed)\nCode output: KeyError: 'x'"


def test_trouble_is_told_in_the_order_of_the_run_and_a_failure_is_its_authors() -> None:
    found = points(
        ASKED,
        ("bob", code("read('stops')")),
        ("tool", EMPTY),
        ("cat", "Let's assume there are 10 stops."),
        ("bob", "Upon reviewing the map, I found 10 stops."),
    )
    told = [(point.event, point.kind) for point in found if point.kind not in ("answer", "end")]
    assert told == [(1, "empty"), (3, "unevidenced"), (4, "claimed")]
    assert (found[0].result, found[0].output, found[0].mended) == (2, "[]", None)


def test_a_failure_that_was_admitted_says_so_and_the_guess_after_it_is_taken_over() -> None:
    found = points(
        ASKED,
        ("bob", code("read('stops')")),
        ("tool", FAILED),
        ("cat", "That failed. Let's assume there are 47 stops."),
        ("bob", "So it is 47 stops."),
    )
    (failed,), (taken,) = of("failed", found), of("taken-over", found)
    assert (failed.event, failed.admitted) == (1, 3)
    assert (taken.event, taken.source) == (4, 3)
    (guess,) = of("unevidenced", found)
    assert guess.built == (4,)


def test_a_failure_is_told_with_the_later_call_that_ran_and_where_that_was_written() -> None:
    found = points(
        ASKED,
        ("bob", code("count = read('stops')")),
        ("tool", FAILED),
        ("bob", code("count = read('all stops')")),
        ("tool", "exitcode: 0\nCode output: 12 stops"),
        ("bob", "There are 12 stops."),
    )
    (failed,) = of("failed", found)
    assert (failed.event, failed.mended, failed.written) == (1, 4, 3)


def test_trouble_of_which_the_briefing_tells_is_none_of_this_run() -> None:
    before = f"{ASKED}\nLast time it failed:\nTraceback (most recent call last):\nKeyError: 1"
    found = points(before, ("bob", "I would say twelve stops."))
    assert [point.kind for point in found] == ["end"]


def test_where_a_value_of_the_answer_first_appears() -> None:
    def first(*said: tuple[str, str], asked: str = ASKED) -> tuple[int, str]:
        point = of("answer", points(asked, *said))[0]
        return point.event, point.says

    run, end = code("read('stops')"), ("cat", "There are 4711 stops.")
    event, says = first(("bob", run), ("tool", "4711"), end)
    assert (event, "in what a tool gave back" in says) == (2, True)
    event, says = first(("bob", "4711 I guess."), end)
    assert (event, says.endswith("no earlier result holds it")) == (1, True)
    event, says = first(("bob", "4711 I guess."), ("bob", run), ("tool", "4711"), end)
    assert (event, "a tool gave it back only later, in #4" in says) == (1, True)
    told = f"{ASKED}\n\n# Results from last response\nIt was 4711."
    event, says = first(end, asked=told)
    assert (event, "is in the briefing already" in says) == (0, True)


def test_a_list_whose_parts_earlier_results_hold_is_not_called_without_a_source() -> None:
    end = ("cat", "The final answer is: Elm Row, Kay Hill")
    one, other = ("tool", "On the map: Elm Row."), ("tool", "On the plan: Kay Hill.")
    asked, run = "Which stops are on the line?", ("bob", code("read('stops')"))
    for results in [(one, run, other), (("tool", "Kay Hill\nand 4 km on\nElm Row"),)]:
        (point,) = of("answer", points(asked, run, *results, end))
        assert "earlier results hold each part" in point.says and "no earlier" not in point.says
    (point,) = of("answer", points(asked, run, one, end))
    assert point.says.endswith("no earlier result holds it")


def test_values_of_words_that_do_not_answer_are_not_traced() -> None:
    found = points(ASKED, ("bob", "The word has 28 letters and 12 syllables."))
    assert of("answer", found) == []


def test_other_trouble_on_record_is_a_point_too() -> None:
    found = points(ASKED, ("bob", "Error: no such page"), ("cat", "There are 12 stops."))
    (sign,) = of("sign", found)
    assert sign.event == 1


def test_the_message_that_only_ends_the_conversation_is_the_end() -> None:
    found = points(
        ASKED, ("bob", "There are 12 stops."), ("cat", "TERMINATE"), ("bob", "TERMINATE")
    )
    assert [(point.event, point.kind) for point in found if point.kind in ("last", "end")] == [
        (1, "last"),
        (3, "end"),
    ]
    (end,) = of("end", points(ASKED, ("bob", "There are 12 stops.")))
    assert (end.event, "ends the run" in end.says) == (1, True)
    back = ("tool", "exitcode: 0\nCode output: 12")
    found = points(ASKED, ("bob", f"There are 12 stops. {code('read(1)')}"), back)
    assert [point.event for point in of("last", found)] == [1] and of("end", found) == []


def test_no_answer_appears_where_the_last_words_hand_out_instructions() -> None:
    run, back = ("bob", code("read('stops')")), ("tool", "exitcode: 0\nCode output: Red Line Map")
    found = points(ASKED, run, back, ("bob", "Open the Red Line Map. Please report the number."))
    assert of("answer", found) == []


def test_code_that_was_never_run_is_told() -> None:
    run = ("bob", code("read('a')")), ("tool", "exitcode: 0\nCode output: 12")
    found = points(ASKED, *run, ("cat", code("count('a')")), ("cat", "There are 12 stops."))
    (unrun,) = of("unrun", found)
    assert unrun.event == 3


LEDGER = '{{"done": "{}", "next": "{}", "why": "{}"}}'
FIRST, OTHER = LEDGER.format("no", "bob", "to start"), LEDGER.format("yes", "cat", "to end")


@pytest.mark.parametrize(
    ("second", "mast", "told"),
    [(OTHER, REPETITION, 0), (FIRST, REPETITION, 1), (OTHER, "FM-1.1", 1)],
)
def test_bookkeeping_repeats_only_if_its_values_do(second: str, mast: str, told: int) -> None:
    row = FindingRow(
        id="f",
        detector="steps",
        version="1",
        mode="m",
        mast=mast,
        aspect="a",
        agents=(0,),
        evidence=(0, 1),
        severity="low",
        effect="2 steps",
        n=2,
        null="none",
        guarantee="g",
        words="w",
    )
    found = list(found_by([row], chat(("ann", FIRST), ("ann", second)), []))
    assert len(found) == told
