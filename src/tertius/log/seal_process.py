"""The sealer in a process of its own, so that hashing does not compete with the callers.

The parent names journal blocks, the child reads them from the files. One JSON line each way; the
child acknowledges every request, and at most `OUTSTANDING` blocks are under way.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import msgspec

from tertius.core.errors import TertiusError
from tertius.log.disk import Disk, LogWriteError
from tertius.log.seal import Sealer

OUTSTANDING = 32


class SealerProcess:
    """Stands in for `tertius.log.seal.Sealer`; see there for what the methods do.

    Notes
    -----
    The child uses the operating system's files whatever `disk` is. It ends when this object is
    closed or the parent dies; after a kill it may still finish a request, so it holds a shared
    lock on the folder until it is gone, for which the next writer waits.
    """

    def __init__(self, folder: Path, *, size: int, disk: Disk) -> None:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(folder), str(size)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(lock,),
            )
        finally:
            os.close(lock)
        self._waiting = 0
        _running.add(self)

    def add(self, name: str, offset: int, length: int) -> None:
        """Hand over a block; waits while too many are under way."""
        self._send(["add", name, offset, length])
        while self._waiting > OUTSTANDING:
            self._receive()

    def seal(self) -> tuple[int, bytes]:
        """Make everything durable; return size and root."""
        self._send(["seal"])
        size, root = self._drain()
        return int(size), bytes.fromhex(root)

    def prune(self) -> None:
        """Remove partial tiles that are no longer needed."""
        self._send(["prune"])
        self._drain()

    def erase(self, index: int, digest: str) -> None:
        """Destroy the content of a sealed entry."""
        self._send(["erase", index, digest])
        self._drain()

    def close(self) -> None:
        """End the child."""
        assert self._child.stdin is not None and self._child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait()

    def _send(self, request: list[Any]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(msgspec.json.encode(request) + b"\n")
            self._child.stdin.flush()
        except OSError as error:
            raise LogWriteError("the sealing process ended; open the log again") from error
        self._waiting += 1

    def _drain(self) -> Any:
        answer = None
        while self._waiting:
            answer = self._receive()
        return answer

    def _receive(self) -> Any:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        self._waiting -= 1
        if not line:
            raise LogWriteError("the sealing process ended; open the log again")
        answer = msgspec.json.decode(line)
        if isinstance(answer, str):
            raise LogWriteError(answer)
        return answer


_running: weakref.WeakSet[SealerProcess] = weakref.WeakSet()


def _after_fork() -> None:
    """Let go of the pipes in a forked child: the sealing process must see its parent's death."""
    for sealer in _running:
        sealer._child.stdin.raw.close()  # type: ignore[union-attr]  # a buffered pipe, always there


os.register_at_fork(after_in_child=_after_fork)


def main(folder: str, size: str) -> None:
    """Serve one parent until it closes the pipe."""
    sealer = Sealer(Path(folder), size=int(size), disk=Disk())
    for line in sys.stdin.buffer:
        name, *arguments = msgspec.json.decode(line)
        try:
            answer: Any = getattr(sealer, name)(*arguments)
            if name == "seal":
                answer = [answer[0], answer[1].hex()]
        except (TertiusError, OSError) as error:
            answer = f"cannot seal the log: {error}"
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    sealer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
