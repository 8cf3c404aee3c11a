"""Who vouches for a checkpoint: pinned keys, the roster, witnesses, and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tertius.log.verify_log import CheckedLog
from tertius.log.verify_note import (
    LOG_KEY,
    BadNoteError,
    Checkpoint,
    Key,
    cosigned_by,
    parse_checkpoint,
    signed_by,
)
from tertius.log.verify_policy import Policy
from tertius.log.verify_report import Fork, Witnesses, shown


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller brought from outside the log.

    Attributes
    ----------
    handed : tuple of Key
        Keys handed over for this run: the log must be signed by one of them.
    pinned : tuple of Key
        Keys pinned on this machine for any number of logs.
    policy : Policy or None
        Witness policy; its known logs count as handed over.
    now, max_age : int
        Seconds since 1970; seconds that a cosignature counts.
    """

    handed: tuple[Key, ...] = ()
    pinned: tuple[Key, ...] = ()
    policy: Policy | None = None
    now: int = 0
    max_age: int = 86_400

    def keys_of(self, origin: str) -> list[Key]:
        """Return the known keys of a log; a log key handed over is asked for instead of pins."""
        asked = any(key.kind == LOG_KEY for key in self.handed)
        pinned = () if asked else self.pinned
        listed = (*self.handed, *pinned, *(self.policy.logs if self.policy else ()))
        return [key for key in dict.fromkeys(listed) if _is_log_key(key, origin)]

    @property
    def demanded(self) -> bool:
        """Whether the caller said which log this must be."""
        return any(key.kind == LOG_KEY for key in self.handed) or bool(
            self.policy and self.policy.logs
        )


def vouch(log: CheckedLog, keys: Sequence[Key], *, demanded: bool) -> Key | None:
    """Return the known key under which a log's checkpoint verifies.

    A signature of a known key that fails is a problem, and so is its absence; `demanded` makes it
    one as well that no key of this origin is known.
    """
    if log.checkpoint is None:
        return None
    try:
        signers = signed_by(log.checkpoint, keys)
    except BadNoteError as error:
        log.problem("signature_invalid", str(error), file="checkpoint")
        return None
    if signers:
        return signers[0]
    if keys:
        what = f"not signed by the known key {shown(keys[0].title)}"
        log.problem("signature_missing", what, file="checkpoint")
    elif demanded:
        what = f"origin `{shown(log.origin)}` is none of the logs whose keys were handed over"
        log.problem("origin_differs", what, file="checkpoint")
    return None


def witness(log: CheckedLog, trust: Trust) -> Witnesses:
    """Hold the checkpoint's cosignatures against the witness policy."""
    if trust.policy is None:
        return "no_policy"
    if log.checkpoint is None:
        return "met" if trust.policy.quorum == "none" else "not_met"
    try:
        found = cosigned_by(log.checkpoint, trust.policy.witnesses.values())
    except BadNoteError as error:
        log.problem("cosignature_invalid", str(error), file="checkpoint")
        return "not_met"
    return trust.policy.judge(found, now=trust.now, max_age=trust.max_age)


def compare(
    log: CheckedLog, other: Checkpoint, source: str, keys: Sequence[Key]
) -> tuple[Fork, ...]:
    """Hold the log against a checkpoint of it that somebody else kept.

    Reports a rollback if the log is shorter. If both cannot be true, the two notes are returned;
    a log whose entries do not match its own checkpoint is altered, not forked.
    """
    if other.size > log.size:
        what = f"the log has {log.size:,} entries under its checkpoint; {source} has {other.size:,}"
        log.problem("rollback", what, file="checkpoint")
        return ()
    if log.tree is None or log.tree.root(other.size) == other.root:
        return ()
    if log.checkpoint is None or log.tree.root() != log.checkpoint.root:
        return ()  # its entries are not what it signed; that was told, and proves nothing of others
    what = f"contradicts {source} of {other.size:,} entries: rewritten, or forked"
    log.problem("fork", what, file="checkpoint")
    proven = all(is_signed(each, keys) for each in (log.checkpoint, other))
    return (Fork(log.origin, log.checkpoint.note, other.note, source, proven),)


def read_note(text: str) -> Checkpoint | None:
    """Read a checkpoint that was remembered; None if it cannot be read."""
    try:
        return parse_checkpoint(text.encode())
    except BadNoteError:
        return None


def _is_log_key(key: Key, origin: str) -> bool:
    return key.kind == LOG_KEY and key.name == origin


def is_signed(checkpoint: Checkpoint, keys: Sequence[Key]) -> bool:
    """Tell whether a known key of its origin signed a checkpoint."""
    try:
        return bool(signed_by(checkpoint, keys))
    except BadNoteError:
        return False
