"""What the user's words mean: files, folders, patterns and standard input, in a fixed order."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from tertius.core.errors import CallerError

STDIN = "-"


class NoSuchPathError(CallerError):
    """A path or pattern that names nothing."""


class Found(Struct, frozen=True, kw_only=True):
    """A file to read. `named` tells a file that the caller asked for by name."""

    path: Path
    size: int
    named: bool
    refused: str = ""


def find(words: Sequence[str | os.PathLike[str]]) -> list[Found]:
    """Return the files that `words` name, each once, sorted within a folder or pattern.

    Parameters
    ----------
    words
        Files, folders (searched whole), glob patterns (``**`` goes deep), or ``-``.

    Raises
    ------
    NoSuchPathError
        If a word names nothing.

    Notes
    -----
    Symbolic links inside folders are not followed and come back as refused, as do pipes, sockets
    and devices; hidden files and folders (``.git``) are passed over.
    """
    found: dict[Path, Found] = {}
    for word in words:
        text = os.fspath(word)
        for file in _meant(text):
            key = Path(os.path.abspath(file.path)) if file.refused else _real(file.path)
            known = found.get(key)
            if known is None or (file.named and not known.named):
                found[key] = file
    return list(found.values())


def _meant(text: str) -> Iterator[Found]:
    path = Path(text)
    if text == STDIN:
        yield Found(path=path, size=0, named=True)
    elif os.path.isdir(text):
        yield from _inside(path)
    elif os.path.lexists(path):
        yield Found(path=path, size=_size(path), named=True)
    elif glob.has_magic(text):
        matches = sorted(glob.glob(text, recursive=True))
        if not matches:
            raise NoSuchPathError(f"no file matches `{_shown(text)}`; check the pattern")
        for match in matches:
            if not os.path.isdir(match):
                yield _plain(Path(match))
            elif "**" not in text:
                yield from _inside(Path(match))
    else:
        raise NoSuchPathError(f"no such file or folder `{_shown(text)}`; check the path")


def _inside(folder: Path) -> Iterator[Found]:
    def unreadable(error: OSError) -> None:
        refused.append(Path(error.filename or folder))

    refused: list[Path] = []
    for where, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        for name in sorted([*(f for f in files if not f.startswith(".")), *links]):
            yield _plain(Path(where, name))
    for path in refused:
        yield Found(path=path, size=0, named=True)


def _plain(path: Path) -> Found:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return Found(path=path, size=0, named=False, refused="symbolic link")
    if not stat.S_ISREG(mode):
        return Found(path=path, size=0, named=False, refused="no plain file")
    return Found(path=path, size=_size(path), named=False)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _shown(text: str) -> str:
    return ascii(text)[1:-1][:200]
