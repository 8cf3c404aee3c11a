"""Bounded reading of foreign files, against the simplest possible splitting."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.readers.source import (
    BOM,
    TooLargeError,
    UnreadableError,
    document,
    head,
    lines,
)

pieces = st.lists(st.sampled_from([b"a", b"bc" * 5, b"\n", b"\r\n", b"\r", BOM, b""]), max_size=30)


@given(pieces, st.integers(0, 12))
def test_lines_are_those_of_a_plain_split(parts: list[bytes], limit: int) -> None:
    raw = b"".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        path.write_bytes(raw)
        found = list(lines(path, limit=limit))
    body = raw.removeprefix(BOM)
    split = body.split(b"\n")
    ended = [
        *(line.removesuffix(b"\r") for line in split[:-1]),
        *([split[-1]] if split[-1] else []),
    ]
    assert [line.raw for line in found] == [x if len(x) <= limit else None for x in ended]
    assert [line.length for line in found] == [len(x) for x in ended]
    assert [line.number for line in found] == list(range(1, len(ended) + 1))
    assert all(raw[line.offset :].startswith(x) for line, x in zip(found, ended, strict=True))


def test_a_document_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(BOM + b"12345")
    assert document(path, limit=8) == b"12345"
    with pytest.raises(TooLargeError, match="more than 7 bytes"):
        document(path, limit=7)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (head, document, lambda path: list(lines(path))):
        with pytest.raises(UnreadableError, match="no plain file"):
            read(tmp_path / "pipe")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no plain file"):
        head(tmp_path)
