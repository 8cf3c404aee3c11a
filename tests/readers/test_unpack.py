"""gz and xz read directly: the same bytes as the standard library gives, faults and bombs named."""

import gzip
import io
import lzma
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.readers import unpack
from tertius.readers.source import HEAD, TooLargeError, UnreadableError, document, head, lines
from tertius.readers.unpack import PIECE, BombError, DamagedError, Unpacked, packing

PACK = {"gz": lambda raw: gzip.compress(raw, mtime=0), "xz": lzma.compress}
KINDS = pytest.mark.parametrize("kind", PACK)


def unpacked(raw: bytes, kind: str) -> bytes:
    return io.BufferedReader(Unpacked(io.BytesIO(raw), kind)).read()


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4), st.sampled_from(["gz", "xz"]))
def test_members_one_after_the_other_are_one_stream(parts: list[bytes], kind: str) -> None:
    packed = b"".join(PACK[kind](part) for part in parts)
    assert unpacked(packed, kind) == b"".join(parts)
    assert unpacked(packed + bytes(8), kind) == b"".join(parts)


@KINDS
def test_more_than_one_piece_comes_out_whole(kind: str) -> None:
    raw = random.Random(1).randbytes(PIECE * 3 + 7) + bytes(PIECE * 3)
    assert unpacked(PACK[kind](raw), kind) == raw


@KINDS
def test_head_document_and_lines_see_what_a_packed_file_holds(tmp_path: Path, kind: str) -> None:
    raw = b"\xef\xbb\xbf" + b"".join(b"line %d\r\n" % n for n in range(20_000))
    plain, packed = tmp_path / "plain", tmp_path / "whatever.name"
    plain.write_bytes(raw)
    packed.write_bytes(PACK[kind](raw))
    assert head(packed) == raw[:HEAD]
    assert document(packed) == document(plain)
    assert list(lines(packed)) == list(lines(plain))


@KINDS
def test_limits_are_those_of_the_unpacked_bytes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACK[kind](b"x" * 1000 + b"\nshort"))
    with pytest.raises(TooLargeError, match="more than 999 bytes"):
        document(path, limit=999)
    assert [line.raw for line in lines(path, limit=10)] == [None, b"short"]


@KINDS
def test_a_file_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    raw = b"".join(b"%d\n" % n for n in random.Random(1).choices(range(10**9), k=100_000))
    path.write_bytes(PACK[kind](raw)[:-9])
    assert head(path) == raw[:HEAD]
    with pytest.raises(UnreadableError, match=r"cut off after \d+ unpacked bytes"):
        document(path)
    seen = []
    with pytest.raises(UnreadableError, match="cut off"):
        for line in lines(path):
            seen.append(line.raw)
    assert len(seen) > 1000


@KINDS
def test_altered_bytes_are_named_wherever_they_stand(kind: str) -> None:
    packed = PACK[kind](b"some words " * 50)
    told = set()
    for place in range(len(packed)):
        broken = bytearray(packed)
        broken[place] ^= 0x20
        try:
            assert unpacked(bytes(broken), kind) == b"some words " * 50
        except DamagedError as error:
            told.add(str(error).split(" after")[0])
    assert "damaged" in told


@KINDS
def test_something_else_behind_the_last_member_is_named(kind: str) -> None:
    with pytest.raises(DamagedError, match=f"not {kind} after 3 unpacked bytes"):
        unpacked(PACK[kind](b"run") + b"trailing words", kind)


@KINDS
def test_a_file_with_nothing_to_unpack_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes((unpack.GZ if kind == "gz" else unpack.XZ) + b"not really")
    with pytest.raises(UnreadableError, match=r"damaged|cut off"):
        head(path)


@KINDS
def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(unpack, "FREE", 1_000_000)
    monkeypatch.setattr(unpack, "MAX_RATIO", 50)
    bomb = PACK[kind](bytes(20_000_000))
    stream = io.BufferedReader(Unpacked(io.BytesIO(bomb), kind))
    with pytest.raises(BombError, match="unpacks to more than 50 times its size"):
        while stream.read(PIECE):
            pass
    assert unpacked(PACK[kind](bytes(900_000)), kind) == bytes(900_000)


def test_an_xz_file_that_asks_for_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_WINDOW", 1_000_000)
    with pytest.raises(BombError, match="asks for more than 1000000 bytes of memory"):
        unpacked(lzma.compress(b"run", preset=6), "xz")


def test_only_first_bytes_tell() -> None:
    assert packing(b"\x1f\x8b") == "gz" and packing(b"\xfd7zXZ\x00") == "xz"
    assert packing(b"\xfd7zXZ") == packing(b"") == packing(b"{}") == ""
