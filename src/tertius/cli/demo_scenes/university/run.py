"""Run the university: an ordinary day, then eleven attacks, without the gate and with it.

python examples/university/run.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from tertius.cli.demo_scenes.university.attacks import ATTACKS
from tertius.cli.demo_scenes.university.campus import University
from tertius.cli.demo_scenes.university.day import ADVICE, called, ordinary_day
from tertius.runtime.index import build_index


def main(folder: Path) -> int:
    """Play everything into a new folder; 0 if each attack worked without and not with the gate."""
    day = University(folder / "day", gated=True)
    print("the advice:", ordinary_day(day))
    build_index(day.folder / "log")
    print(f"what it rests on: tertius trace {called(day, ADVICE)} --log {day.folder / 'log'}\n")
    held = True
    for attack in ATTACKS:
        name = attack.attempt.__name__.replace("_", "-")
        bare = attack.attempt(University(folder / name / "bare", gated=False))
        university = University(folder / name / "gated", gated=True)
        gated = attack.attempt(university)
        held = held and bare and not gated
        print(f"{attack.title}: without the gate {_word(bare)}, with it {_word(gated)}")
        for told in university.told:
            print(f"    the agent is told: {told}")
        for rule, why in university.stopped_by().items():
            print(f"    the log says: {rule}: {why}")
    return 0 if held else 1


def _word(came_about: bool) -> str:
    return "it works" if came_about else "it is stopped"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
