"""Do verification tasks here, or spread over worker processes."""

from __future__ import annotations

import os
import secrets
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.log.verify_files import Folder
from tertius.log.verify_worker import Answer, Failed, Task, perform, read_frame, write_frame

_SMALL = 16 * 1024
_FEW = 2  # one chunk and the journal: quicker done than a process is started
_AHEAD = 2  # tasks that wait at each worker, so that none is ever idle


class WorkerLostError(NotEvaluatedError):
    """A worker process ended before its answer, for example for want of memory."""


class Pool:
    """Runs tasks below one opened folder.

    Parameters
    ----------
    root : Folder
        The log or deployment.
    processes : int
        Worker processes; with 1, or for a few tasks, everything is done in this process. All runs
        for one log have equally many tasks, so they share one hash key.

    Notes
    -----
    Workers are fresh interpreters that inherit the folder's descriptor: nothing is forked, the
    caller's main module is not imported again, and the working directory is no import path.
    """

    def __init__(self, root: Folder, *, processes: int) -> None:
        self._root = root
        self._processes = processes if sys.executable else 1
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Pool:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers, whatever they are doing."""
        for worker in self._workers:
            worker.kill()
            worker.communicate()
        self._workers = []

    def run(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Give the answers in the order of the tasks.

        Raises
        ------
        CallerError
            A file could not be read.
        WorkerLostError
            A worker ended.
        """
        if self._processes < 2 or len(tasks) <= _FEW:
            for task in tasks:
                yield perform(self._root, task)
            return
        if not self._workers:
            # Shared by all workers of this run, and known to nobody who wrote the log.
            hash_key = 1 + secrets.randbelow(2**32 - 1)
            self._workers = [_start(self._root, hash_key) for _ in range(self._processes)]
        encoder = msgspec.msgpack.Encoder()
        waiting = [(number, encoder.encode(task)) for number, task in enumerate(tasks)][::-1]
        done: dict[int, Answer] = {}
        turn = 0
        for number, answer in self._spread(waiting):
            done[number] = answer
            while turn in done:
                yield done.pop(turn)
                turn += 1

    def _spread(self, waiting: list[tuple[int, bytes]]) -> Iterator[tuple[int, Answer]]:
        """Hand tasks to whoever has room, and give answers as they come."""
        decoder = msgspec.msgpack.Decoder(Answer)
        owed: dict[int, list[int]] = {at: [] for at in range(len(self._workers))}
        with selectors.DefaultSelector() as selector:
            for at, worker in enumerate(self._workers):
                selector.register(_pipe(worker.stdout), selectors.EVENT_READ, at)
            while True:
                for at, numbers in list(owed.items()) * _AHEAD:
                    # A large task goes to an idle worker only: with an answer under way in the
                    # other direction, both sides could wait for each other for ever.
                    room = _AHEAD if waiting and len(waiting[-1][1]) < _SMALL else 1
                    if waiting and len(numbers) < room:
                        number, data = waiting.pop()
                        numbers.append(number)
                        self._hand_over(at, data)
                if not any(owed.values()):
                    return
                for key, _ in selector.select():
                    data = read_frame(_pipe(self._workers[key.data].stdout))
                    if not data:
                        raise WorkerLostError("a worker process ended; try `processes=1`")
                    answer = decoder.decode(data)
                    if isinstance(answer, Failed):
                        raise CallerError(answer.error)
                    yield owed[key.data].pop(0), answer

    def _hand_over(self, at: int, data: bytes) -> None:
        try:
            write_frame(_pipe(self._workers[at].stdin), data)
        except BrokenPipeError as error:
            raise WorkerLostError("a worker process ended; try `processes=1`") from error


def _start(root: Folder, hash_key: int) -> subprocess.Popen[bytes]:
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), *(path for path in sys.path if os.path.isabs(path))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": str(hash_key),
    }
    fd = root.descriptor
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tertius.log.verify_worker", str(fd)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[fd],
        env=environment,
        bufsize=0,  # a frame left in a buffer would never wake the selector
    )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise WorkerLostError("a worker process has no pipe")
    return stream
