"""Detect: the same answers from a stream, a log and several writers, in the same order."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.detectors.record import Record

from tertius.core.events import (
    Acted,
    MessageSent,
    OutcomeObserved,
    ResourceClaimed,
    RunEnded,
    RunStarted,
)
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.kinds import KINDS, Event
from tertius.core.ports.detector import Answer, Detector
from tertius.core.ports.reader import Recorded
from tertius.detectors.per_run import PerRun, Run
from tertius.detectors.step_repetition import StepRepetition
from tertius.detectors.table import TABLE, UnknownDetectorError
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.notekey import SigningKey
from tertius.log.read import NoLogError
from tertius.log.writer import Writer
from tertius.runtime.detect import Shown, Watching, battery, detect, detect_log, recorded
from tertius.runtime.record import record

KEY = SigningKey("tertius/test", bytes(32))


def talk(run: str) -> Record:
    made = Record(run, "a", "b")
    for number in range(5):
        made.say("a", "The same words and once more the same words, in one message.", "ghost")
        made.hand("ab"[number % 2], "ba"[number % 2])
    made.end()
    return made


def write(made: Record, writer: Writer) -> None:
    record(
        [
            Recorded(event=event, contents=() if text is None else (text,))
            for event, text in made.shown
        ],
        writer,
    )


def told(answers: list[Answer]) -> bytes:
    return msgspec.json.encode(answers)


def test_a_stream_and_its_log_give_the_same_answers(tmp_path: Path) -> None:
    made = talk("r1")
    with Writer(tmp_path / "log", key=KEY) as writer:
        write(made, writer)
    live = list(detect(made.shown, battery()))
    kept = list(detect_log(tmp_path / "log", battery()))
    assert told(kept) == told(live)
    assert {each.detector for each in live if isinstance(each, Finding)} == {
        "handoff_pingpong", "premature_end", "unknown_recipient",
    }  # fmt: skip


def test_the_cuts_of_the_stream_do_not_matter() -> None:
    made = talk("r1")
    watching, answers = Watching(battery()), []
    for event, content in made.shown:
        answers += watching.update(event, content)
    answers += watching.finish()
    assert told(answers) == told(list(detect(iter(made.shown), battery())))


@given(
    numbers=st.lists(st.integers(0, 11), max_size=60),
    size=st.integers(1, 9),
    half=st.integers(1, 6),
)
def test_a_batch_passes_over_the_same_events_as_one_by_one(
    numbers: list[int], size: int, half: int
) -> None:
    events = [Acted(id=f"e{number}", time=0, run="r", agent="a", step=0) for number in numbers]
    shown: list[str] = []
    with patch("tertius.runtime.detect.REMEMBERED", 2 * half):
        single, many = Watching([]), Watching([Told(shown)])
        for event in events:
            single.update(event, None)
        for at in range(0, len(events), size):
            many.update_many([(0, event, None) for event in events[at : at + size]])
    assert shown == fresh([event.id for event in events], half)
    assert single.again == many.again == len(events) - len(shown)


@given(kinds=st.lists(st.sampled_from([MessageSent, RunStarted, RunEnded]), max_size=30))
def test_each_is_shown_what_it_declared_in_its_order(kinds: list[type[Any]]) -> None:
    wanted = (
        ("message.sent",),
        ("message.sent", "run.ended"),
        ("run.ended", "message.sent"),
        ("run.started",),
    )
    stream: list[Shown] = [
        (at, kind(id=f"e{at}", time=0, run="r", agent="a"), None) for at, kind in enumerate(kinds)
    ]
    watchers = [Heard(each) for each in wanted]
    Watching(watchers).update_many(stream)
    for each, names in zip(watchers, wanted, strict=True):
        assert each.shown == [one for one in stream if one[1].__struct_config__.tag in names]


class Heard(PerRun[Run]):
    """Keeps what it is shown, as it was dealt out."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.SPEC = replace(StepRepetition.SPEC, kinds=kinds)  # type: ignore[misc]
        self.shown: list[Shown] = []

    def update_many(self, shown: Iterable[Shown]) -> list[tuple[int, Answer]]:
        self.shown += shown
        return []


