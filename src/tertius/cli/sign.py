"""`tertius sign`: put your signature under a manifest, or another document that is enforced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.cli.signable import SIGNABLE, Signable
from tertius.core.digest import digest
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.manifest import Manifest
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.log.disk import Disk, write_new
from tertius.log.keys import read_key
from tertius.log.notekey import SigningKey
from tertius.policy.document import read_document
from tertius.policy.envelope import Envelope, parse_envelope, read_statement, sign
from tertius.policy.files import read_file
from tertius.policy.manifest_diff import Change, diff


class UnknownKindError(CallerError):
    """A kind of document that nobody signs."""


class SameVersionError(CallerError):
    """A changed document under a version that is signed already, or a lower one."""


class NothingToSignError(CallerError):
    """No file was named."""


class Signed(Struct, frozen=True, kw_only=True):
    """One file's envelope, before it is written."""

    file: Path
    target: Path
    envelope: Envelope
    digest: str
    changes: tuple[Change, ...] = ()


def sign_(
    *files: Path,
    key: Path,
    kind: Annotated[str, Parameter(name="--as")] = "manifest",
    threshold: int = 1,
    json: Flag = False,
) -> int:
    """Sign manifests, or other documents that are enforced, with your key.

    Each file is read and checked, and what it says is signed together with the file's digest. The
    envelope goes to `<name>.signed.json` beside it; the next reviewer runs the same command with
    another key. All files are checked before any is written.

    Parameters
    ----------
    files
        YAML files to sign.
    key
        Your private key, made by `tertius keygen --signer`.
    kind
        What the files are: manifest, constitution, conditions, root, revocations, approvers or
        break-glass.
    threshold
        How many people must sign, to say how many are still missing.
    json
        Print one JSON object.
    """
    if not files:
        raise NothingToSignError("nothing to sign; name one file or more")
    if kind not in SIGNABLE:
        raise UnknownKindError(f"unknown kind `{safe(kind, 60)}`{nearest(kind, SIGNABLE)}")
    if not 1 <= threshold <= 64:
        raise CallerError(f"threshold {threshold}; expected 1 to 64")
    private = read_key(key, outside=files[0].resolve().parent)
    made = [_signed(path, SIGNABLE[kind], private) for path in files]
    for each in made:
        write_new(Disk(), each.target, each.envelope.encode())
    if json:
        print_json({"signed": [_as_dict(each, threshold) for each in made]})
    else:
        for each in made:
            _show(each, threshold)
    return EXIT_PASS


def _signed(path: Path, signable: Signable, key: SigningKey) -> Signed:
    noun, payload = signable.payload(read_document(path))
    target = signable.target(noun, path)
    beside: Envelope | None = None
    changes: tuple[Change, ...] = ()
    if target.exists():
        earlier = parse_envelope(read_file(target))
        if earlier.body == payload:
            beside = earlier
        else:
            changes = _replaced(earlier, noun, signable, target)
    envelope = sign(payload, key, beside=beside)
    found = digest("document", payload)
    return Signed(file=path, target=target, envelope=envelope, digest=found, changes=changes)


def _replaced(
    earlier: Envelope, noun: Noun, signable: Signable, target: Path
) -> tuple[Change, ...]:
    """Return what a new version changes; refuse a change without one."""
    try:
        old = msgspec.convert(read_statement(earlier.body, signable.kind).predicate, signable.noun)
    except msgspec.ValidationError as error:
        raise CallerError(f"`{target}` holds no such document; move it away") from error
    before, now = getattr(old, "version", None), getattr(noun, "version", None)
    if before is not None and now is not None and now <= before:
        raise SameVersionError(
            f"`{target}` holds version {before} with other content; raise `version` to {before + 1}"
        )
    if isinstance(old, Manifest) and isinstance(noun, Manifest):
        return diff(old, noun)
    return ()


def _as_dict(each: Signed, threshold: int) -> dict[str, Any]:
    return {
        "file": str(each.file),
        "envelope": str(each.target),
        "digest": each.digest,
        "signatures": len(each.envelope.signatures),
        "threshold": threshold,
        "changes": [msgspec.to_builtins(change) for change in each.changes],
    }


def _show(each: Signed, threshold: int) -> None:
    have = len(each.envelope.signatures)
    missing = max(threshold - have, 0)
    rest = f"; {missing} missing" if missing else ""
    print(f"{safe(str(each.target))}: {counted(have, 'signature')} of {threshold}{rest}")
    print(f"  digest {each.digest}")
    for change in each.changes:
        print(f"  {change.direction}: {safe(change.path)}, {safe(change.said)}")
