"""Hold the logs of a deployment against its anchor log, and against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tertius.core.log_events import (
    CheckpointAnchored,
    LogClosed,
    LogOpened,
    WriterEnrolled,
    WriterRetired,
)
from tertius.log.verify_files import Folder
from tertius.log.verify_log import CheckedLog
from tertius.log.verify_note import LOG_KEY, BadKeyError, Key, parse_key
from tertius.log.verify_report import shown


class Member(msgspec.Struct):
    """A writer on the roster.

    Attributes
    ----------
    name, origin : str
        The writer, which is also its folder's name, and its log's origin.
    key : Key or None
        From the roster; None if what stands there is no key of this origin.
    signed : bool
        Whether the enrolment is under the anchor's checkpoint.
    anchored : dict of int to str
        Roots in hex by size, of every anchored checkpoint.
    retired : int or None
        Size at which its log ended.
    """

    name: str
    origin: str
    key: Key | None
    signed: bool
    anchored: dict[int, str] = {}
    retired: int | None = None


def read_roster(anchor: CheckedLog) -> dict[str, Member]:
    """Read the roster and all anchored checkpoints from the anchor log; members by origin."""
    roster: dict[str, Member] = {}
    for index, event in anchor.special:
        if isinstance(event, WriterEnrolled):
            key = _key_of(event)
            if key is None:
                what = f"no Ed25519 key of origin `{shown(event.origin)}`"
                anchor.problem("roster_key", what, entry=index)
            names = {member.name for member in roster.values()}
            if event.origin in roster or event.writer in names:
                what = f"writer `{shown(event.writer)}` or its origin is on the roster already"
                anchor.problem("roster_twice", what, entry=index)
                continue
            roster[event.origin] = Member(event.writer, event.origin, key, index < anchor.size)
        elif isinstance(event, CheckpointAnchored | WriterRetired):
            member = roster.get(event.origin)
            if member is None:
                what = f"origin `{shown(event.origin)}` is not on the roster"
                anchor.problem("roster_unknown", what, entry=index)
            elif isinstance(event, WriterRetired):
                member.retired = event.size
            else:
                _take_anchored(anchor, member, event, index)
    return roster


def check_member(log: CheckedLog, member: Member) -> None:
    """Hold one writer's log against everything that was anchored of it."""
    newest = max(member.anchored, default=0)
    if log.size < newest:
        what = f"the log has {log.size:,} entries under its checkpoint; {newest:,} are anchored"
        log.problem("rollback", what, file="checkpoint")
    if log.tree is not None:
        for size, root in member.anchored.items():
            if size <= log.size and log.tree.root(size).hex() != root:
                what = (
                    f"contradicts the anchored checkpoint of {size:,} entries: rewritten, or forked"
                )
                log.problem("anchor_differs", what, file="checkpoint")
    if member.retired is not None and log.size + log.tail != member.retired:
        what = f"{log.size + log.tail:,} entries; it was retired at {member.retired:,}"
        log.problem("retired_changed", what)
    if member.name != log.name.removeprefix("writers/"):
        what = f"lies in the folder of another writer, `{shown(member.name)}`"
        log.problem("writer_misplaced", what)


def check_cited(logs: Mapping[str, CheckedLog], folders: Mapping[str, Folder]) -> dict[str, int]:
    """Look up causes that stand in another log; return by log how many could not be looked up.

    Parameters
    ----------
    logs, folders : mapping
        By origin.
    """
    unchecked: dict[str, int] = {}
    for log in logs.values():
        unchecked[log.origin] = 0
        for cited in log.cited:
            other = logs.get(cited.origin)
            if other is None:
                unchecked[log.origin] += 1
                continue
            leaf = other.leaf(folders[cited.origin], cited.index)
            if leaf.hex() != cited.leaf or (other is log and cited.index >= cited.at):
                what = f"cites entry {cited.index} of `{shown(cited.origin)}`, which is another one"
                log.problem("cause_unresolved", what, entry=cited.at)
    return unchecked


def check_rotations(
    logs: Mapping[str, CheckedLog], folders: Mapping[str, Folder], keys: Mapping[str, Key]
) -> dict[str, int]:
    """Check that a log which continues another commits to how that one ended.

    Returns by origin of the continuing log 1 if the other one is not here to be looked at.
    """
    unchecked: dict[str, int] = {}
    for log in logs.values():
        opened = next((e for i, e in log.special if i == 0 and isinstance(e, LogOpened)), None)
        if opened is None or opened.previous is None:
            continue
        previous = logs.get(opened.previous.origin)
        if previous is None:
            unchecked[log.origin] = 1
            continue
        index = opened.previous.index
        closed = next(
            (e for i, e in previous.special if i == index and isinstance(e, LogClosed)), None
        )
        leaf = previous.leaf(folders[previous.origin], index).hex()
        root = previous.tree.root().hex() if previous.tree else ""
        key = keys.get(log.origin)
        if closed is None or leaf != opened.previous.leaf or root != opened.previous_root:
            what = f"does not continue `{shown(previous.origin)}` where that log was closed"
            log.problem("rotation_broken", what, entry=0)
        elif key is not None and closed.next_key != key.text:
            what = f"`{shown(previous.origin)}` named another key to continue with"
            log.problem("rotation_broken", what, entry=0)
    return unchecked


def missing_members(roster: Mapping[str, Member], present: Sequence[str]) -> list[Member]:
    """Return members whose log is not among the `present` origins."""
    return [member for origin, member in roster.items() if origin not in present]


def _take_anchored(
    anchor: CheckedLog, member: Member, event: CheckpointAnchored, index: int
) -> None:
    newest = max(member.anchored, default=0)
    if event.size < newest or member.anchored.get(event.size, event.root) != event.root:
        what = f"checkpoint of {event.size:,} entries after one of {newest:,}: the writer forked"
        anchor.problem("anchor_backwards", what, entry=index)
    member.anchored.setdefault(event.size, event.root)


def _key_of(event: WriterEnrolled) -> Key | None:
    try:
        key = parse_key(event.key)
    except BadKeyError:
        return None
    return key if key.kind == LOG_KEY and key.name == event.origin else None
