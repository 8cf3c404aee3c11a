"""Journal blocks read back as packed, and nothing else reads as a block."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.log import journal

entries = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=20)


@given(st.lists(st.tuples(entries, st.binary(max_size=100)), max_size=5), st.binary(max_size=200))
def test_blocks_read_back_up_to_what_is_no_block(
    rows: list[tuple[list[bytes], bytes]], behind: bytes
) -> None:
    raw, link, first = b"", journal.FIRST_LINK, 7
    for row, payload in rows:
        block = journal.pack(first, row, payload, 1, link)
        raw, link, first = raw + block, journal.digest_of(block), first + len(row)
    found = list(journal.blocks(raw + behind, journal.FIRST_LINK))
    assert [(block.entries, block.payload) for block, _ in found] == rows
    end = found[-1][1] if found else 0
    assert end == len(raw)
    assert journal.tail(raw + behind, end, link) == journal.Tail(len(raw), len(behind), False)


@given(entries, st.data())
def test_any_flipped_bit_makes_a_block_invalid(row: list[bytes], data: st.DataObject) -> None:
    raw = journal.pack(3, row, b"payload", 1, b"l" * 32)
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    harmed = bytearray(raw)
    harmed[at // 8] ^= 1 << at % 8
    assert journal.unpack(bytes(harmed), 0, None) is None


def test_a_block_is_bound_to_the_one_before() -> None:
    raw = journal.pack(0, [b"x"], b"", 0, b"a" * 32)
    assert journal.unpack(raw, 0, b"a" * 32) is not None
    assert journal.unpack(raw, 0, b"b" * 32) is None


def test_the_longest_entry_fits_and_a_longer_one_does_not() -> None:
    raw = journal.pack(0, [bytes(65_535)], b"", 0, journal.FIRST_LINK)
    found = journal.unpack(raw, 0, None)
    assert found is not None and found[0].entries == [bytes(65_535)]
    with pytest.raises(OverflowError):
        journal.pack(0, [bytes(65_536)], b"", 0, journal.FIRST_LINK)


def test_what_stands_behind_damage() -> None:
    one = journal.pack(0, [b"x" * 99], b"", 0, journal.FIRST_LINK)
    two = journal.pack(1, [b"y"], b"", 0, journal.digest_of(one))
    harmed = one[:150] + b"?" + one[151:]
    assert journal.tail(harmed + two, 0, None).valid_follows
    assert not journal.tail(harmed, 0, None).valid_follows
    assert not journal.tail(harmed + two[:-1], 0, None).valid_follows
    longer = bytearray(one)
    longer[27] = 0xFF  # the header now reaches over the next block, which still names it
    assert journal.tail(bytes(longer) + two, 0, None).valid_follows


def test_files_are_told_by_name_and_come_in_order(tmp_path: Path) -> None:
    assert journal.files(tmp_path / "none") == []
    for name in (journal.file_name(20), journal.file_name(3), "notes", "123", "x" * 20):
        (tmp_path / name).touch()
    assert [p.name for p in journal.files(tmp_path)] == [
        journal.file_name(3),
        journal.file_name(20),
    ]
