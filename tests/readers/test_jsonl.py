"""Our own JSON Lines: both forms, and every fault named while the rest is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from tertius.core.events import AgentJoined, MessageSent, ToolReturned
from tertius.core.kinds import Event
from tertius.core.names import alias
from tertius.core.ports.reader import ReadProblem, Recorded
from tertius.readers.jsonl import JsonLines
from tertius.readers.source import MAX_LINE

SAMPLE = Path(__file__).parent / "samples" / "team.jsonl"


def write(tmp_path: Path, *lines: Any, name: str = "run1.jsonl") -> Path:
    path = tmp_path / name
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(raw))
    return path


def read(path: Path) -> tuple[list[Event], list[ReadProblem]]:
    records = list(JsonLines().read(path))
    return (
        [record.event for record in records if isinstance(record, Recorded)],
        [record for record in records if isinstance(record, ReadProblem)],
    )


def test_the_sample_gives_messages_tools_and_their_causes() -> None:
    records = [r for r in JsonLines().read(SAMPLE) if isinstance(r, Recorded)]
    events = {record.event.id: record.event for record in records}
    contents = {record.event.id: record.contents for record in records}
    ask, returned = events["ask"], events["build-7/return"]
    assert isinstance(ask, MessageSent)
    assert (ask.agent, ask.recipients, ask.channel) == ("planner", ("coder", "tester"), "team")
    assert ask.time == 1_772_355_600_000_000_000
    assert contents["ask"] == (b"Write the parser, then its test.",)
    assert isinstance(returned, ToolReturned) and returned.ok is False
    assert contents["build-7/return"] == (b"1 failed",)
    last = events["build-7/5"]
    assert [(c.id, c.basis, c.score) for c in last.causes] == [
        ("build-7/return", "declared", None), ("done", "inferred", 0.4),
    ]  # fmt: skip
    assert events["build-8/6"].agent == ""


def test_a_foreign_name_is_announced_with_its_title() -> None:
    joined = [e for e in read(SAMPLE)[0] if isinstance(e, AgentJoined)]
    assert [(e.agent, e.title) for e in joined] == [(alias("Test Lead"), "Test Lead")]


def test_run_and_id_come_from_the_file_where_a_line_names_none(tmp_path: Path) -> None:
    path = write(tmp_path, {"from": "a", "text": "x"}, b"", {"from": "b", "text": "y"})
    assert [(e.run, e.id) for e in read(path)[0]] == [("run1", "run1/1"), ("run1", "run1/3")]


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        ({"from": "a", "texd": "x"}, "$.texd", "unknown key `texd`; did you mean `text`"),
        ({"to": "a"}, "$.from", "missing `from` and `text`, or `kind`"),
        ({"from": "a", "to": 7}, "$.to", "expected a name"),
        ({"from": "a", "to": ["b", None]}, "$.to", "expected a name"),
        ({"from": ["a"]}, "$.from", "expected a name"),
        ({"from": "a", "text": 7}, "$.text", "expected text"),
        ({"from": "a", "time": "2026-03-01T09:00:00"}, "$.time", "without a zone"),
        ({"from": "a", "time": "yesterday"}, "$.time", "expected ISO 8601"),
        ({"from": "a", "time": 12}, "$.time", "absurd time"),
        ({"from": "a", "time": True}, "$.time", "expected ISO 8601"),
        ({"from": "a", "time": "0001-01-01T00:00:00+14:00"}, "$.time", "absurd time"),
        ({"from": "a", "to": ["b"] * 257}, "$.to", "257 items"),
        ({"from": "a", "causes": [{"id": "x", "basis": "infered"}]}, "$.causes[0].basis", "did"),
        ({"from": "a", "causes": [{"id": "x", "score": 2}]}, "$.causes[0].score", "from 0 to 1"),
        ({"from": "a", "causes": [{"idd": "x"}]}, "$.causes[0]", "with `id`"),
        ({"kind": "message.snet", "id": "e", "time": 0, "run": "r"}, "$.kind", "`message.sent`"),
        ({"kind": "message.sent", "id": "e", "time": 0, "run": "r", "tetx": "x"}, "$.tetx", "tetx"),
        ({"kind": "agent.left", "id": "e", "time": 0, "run": "r", "text": "x"}, "$.text", "no con"),
        ({"kind": "log.opened", "id": "e", "time": 0, "run": "r", "origin": "o"}, "$.kind", "log"),
        ({"kind": "erased", "id": "e", "time": 0, "run": "r"}, "$.kind", "cannot come from a file"),
        ({"kind": "agent.left", "id": "e", "time": 0, "run": ""}, "$.run", "empty `run`"),
        ([1], None, "expected a JSON object"),
        (b'{"from": "a", "text": "\xff"}', None, "invalid UTF-8"),
        (b'{"from": "a", "text": "\\ud800"}', None, "surrogate"),
        (b'{"from": "a", ', None, "broken JSON"),
        (b'{"from": "a", "from": "b"}', None, "duplicate key `from`"),
    ],
)
def test_a_wrong_line_is_named_and_the_others_are_read(
    tmp_path: Path, line: Any, field: str | None, message: str
) -> None:
    path = write(tmp_path, {"from": "a", "id": "one"}, line, {"from": "a", "id": "three"})
    events, (problem,) = read(path)
    assert [event.id for event in events] == ["one", "three"]
    assert (problem.record, problem.field, problem.warning) == (2, field, False)
    assert message in problem.message
    assert problem.offset is not None and 27 <= problem.offset < path.stat().st_size


def test_broken_json_is_named_at_its_byte(tmp_path: Path) -> None:
    path = write(tmp_path, {"from": "ä"}, b'{"from": nobody}')
    first = path.read_bytes().index(b"\n") + 1
    (problem,) = read(path)[1]
    assert (problem.record, problem.offset) == (2, first + 9)


def test_a_second_use_of_an_id_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"from": "a", "id": "x"}, {"from": "b", "id": "x"})
    events, (problem,) = read(path)
    assert [event.agent for event in events] == ["a"]
    assert problem.message == "duplicate id `x`; the first is kept"


def test_a_cause_that_points_nowhere_is_dropped_and_the_event_kept(tmp_path: Path) -> None:
    path = write(tmp_path, {"from": "a", "id": "x"}, {"from": "b", "causes": ["x", "y"]})
    events, (problem,) = read(path)
    assert [cause.id for cause in events[1].causes] == ["x"]
    assert (problem.record, problem.field) == (2, "$.causes[1]")
    assert "is on no earlier line; the link is dropped" in problem.message


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (1, "is on no earlier line (line 2 was left out); the link is dropped"),
        (2, "is on no earlier line (lines were left out, the first is 2, the last 3)"),
    ],
)
def test_a_cause_that_may_have_stood_on_a_line_left_out_says_so(
    tmp_path: Path, broken: int, why: str
) -> None:
    bad = [b'{"id": "y", "frm": "a"}'] * broken
    path = write(tmp_path, {"from": "a", "id": "x"}, *bad, {"from": "b", "causes": ["y"]})
    assert why in read(path)[1][-1].message


def test_a_cycle_cannot_stand_and_both_ends_are_named(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"from": "a", "id": "x", "causes": ["y"]},
        {"from": "b", "id": "y", "causes": ["x"]},
        {"from": "c", "id": "z", "causes": ["z"]},
    )
    events, (dropped, forward, itself) = read(path)
    assert [[cause.id for cause in event.causes] for event in events] == [[], ["x"], []]
    assert "`y` of `x` is on no earlier line" in dropped.message
    assert "`y` was named as a cause by record 1, before it happened" in forward.message
    assert "is the event itself" in itself.message


def test_a_clock_that_goes_back_is_a_warning_and_the_event_stays(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"from": "a", "time": "2026-03-01T09:00:01Z"},
        {"from": "b", "time": "2026-03-01T09:00:00Z"},
        {"from": "b", "time": 0},
        {"from": "c", "run": "other", "time": "2026-01-01T00:00:00Z"},
    )
    events, (problem,) = read(path)
    assert len(events) == 4
    assert problem.warning and (problem.record, problem.field) == (2, "$.time")
    assert problem.message == "the clock of run `run1` goes back by 1000000000 ns"


def test_a_file_cannot_vouch_for_identity_or_observation(tmp_path: Path) -> None:
    base = {"kind": "message.sent", "time": 0, "run": "r"}
    path = write(
        tmp_path,
        {**base, "id": "x", "identity": "bound", "content": "ab" * 32},
        {**base, "id": "y", "causes": [{"id": "x", "basis": "observed"}]},
    )
    events, warnings = read(path)
    assert isinstance(events[0], MessageSent)
    assert (events[0].identity, events[0].content) == ("asserted", "")
    assert events[1].causes[0].basis == "declared"
    assert len(warnings) == 3 and all(warning.warning for warning in warnings)


def test_a_line_beyond_the_limit_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "run1.jsonl"
    with path.open("wb") as file:
        file.write(b'{"from": "a"}\n{"from": "b", "text": "')
        for _ in range(MAX_LINE // 2**20 + 1):
            file.write(b"x" * 2**20)
        file.write(b'"}\r\n{"from": "c"}\r\n')
    events, (problem,) = read(path)
    assert [event.agent for event in events] == ["a", "c"]
    assert (problem.record, problem.offset) == (2, 14)
    assert problem.message.endswith(f"a line has at most {MAX_LINE}")


def test_a_byte_order_mark_windows_ends_and_blank_lines_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "run1.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"from": "a"}\r\n\r\n   \n{"from": "b"}')
    events, problems = read(path)
    assert [event.id for event in events] == ["run1/1", "run1/4"]
    assert problems == []


@pytest.mark.parametrize("raw", [b"", b"\n \n"])
def test_an_empty_file_is_a_named_problem(tmp_path: Path, raw: bytes) -> None:
    (problem,) = read(write(tmp_path, raw))[1]
    assert problem.message == "no events; expected one JSON object a line"


def test_a_missing_file_is_a_named_problem(tmp_path: Path) -> None:
    (problem,) = read(tmp_path / "none.jsonl")[1]
    assert problem.message == "cannot be read: no such file or directory"


def test_an_event_that_would_not_fit_is_refused(tmp_path: Path) -> None:
    causes = [{"id": f"{'n' * 120}{n}", "basis": "inferred", "score": 0.123} for n in range(256)]
    path = write(
        tmp_path,
        *({"from": "a", "id": cause["id"]} for cause in causes),
        {"from": "a", "to": [f"{'m' * 120}{n}" for n in range(256)], "causes": causes},
    )
    events, (problem,) = read(path)
    assert len(events) == 256 and "at most 65535 bytes" in problem.message


@pytest.mark.parametrize(
    ("name", "head", "known"),
    [
        ("a.txt", b'{"from": "a", "text": "x"}\n', True),
        ("a.txt", b'garbage\n{"kind": "acted", "id": "e", "run": "r"}\n', True),
        ("a.jsonl", b'{"from": "a", "text": "' + b"x" * 70_000, True),
        ("a.jsonl", b"", True),
        ("a.jsonl", b'{"role": "user", "content": "another format"}\n', False),
        ("a.json", b'{\n "history": []\n}', False),
        ("a.txt", b"no JSON at all", False),
    ],
)
def test_the_format_is_told_by_content_first(name: str, head: bytes, known: bool) -> None:
    assert JsonLines().recognises(Path(name), head[: 64 * 1024]) is known


def test_causes_of_a_line_with_a_kind_may_be_ids_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    first = '{"kind": "acted", "id": "a", "time": 0, "run": "r", "agent": "x", "step": 0}\n'
    path.write_text(
        first + first.replace('"a"', '"b"').replace('"step"', '"causes": ["a"], "step"')
    )
    events = [each.event for each in JsonLines().read(path) if isinstance(each, Recorded)]
    assert [cause.id for cause in events[-1].causes] == ["a"]
