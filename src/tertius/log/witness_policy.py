"""Witness policies in the tlog-policy form of C2SP: which logs, which witnesses, what quorum.

One line says one thing: ``log <vkey> [<url>]``, ``witness <name> <vkey> [<url>]``,
``group <name> all|any|<k> <member>...``, ``quorum <name>|none``; ``#`` begins a comment line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.log.checkpoint import SignedCheckpoint
from tertius.log.notekey import COSIGNATURE, ED25519, KeyTextError, VerifierKey, parse_vkey

MAX_POLICY = 256 * 1024
CLOCK_SKEW = 300

_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANKS = re.compile(r"[ \t]+")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_FORMS = {
    "log": "log <vkey> [<url>]",
    "witness": "witness <name> <vkey> [<url>]",
    "group": "group <name> all|any|<k> <member>...",
    "quorum": "quorum <name>|none",
}


class PolicyTextError(CallerError, ValueError):
    """A witness policy that does not parse; the message begins with the line number."""


class Log(Struct, frozen=True):
    """A known log; its key's name is its origin."""

    key: VerifierKey
    url: str = ""


class WitnessEntry(Struct, frozen=True):
    """A known witness: its name in the policy, its key, where it is asked."""

    name: str
    key: VerifierKey
    url: str = ""


class Group(Struct, frozen=True):
    """Witnesses and groups of which `threshold` must have witnessed."""

    name: str
    threshold: int
    members: tuple[str, ...]


