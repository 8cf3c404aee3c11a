"""Run by `test_kill.py`: forks one child for each moment and lets it kill itself there.

A moment is a number: the child counts every statement that SQLite runs, every hand-over to the log
and both sides of the effect, and ends with SIGKILL, without any clean-up, when its number comes.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.escalation.office import Office, a_request


def main(folder: Path) -> None:
    for moment in range(1, 10_000):
        room = folder / f"{moment}"
        room.mkdir()
        child = os.fork()
        if child == 0:
            try:
                live(room, moment)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            print(moment - 1, flush=True)  # it lived to the end: there are no more moments
            return


def live(room: Path, moment: int) -> None:
    """Ask, be granted, consume, act and finish, unless the moment comes first."""
    left = [moment]

    def tick(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    office = Office(room)
    request = a_request()
    office.store._db.set_trace_callback(tick)
    id = office.ask(request)
    say(room, "asked")
    office.says(id, "p-1")
    office.says(id, "p-2")
    say(room, "granted")
    token = office.desk.token(id, now=office.now)
    assert token is not None
    emit = office.desk._clerk._emit
    assert emit is not None
    office.desk._clerk._emit = lambda records, again: (tick(), emit(records, again), tick())[1]
    office.desk.consume(token, request, now=office.now)
    tick()
    say(room, "effect")
    tick()
    office.desk.finish(id, ok=True, now=office.now)
    say(room, "finished")


def say(room: Path, word: str) -> None:
    """Leave a trace that survives."""
    with (room / "said").open("a") as file:
        file.write(f"{word}\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
