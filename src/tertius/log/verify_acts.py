"""What a log says about itself: opened, closed, recovered, contents erased."""

from __future__ import annotations

from typing import Protocol

from tertius.core.kinds import Event
from tertius.core.log_events import Erased, LogClosed, LogOpened, LogRecovered
from tertius.log.verify_chunk import entry_at
from tertius.log.verify_files import BadFileError, Folder
from tertius.log.verify_journal import Tail
from tertius.log.verify_report import shown
from tertius.log.verify_scan import Chunk, contents_of


class Log(Protocol):
    """What these checks need to know of a log, and where they report."""

    origin: str
    size: int
    tail: int
    special: list[tuple[int, Event]]
    erased: int
    missing: int

    def problem(self, code: str, what: str, *, file: str = "", entry: int | None = None) -> None:
        """Report a breach."""

    def remark(self, code: str, what: str, *, file: str = "") -> None:
        """Report something harmless."""


def check_acts(folder: Folder, log: Log, aside: list[str], tail: Tail, chunks: list[Chunk]) -> None:
    """Check the entries that a log writes about itself against what is there."""
    check_ends(log)
    check_aside(folder, log, aside, tail)
    check_erasures(folder, log, chunks)


def check_ends(log: Log) -> None:
    """Check that the log was opened once, at its beginning, and closed at most at its end."""
    total = log.size + log.tail
    opened = {index: event for index, event in log.special if isinstance(event, LogOpened)}
    if total and 0 not in opened:
        log.problem("not_opened", "the first entry does not open the log", entry=0)
    for index, event in opened.items():
        if index:
            log.problem("opened_twice", "the log is opened again", entry=index)
        elif event.origin != log.origin:
            what = f"opened as `{shown(event.origin)}`, signed as `{shown(log.origin)}`"
            log.problem("origin_differs", what, entry=0)
    for index, each in log.special:
        if isinstance(each, LogClosed) and index != total - 1:
            log.problem("closed_early", "entries follow the closing one", entry=index)
    if not total:
        log.remark("empty", "the log holds no entry")


def check_aside(folder: Folder, log: Log, names: list[str], tail: Tail) -> None:
    """Check that each torn tail that was set aside is logged, and the other way round."""
    logged = {e.digest: (i, e) for i, e in log.special if isinstance(e, LogRecovered)}
    for name in names:
        digest = name[-64:]
        try:
            found, length = folder.digest(name)
        except BadFileError as error:
            log.problem(error.code, error.what, file=name)
            continue
        if found != digest:
            log.problem("aside_altered", "does not have the digest it is named after", file=name)
        elif digest in logged:
            index, event = logged[digest]
            if event.length != length:
                log.problem("aside_altered", f"{length} bytes", file=name, entry=index)
        elif digest == tail.torn_digest:
            what = "the torn tail of the journal, not logged yet; reopening the log will"
            log.remark("aside_unlogged", what, file=name)
        else:
            log.problem("aside_unlogged", "no entry tells of setting it aside", file=name)
    for digest, (index, event) in logged.items():
        if event.kept_as and event.kept_as not in names:
            what = f"the torn tail {shown(digest[:16])}... was kept, and is gone"
            log.problem("aside_missing", what, entry=index)
    if tail.torn:
        what = f"{tail.torn:,} bytes of a torn last block, never acknowledged"
        log.remark("torn_tail", what, file="journal")


def check_erasures(folder: Folder, log: Log, chunks: list[Chunk]) -> None:
    """Tell contents that were erased by a logged act from those that are merely gone."""
    acts = {(e.index, e.content): i for i, e in log.special if isinstance(e, Erased)}
    gone = [pair for chunk in chunks for pair in chunk.missing]
    unsigned = 0
    for index, content in gone:
        act = acts.pop((index, content), None)
        if act is None or act <= index:
            log.missing += 1
            what = "its content is gone, and no later entry tells that it was erased"
            log.problem("content_missing", what, entry=index)
        else:
            log.erased += 1
            unsigned += act >= log.size
    if unsigned:
        what = f"{unsigned} erasures are told by the unanchored tail alone"
        log.remark("erased_in_tail", what)
    for (index, content), act in acts.items():
        entry = entry_at(folder, index, log.size)
        named = dict(contents_of([entry], index)).get(index) if entry else None
        if act <= index or (entry and named != content):
            what = f"erases a content that entry {index} does not name"
            log.problem("erasure_unfounded", what, entry=act)
        else:
            what = f"content of entry {index} was to be erased by entry {act}, and is still there"
            log.remark("erasure_pending", what)
