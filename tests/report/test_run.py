"""One run as the page draws it."""

from hypothesis import given
from hypothesis import strategies as st
from tests.report.small import LONG, finding, story

from tertius.core.events import Cause, MessageSent, RunEnded
from tertius.core.finding import Finding
from tertius.core.kinds import Event
from tertius.report.entry import Entry
from tertius.report.run import BASES, ERASED, NO_TEXT, Picture, picture


def entries() -> list[Entry]:
    made = []
    for event, text in story():
        state = "kept" if text else "none"
        made.append(Entry(event, state, text or None, len(text)))  # type: ignore[arg-type]
    return made


def drawn(*findings: Finding) -> Picture:
    return picture("r", entries(), findings, ())


def causes(run: Picture) -> list[list[tuple[int, str]]]:
    """Undo the columns: for every event its causes by number."""
    at, found = 0, []
    for number, count in enumerate(run.events.causes):
        part = range(at, at + count)
        found.append([(number - run.events.cause[k], BASES[run.events.basis[k]]) for k in part])
        at += count
    return found


def test_causes_come_back_out_of_the_columns() -> None:
    run = drawn()
    assert causes(run)[4] == [(3, "observed")]
    assert causes(run)[8] == [(5, "inferred")]
    assert run.outside == {"6": [("dull/1", BASES.index("observed"))]}


@given(st.lists(st.lists(st.integers(0, 30), max_size=3, unique=True), max_size=12))
def test_any_causes_come_back_even_cycles_and_later_ones(graph: list[list[int]]) -> None:
    events: list[Event] = [
        MessageSent(id=f"x{n}", time=0, run="x", causes=tuple(Cause(id=f"x{m}") for m in to))
        for n, to in enumerate(graph)
    ]
    run = picture("x", [Entry(event, "none") for event in events], (), ())
    inside = [[(m, "declared") for m in to if m < len(graph)] for to in graph]
    assert causes(run) == inside
    lost = {str(n): len(to) - len(inside[n]) for n, to in enumerate(graph)}
    assert {key: len(left) for key, left in run.outside.items()} == {
        key: count for key, count in lost.items() if count
    }


def test_a_text_is_kept_once_and_its_length_told() -> None:
    twice = [*entries(), *entries()[2:3]]
    run = picture("r", twice, (), ())
    assert run.events.text[2] == run.events.text[-1]
    assert run.lengths[run.events.text[4]] == len(LONG)
    assert run.events.text[0] == NO_TEXT


def test_erased_is_not_the_same_as_empty() -> None:
    gone = [Entry(entry.event, "erased") for entry in entries()]
    assert set(picture("r", gone, (), ()).events.text) == {ERASED}


def test_foreign_names_keep_their_title_and_ids_lose_their_common_beginning() -> None:
    run = drawn()
    names = {agent.name: agent.title for agent in run.agents}
    assert names["planner"].startswith("Plänner")
    assert run.stem == "r/" and run.events.id[3] == "3"


def test_evidence_is_by_place_and_what_is_not_there_is_named() -> None:
    (row,) = drawn(finding(("r/2", "r/4", "elsewhere/1"))).findings
    assert (row.evidence, row.elsewhere) == ((2, 4), ("elsewhere/1",))
    assert row.guarantee == "fact"
    assert row.words == "follows from the record, no statistics; given: the record is complete"


def test_findings_come_in_the_order_in_which_they_show() -> None:
    late, early = finding(("r/8",), severity="high"), finding(("r/3",), severity="low")
    assert [row.evidence for row in drawn(late, early).findings] == [(3,), (8,)]


def test_whoever_is_named_only_in_a_finding_is_drawn_too() -> None:
    run = drawn(finding(agents=("ghost",)))
    (row,) = run.findings
    assert run.agents[row.agents[0]].name == "ghost"


def test_what_the_record_calls_a_failure_is_marked() -> None:
    run = drawn()
    assert [(sign.event, sign.says) for sign in run.signs] == [(5, "exit code 1"), (9, "gave up")]
    assert run.ending == "recorded as failed: “gave up”"


def test_what_was_asked_and_how_it_ended_are_quoted() -> None:
    run = drawn()
    assert run.task is not None and run.task.event == 2
    assert run.last is not None and (run.last.event, run.last.quote) == (8, "who said this")


def test_how_the_record_ends_is_told_without_a_guess_at_success() -> None:
    def told(**ended: str) -> str:
        end = RunEnded(id="x", time=0, run="r", **ended)  # type: ignore[arg-type]
        return picture("r", [Entry(end, "none")], (), ()).ending

    unsaid = "whether the work succeeded is not in the record"
    assert told() == told(reason="the record stops here") == unsaid
    met = "a condition set for stopping the run was met (“termination condition”)"
    assert told(reason="termination condition") == f"{met}; {unsaid}"
    assert told(reason="out of turns") == (
        f"the run stopped, says the record, for “out of turns”; {unsaid}"
    )
    assert told(outcome="failed", reason="gave up") == "recorded as failed: “gave up”"
