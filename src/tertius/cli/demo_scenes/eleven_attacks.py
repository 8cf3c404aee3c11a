"""Scene 3, the university: eleven attacks, tried without the gate and with it."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path

from tertius.cli.demo_scenes.scene import Case, Check, Scene, measured
from tertius.cli.demo_scenes.university.attacks import ATTACKS, Attack
from tertius.cli.demo_scenes.university.campus import NOW, University
from tertius.cli.demo_scenes.university.day import ADVICE, called, ordinary_day, returned
from tertius.core.errors import EXIT_FINDING, EXIT_PASS
from tertius.core.log_events import LogOpened
from tertius.core.oversight_events import PolicyChanged
from tertius.core.ports.reader import Recorded
from tertius.log.verify import verify
from tertius.runtime.index import build_index

FIGURE = "sis.attendance"
_OURS = (LogOpened, PolicyChanged)  # what the gate says of itself


def play(out: Path) -> Scene:
    """Let the agents do a day's work below `out`, then attack, without the gate and with it.

    Parameters
    ----------
    out : Path
        Gets `log`, the day's log, which can be traced. Keys and students lie elsewhere, and are
        gone afterwards.
    """
    log = out / "log"
    with tempfile.TemporaryDirectory(prefix="tertius-") as room:
        day = University(Path(room) / "day", gated=True)
        advice = ordinary_day(day)
        run = tuple(each for each in day.record() if _shown(each))
        figure, told = returned(day, FIGURE), called(day, ADVICE)
        cases = tuple(_tried(attack, Path(room)) for attack in ATTACKS)
        shutil.copytree(day.folder / "log", log)
    build_index(log)
    report = verify(log, now=NOW // 1_000_000_000, keys=(day.key,))
    facts = [("the advice", advice)]
    facts += [(f"{each.name}: root of {each.size} entries", each.root) for each in report.logs]
    return Scene(
        number=3,
        title="The university",
        lead="Four agents look after a student who comes to class less and less. Then one "
        "after another is talked into something that it must not do. Each attack is tried twice: "
        "with nobody in between, and with the gate, which knows the agents' signed manifests, the "
        "constitution and the roles.",
        run=run,
        cases=cases,
        facts=tuple(facts),
        next=(shlex.join(["tertius", "trace", figure, "--to", told, "--log", str(log)]),),
        judge="gate",
        heading="What was tried, and what came of it",
        caption="Who told whom on the ordinary day, and how often. No arrow leads to the tutor: "
        "what advising knows of a family's income cannot get there.",
    )


def _shown(each: Recorded) -> bool:
    return not isinstance(each.event, _OURS)


def _tried(attack: Attack, room: Path) -> Case:
    folder = room / attack.attempt.__name__.replace("_", "-")
    bare = attack.attempt(University(folder / "without", gated=False))
    university = University(folder / "with", gated=True)
    gated = attack.attempt(university)
    stopped = university.stopped_by()
    why = stopped.get(attack.stopped_by) or "; ".join(university.told)
    without = measured(
        bare,
        _word(bare),
        given="no gate",
        said="nothing: nobody asked it",
    )
    with_it = Check(
        given="the gate",
        said=why,
        expected=EXIT_FINDING,
        got=EXIT_PASS if gated else EXIT_FINDING,
        wanted=attack.stopped_by,
        named=tuple(sorted(stopped)),
        lesson=attack.lesson,
        word=_word(gated),
    )
    return Case(title=attack.title, did=attack.did, allowed=False, checks=(without, with_it))


def _word(came_about: bool) -> str:
    return "works" if came_about else "stopped"
