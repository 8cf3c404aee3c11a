"""What a document would replace, and why no gate would take it in that place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tertius.cli.drafts import Draft
from tertius.cli.sign_revocations import Reason, closing
from tertius.cli.signable import SIGNABLE, Signable
from tertius.core.digest import digest
from tertius.core.errors import CallerError, PlacedError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.policy.envelope import Envelope, Kind, read_statement
from tertius.policy.envelope_file import named, read_envelope
from tertius.policy.flaw import Flaw
from tertius.policy.revocation import Revocations
from tertius.policy.roots import RootDocument
from tertius.policy.strict_yaml import Path as Place
from tertius.policy.versions import RolledBackError, Versions


class ReplacingError(PlacedError):
    """A document that no gate would take in the place of the one before."""


def require_replacing(draft: Draft, versions: Versions) -> None:
    """Refuse a document that no gate would take in the place of the one before.

    Parameters
    ----------
    versions
        What a gate remembers.

    Raises
    ------
    ReplacingError
        The first reason.
    """
    for at, why in _reasons(draft, versions):
        raise ReplacingError(str(draft.file), *_place(draft, at), why)


def replacing_flaws(draft: Draft, versions: Versions) -> Iterator[Flaw]:
    """Yield why `tertius sign` would refuse a document in the place of the one before."""
    try:
        said = list(_reasons(draft, versions))
    except CallerError:  # what is signed cannot be read, which is a flaw of its own
        return
    for at, why in said:
        line, column = _place(draft, at)
        where = str(draft.file)
        yield Flaw(where=where, line=line, column=column, kind="contradicts", said=why)


def unsigned(drafts: Sequence[Draft], folder: Path) -> Iterator[Flaw]:
    """Yield which drafts of a folder are not in force yet; once for all if nothing is signed."""
    if not any(_target(each).exists() for each in drafts):
        said = "nothing is signed, and only what is signed is in force; sign it"
        yield Flaw(where=str(folder), kind="unsigned", said=said)
        return
    for each in drafts:
        try:
            before = _signed(each)
        except CallerError:  # what is signed cannot be read, which is a flaw of its own
            continue
        now = getattr(each.noun, "version", 0)
        line, column = _place(each, ("version",))
        if before is None:
            said = "nobody signed it; sign it"
        elif now > (signed := getattr(before, "version", 0)):
            said = f"this is version {now}, signed is version {signed}; sign it"
        else:
            continue
        where = str(each.file)
        yield Flaw(where=where, line=line, column=column, kind="unsigned", said=said)


def said_in(envelope: Envelope, signable: Signable, target: Path) -> Noun:
    """Return what an envelope says, without asking who signed it.

    Raises
    ------
    CallerError
        It holds no document of that kind.
    """
    try:
        with named(target):
            predicate = read_statement(envelope.body, signable.kind).predicate
        return msgspec.convert(predicate, signable.noun)
    except msgspec.ValidationError as error:
        raise CallerError(f"`{target}` holds no such document; move it away") from error


def revoked_before(draft: Draft | None, versions: Versions) -> frozenset[str]:
    """Return what a list of revocations may not leave out; None is no list."""
    try:
        earlier = None if draft is None else _signed(draft)
    except CallerError:  # what is signed cannot be read, which is a flaw of its own
        earlier = None
    return _revoked(earlier, versions)


def _revoked(earlier: Noun | None, versions: Versions) -> frozenset[str]:
    listed = earlier.entries if isinstance(earlier, Revocations) else ()
    return frozenset((*listed, *versions.revoked))


def _target(draft: Draft) -> Path:
    if draft.document is None:
        return draft.file
    return SIGNABLE[draft.kind].target(draft.noun, draft.file)


def _signed(draft: Draft) -> Noun | None:
    """Return what is signed in the place of a draft, None if nothing is."""
    target = _target(draft)
    if not target.exists():
        return None
    return said_in(read_envelope(target), SIGNABLE[draft.kind], target)


def _reasons(draft: Draft, versions: Versions) -> Iterator[Reason]:
    target = _target(draft)
    envelope = read_envelope(target) if target.exists() else None
    earlier = None if envelope is None else said_in(envelope, SIGNABLE[draft.kind], target)
    if isinstance(draft.noun, Revocations):
        yield from closing(draft.file, draft.noun, _revoked(earlier, versions))
    now = getattr(draft.noun, "version", None)
    if now is None:
        return
    before = getattr(earlier, "version", 0)
    other = envelope is not None and digest("document", envelope.body) != draft.digest
    if other and now <= before:
        yield (
            ("version",),
            f"`{target}` holds version {before} with other content; raise `version` to "
            f"{before + 1}",
        )
        return
    kind: Kind = draft.kind  # type: ignore[assignment]  # every kind that can be signed is one
    try:
        versions.advance(kind, now, draft.digest, about=_about(draft.noun))
    except RolledBackError as error:
        seen = versions.last(kind, about=_about(draft.noun))
        assert seen is not None
        yield ("version",), f"{error}; raise `version` to {seen.version + 1}"


def _place(draft: Draft, at: Place) -> tuple[int, int]:
    return draft.document.place(at) if draft.document else (0, 0)


def _about(noun: Noun) -> str:
    if isinstance(noun, Manifest):
        return noun.agent
    return noun.role if isinstance(noun, RootDocument) else ""
