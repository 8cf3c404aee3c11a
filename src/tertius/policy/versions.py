"""The highest versions ever seen, kept outside the folders whose documents they are of.

Whoever can put an old manifest, root or revocation list back can take this file along only if it
lies beside them; so it does not. It moves forwards only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tertius.core.errors import CallerError, IntegrityError
from tertius.core.noun import Hex64, Noun
from tertius.log.disk import Disk, write_new
from tertius.policy.envelope import Kind

MAX_FILE: Final = 16 * 1024 * 1024


class RolledBackError(IntegrityError):
    """A document older than one that was in force before, or another one of the same version."""


class VersionsFileError(CallerError):
    """The file of remembered versions cannot be read or written, or lies in the wrong place."""


class Seen(Noun, frozen=True, kw_only=True):
    """The highest version of one document, and the digest of its signed bytes."""

    version: Annotated[int, Meta(ge=1)]
    digest: Hex64


class Versions(Noun, frozen=True, kw_only=True):
    """What was seen, by kind of document and what it speaks about, and what was ever revoked.

    Notes
    -----
    A manifest speaks about an agent, a root about a role; of every other kind a deployment has one.
    What a document calls itself is no part of it, so that none begins anew under another name.

    Examples
    --------
    >>> seen = Versions().advance("manifest", 7, "ab" * 32, about="aid")
    >>> seen.advance("manifest", 6, "cd" * 32, about="aid")
    Traceback (most recent call last):
    ...
    tertius.policy.versions.RolledBackError: version 6 of `manifest aid`; version 7 was in force \
before
    """

    format: Annotated[str, Meta(pattern="^tertius-versions-2$")] = "tertius-versions-2"
    seen: Mapping[str, Seen] = {}
    revoked: tuple[str, ...] = ()

    def last(self, kind: Kind, *, about: str = "") -> Seen | None:
        """Return the highest version of a document, None if there never was one."""
        return self.seen.get(_key(kind, about))

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents of whom a manifest was seen."""
        start = "manifest "  # as `_key` writes it
        return tuple(each.removeprefix(start) for each in self.seen if each.startswith(start))

    def advance(self, kind: Kind, version: int, digest: str, *, about: str = "") -> Versions:
        """Return what is remembered once a document was seen.

        Parameters
        ----------
        about
            The agent of a manifest, the role of a root; empty for every other kind.

        Raises
        ------
        RolledBackError
            A higher version was seen, or another document of the same version.
        """
        document = _key(kind, about)
        known = self.seen.get(document)
        if known is not None and version < known.version:
            raise RolledBackError(
                f"version {version} of `{document}`; version {known.version} was in force before"
            )
        if known is not None and version == known.version and digest != known.digest:
            raise RolledBackError(
                f"another `{document}` was in force under the same version {version}; "
                "a change raises the version"
            )
        newest = Seen(version=version, digest=digest)
        return msgspec.structs.replace(self, seen={**self.seen, document: newest})

    def revoking(self, entries: Iterable[str]) -> Versions:
        """Return what is remembered once a list revoked more, such as ``agent tutor``."""
        return msgspec.structs.replace(self, revoked=tuple(sorted({*self.revoked, *entries})))

    def joined(self, newer: Versions) -> Versions:
        """Return the higher version of each document, and all that either revoked."""
        seen = dict(self.seen)
        for document, each in newer.seen.items():
            if document not in seen or each.version >= seen[document].version:
                seen[document] = each
        return Versions(seen=seen).revoking((*self.revoked, *newer.revoked))


def _key(kind: Kind, about: str) -> str:
    if (kind in ("manifest", "root")) != bool(about):
        raise ValueError(f"a document of kind `{kind}` about `{about}`")
    return f"{kind} {about}" if about else kind


def recall(path: Path, *, outside: Path) -> Versions:
    """Read what is remembered; without a file nothing was seen yet.

    Raises
    ------
    VersionsFileError
        The file lies inside `outside`, the folder of the documents, or is damaged: that is never
        taken for an empty one.
    """
    if path.resolve().is_relative_to(outside.resolve()):
        raise VersionsFileError(f"`{path}` lies inside `{outside}`; remember versions elsewhere")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
        return msgspec.json.decode(raw, type=Versions)
    except FileNotFoundError:
        return Versions()
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise VersionsFileError(
            f"cannot read the remembered versions `{path}`: {' '.join(str(error).split())[:120]}; "
            "restore the file, or move it away to begin anew"
        ) from error


def remember(path: Path, newer: Versions, *, outside: Path) -> None:
    """Take over what is newer, whole or not at all, even if two processes do it at once.

    Raises
    ------
    VersionsFileError
        The file lies inside `outside`, is damaged, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path.with_name(path.name + ".lock")):
            joined = recall(path, outside=outside).joined(newer)
            write_new(Disk(), path, msgspec.json.format(msgspec.json.encode(joined)) + b"\n")
    except OSError as error:
        raise VersionsFileError(
            f"cannot write the remembered versions `{path}`: {error.strerror}"
        ) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
