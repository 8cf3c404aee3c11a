"""Where a run turned: which point comes first, and where the answer appears."""

from tests.report.chat import code, of, points

ASKED = "How many stops are there?"
EMPTY = "exitcode: 0 (execution succeeded)\nCode output: []"
FAILED = "exitcode: 1 (execution failed)\nCode output: KeyError: 'x'"


def test_the_first_trouble_is_its_authors_and_all_later_trouble_follows() -> None:
    found = points(
        ASKED,
        ("bob", code("read('stops')")),
        ("tool", EMPTY),
        ("cat", "Let's assume there are 10 stops."),
        ("bob", "Upon reviewing the map, I found 10 stops."),
    )
    roles = [(point.event, point.kind, point.role) for point in found if point.role]
    assert roles == [
        (1, "empty", "start"),
        (3, "unevidenced", "after"),
        (4, "claimed", "after"),
    ]
    assert (found[0].result, found[0].output, found[0].mended) == (2, "[]", None)


def test_a_failure_that_was_admitted_is_not_where_to_start_but_the_guess_after_it() -> None:
    found = points(
        ASKED,
        ("bob", code("read('stops')")),
        ("tool", FAILED),
        ("cat", "That failed. Let's assume there are 47 stops."),
        ("bob", "So it is 47 stops."),
    )
    roles = [(point.event, point.kind, point.role) for point in found if point.role]
    assert roles == [
        (1, "failed", "failure"),
        (3, "unevidenced", "start"),
        (4, "taken-over", "after"),
    ]
    (start,) = of("unevidenced", found)
    assert "the last words build on it" in start.why
    assert "The call in #2 failed earlier, but that was admitted in #4" in start.why


def test_a_repaired_failure_is_told_and_is_not_where_to_start() -> None:
    found = points(
        ASKED,
        ("bob", code("count = read('stops')")),
        ("tool", FAILED),
        ("bob", code("count = read('all stops')")),
        ("tool", "exitcode: 0\nCode output: 12 stops"),
        ("bob", "There are 12 stops."),
    )
    (failed,) = of("failed", found)
    assert (failed.event, failed.mended, failed.role) == (1, 4, "")
    assert not any(point.role for point in found)


def test_trouble_of_which_the_briefing_tells_is_none_of_this_run() -> None:
    before = f"{ASKED}\nLast time it failed:\nTraceback (most recent call last):\nKeyError: 1"
    found = points(before, ("bob", "I would say twelve stops."))
    assert not any(point.role for point in found)


def test_where_a_value_of_the_answer_first_appears() -> None:
    def first(*said: tuple[str, str], asked: str = ASKED) -> tuple[int, str]:
        point = of("answer", points(asked, *said))[0]
        return point.event, point.says

    run, end = code("read('stops')"), ("cat", "There are 4711 stops.")
    event, says = first(("bob", run), ("tool", "4711"), end)
    assert (event, "in what a tool gave back" in says) == (2, True)
    event, says = first(("bob", "4711 I guess."), end)
    assert (event, "in words only" in says) == (1, True)
    event, says = first(("bob", "4711 I guess."), ("bob", run), ("tool", "4711"), end)
    assert (event, "only after that, in #4" in says) == (1, True)
    told = f"{ASKED}\n\n# Results from last response\nIt was 4711."
    event, says = first(end, asked=told)
    assert (event, "is in the briefing already" in says) == (0, True)


def test_values_of_words_that_do_not_answer_are_not_traced() -> None:
    found = points(ASKED, ("bob", "The word has 28 letters and 12 syllables."))
    assert of("answer", found) == []


def test_other_trouble_on_record_is_a_point_too() -> None:
    found = points(ASKED, ("bob", "Error: no such page"), ("cat", "There are 12 stops."))
    (sign,) = of("sign", found)
    assert (sign.event, sign.role) == (1, "start")


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


def test_code_that_was_never_run_is_told_and_is_not_where_to_start() -> None:
    run = ("bob", code("read('a')")), ("tool", "exitcode: 0\nCode output: 12")
    found = points(ASKED, *run, ("cat", code("count('a')")), ("cat", "There are 12 stops."))
    (unrun,) = of("unrun", found)
    assert (unrun.event, unrun.role) == (3, "")
