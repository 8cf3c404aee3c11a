"""Read a log's entries and contents back, sealed or still in the journal; nothing is verified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from tertius.core.errors import CallerError, IntegrityError
from tertius.core.kinds import Event, decode
from tertius.log import journal
from tertius.log.checkpoint import Checkpoint, parse_checkpoint
from tertius.log.content import FRAME, PAYLOAD_SPAN, Sealed, frames, next_frame
from tertius.log.note import parse_note
from tertius.log.tiles import TILE_WIDTH, BundleError, Tile, decode_bundle, tile_at

TRIES = 50
"""Times that a bundle is looked for while its log is being written."""


class NoLogError(CallerError):
    """There is no log in this folder."""


class NoEntryError(CallerError):
    """The log has no such entry."""


class MissingFileError(IntegrityError):
    """A file that the checkpoint covers is not there."""


class UnreadableEntryError(IntegrityError):
    """An entry that no writer of ours has made."""


class LogReader:
    """A log as a sequence of entries.

    Parameters
    ----------
    folder : Path
        The log's folder.
    tail : bool
        Also read durable entries beyond the checkpoint, from the journal.

    Raises
    ------
    NoLogError
        If the folder holds no log.

    Notes
    -----
    Trusts the files: run `tertius verify` first if that matters. Holds one bundle of 256 entries
    and one payload file in memory, and the journal if `tail` is set.
    """

    def __init__(self, folder: Path, *, tail: bool = True) -> None:
        self.folder = folder
        path = folder / "checkpoint"
        if not path.is_file() and not (folder / "journal").is_dir():
            raise NoLogError(f"no log in `{folder}`; expected a folder with a `checkpoint`")
        before: object = self
        for _ in range(TRIES):
            self._read_checkpoint(path)
            if not tail or self._read_tail() or self.checkpoint == before:
                break
            before = self.checkpoint
        self._bundle = lru_cache(maxsize=4)(self._read_bundle)
        self._contents = lru_cache(maxsize=2)(self._read_contents)

    def __len__(self) -> int:
        """Return the number of entries."""
        return self.sealed + len(self._tail)

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry.

        Raises
        ------
        NoEntryError
            If there is none at `index`.
        """
        if not 0 <= index < len(self):
            raise NoEntryError(f"no entry {index}; the log has {len(self)}")
        if index >= self.sealed:
            return self._tail[index - self.sealed]
        return self._bundle(index // TILE_WIDTH)[index % TILE_WIDTH]

    def event(self, index: int) -> Event:
        """Return one entry as an event."""
        return next(self._decoded([self.entry(index)]))

    def entries(self) -> Iterator[bytes]:
        """Give every entry in order."""
        for number in range(-(-self.sealed // TILE_WIDTH)):
            yield from self._read_bundle(number)
        yield from self._tail

    def events(self) -> Iterator[Event]:
        """Give every entry as an event, in order."""
        return self._decoded(self.entries())

    def since(self, index: int) -> Iterator[tuple[int, Event, bytes | None]]:
        """Give every entry from `index` on: its index, its event, and its content or None."""
        for number in range(index // TILE_WIDTH, -(-self.sealed // TILE_WIDTH)):
            first = number * TILE_WIDTH
            entries = self._bundle(number)[max(0, index - first) :]
            yield from self._shown(max(index, first), entries)
        start = max(index, self.sealed)
        yield from self._shown(start, self._tail[start - self.sealed :])

    def _shown(self, first: int, entries: list[bytes]) -> Iterator[tuple[int, Event, bytes | None]]:
        for index, event in enumerate(self._decoded(entries), first):
            yield index, event, self.content(index) if getattr(event, "content", "") else None

    def _decoded(self, entries: Iterable[bytes]) -> Iterator[Event]:
        try:
            yield from map(decode, entries)
        except msgspec.MsgspecError as error:
            raise UnreadableEntryError(
                f"an entry of log `{self.folder}` is no event; `tertius verify` tells where"
            ) from error

    def content(self, index: int) -> bytes | None:
        """Return the content of entry `index`; None if it has none or it was erased."""
        if index < self.sealed:
            return self._contents(index // PAYLOAD_SPAN).get(index)
        sealed = self._tail_contents.get(index)
        return None if sealed is None else sealed.data

    def _read_bundle(self, number: int) -> list[bytes]:
        tile = tile_at(None, number, self.sealed)
        try:
            return decode_bundle((self.folder / tile.path).read_bytes(), tile.width)
        except FileNotFoundError:
            return self._wider(tile)[: tile.width]

    def _wider(self, tile: Tile) -> list[bytes]:
        """Read the bundle that took a partial one's place; a log that is being written moves on."""
        whole = Tile(None, tile.index)
        for _ in range(TRIES):  # what was listed may be gone before it is read
            for each in (*self._partial(tile.index), whole):
                # A file that is just being written may still be empty.
                with contextlib.suppress(FileNotFoundError, BundleError):
                    if each.width >= tile.width:
                        return decode_bundle((self.folder / each.path).read_bytes(), each.width)
        raise MissingFileError(f"`{tile.path}` is missing from log `{self.folder}`")

    def _partial(self, index: int) -> list[Tile]:
        """List the partial bundles in the place of a whole one, the widest first."""
        folder = self.folder / f"{Tile(None, index).path}.p"
        try:
            widths = sorted(
                (int(path.name) for path in folder.iterdir() if path.name.isdigit()), reverse=True
            )
        except FileNotFoundError:  # the whole one has just taken their place
            return []
        return [Tile(None, index, width) for width in widths]

    def _read_contents(self, number: int) -> dict[int, bytes]:
        path = self.folder / "payload" / f"{number:08d}"
        if not path.is_file():
            return {}
        raw, at = path.read_bytes(), 0  # frames beyond the checkpoint may still be in the making
        contents: dict[int, bytes] = {}
        while (step := next_frame(raw, at)) is not None and step[0] < self.sealed:
            contents[step[0]] = raw[at + FRAME.size : step[1]]
            at = step[1]
        return contents

    def _read_checkpoint(self, path: Path) -> None:
        self.checkpoint: Checkpoint | None = (
            parse_checkpoint(parse_note(path.read_bytes()).text) if path.is_file() else None
        )
        self.sealed = self.checkpoint.size if self.checkpoint else 0
        self._tail: list[bytes] = []
        self._tail_contents: dict[int, Sealed] = {}

    def _read_tail(self) -> bool:
        """Read what the journal holds beyond the checkpoint; say whether nothing was missing.

        A file that is gone was sealed since the checkpoint was read: a newer one covers it.
        """
        at, whole = self.sealed, True
        for path in journal.files(self.folder / "journal"):
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                return False
            for block, _ in journal.blocks(raw):
                skip = max(0, at - block.first)
                if block.first > at or skip >= len(block.entries):
                    whole = whole and block.first <= at
                    continue
                self._tail += block.entries[skip:]
                self._tail_contents.update((i, c) for i, c in frames(block.payload) if i >= at)
                at = block.first + len(block.entries)
        return whole
