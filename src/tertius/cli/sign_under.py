"""Whose signature counts for a document: what the root beside its folder says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tertius.cli.signable import Signable
from tertius.core.errors import CallerError, TertiusError
from tertius.log.notekey import SigningKey, parse_vkey
from tertius.policy.envelope import Envelope, TooFewSignaturesError, keyid, parse_envelope
from tertius.policy.files import read_file
from tertius.policy.manifests import SIGNED
from tertius.policy.roots import NoRootError, Root, newest_root

PENDING: Final = ".pending.json"
"""How the file of an envelope ends that would be worse than the one in force."""


class KeyNotInRootError(CallerError):
    """A key whose signature counts for nothing there."""


def root_beside(path: Path, signable: Signable) -> Root | None:
    """Return the root under which a document below ``policy/`` stands, None if none is near."""
    if signable.role is None:
        return None
    for folder in path.resolve().parents[:3]:
        if (folder / "roots").is_dir():
            try:
                return newest_root(folder / "roots", signable.role)
            except (NoRootError, TooFewSignaturesError):  # not made yet
                return None
    return None


def require_counts(root: Root, key: SigningKey) -> None:
    """Refuse a key that is not in a root.

    Raises
    ------
    KeyNotInRootError
        Names the role, and which keys count, and whose they are.
    """
    public = key.verifier.public
    if public not in {each.public for each in root.document.keys}:
        known = sorted({(parse_vkey(each.key).name, each.person) for each in root.document.keys})
        told = ", ".join(f"`{name}` of `{person}`" for name, person in known)
        raise KeyNotInRootError(
            f"key `{key.verifier.name}` counts for nothing under root `{root.document.role}`; "
            f"{'keys' if len(known) > 1 else 'key'} {told} {'do' if len(known) > 1 else 'does'}"
        )


def without_strangers(root: Root, envelope: Envelope) -> Envelope:
    """Return an envelope with those signatures that name a key of the root."""
    known = {keyid(each.public) for each in root.document.keys}
    kept = tuple(each for each in envelope.signatures if each.keyid in known)
    return Envelope(payload=envelope.payload, payload_type=envelope.payload_type, signatures=kept)


def place_for(root: Root, envelope: Envelope, target: Path) -> Path:
    """Return where an envelope goes: beside one that holds, as long as it does not hold itself."""
    return target if _holds(root, envelope) or not _stands(root, target) else pending_of(target)


def pending_of(target: Path) -> Path:
    """Return where the next version waits for more signatures."""
    return target.with_name(target.name.removesuffix(SIGNED) + PENDING)


def _stands(root: Root, target: Path) -> bool:
    try:
        return _holds(root, parse_envelope(read_file(target)))
    except CallerError:
        return False


def _holds(root: Root, envelope: Envelope) -> bool:
    try:
        root.count(envelope)
    except TertiusError:
        return False
    return True
