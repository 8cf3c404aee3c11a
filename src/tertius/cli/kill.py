"""`tertius kill`: stop every agent of a gate from starting anything more."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tertius.cli.screen import Flag, print_json, safe
from tertius.core.errors import EXIT_PASS, CallerError, TertiusError
from tertius.escalation.halt import Halted, void_unstarted
from tertius.policy.kill import KillSwitch
from tertius.runtime.places import Places


class NoGateError(CallerError):
    """A folder in which no gate has stood."""


class StillThrownError(CallerError):
    """The switch was not reset."""


def kill(folder: Path = Path(), /, *, reset: Flag = False, json: Flag = False) -> int:
    """Throw the kill switch of a gate: from now on nothing starts, in any process that asks it.

    It needs no running gate, no room on the disk and no answer from anybody, and it stays thrown
    over restarts. What already runs is not stopped, and what never asks a gate is not reached.
    Open questions and unused approvals become void, at the latest before the reset: what was
    approved before never starts after it.

    Parameters
    ----------
    folder
        The gate's folder.
    reset
        Allow starts again.
    json
        Print one JSON object.
    """
    path = Places(folder).kill
    if not path.is_file():
        raise NoGateError(f"no kill switch at `{path}`; name the folder of a gate that has stood")
    with KillSwitch(path) as switch:
        if reset:
            halted = _void_first(folder) if switch.thrown else Halted()
            switch.reset()
        else:
            switch.throw()
            halted = _void_if_possible(folder)
        thrown = switch.thrown
    if json:
        told = {"void": list(halted.void), "running": list(halted.running)}
        print_json({"switch": str(path), "thrown": thrown, **told})
        return EXIT_PASS
    if thrown:
        print(f"thrown: {path}; nothing starts any more, `--reset` allows it again")
    else:
        print(f"armed: {path}; agents may start again what policy permits")
    if halted.void:
        print(f"void: {', '.join(halted.void)}; whoever still wants it asks again")
    if halted.running:
        print(f"approved and running already: {', '.join(halted.running)}")
    return EXIT_PASS


def _void_if_possible(folder: Path) -> Halted:
    """Void what was asked and granted; the switch is thrown whether or not this can be written."""
    try:
        return void_unstarted(Places(folder).escalations, now=time.time_ns())
    except TertiusError as error:
        print(f"questions are not void yet: {safe(str(error))}", file=sys.stderr)
        return Halted()


def _void_first(folder: Path) -> Halted:
    """Void what was asked and granted; where that cannot be written, the switch stays thrown."""
    try:
        return void_unstarted(Places(folder).escalations, now=time.time_ns())
    except TertiusError as error:
        raise StillThrownError(
            f"still thrown, since what was granted could not be made void: {error}"
        ) from error
