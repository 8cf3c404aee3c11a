"""Witness policies in tlog-policy form, and whether cosignatures meet the quorum."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from tertius.core.errors import CallerError
from tertius.log.verify_note import LOG_KEY, WITNESS_KEY, Cosignature, Key, parse_key
from tertius.log.verify_report import Witnesses, shown

MAX_POLICY = 256 * 1024
CLOCK_SKEW = 300
"""Seconds that a witness's clock may run ahead of ours; a later cosignature does not count."""

_FOREIGN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")


class BadPolicyError(CallerError):
    """A policy file that is not tlog-policy; the message names the line."""


class Group(msgspec.Struct, frozen=True):
    """Names of which at least `needed` must have witnessed."""

    needed: int
    members: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True):
    """Known logs, witnesses by name, groups in order of definition, and the quorum's name."""

    logs: tuple[Key, ...]
    witnesses: dict[str, Key]
    groups: dict[str, Group]
    quorum: str

    def judge(self, found: Iterable[Cosignature], *, now: int, max_age: int) -> Witnesses:
        """Hold verified cosignatures against the quorum.

        Parameters
        ----------
        found : iterable of Cosignature
            Verified, of this policy's witnesses.
        now, max_age : int
            Seconds since 1970; seconds that a cosignature counts.

        Returns
        -------
        str
            `met`; `stale` if it were met by cosignatures of any age; `not_met`.
        """
        past = [each for each in found if each.time <= now + CLOCK_SKEW]
        fresh = {each.key.public for each in past if each.time >= now - max_age}
        if self._holds(fresh):
            return "met"
        return "stale" if self._holds({each.key.public for each in past}) else "not_met"

    def _holds(self, public: set[bytes]) -> bool:
        """Count by public key bytes: two names of one key are refused when the policy is read."""
        if self.quorum == "none":
            return True
        held = {name: key.public in public for name, key in self.witnesses.items()}
        for name, group in self.groups.items():
            held[name] = sum(held[member] for member in group.members) >= group.needed
        return held[self.quorum]


def parse_policy(raw: bytes) -> Policy:
    """Read a policy file.

    Raises
    ------
    BadPolicyError
        With the number of the line that is wrong.

    References
    ----------
    C2SP tlog-policy, "Policy file syntax and structure".

    Examples
    --------
    >>> parse_policy(b"quorum none").judge([], now=0, max_age=0)
    'met'
    """
    if len(raw) > MAX_POLICY or _FOREIGN.search(raw):
        raise BadPolicyError("the policy is no text file of lines, or too long")
    reader = _Reader()
    for number, line in enumerate(raw.decode("latin-1").split("\n"), start=1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                reader.take(words)
            except CallerError as error:
                raise BadPolicyError(f"policy line {number}: {error}") from error
    if reader.quorum is None:
        raise BadPolicyError("the policy has no `quorum` line; write `quorum none` to need none")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _Reader:
    """Takes a policy's lines one by one."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        """Take one line, split into words."""
        first, *rest = words
        if first == "log" and len(rest) in (1, 2):
            self.logs.append(self._key(rest[0], LOG_KEY, self.logs))
        elif first == "witness" and len(rest) in (2, 3):
            self._new(rest[0])
            known = self.witnesses.values()
            self.witnesses[rest[0]] = self._key(rest[1], WITNESS_KEY, known)
        elif first == "group" and len(rest) >= 3:
            self._group(*rest)
        elif first == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != "none" and rest[0] not in self._known():
                raise BadPolicyError(f"quorum `{shown(rest[0])}` is not defined above")
            self.quorum = rest[0]
        else:
            raise BadPolicyError(
                f"`{shown(' '.join(words), 60)}` is no line of a policy; "
                "expected `log`, `witness`, `group` or one `quorum`"
            )

    def _group(self, name: str, threshold: str, *members: str) -> None:
        self._new(name)
        words = {"any": 1, "all": len(members)}
        number = re.fullmatch("[1-9][0-9]{0,5}", threshold)
        needed = words.get(threshold, int(threshold) if number else 0)
        if not 1 <= needed <= len(members):
            raise BadPolicyError(f"group `{shown(name)}` cannot need `{shown(threshold)}`")
        for member in members:
            if member not in self._known() or member in self._members:
                raise BadPolicyError(f"member `{shown(member)}` is not defined, or used twice")
            self._members.add(member)
        self.groups[name] = Group(needed, members)

    def _known(self) -> set[str]:
        return {*self.witnesses, *self.groups}

    def _new(self, name: str) -> None:
        if name == "none" or name in self._known():
            raise BadPolicyError(f"name `{shown(name)}` is taken")

    def _key(self, text: str, kind: int, known: Iterable[Key]) -> Key:
        # Names may hold UTF-8; the file was read byte by byte.
        try:
            key = parse_key(text.encode("latin-1").decode())
        except UnicodeDecodeError as error:
            raise BadPolicyError("a key's name is not UTF-8") from error
        if key.kind != kind:
            raise BadPolicyError(f"key `{shown(key.name)}` has type {key.kind}; expected {kind}")
        if any(key.public == other.public for other in known):
            raise BadPolicyError(f"key `{shown(key.name)}` is listed twice")
        return key