class Told(PerRun[Run]):
    """Keeps the ids that it is shown."""

    SPEC = replace(StepRepetition.SPEC, kinds=("acted",))

    def __init__(self, shown: list[str]) -> None:
        super().__init__()
        self.shown = shown

    def on_acted(self, run: Run, event: Acted, content: bytes | None) -> Sequence[Answer]:
        self.shown.append(event.id)
        return ()


def fresh(ids: list[str], half: int) -> list[str]:
    """Pass over what was met lately, the plain way: two generations of so many ids each."""
    kept: list[str] = []
    young, old = set[str](), set[str]()
    for each in ids:
        if each in young | old:
            continue
        if len(young) == half:
            young, old = set(), young
        young.add(each)
        kept.append(each)
    return kept


def test_answers_come_as_soon_as_they_can() -> None:
    made = talk("r1")
    seen: list[str] = []

    def stream() -> Iterator[tuple[Event, bytes | None]]:
        for event, content in made.shown:
            seen.append(event.id)
            yield event, content

    first = next(detect(stream(), battery(["handoff_pingpong"])))
    assert isinstance(first, Finding) and first.evidence[-1] == seen[-1]
    assert len(seen) < len(made.shown)


def test_several_writers_are_merged_by_time_and_name(tmp_path: Path) -> None:
    with Deployment(
        tmp_path / "log", keys=KeyFolder(tmp_path / "keys", outside=tmp_path / "log")
    ) as d:
        for name in ("zoe", "amy"):
            write(talk(f"r-{name}"), d.writer(name))
    found = list(recorded(tmp_path / "log"))
    assert found == list(recorded(tmp_path / "log"))
    ids = [event.id for event, _ in found if event.run == "r-zoe"]
    assert ids == [event.id for event, _ in talk("r-zoe").shown]
    runs = {each.run for each in detect(found, battery()) if each.run is not None}
    assert runs == {"r-amy", "r-zoe"}


def test_unknown_times_keep_the_order_of_their_log(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as writer:
        write(talk("r1"), writer)
    ids = [event.id for event, _ in recorded(tmp_path / "log") if event.run == "r1"]
    assert ids == [event.id for event, _ in talk("r1").shown]


def test_the_battery_keeps_the_order_of_the_table() -> None:
    assert [each.spec.name for each in battery()] == list(TABLE)
    some = battery(["no_end", "agent_loop", "no_end"])
    assert [each.spec.name for each in some] == ["agent_loop", "no_end"]
    with pytest.raises(UnknownDetectorError, match="did you mean"):
        battery(["no_ende"])


def test_an_empty_record_has_no_answers() -> None:
    assert list(detect([], battery())) == []


def test_no_log_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoLogError):
        list(detect_log(tmp_path, battery()))


def test_every_answer_names_its_run() -> None:
    over_the_log = {each.spec.name for each in battery() if each.spec.scope == "log"}
    for answer in detect([*talk("r1").shown, *talk("r2").shown], battery()):
        if isinstance(answer, CouldNotTell) and answer.asked in over_the_log:
            assert answer.run in (None, "r1", "r2")  # what it lacks, it lacks in the whole log
        else:
            assert answer.run in ("r1", "r2")


@pytest.mark.parametrize(
    "idle",
    [each for each in battery() if getattr(each, "idle", ())],
    ids=lambda each: each.spec.name,
)
def test_what_it_is_idle_with_changes_nothing_that_it_says(idle: Detector) -> None:
    stream: list[tuple[Event, bytes | None]] = [(RunStarted(id="start", time=0, run="r"), None)]
    for step in range(40):
        for agent in ("a", "b"):
            own: dict[str, Any] = {"time": step, "run": "r", "agent": agent}
            name = f"{step}/{agent}"
            stream += [
                (Acted(id=f"act/{name}", action="take", step=step, **own), None),
                (ResourceClaimed(id=f"claim/{name}", resource="fish", amount=3, **own), None),
                (OutcomeObserved(id=f"out/{name}", about="move", value="take", **own), None),
            ]
    stream.append((RunEnded(id="end", time=99, run="r"), None))
    shown = idle.clone()
    read = {KINDS[kind] for kind in idle.spec.kinds}
    said = [each for event, c in stream if type(event) in read for each in shown.update(event, c)]
    assert [*said, *shown.finish()] == list(detect(stream, [idle.clone()]))
    assert idle.idle < set(idle.spec.kinds)
