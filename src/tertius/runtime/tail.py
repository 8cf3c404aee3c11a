"""The end of a log that is being written, from its journal: what was read is not read again.

`LogReader` reads the whole journal whenever it is opened: whoever looks twenty times a second would
read each block some twenty times before it is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from tertius.core.kinds import Event, decode
from tertius.log import journal
from tertius.log.content import FRAME, next_frame
from tertius.log.read import UnreadableEntryError

Entry = tuple[int, Event, bytes | None]
"""The index of an entry, its event, and its content or None."""


class Tail:
    """Reads what the journal of a log holds, and goes on where it stopped.

    Parameters
    ----------
    log
        The log's folder.

    Attributes
    ----------
    reached
        Index behind the last entry that was read or passed over.

    Notes
    -----
    It reads whole blocks only; one that is still being written comes with the next call. Of a
    journal file that became shorter it begins anew. It cannot see entries whose file was retired:
    those lie below the checkpoint.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.reached = 0
        self._file, self._offset = "", 0  # where the entry at `reached` begins

    def since(self, index: int, most: int) -> list[Entry]:
        """Return entries from `index` on, at most so many; none if the journal lacks that one.

        Raises
        ------
        UnreadableEntryError
            An entry that no writer of ours has made.
        """
        found: list[Entry] = []
        with suppress(FileNotFoundError):  # retired meanwhile: it is below the checkpoint now
            for block in self._blocks(index):
                start = index + len(found) - block.first
                stop = start + most - len(found)
                if start < 0:
                    break
                found += self._entries(block, start, stop)
                if stop < len(block.entries):
                    break
        return found

    def _blocks(self, index: int) -> Iterator[journal.Block]:
        """Give the blocks from which to go on; one is passed over when the next is asked for."""
        for path in self._files(index):
            if path.name != self._file:
                self._file, self._offset, self.reached = path.name, 0, int(path.name)
            begin = self._offset
            for block, end in journal.blocks(self._rest(path)):
                yield block
                self._offset, self.reached = begin + end, block.first + len(block.entries)

    def _files(self, index: int) -> list[Path]:
        """Return the files from which to go on, and begin anew where that is not possible."""
        files = journal.files(self._log / "journal")
        for number, path in enumerate(files):
            if path.name == self._file and index >= self.reached:
                if path.stat().st_size >= self._offset:
                    return files[number:]
                break
        self._file, self._offset, self.reached = "", 0, 0
        before = [number for number, path in enumerate(files) if int(path.name) <= index]
        return files[before[-1] :] if before else []

    def _rest(self, path: Path) -> bytes:
        """Return what a file holds behind the offset."""
        with path.open("rb") as file:
            file.seek(self._offset)
            return file.read()

    def _entries(self, block: journal.Block, start: int, stop: int) -> list[Entry]:
        entries = block.entries[start:stop]
        try:
            events: list[Event] = list(map(decode, entries))
        except msgspec.MsgspecError as error:
            raise UnreadableEntryError(
                f"an entry of log `{self._log}` is no event; `tertius verify` tells where"
            ) from error
        held = _contents(block.payload) if entries else {}
        return [
            (index, event, held.get(index) if getattr(event, "content", "") else None)
            for index, event in enumerate(events, block.first + start)
        ]


def _contents(payload: bytes) -> dict[int, bytes]:
    """Return the contents of a block by the index of their entry."""
    contents: dict[int, bytes] = {}
    at = 0
    while (step := next_frame(payload, at)) is not None:
        contents[step[0]] = payload[at + FRAME.size : step[1]]
        at = step[1]
    return contents
