"""Rows of exports in each way of saving them."""

import json
from pathlib import Path

import pytest

from tertius.core.ports.reader import ReadProblem
from tertius.readers.exported import exported, graph_step, inside, nanoseconds
from tertius.readers.rows import Row

ROWS = [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(map(json.dumps, ROWS)),
        "\r\n\r\n" + "\r\n".join(map(json.dumps, ROWS)) + "\r\n",
    ],
)
def test_lines_and_lists_give_the_same_rows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    assert [row.tree for row in exported(path) if isinstance(row, Row)] == ROWS


def test_an_object_over_many_lines_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(json.dumps({"runs": ROWS}, indent=1))
    (row,) = exported(path)
    assert isinstance(row, Row) and inside(row.tree, "runs", "data") == ROWS


def test_what_is_no_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('[{"id": "a"}, 7]')
    _, problem = exported(path)
    assert isinstance(problem, ReadProblem) and (problem.record, problem.field) == (2, "$[1]")
    path.write_text('{"id": "a"}\n{"id": \n')
    _, problem = exported(path)
    assert isinstance(problem, ReadProblem) and problem.record == 2
    (problem,) = exported(tmp_path / "none")
    assert isinstance(problem, ReadProblem) and "no such file" in problem.message


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-03-01T09:00:00Z", 1_772_355_600_000_000_000),
        ("2026-03-01T10:00:00+01:00", 1_772_355_600_000_000_000),
        ("2026-03-01T09:00:00.000001", 1_772_355_600_000_001_000),
        ("1850-01-01T00:00:00Z", 0),
        ("0001-01-01T00:00:00+14:00", 0),
        ("tomorrow", 0),
        (7, 0),
    ],
)
def test_times(value: object, time: int) -> None:
    assert nanoseconds(value) == time


@pytest.mark.parametrize(
    ("metadata", "step"),
    [
        ({}, ""),
        ({"langgraph_node": "writer"}, "writer"),
        ({"langgraph_node": "agent", "langgraph_checkpoint_ns": "agent:1"}, "agent"),
        ({"langgraph_node": "agent", "checkpoint_ns": "team:1|scout:2|agent:3"}, "scout"),
        ({"langgraph_node": "writer", "checkpoint_ns": "team:1|writer:2"}, "writer"),
        ("no metadata", ""),
    ],
)
def test_the_step_that_tells_agents_apart(metadata: object, step: str) -> None:
    assert graph_step(metadata) == step
