"""Started once by `test_kill.py`: forks a writing child for each line, so that imports cost once.

A line on standard input is a log folder and a seed. The child tells on standard output what it was
promised, one line each, written at once; the server tells the child's number and its end.
"""

import itertools
import os
import sys
from pathlib import Path
from random import Random

from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import message, open_log, text_of

from tertius.log import commit


def tell(*words: object) -> None:
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


def write_on(folder: Path, seed: int) -> None:
    """Append, check, erase and rotate until somebody ends this."""
    rng, kept = Random(seed), []
    commit.ROTATE_BYTES = 20_000
    every = rng.choice([None, 0.001])
    log = open_log(folder, disk=QuickDisk(), checkpoint_every=every)
    start = log.status().accepted
    for number in itertools.count(start):
        content = log.seal(text_of(number))
        names = [f"{seed}-{number}", *(f"{seed}-{number}-{i}" for i in range(rng.choice([0, 90])))]
        indexes = log.extend(
            (message(name, content if i == 0 else None), content if i == 0 else None)
            for i, name in enumerate(names)
        )
        log.wait(indexes[-1])
        tell("entry", indexes[0], f"{seed}-{number}", number)
        kept.append(indexes[0])
        act = rng.random()
        if act < 0.1:
            tell("checkpoint", log.checkpoint())
        elif act < 0.2:
            index = kept.pop(rng.randrange(len(kept)))
            tell("erasing", index)
            log.erase(index, role="privacy")
            tell("erased", index)


def main() -> None:
    for line in sys.stdin:
        folder, seed = line.split()
        child = os.fork()
        if child == 0:
            try:
                write_on(Path(folder), int(seed))
            finally:
                os._exit(1)
        tell("child", child)
        os.waitpid(child, 0)
        tell("end")


if __name__ == "__main__":
    main()
