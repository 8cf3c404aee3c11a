"""`tertius kill`: stop every agent of a gate from starting anything more."""

from __future__ import annotations

from pathlib import Path

from tertius.cli.screen import Flag, print_json
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.policy.kill import KillSwitch
from tertius.runtime.places import Places


class NoGateError(CallerError):
    """A folder in which no gate has stood."""


def kill(folder: Path = Path(), /, *, reset: Flag = False, json: Flag = False) -> int:
    """Throw the kill switch of a gate: from now on nothing starts, in any process that asks it.

    It needs no running gate, no room on the disk and no answer from anybody, and it stays thrown
    over restarts. What already runs is not stopped, and what never asks a gate is not reached.

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
        switch.reset() if reset else switch.throw()
        thrown = switch.thrown
    if json:
        print_json({"switch": str(path), "thrown": thrown})
    elif thrown:
        print(f"thrown: {path}; nothing starts any more, `--reset` allows it again")
    else:
        print(f"armed: {path}; agents may start again what policy permits")
    return EXIT_PASS
