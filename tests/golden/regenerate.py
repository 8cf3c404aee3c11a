"""Write the golden log anew, `python tests/golden/regenerate.py`; review the diff like code."""

import shutil
from itertools import count
from pathlib import Path

from tertius.core.events import Cause, MessageSent, Rated, RunEnded, RunStarted, ToolCalled
from tertius.log.content import SeededSalts
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer

HERE = Path(__file__).parent / "log"
KEY = SigningKey("tertius/golden", b"\x07" * 32)


def write(folder: Path) -> None:
    """A seeded run of three agents: keys, ids, clock and salts are all given."""
    ticks = count(1_767_225_600_000_000_000, 1_000_000_000)  # 2026-01-01, one second each
    clock = lambda: next(ticks)  # noqa: E731
    run = "golden/1"
    with Writer(folder, key=KEY, clock=clock, salts=SeededSalts(1), checkpoint_every=None) as log:
        log.append(RunStarted(id="start", time=clock(), run=run, title="three agents", seed=1))
        asked = ""
        for turn in range(90):
            text = log.seal(f"turn {turn}: the figures are in".encode())
            causes = (Cause(id=asked),) if asked else ()
            asked = f"ask-{turn}"
            message = MessageSent(
                id=asked,
                time=clock(),
                run=run,
                agent="planner",
                recipients=("worker", "critic"),
                causes=causes,
                content=text.digest,
            )
            log.append(message, text)
            call = log.seal(b'{"sheet":%d}' % turn)
            tool = ToolCalled(
                id=f"call-{turn}",
                time=clock(),
                run=run,
                agent="worker",
                tool="read_sheet",
                causes=(Cause(id=asked, basis="observed"),),
                content=call.digest,
            )
            log.append(tool, call)
            log.append(
                Rated(id=f"rate-{turn}", time=clock(), run=run, agent="critic", ratee="worker",
                      score=turn % 5, high=5, causes=(Cause(id=f"call-{turn}", basis="inferred",
                                                            score=0.5),))
            )  # fmt: skip
            if turn == 30:
                log.checkpoint()
        log.append(RunEnded(id="end", time=clock(), run=run, outcome="completed"))
        log.erase(2, role="privacy", reason="asked to")


def files(folder: Path) -> dict[str, bytes]:
    """What of a log is kept: all but the lock and folders that are empty at rest."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


if __name__ == "__main__":
    shutil.rmtree(HERE, ignore_errors=True)
    write(HERE)
    (HERE / "lock").unlink()
    (HERE / "journal").rmdir()
