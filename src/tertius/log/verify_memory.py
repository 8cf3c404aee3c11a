"""What the verifier remembers from one run to the next, outside every log and only forwards."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tertius.core.errors import CallerError
from tertius.log.verify_report import shown

MAX_MEMORY = 64 * 1024 * 1024


class BadMemoryError(CallerError):
    """The memory file cannot be read, or holds something else."""


class Remembered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest checkpoint of one origin that was verified: size, note, and the key it was under.

    `policy` is the SHA-256 of the witness policy it met, empty if there was none.
    """

    size: int
    root: str
    note: str
    key: str
    policy: str = ""


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything remembered.

    Attributes
    ----------
    logs : dict
        By origin.
    rosters : dict
        By the anchor's origin: origins of enrolled writers and their names.
    """

    version: int = 1
    logs: dict[str, Remembered] = {}
    rosters: dict[str, dict[str, str]] = {}

    def forward(self, newer: Memory) -> Memory:
        """Return this memory with `newer` taken over wherever that moves forwards.

        Examples
        --------
        >>> old = Memory(logs={"o": Remembered(7, "", "", "")})
        >>> old.forward(Memory(logs={"o": Remembered(3, "", "", "")})).logs["o"].size
        7
        """
        logs = dict(self.logs)
        for origin, seen in newer.logs.items():
            if origin not in logs or seen.size >= logs[origin].size:
                logs[origin] = seen
        rosters = dict(self.rosters)
        for origin, roster in newer.rosters.items():
            rosters[origin] = {**rosters.get(origin, {}), **roster}
        return Memory(logs=logs, rosters=rosters)


def recall(path: Path) -> Memory:
    """Read the memory file; a new one is empty.

    Raises
    ------
    CallerError
        If it is there and cannot be read as what `remember` wrote: a damaged memory is never
        taken for an empty one.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MEMORY + 1)
        memory = msgspec.json.decode(raw, type=Memory)
    except FileNotFoundError:
        return Memory()
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise BadMemoryError(
            f"cannot read the memory `{shown(str(path))}`: {shown(str(error))}; "
            "restore it, or move it away to begin anew"
        ) from error
    if memory.version != 1:
        raise BadMemoryError(
            f"memory `{shown(str(path))}` is of version {memory.version}; expected 1"
        )
    return memory


def remember(path: Path, newer: Memory) -> None:
    """Take over what is newer, whole or not at all, even if two verifiers finish at once.

    Raises
    ------
    CallerError
        If the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path.with_name(path.name + ".lock")):
            data = msgspec.json.format(msgspec.json.encode(recall(path).forward(newer)))
            temporary = path.with_name(path.name + ".tmp")
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise BadMemoryError(
            f"cannot write the memory `{shown(str(path))}`: {error.strerror}"
        ) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
