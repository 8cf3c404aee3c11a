"""`tertius sign`: put your signature under a manifest, or another document that is enforced."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from tertius.cli.differing import changes_between
from tertius.cli.drafts import Draft
from tertius.cli.lint_whole import remembered
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.cli.sign_replacing import require_replacing, said_in
from tertius.cli.sign_sound import require_sound
from tertius.cli.sign_under import (
    PENDING,
    pending_of,
    place_for,
    require_counts,
    root_beside,
    without_strangers,
)
from tertius.cli.signable import SIGNABLE, kind_of
from tertius.core.digest import digest
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.names import nearest
from tertius.escalation import approver_key
from tertius.log.disk import Disk, write_new
from tertius.log.keys import read_key
from tertius.log.notekey import SigningKey
from tertius.policy.document import read_document
from tertius.policy.envelope import Envelope, sign
from tertius.policy.envelope_file import read_envelope
from tertius.policy.manifest_diff import Change


class UnknownKindError(CallerError):
    """A kind of document that nobody signs."""


class WrongSignerError(CallerError):
    """A signature by somebody who cannot sign that kind of document."""


class NothingToSignError(CallerError):
    """No file was named."""


class Signed(Struct, frozen=True, kw_only=True):
    """One file's envelope, before it is written."""

    file: Path
    target: Path
    envelope: Envelope
    digest: str
    needed: int
    changes: tuple[Change, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether an earlier version stays in force until more people signed."""
        return self.target.name.endswith(PENDING)


def sign_(
    *files: Path,
    key: Path,
    kind: Annotated[str | None, Parameter(name="--as")] = None,
    by: str | None = None,
    threshold: int | None = None,
    json: Flag = False,
) -> int:
    """Sign manifests, or other documents that are enforced, with your key.

    Each file is read and checked, and what it says is signed together with the file's digest. What
    no gate would start with is refused, by itself or beside the other documents of its deployment,
    YAML before signed; what would only do nothing is told, and signed. The envelope goes to
    `<name>.signed.json` beside it; the next reviewer runs the same command with another key. All
    files are checked before any is written. With `roots` in the deployment's folder, a key that
    counts for nothing there is refused, and a version that too few people signed waits as
    `<name>.pending.json` while the one before stays in force.

    Parameters
    ----------
    files
        YAML files to sign.
    key
        Your private key, made by `tertius keygen --signer`; with `--by`, your key as an approver.
    kind
        What the files are: manifest, constitution, mode, roles, conditions, revocations,
        approvers, reviews, break-glass or root [default: what a file's name says, such as
        `roles.yaml`; any other is a manifest].
    by
        Your pseudonym in the register, for break-glass: approvers sign it, with the key that
        `tertius escalations enrol` made. The passphrase is asked for at the terminal.
    threshold
        How many people must sign, to say how many are still missing [default: as the root says,
        or 1].
    json
        Print one JSON object.
    """
    if not files:
        raise NothingToSignError("nothing to sign; name one file or more")
    if kind is not None and kind not in SIGNABLE:
        raise UnknownKindError(f"unknown kind `{safe(kind, 60)}`{nearest(kind, SIGNABLE)}")
    if threshold is not None and not 1 <= threshold <= 64:
        raise CallerError(f"threshold {threshold}; expected 1 to 64")
    kinds = [kind or kind_of(path) for path in files]
    _require_signer(kinds, by)
    private = _key(key, by, outside=files[0].resolve().parent)
    drafts = [_draft(path, each) for path, each in zip(files, kinds, strict=True)]
    made = [_signed(draft, payload, private, threshold) for draft, payload in drafts]
    doubts = require_sound([draft for draft, _ in drafts])
    for each in made:
        write_new(Disk(), each.target, each.envelope.encode())
        if not each.waits:
            pending_of(each.target).unlink(missing_ok=True)
    for doubt in doubts:
        print(safe(doubt, 400), file=sys.stderr)
    if json:
        print_json({"signed": [_as_dict(each) for each in made]})
    else:
        for each in made:
            _show(each)
    return EXIT_PASS


def _require_signer(kinds: Sequence[str], by: str | None) -> None:
    """Refuse a signature that could never count, before a passphrase is asked for."""
    for kind in kinds:
        if kind == "break-glass" and by is None:
            raise WrongSignerError("break-glass is signed by approvers; name yourself with `--by`")
        if kind != "break-glass" and by is not None:
            raise WrongSignerError(f"approvers sign break-glass, and no `{kind}`; leave out `--by`")


def _key(path: Path, by: str | None, *, outside: Path) -> SigningKey:
    if by is None:
        return read_key(path, outside=outside)
    prompt = f"passphrase of {by} to break glass: "
    approver = approver_key.read_key(path, by, lambda: approver_key.ask_passphrase(prompt))
    return SigningKey(by, approver.private_bytes_raw())


def _draft(path: Path, kind: str) -> tuple[Draft, bytes]:
    document = read_document(path)
    noun, payload = SIGNABLE[kind].payload(document)
    made = digest("document", payload)
    return Draft(file=path, kind=kind, noun=noun, document=document, digest=made), payload


def _signed(draft: Draft, payload: bytes, key: SigningKey, threshold: int | None) -> Signed:
    path, signable = draft.file, SIGNABLE[draft.kind]
    target = signable.target(draft.noun, path)
    root = root_beside(path, signable)
    if root is not None:
        require_counts(root, key)
    require_replacing(draft, remembered(path))
    beside: Envelope | None = None
    changes: tuple[Change, ...] = ()
    for file in (target, pending_of(target)):
        if not file.exists():
            continue
        earlier = read_envelope(file)
        if earlier.body == payload:
            beside = earlier if root is None else without_strangers(root, earlier)
        elif file == target:
            changes = changes_between(said_in(earlier, signable, target), draft.noun) or ()
    envelope = sign(payload, key, beside=beside)
    needed = threshold or 1
    if root is not None:
        target, needed = place_for(root, envelope, target), root.document.threshold
    return Signed(
        file=path,
        target=target,
        envelope=envelope,
        digest=draft.digest,
        needed=needed,
        changes=changes,
    )


def _as_dict(each: Signed) -> dict[str, Any]:
    return {
        "file": str(each.file),
        "envelope": str(each.target),
        "digest": each.digest,
        "signatures": len(each.envelope.signatures),
        "threshold": each.needed,
        "changes": [msgspec.to_builtins(change) for change in each.changes],
    }


def _show(each: Signed) -> None:
    have, needed = len(each.envelope.signatures), each.needed
    rest = f" of {needed}; {needed - have} missing" if have < needed else f" of {needed}"
    rest = f", {needed} needed" if have > needed else rest
    rest += "; the version before stays in force until then" if each.waits else ""
    print(f"{safe(str(each.target))}: {counted(have, 'signature')}{rest}")
    print(f"  digest {each.digest}")
    for change in each.changes:
        print(f"  {change.direction}: {safe(change.path)}, {safe(change.said)}")
