"""Rows of outcomes are read whole, or the file is refused with the line of the first mistake."""

from pathlib import Path

import pytest

from tertius.runtime.outcome_rows import OutcomeFileError, read_rows


def rows(tmp_path: Path, text: str) -> list[tuple[str, str, object]]:
    path = tmp_path / "outcomes"
    path.write_bytes(text.encode())
    return [(row.subject, row.name, row.value) for row in read_rows(path)]


def test_csv_cells_become_values(tmp_path: Path) -> None:
    text = "run,event,task,value\nr1,,,true\n,e2,,4.5\n,,t3,7\n\nr1,,,late\n"
    assert rows(tmp_path, text) == [
        ("run", "r1", True),
        ("event", "e2", 4.5),
        ("task", "t3", 7),
        ("run", "r1", "late"),
    ]
    assert rows(tmp_path, 'about,value\n x ," a, b "\n') == [("about", "x", "a, b")]
    with pytest.raises(OutcomeFileError, match=r"outcomes:7: missing `value`"):
        rows(tmp_path, f"{text}r1,,,\n")


def test_a_task_may_name_its_run(tmp_path: Path) -> None:
    assert rows(tmp_path, "run,task,value\nr1,t1,3\n") == [("task", "t1", 3)]


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    text = '{"run": "r1", "value": "7"}\n\n{"event": "e", "value": null, "note": "n"}\n'
    assert rows(tmp_path, text) == [("run", "r1", "7"), ("event", "e", None)]


def test_times_are_iso_or_nanoseconds_and_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("run,value,time\nr,1,2026-03-01T09:00:00Z\nr,1,1772355600000000000\nr,1,\n")
    assert [row.time for row in read_rows(path)] == [1772355600000000000] * 2 + [0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no outcomes; expected a line for each"),
        ("run,value\n", "no outcomes"),
        ("rum,value\nr,1\n", "unknown column `rum`; did you mean `run`"),
        ("run,run,value\nr,r,1\n", "column `run` stands twice"),
        ("run,value\nr,1,2\n", ":2: 3 cells under 2 columns"),
        ("run,value\n,1\n", ":2: about nothing; expected one of `event`, `task`"),
        ("event,task,value\ne,t,1\n", ":2: about two things; expected `event` alone"),
        ("event,about,value\nr,x,1\n", ":2: about two things"),
        ("run,value,time\nr,1,yesterday\n", ":2: expected ISO 8601 with a zone"),
        ('run,value\n"r,1\n', "no CSV: unexpected end of data"),
        ('{"run": "r", "value": 1}\n{"run": "r"\n', ":2: broken JSON"),
        ('{"run": "r", "value": 1}\n[1]\n', ":2: expected a JSON object"),
        ('{"run": "r", "vale": 1}\n', ":1: unknown column `vale`; did you mean `value`"),
        ('{"run": "r", "value": [1]}\n', ":1: expected a number, found a list of 1"),
        ('{"run": {}, "value": 1}\n', ":1: expected text under `run`"),
        ("run,value\n,1\n,2\n,3\n", r"(and 2 more); nothing was written"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(OutcomeFileError) as caught:
        rows(tmp_path, text)
    assert problem in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(b"run,value\n\xff,1\n")
    with pytest.raises(OutcomeFileError, match="invalid UTF-8 at offset 10"):
        read_rows(path)
