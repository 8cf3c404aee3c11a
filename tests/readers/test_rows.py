"""Foreign JSON, quickly: objects line by line, or one document; faults are named, never raised."""

import gzip
from pathlib import Path

import pytest

from tertius.core.ports.reader import ReadProblem
from tertius.readers import source
from tertius.readers.rows import Row, rows, tree


def test_objects_come_with_their_line_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n\n  \n{"b": [2]}')
    assert list(rows(path)) == [
        Row(number=1, offset=0, tree={"a": 1}), Row(number=4, offset=13, tree={"b": [2]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": ', "broken JSON, input data was truncated"),
        (b"[1]", "expected a JSON object"),
        (b'"text"', "expected a JSON object"),
        (b'{"a": NaN}', "broken JSON"),
        (b'{"a": "\xff"}', "broken JSON"),
        (b'{"a": "\\ud800"}', "broken JSON"),
        (b'{"a":' * 2000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "broken JSON, integer value out of range"),
    ],
)
def test_any_other_line_is_a_problem_in_its_place(
    tmp_path: Path, line: bytes, message: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' + line + b'\n{"b": 2}\n')
    first, problem, last = rows(path)
    assert isinstance(first, Row) and isinstance(last, Row) and isinstance(problem, ReadProblem)
    assert (problem.record, problem.offset) == (2, 9)
    assert problem.message.startswith(message)


def test_a_line_over_the_limit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertius.readers.rows.lines", lambda path: source.lines(path, limit=10))
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": "' + b"x" * 99 + b'"}\n{"b": 2}\n')
    problem, row = rows(path)
    assert isinstance(problem, ReadProblem) and "a line has at most" in problem.message
    assert isinstance(row, Row) and row.number == 2


def test_a_damaged_file_gives_its_good_lines_first(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 5)[:-4])
    *good, problem = rows(path)
    assert len(good) == 5
    assert isinstance(problem, ReadProblem) and problem.message == "cut off after 45 unpacked bytes"


def test_a_document_is_its_value_or_the_problem_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"a": 1}]')
    assert tree(path) == [{"a": 1}]
    for raw in (b'"text"', b"[1", b"\x1f\x8bno"):
        path.write_bytes(raw)
        assert isinstance(tree(path), ReadProblem)
    assert isinstance(tree(tmp_path / "none"), ReadProblem)
