"""Valid logs with one thing wrong, each function named after its flaw.

The first group needs write access to the disk alone; the second also needs the log's own key, as a
dishonest operator has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.tampered.valid_log import KEY, START, Log, make_log, put, sha256, signer, with_entry

from tertius.core.events import Cause, ModelCalled
from tertius.core.kinds import encode
from tertius.core.log_events import Erased, LogClosed, LogOpened, LogRecovered

Flaw = Callable[[Path], None]

COUNT = 700  # entries under the checkpoint: two full bundles and a partial one
LOG = make_log(COUNT + 8, tail=8)
BUNDLE = Path("tile/entries/001")
PARTIAL = Path("tile/entries/002.p/188")


def honest(folder: Path) -> None:
    LOG.write(folder)


def flip(path: Path, at: int, bit: int = 0) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1 << bit
    path.write_bytes(raw)


# -- with write access to the disk -----------------------------------------------------------------


def entry_field_edited(folder: Path) -> None:
    honest(folder)
    path = folder / BUNDLE
    path.write_bytes(path.read_bytes().replace(b"agent-3", b"agent-4", 1))


def entry_deleted(folder: Path) -> None:
    honest(folder)
    path = folder / PARTIAL
    raw = path.read_bytes()
    path.write_bytes(raw[2 + int.from_bytes(raw[:2], "big") :])


def entries_swapped(folder: Path) -> None:
    honest(folder)
    path = folder / PARTIAL
    raw = path.read_bytes()
    one = 2 + int.from_bytes(raw[:2], "big")
    two = one + 2 + int.from_bytes(raw[one : one + 2], "big")
    path.write_bytes(raw[one:two] + raw[:one] + raw[two:])


def bundles_swapped(folder: Path) -> None:
    honest(folder)
    first, second = folder / "tile/entries/000", folder / BUNDLE
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)


def bundle_missing(folder: Path) -> None:
    honest(folder)
    (folder / BUNDLE).unlink()


def tile_missing(folder: Path) -> None:
    honest(folder)
    (folder / "tile/0/001").unlink()


def tile_bit_flipped(folder: Path) -> None:
    honest(folder)
    flip(folder / "tile/0/001", 77)


def upper_tile_bit_flipped(folder: Path) -> None:
    honest(folder)
    flip(folder / "tile/1/000.p/2", 33)


def entries_rewritten_unsigned(folder: Path) -> None:
    """Tiles made anew over an edited entry; the checkpoint stays, for want of the key."""
    honest(folder)
    edited = with_entry(LOG, 300, LOG.entries[300].replace(b"agent-0", b"agent-9"))
    for path, data in edited.tiles().items():
        put(folder / path, data)


def key_swapped_inside_log(folder: Path) -> None:
    """The whole log made anew under the attacker's key, named as the old one."""
    replace(LOG, key=replace(KEY, seed=sha256(b"attacker"))).write(folder)


def signature_bit_flipped(folder: Path) -> None:
    honest(folder)
    path = folder / "checkpoint"
    raw = path.read_bytes()
    at = len(raw) - 20
    path.write_bytes(raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :])


def content_bit_flipped(folder: Path) -> None:
    honest(folder)
    flip(folder / "payload/00000000", 60)


def content_removed_unerased(folder: Path) -> None:
    honest(folder)
    path = folder / "payload/00000000"
    path.write_bytes(path.read_bytes()[len(LOG.frame(3)) :])


def payload_removed_unerased(folder: Path) -> None:
    honest(folder)
    (folder / "payload/00000000").unlink()


def content_added(folder: Path) -> None:
    honest(folder)
    path = folder / "payload/00000000"
    path.write_bytes(path.read_bytes() + (4).to_bytes(8, "big") + bytes(4) + bytes(32))


def content_twice(folder: Path) -> None:
    honest(folder)
    path = folder / "payload/00000000"
    path.write_bytes(path.read_bytes() + LOG.frame(3))


def file_added(folder: Path) -> None:
    honest(folder)
    put(folder / "notes.txt", b"hello")


