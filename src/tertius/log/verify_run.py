"""One verification: the logs checked so far, what vouches for them, and the conclusion."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tertius.core.errors import CallerError
from tertius.log.verify_anchor import (
    Member,
    check_cited,
    check_member,
    check_rotations,
    missing_members,
    read_roster,
)
from tertius.log.verify_files import Folder
from tertius.log.verify_log import CheckedLog
from tertius.log.verify_memory import Memory, Remembered
from tertius.log.verify_note import Checkpoint, Key, parse_key
from tertius.log.verify_report import (
    MOST_PER_CODE,
    Fork,
    LogReport,
    Problem,
    Report,
    Witnesses,
    conclude,
    shown,
)
from tertius.log.verify_trust import Trust, compare, is_signed, read_note, vouch, witness


class Run:
    """Gathers the logs of one verification and what vouches for them."""

    def __init__(
        self,
        trust: Trust,
        remembered: Memory,
        handed: Checkpoint | None,
        loose: list[Problem],
    ) -> None:
        self._trust = trust
        self._remembered = remembered
        self._handed = handed
        self._loose = loose
        self._logs: list[CheckedLog] = []
        self._folders: dict[str, Folder] = {}
        self._by_origin: dict[str, CheckedLog] = {}
        self._keys: dict[str, Key] = {}
        self._forks: list[Fork] = []
        self._witnesses: dict[str, Witnesses] = {}
        self._roster: dict[str, Member] = {}

    def add(self, log: CheckedLog, folder: Folder) -> None:
        """Take a checked log; the anchor, or the only log, comes first."""
        self._logs.append(log)
        if log.origin and log.origin in self._by_origin:
            log.problem("origin_twice", "another folder holds a log of the same origin")
            return
        self._by_origin[log.origin] = log
        self._folders[log.origin] = folder
        first = len(self._logs) == 1
        if first and log.name == "anchor":
            self._roster = read_roster(log)
        member = self._roster.get(log.origin)
        known = self._known_keys(log.origin)
        key = vouch(log, known, demanded=first and self._trust.demanded)
        if first:
            self._witnesses[log.origin] = witness(log, self._trust)
        elif member is None:
            log.problem("writer_unknown", "this log is not on the anchor's roster")
        else:
            key = self._vouch_by_roster(log, member) or key
            self._witnesses[log.origin] = "through_anchor"
        if key is not None:
            self._keys[log.origin] = key
        self._compare(log, known)

    def _known_keys(self, origin: str) -> list[Key]:
        known = self._trust.keys_of(origin)
        seen = self._remembered.logs.get(origin)
        if seen is not None:
            known += [key for key in (parse_key(seen.key),) if key not in known]
        return known

    def _vouch_by_roster(self, log: CheckedLog, member: Member) -> Key | None:
        """Return the roster's key if it signed the log and the anchor itself is vouched for."""
        check_member(log, member)
        signer = vouch(log, [member.key], demanded=False) if member.key else None
        trusted = self._logs[0].origin in self._keys and member.signed
        return signer if trusted else None

    def _compare(self, log: CheckedLog, known: list[Key]) -> None:
        """Hold a log against the checkpoint remembered of it and the one handed over."""
        seen = self._remembered.logs.get(log.origin)
        note = read_note(seen.note) if seen else None
        if note is not None:
            self._forks += compare(log, note, "the checkpoint remembered", known)
        if self._handed is not None and self._handed.origin == log.origin:
            if known and not is_signed(self._handed, known):
                raise CallerError("the checkpoint handed over is not signed by the log's known key")
            self._forks += compare(log, self._handed, "the checkpoint handed over", known)

    def conclude(self, path: Path, policy: str) -> tuple[Report, Memory]:
        """Hold the logs against each other and draw the conclusion."""
        first = self._logs[0]
        if self._handed is not None and self._handed.origin not in self._by_origin:
            origin = shown(self._handed.origin)
            what = f"no log here has the origin `{origin}` of the checkpoint handed over"
            first.problem("origin_differs", what)
        for member in missing_members(self._roster, list(self._by_origin)):
            what = f"writer `{shown(member.name)}` is on the roster, its log is gone"
            first.problem("writer_missing", what)
        for origin, name in self._remembered.rosters.get(first.origin, {}).items():
            if origin not in self._roster:
                what = f"writer `{shown(name)}` was on the roster, and is no longer"
                first.problem("writer_missing", what)
        before = self._remembered.logs.get(first.origin)
        if before is not None and before.policy not in ("", policy):
            what = "the witness policy is another one than at the last clean verification"
            first.remark("policy_changed", what)
        cited = check_cited(self._by_origin, self._folders)
        for origin, count in check_rotations(self._by_origin, self._folders, self._keys).items():
            cited[origin] = cited.get(origin, 0) + count
        logs = tuple(self._report(log, cited.get(log.origin, 0)) for log in self._logs)
        problems = [*self._loose, *_told(self._logs, "problems")]
        report = conclude(
            str(path).encode(errors="backslashreplace").decode(),
            logs,
            tuple(problems),
            _told(self._logs, "remarks"),
            tuple(self._forks),
        )
        return report, self._newer(policy)

    def _report(self, log: CheckedLog, cited: int) -> LogReport:
        member = self._roster.get(log.origin)
        key = self._keys.get(log.origin)
        return LogReport(
            name=shown(log.name),
            origin=log.origin,
            size=log.size,
            root=log.checkpoint.root.hex() if log.checkpoint else "",
            tail=log.tail,
            anchored=max(member.anchored, default=0) if member else None,
            contents=log.contents,
            erased=log.erased,
            missing=log.missing,
            cited=cited,
            files=log.files,
            authenticity="verified" if key is not None else "not_evaluated",
            signed_by=key.title if key is not None else "",
            witnesses=self._witnesses.get(log.origin, "no_policy"),
        )

    def _newer(self, policy: str) -> Memory:
        logs = {
            origin: Remembered(
                log.checkpoint.size,
                log.checkpoint.root.hex(),
                log.checkpoint.note,
                self._keys[origin].text,
                policy,
            )
            for origin, log in self._by_origin.items()
            if log.checkpoint is not None and origin in self._keys
        }
        roster = {member.origin: member.name for member in self._roster.values() if member.signed}
        return Memory(logs=logs, rosters={self._logs[0].origin: roster} if roster else {})


def _told(logs: list[CheckedLog], kind: str) -> tuple[Problem, ...]:
    """Collect problems or remarks of all logs, at most a few of each kind one by one."""
    told: list[Problem] = []
    for log in logs:
        counts: dict[str, int] = {}
        for problem in getattr(log, kind):
            counts[problem.code] = counts.get(problem.code, 0) + 1
            if counts[problem.code] <= MOST_PER_CODE:
                told.append(msgspec.structs.replace(problem, log=shown(log.name)))
        for code, count in counts.items():
            if count > MOST_PER_CODE:
                what = f"{count - MOST_PER_CODE:,} more of this kind"
                told.append(Problem(code=code, what=what, log=shown(log.name)))
    return tuple(told)
