"""Reading a folder that may be hostile: no link followed, no size trusted, no name printed raw.

Every file is opened below the descriptor of the log's folder, one path element at a time.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from tertius.core.errors import CallerError
from tertius.log.verify_report import shown

MOST_NAMES = 20_000_000
DEEPEST = 12
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class UnreadableError(CallerError):
    """A folder or file that this user may not read."""


class BadFileError(Exception):
    """A file is missing, no plain file, or larger than its place allows."""

    def __init__(self, code: str, path: str, what: str) -> None:
        super().__init__(what)
        self.code, self.path, self.what = code, path, what


class Folder:
    """A log's folder, opened once; everything is read below that descriptor.

    Parameters
    ----------
    path : Path
        The folder. Only this first path may pass through symbolic links: the caller typed it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folders: dict[str, int] = {}
        try:
            self._folders[""] = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise CallerError(f"no folder `{shown(str(path))}`; name a log's folder") from error
        except (OSError, ValueError) as error:
            raise UnreadableError(f"cannot open `{shown(str(path))}`: {error}") from error

    def __enter__(self) -> Folder:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every descriptor."""
        self.close()

    def close(self) -> None:
        """Close every descriptor."""
        for fd in self._folders.values():
            os.close(fd)
        self._folders = {}

    @classmethod
    def inherited(cls, fd: int) -> Folder:
        """Take over a folder's descriptor that another process opened."""
        folder = cls.__new__(cls)
        folder.path = Path()
        folder._folders = {"": fd}
        return folder

    @property
    def descriptor(self) -> int:
        """Its descriptor, for a process that shall inherit it."""
        return self._folders[""]

    def below(self, name: str) -> Folder:
        """Open a folder inside this one, for a log of a deployment."""
        try:
            inner = Folder.inherited(os.dup(self._folder(name)))
        except BadFileError as error:
            raise UnreadableError(f"cannot open `{shown(name)}`: {error.what}") from error
        inner.path = self.path / name
        return inner

    def read(self, path: str, most: int) -> bytes:
        """Return a whole file of at most `most` bytes.

        Raises
        ------
        BadFileError
            It is missing, no plain file, or larger.
        UnreadableError
            This user may not read it.
        """
        fd = self.open(path)
        try:
            size = os.fstat(fd).st_size
            if size > most:
                raise BadFileError("too_large", path, f"{size} bytes; at most {most} fit its place")
            data = os.read(fd, size + 1)
            while len(data) < size and (more := os.read(fd, size - len(data))):
                data += more
            return data
        except OSError as error:
            raise UnreadableError(f"cannot read `{shown(path)}`: {error.strerror}") from error
        finally:
            os.close(fd)

    def digest(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 of a file in hex, and its length, without holding it in memory."""
        fd = self.open(path)
        hashed, length = sha256(), 0
        try:
            while piece := os.read(fd, 1024 * 1024):
                hashed.update(piece)
                length += len(piece)
        finally:
            os.close(fd)
        return hashed.hexdigest(), length

    def open(self, path: str) -> int:
        """Open a plain file for reading and return its descriptor."""
        head, _, name = path.rpartition("/")
        try:
            fd = os.open(name, _FILE, dir_fd=self._folder(head))
        except FileNotFoundError as error:
            raise BadFileError("file_missing", path, "this file is missing") from error
        except PermissionError as error:
            raise UnreadableError(f"cannot read `{shown(path)}`: permission denied") from error
        except OSError as error:
            raise BadFileError("not_a_file", path, "a link or no plain file") from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise BadFileError("not_a_file", path, "no plain file")
        return fd

    def names(self, path: str = "") -> list[Found]:
        """List one folder, in order; links are listed as what they are, never followed."""
        try:
            with os.scandir(self._folder(path)) as entries:
                found = [
                    Found(
                        f"{path}/{entry.name}" if path else entry.name,
                        entry.is_dir(follow_symlinks=False),
                        entry.is_file(follow_symlinks=False),
                    )
                    for entry in entries
                ]
        except PermissionError as error:
            where = shown(str(self.path / path))
            raise UnreadableError(f"cannot list `{where}`: permission denied") from error
        if len(found) > MOST_NAMES:
            raise BadFileError("too_many_files", path, f"more than {MOST_NAMES:,} names")
        return sorted(found, key=lambda each: each.path)

    def walk(self, skip: frozenset[str] = frozenset()) -> Iterator[Found]:
        """Give everything below the folder; folders named in `skip` are listed but not entered."""
        waiting = [""]
        while waiting:
            for found in self.names(waiting.pop()):
                yield found
                if found.is_folder and found.path not in skip and found.path.count("/") < DEEPEST:
                    waiting.append(found.path)

    def _folder(self, path: str) -> int:
        """Return a descriptor of a folder below, opened one element at a time and kept."""
        fd = self._folders.get(path)
        if fd is not None:
            return fd
        head, _, name = path.rpartition("/")
        above = self._folder(head)
        try:
            fd = os.open(name, _FOLDER, dir_fd=above)
        except FileNotFoundError as error:
            raise BadFileError("file_missing", path, "this folder is missing") from error
        except PermissionError as error:
            raise UnreadableError(f"cannot open `{shown(path)}`: permission denied") from error
        except OSError as error:
            raise BadFileError("not_a_folder", path, "a link or no folder") from error
        if len(self._folders) > 64:
            self._forget()
        self._folders[path] = fd
        return fd

    def _forget(self) -> None:
        """Close the cached folders, except the log's own."""
        for path in [path for path in self._folders if path]:
            os.close(self._folders.pop(path))


class Found(msgspec.Struct, frozen=True):
    """One name below a folder: its path, and whether it is a folder or a plain file."""

    path: str
    is_folder: bool
    is_file: bool


_TILE = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_PLACES = {
    "payload": re.compile(r"payload/[0-9]{8}", re.ASCII),
    "journal": re.compile(r"journal/[0-9]{20}", re.ASCII),
    "aside": re.compile(r"aside/[0-9a-f]{64}", re.ASCII),
}
_FOLDERS = re.compile(
    r"tile|payload|journal|aside|index"
    r"|tile/(?:entries|[0-9]{1,2})(?:/x[0-9]{3}){0,5}(?:/[0-9]{3}\.p)?",
    re.ASCII,
)


class TileFile(msgspec.Struct, frozen=True):
    """A hash tile, or an entry bundle at level -1: index and width (256 when full)."""

    level: int
    index: int
    width: int = 256

    @property
    def path(self) -> str:
        """Its path below the log's folder, as tlog-tiles writes it."""
        level = "entries" if self.level < 0 else str(self.level)
        groups = f"{self.index % 1000:03d}"
        rest = self.index // 1000
        while rest:
            groups = f"x{rest % 1000:03d}/{groups}"
            rest //= 1000
        suffix = "" if self.width == 256 else f".p/{self.width}"
        return f"tile/{level}/{groups}{suffix}"


def parse_tile(path: str) -> TileFile | None:
    """Read a tile's path; None if it is not exactly what tlog-tiles writes.

    References
    ----------
    C2SP tlog-tiles, sections "Merkle Tree" and "Log entries".

    Examples
    --------
    >>> parse_tile("tile/0/x001/x234/067"), parse_tile("tile/0/x000/067")
    (TileFile(level=0, index=1234067, width=256), None)
    """
    match = _TILE.fullmatch(path)
    if match is None:
        return None
    level = -1 if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    tile = TileFile(level, index, int(match["width"] or 256))
    return tile if tile.path == path and (tile.width < 256) == bool(match["width"]) else None


def place_of(found: Found) -> str:
    """Name the place that a file or folder has in a log, empty if it has none.

    Examples
    --------
    >>> place_of(Found("journal/00000000000000000000", False, True))
    'journal'
    >>> place_of(Found("tile/entries/000.p/7", False, True)), place_of(Found("x.py", False, True))
    ('tile', '')
    """
    path = found.path
    if found.is_folder:
        return "folder" if _FOLDERS.fullmatch(path) else ""
    if path in ("checkpoint", "lock"):
        return path
    if path.endswith(".tmp") and place_of(Found(path[:-4], False, True)) not in ("", "leftover"):
        return "leftover"
    if parse_tile(path) is not None:
        return "tile"
    return next((name for name, form in _PLACES.items() if form.fullmatch(path)), "")