def file_named_with_escapes(folder: Path) -> None:
    honest(folder)
    put(folder / "tile/entries/\x1b[2Jowned\n", b"hello")


def tile_added(folder: Path) -> None:
    replace(LOG, entries=LOG.entries[:COUNT], tail=0).write(folder)
    put(folder / "tile/0/900", bytes(8192))


def file_is_link(folder: Path) -> None:
    honest(folder)
    path = folder / "tile/0/000"
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def folder_is_link(folder: Path) -> None:
    honest(folder)
    (folder / "payload").rename(folder.parent / "elsewhere")
    (folder / "payload").symlink_to(folder.parent / "elsewhere")


def file_is_pipe(folder: Path) -> None:
    honest(folder)
    (folder / "payload/00000000").unlink()
    os.mkfifo(folder / "payload/00000000")


def partial_tile_contradicts(folder: Path) -> None:
    honest(folder)
    put(folder / "tile/0/002.p/3", bytes(96))


def journal_damaged_before_valid_block(folder: Path) -> None:
    log = replace(LOG, tail=8)
    honest(folder)
    one = log.block(COUNT, COUNT + 4)
    two = log.block(COUNT + 4, COUNT + 8, previous=one[96:128])
    put(folder / f"journal/{COUNT:020d}", one[:200] + b"?" + one[201:] + two)


def journal_gap(folder: Path) -> None:
    honest(folder)
    (folder / f"journal/{COUNT:020d}").unlink()
    put(folder / f"journal/{COUNT + 4:020d}", LOG.block(COUNT + 4, COUNT + 8))


def journal_tells_otherwise(folder: Path) -> None:
    """A journal block over sealed entries, with another entry in it and a digest that holds."""
    honest(folder)
    other = with_entry(LOG, COUNT - 1, LOG.entries[COUNT - 1].replace(b"agent-4", b"agent-0"))
    (folder / f"journal/{COUNT:020d}").unlink()
    put(folder / f"journal/{COUNT - 2:020d}", other.block(COUNT - 2, COUNT + 8))


def journal_cut_below_checkpoint(folder: Path) -> None:
    honest(folder)
    (folder / f"journal/{COUNT:020d}").unlink()
    put(folder / f"journal/{COUNT - 2:020d}", LOG.block(COUNT - 2, COUNT)[:-7])


def aside_unlogged(folder: Path) -> None:
    honest(folder)
    put(folder / "aside" / sha256(b"torn").hex(), b"torn")


# -- with the log's own key ------------------------------------------------------------------------


def with_event(folder: Path, *events: object) -> None:
    make_log(COUNT, extra=tuple(events)).write(folder)  # type: ignore[arg-type]


def _called(name: str, **more: object) -> ModelCalled:
    return ModelCalled(id=name, time=START, run="run-1", **more)  # type: ignore[arg-type]


def id_twice(folder: Path) -> None:
    with_event(folder, _called(f"{KEY.name}/17"))


def cause_from_nowhere(folder: Path) -> None:
    with_event(folder, _called("x1", causes=(Cause(id="nobody"),)))


def cause_later(folder: Path) -> None:
    with_event(folder, _called("x1", causes=(Cause(id="x2"),)), _called("x2"))


def cause_itself(folder: Path) -> None:
    with_event(folder, _called("x1", causes=(Cause(id="x1"),)))


def entry_not_canonical(folder: Path) -> None:
    with_entry(LOG, 5, LOG.entries[5].replace(b'"id":', b'"id": ')).write(folder)


def entry_with_second_key(folder: Path) -> None:
    entry = LOG.entries[5][:-1] + b',"agent":"agent-9"}'
    with_entry(LOG, 5, entry).write(folder)


def entry_unreadable(folder: Path) -> None:
    with_entry(LOG, 5, b"\xff\x00not json").write(folder)


def entry_split_over_lines(folder: Path) -> None:
    """Two entries whose bytes only together are events, cut at another place."""
    joined = LOG.entries[5] + b"\n" + LOG.entries[6]
    log = with_entry(LOG, 5, joined[: len(LOG.entries[5]) + 10])
    with_entry(log, 6, joined[len(LOG.entries[5]) + 10 :]).write(folder)


