"""What a watch has read and said so far, in one SQLite file, committed together."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct, json

from tertius.core.errors import CallerError
from tertius.core.finding import Finding, Severity
from tertius.runtime.follow import Segment

_SCHEMA = """
create table if not exists meta (name text primary key, value text not null) strict;
create table if not exists segments (
    seq integer primary key, log text not null, first integer not null, last integer not null
) strict;
create table if not exists told (
    seq integer primary key, position integer not null, id text not null unique,
    answer text not null, escalation text not null default ''
) strict;
"""
_findings = json.Decoder(Finding)


class OtherWatchError(CallerError):
    """The state belongs to a watch of other logs, or by other detectors."""


class Told(Struct, frozen=True):
    """A finding, the position of the event that completed it, and the question it opened."""

    position: int
    finding: Finding
    escalation: str = ""


class WatchState:
    """A watch's memory.

    Parameters
    ----------
    path
        The file; made if it is not there.
    about
        By what is watched: a digest that differs where detectors or parameters differ.

    Raises
    ------
    OtherWatchError
        The file was made for something else, or is no such file.

    Notes
    -----
    One thread at a time may use it; not necessarily the one that opened it.

    It holds what was said and in which order the logs were read, not what detectors remember: that
    follows from the same events in the same order, and cannot disagree with them.
    """

    def __init__(self, path: Path, *, about: str) -> None:
        self.path = path
        if not path.parent.is_dir():
            raise OtherWatchError(f"no folder `{path.parent}` for the state; make it first")
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=full")
            self._db.executescript(_SCHEMA)
            kept = self._db.execute("select value from meta where name = 'about'").fetchone()
        except sqlite3.Error as error:
            raise OtherWatchError(f"`{path}` is no state of a watch: {error}") from error
        if kept is None:
            self._db.execute("insert into meta values ('about', ?)", (about,))
        elif kept[0] != about:
            self._db.close()
            raise OtherWatchError(
                f"`{path}` belongs to a watch of other logs or by other detectors; "
                "give another --state, or remove it to begin anew"
            )

    def require_origin(self, log: str, origin: str) -> None:
        """Remember the origin of a log, the first time; after that it must be the same.

        Raises
        ------
        OtherWatchError
            It is another log under the same name.
        """
        name = f"origin:{log}"
        self._db.execute("insert or ignore into meta values (?, ?)", (name, origin))
        kept = self._db.execute("select value from meta where name = ?", (name,)).fetchone()[0]
        if kept != origin:
            raise OtherWatchError(
                f"`{self.path}` is of a watch of log `{kept}`, and this is `{origin}`; "
                "give another --state"
            )

    def segments(self) -> list[Segment]:
        """Return what was read, in order."""
        rows = self._db.execute("select log, first, last from segments order by seq")
        return [Segment(*row) for row in rows]

    def told(self, most: int) -> list[Told]:
        """Return what was said last, at most so much, in order."""
        rows = self._db.execute(
            "select position, answer, escalation from told order by seq desc limit ?", (most,)
        )
        last = [Told(position, _findings.decode(raw), asked) for position, raw, asked in rows]
        return last[::-1]

    def counts(self) -> Counter[Severity]:
        """Return how many findings of each severity were said."""
        return Counter(
            dict(
                self._db.execute(
                    "select json_extract(answer, '$.severity'), count(*) from told group by 1"
                )
            )
        )

    def holds(self, finding: str) -> bool:
        """Whether a finding of this id was said."""
        held = self._db.execute("select 1 from told where id = ?", (finding,)).fetchone()
        return held is not None

    def keep(self, segments: Sequence[Segment], told: Sequence[Told]) -> None:
        """Commit what was read and what was said of it, both or neither."""
        self._db.execute("begin immediate")
        try:
            for each in segments:
                self._add(each)
            self._db.executemany(
                "insert or ignore into told (position, id, answer, escalation) values (?, ?, ?, ?)",
                [
                    (t.position, t.finding.id, json.encode(t.finding).decode(), t.escalation)
                    for t in told
                ],
            )
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise

    def _add(self, segment: Segment) -> None:
        """Add what was read; where it goes on from the last, that grows."""
        last = self._db.execute(
            "select seq, log, last from segments order by seq desc limit 1"
        ).fetchone()
        if last is not None and (last[1], last[2]) == (segment.log, segment.first):
            self._db.execute("update segments set last = ? where seq = ?", (segment.last, last[0]))
        else:
            self._db.execute(
                "insert into segments (log, first, last) values (?, ?, ?)",
                (segment.log, segment.first, segment.last),
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        """Return the state."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()