class WitnessPolicy(Struct, frozen=True):
    """A parsed policy; `quorum` names a witness, a group, or is ``none``."""

    logs: tuple[Log, ...]
    witnesses: tuple[WitnessEntry, ...]
    groups: tuple[Group, ...]
    quorum: str

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of all witnesses, for `open_checkpoint`."""
        return tuple(each.key for each in self.witnesses)

    def log_key(self, origin: str) -> VerifierKey | None:
        """Return the key of the log of that origin, if the policy knows it."""
        return next((each.key for each in self.logs if each.key.name == origin), None)


class Standing(StrEnum):
    """How a checkpoint stands against a quorum."""

    MET = "met"
    STALE = "stale"
    SHORT = "short"


class Witnessed(Struct, frozen=True):
    """Standing of one checkpoint, and the policy names of its fresh and its outdated witnesses."""

    standing: Standing
    fresh: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


def evaluate(
    policy: WitnessPolicy,
    signed: SignedCheckpoint,
    *,
    now: int,
    max_age: int,
    skew: int = CLOCK_SKEW,
) -> Witnessed:
    """Say whether a checkpoint has its quorum of cosignatures, and whether they are recent.

    Parameters
    ----------
    policy : WitnessPolicy
        The policy.
    signed : SignedCheckpoint
        Opened with the log's pinned key and `WitnessPolicy.witness_keys`.
    now : int
        POSIX seconds.
    max_age : int
        Seconds after which a cosignature is outdated.
    skew : int, optional
        Seconds by which a cosignature may lie in the future; beyond, it does not count at all.

    Returns
    -------
    Witnessed
        ``met`` if fresh cosignatures satisfy the quorum, ``stale`` if only together with outdated
        ones, ``short`` if not even so.

    Notes
    -----
    A witness is its public key: the policy holds no key twice, so one key cannot count twice,
    under whatever names it signs. Cannot see that two keys are in one hand.

    References
    ----------
    C2SP tlog-policy; tlog-cosignature v1.0.0 for the times.
    """
    newest: dict[bytes, int] = {}
    for each in signed.cosignatures:
        if each.time is not None and each.time <= now + skew:
            newest[each.key.public] = max(each.time, newest.get(each.key.public, 0))
    fresh: list[str] = []
    stale: list[str] = []
    for witness in policy.witnesses:
        time = newest.get(witness.key.public)
        if time is not None:
            (fresh if now - time <= max_age else stale).append(witness.name)
    standing = Standing.SHORT
    if _satisfied(policy, {*fresh}):
        standing = Standing.MET
    elif _satisfied(policy, {*fresh, *stale}):
        standing = Standing.STALE
    return Witnessed(standing, tuple(fresh), tuple(stale))


def parse_policy(data: bytes) -> WitnessPolicy:
    r"""Read a witness policy.

    Raises
    ------
    PolicyTextError
        With the line number and what was expected.

    Notes
    -----
    Stricter than the specification in three points: only Ed25519 keys are known (0x01 for logs,
    0x04 for witnesses), an origin has one key, and no witness may use the key of a log.

    Examples
    --------
    >>> key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    >>> parse_policy(f"log {key}\nquorum none\n".encode()).quorum
    'none'
    """
    reader = _PolicyReader()
    for number, words in _lines(data):
        try:
            reader.take(words)
        except (PolicyTextError, KeyTextError) as error:
            raise PolicyTextError(f"line {number}: {error}") from error
    return reader.finish()


class _PolicyReader:
    """What has been read of a policy so far."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[WitnessEntry] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.names: set[str] = set()
        self.members: set[str] = set()
        self.keys: dict[bytes, str] = {}

    def take(self, words: list[str]) -> None:
        """Take one line, cut into words."""
        keyword, *rest = words
        if keyword == "log" and len(rest) in (1, 2):
            key = self._key(rest[0], ED25519, "log")
            if any(each.key.name == key.name for each in self.logs):
                raise PolicyTextError(f"origin `{key.name}` has two log lines; one key each")
            self.logs.append(Log(key, *rest[1:]))
        elif keyword == "witness" and len(rest) in (2, 3):
            self._define(rest[0])
            key = self._key(rest[1], COSIGNATURE, "witness")
            self.witnesses.append(WitnessEntry(rest[0], key, *rest[2:]))
        elif keyword == "group" and len(rest) >= 3:
            self._group(*rest)
        elif keyword == "quorum" and len(rest) == 1:
            if self.quorum is not None:
                raise PolicyTextError("second quorum line; expected exactly one")
            if rest[0] != "none":
                self._require_defined(rest[0])
            self.quorum = rest[0]
        elif keyword in _FORMS:
            raise PolicyTextError(f"expected `{_FORMS[keyword]}`")
        else:
            raise PolicyTextError(f"unknown keyword `{_shown(keyword)}`{nearest(keyword, _FORMS)}")

    def finish(self) -> WitnessPolicy:
        """Return the policy, if it is whole."""
        if self.quorum is None:
            raise PolicyTextError("no quorum line; expected exactly one, if only `quorum none`")
        return WitnessPolicy(
            tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum
        )

    def _group(self, name: str, rule: str, *members: str) -> None:
        thresholds = {"all": len(members), "any": 1}
        if rule not in thresholds and not _THRESHOLD.fullmatch(rule):
            raise PolicyTextError(f"bad threshold `{_shown(rule)}`; expected all, any or a number")
        threshold = thresholds.get(rule) or int(rule)
        if threshold > len(members):
            raise PolicyTextError(f"threshold {threshold} of {len(members)} members is never met")
        for member in members:
            self._require_defined(member)
            if member in self.members:
                raise PolicyTextError(f"`{_shown(member)}` is a member twice; expected once")
            self.members.add(member)
        self._define(name)
        self.groups.append(Group(name, threshold, members))

    def _key(self, text: str, kind: int, role: str) -> VerifierKey:
        key = parse_vkey(text)
        if key.kind != kind:
            raise PolicyTextError(
                f"a {role} key has signature type 0x{kind:02x}, this one 0x{key.kind:02x}"
            )
        if key.public in self.keys:
            raise PolicyTextError(
                f"same public key as {self.keys[key.public]}; one key counts once"
            )
        self.keys[key.public] = f"{role} `{_shown(key.name)}`"
        return key

    def _define(self, name: str) -> None:
        if name == "none" or name in self.names:
            raise PolicyTextError(f"name `{_shown(name)}` is taken; expected a new one")
        self.names.add(name)

    def _require_defined(self, name: str) -> None:
        if name not in self.names:
            raise PolicyTextError(
                f"`{_shown(name)}` is not defined on an earlier line"
                f"{nearest(_shown(name), map(_shown, self.names))}"
            )


def _satisfied(policy: WitnessPolicy, witnessed: set[str]) -> bool:
    """Tell whether these witnesses meet the quorum; groups name only what stands before them."""
    for group in policy.groups:
        if len(witnessed.intersection(group.members)) >= group.threshold:
            witnessed.add(group.name)
    return policy.quorum == "none" or policy.quorum in witnessed


def _lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give the numbered lines that say something, cut into words.

    Names are opaque octets: surrogate escapes keep every one apart, whether UTF-8 or not.
    """
    if len(data) > MAX_POLICY:
        raise PolicyTextError(f"policy has {len(data)} bytes; expected at most {MAX_POLICY}")
    if found := _FORBIDDEN.search(data):
        before = data.count(b"\n", 0, found.start())
        raise PolicyTextError(f"line {before + 1}: control character 0x{found[0][0]:02x}")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[-1]:
        raise PolicyTextError(f"line {len(lines)}: does not end in a newline; is the file cut off")
    for number, text in enumerate((line.strip(" \t") for line in lines[:-1]), start=1):
        if text and not text.startswith("#"):
            yield number, _BLANKS.split(text)


def _shown(text: str) -> str:
    return ascii(text[:80])[1:-1]
