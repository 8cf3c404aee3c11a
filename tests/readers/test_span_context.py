"""What rests on what: frames, echoes, links, stores."""

from tertius.core.events import Cause
from tertius.readers.span import Span
from tertius.readers.span_context import ECHO_LENGTH, MAX_ECHOES, MAX_PENDING, Context, Frame, named


def ids(causes: list[Cause]) -> list[tuple[str, str]]:
    return [(cause.id, cause.basis) for cause in causes]


def test_a_model_reads_everything_and_then_stands_for_it() -> None:
    frame = Frame(owned=True, base="in")
    frame.returns([], [Cause(id="r1")])
    assert ids(frame.all()) == [("in", "declared"), ("r1", "declared")]
    frame.thinks("m")
    assert ids(frame.all()) == [("m", "declared")]
    assert frame.step() == ([Cause(id="m")], [])


def test_without_a_model_a_step_rests_on_the_steps_before_it() -> None:
    frame = Frame(owned=False)
    frame.returns([], [Cause(id="r1")])
    causes, taken = frame.step()
    assert ids(causes) == [("r1", "inferred")]
    frame.returns(taken, [Cause(id="r2")])
    assert ids(frame.held()) == [("r2", "inferred")]


def test_a_frame_holds_the_latest_results_only() -> None:
    frame = Frame(owned=True)
    for number in range(2 * MAX_PENDING):
        frame.returns([], [Cause(id=str(number))])
    assert [cause.id for cause in frame.held()] == [
        str(number) for number in range(MAX_PENDING, 2 * MAX_PENDING)
    ]


def test_the_longest_output_that_comes_again_is_found_with_its_share() -> None:
    context, span = Context(), Span(trace="t", id="s")
    context.told(span, "short", "a", "train at eight")
    context.told(span, "long", "a", "the train at eight is late")
    (cause,) = context.echoes("please check: the train at eight is late")
    assert (cause.id, cause.basis, cause.score) == ("long", "inferred", 0.65)
    assert context.echoes("nothing of the kind") == []
    context.forget_echoes()
    assert context.echoes("the train at eight is late") == []


def test_what_is_too_short_too_long_or_too_old_is_not_looked_for() -> None:
    context, span = Context(), Span(trace="t", id="s")
    context.told(span, "e", "a", "ok")
    context.told(span, "e", "a", "x" * ECHO_LENGTH.stop)
    assert context.echoes("ok, that is fine") == context.echoes("x" * ECHO_LENGTH.stop) == []
    for number in range(MAX_ECHOES + 1):
        context.told(span, str(number), "a", f"output number {number:04}")
    assert context.echoes("output number 0000") == []
    assert context.echoes("output number 0001")[0].id == "1"


def test_a_read_rests_on_the_last_write_under_its_key() -> None:
    context = Context()
    assert context.written("notes", "seat") == []
    context.wrote("notes", "seat", "w1")
    context.wrote("notes", "seat", "w2")
    assert ids(context.written("notes", "seat")) == [("w2", "declared")]
    assert context.written("notes", "meal") == []


def test_long_names_stay_apart_within_a_limit() -> None:
    first, second = named("x" * 200, 40), named("x" * 201, 40)
    assert first != second and len(first) == len(second) == 40
    assert named("") == ""