def not_opened(folder: Path) -> None:
    with_entry(LOG, 0, encode(_called(f"{KEY.name}/0"))).write(folder)


def opened_under_other_name(folder: Path) -> None:
    event = LogOpened(id=f"{KEY.name}/0", time=START, run="r", origin="tertius/other")
    with_entry(LOG, 0, encode(event)).write(folder)


def opened_twice(folder: Path) -> None:
    with_event(folder, LogOpened(id="again", time=START, run="r", origin=KEY.name))


def closed_early(folder: Path) -> None:
    with_event(folder, LogClosed(id="closed", time=START, run="r"), _called("after"))


def erased_another_content(folder: Path) -> None:
    event = Erased(id="e", time=START, run="r", index=3, content="ab" * 32)
    with_event(folder, event)


def aside_missing(folder: Path) -> None:
    digest = sha256(b"torn").hex()
    kept = f"aside/{digest}"
    event = LogRecovered(id="r", time=START, run="r", digest=digest, length=4, kept_as=kept)
    with_event(folder, event)


def extension_line(folder: Path) -> None:
    honest(folder)
    text = LOG.text() + "more\n"
    put(folder / "checkpoint", f"{text}\n{KEY.line(text)}".encode())


def size_beyond_measure(folder: Path) -> None:
    honest(folder)
    origin, _, root = LOG.text().splitlines()
    text = f"{origin}\n{2**62}\n{root}\n"
    put(folder / "checkpoint", f"{text}\n{KEY.line(text)}".encode())


DISK: dict[Flaw, str] = {
    entry_field_edited: "entry_altered",
    entry_deleted: "bundle_damaged",
    entries_swapped: "entry_altered",
    bundles_swapped: "entry_altered",
    bundle_missing: "entries_missing",
    tile_missing: "file_missing",
    tile_bit_flipped: "entry_altered",
    upper_tile_bit_flipped: "tile_altered",
    entries_rewritten_unsigned: "root_differs",
    key_swapped_inside_log: "signature_missing",
    signature_bit_flipped: "signature_invalid",
    content_bit_flipped: "content_altered",
    content_removed_unerased: "content_missing",
    payload_removed_unerased: "content_missing",
    content_added: "content_unknown",
    content_twice: "content_unknown",
    file_added: "stray_file",
    file_named_with_escapes: "stray_file",
    tile_added: "stray_file",
    file_is_link: "stray_file",
    folder_is_link: "stray_file",
    file_is_pipe: "stray_file",
    partial_tile_contradicts: "tile_altered",
    journal_damaged_before_valid_block: "journal_damaged",
    journal_gap: "journal_gap",
    journal_tells_otherwise: "journal_differs",
    journal_cut_below_checkpoint: "journal_damaged",
    aside_unlogged: "aside_unlogged",
}

OPERATOR: dict[Flaw, str] = {
    id_twice: "id_twice",
    cause_from_nowhere: "cause_unresolved",
    cause_later: "cause_unresolved",
    cause_itself: "cause_unresolved",
    entry_not_canonical: "entry_not_canonical",
    entry_with_second_key: "entry_not_canonical",
    entry_unreadable: "entry_unreadable",
    entry_split_over_lines: "entry_unreadable",
    not_opened: "not_opened",
    opened_under_other_name: "origin_differs",
    opened_twice: "opened_twice",
    closed_early: "closed_early",
    erased_another_content: "erasure_unfounded",
    aside_missing: "aside_missing",
    extension_line: "checkpoint_malformed",
    size_beyond_measure: "entries_missing",
}

WITNESS = signer("witness/one", kind=4)


def log_with_erasure() -> Log:
    """A log in which the content of entry 3 was erased by a logged act."""
    content = LOG.entries[3].split(b'"content":"')[1][:64].decode()
    event = Erased(id="erased/3", time=START, run="r", index=3, content=content)
    log = make_log(COUNT, extra=(event,))
    return replace(log, contents={i: c for i, c in log.contents.items() if i != 3})
