"""`tertius serve gate`: the gate in a process of its own, beside the agents."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from tertius.cli.screen import Flag, print_json, safe
from tertius.cli.serve_told import EVERY, Told, tell, timed
from tertius.core.errors import EXIT_PASS, TertiusError
from tertius.core.outcome import EnforcementLevel
from tertius.escalation.rounds import Rounds
from tertius.runtime.configured import from_folder
from tertius.runtime.governed import Governed
from tertius.runtime.in_force import InForce
from tertius.runtime.places import Places
from tertius.server.gate import GateServer
from tertius.server.gate_apart import require_apart
from tertius.server.gate_callers import Callers, parse_callers
from tertius.server.gate_socket import bind, unbind

if TYPE_CHECKING:
    from tertius.runtime.beside import Beside


def gate(
    folder: Path,
    /,
    *,
    socket: Path,
    agents: Annotated[list[str], Parameter(negative=())],
    watch: Flag = False,
    json: Flag = False,
) -> int:
    """Let the gate stand beside the agents, behind a Unix socket, until Ctrl-C.

    Run it as a user of its own: it does not start while any agent's user could touch its keys,
    its log, its rulings or the folder of its socket. Who asks is told by the user at the other
    end of the socket, never by what the message says. It prints the socket and the log's public
    key, its mode, and what reviews are owed; on stderr, with the time, what it is doing until
    then, and after that every question, ruling, cut and lift. A `tertius.yaml` in the folder says
    what people are asked about. On SIGHUP it looks for a signed opening of the emergency door.

    Parameters
    ----------
    folder
        Holds signed policy, keys, log and rulings.
    socket
        Where it answers: a path in a folder that agents can reach and cannot change.
    agents
        Which agents a user runs, such as `1003=tutor,adviser`; once for each user.
    watch
        Let detectors look at what the gate records, and do what `watch:` in `tertius.yaml` says
        of their findings.
    json
        Print one JSON object with `socket`, `key`, `mode` and `owed`.
    """
    _say(f"reading the policy in {folder}")
    callers = parse_callers(agents)
    require_apart(callers.uids, own=os.geteuid(), folder=folder, socket=socket)
    with ExitStack() as stack:
        stack.enter_context(timed())
        standing = stack.enter_context(from_folder(folder, level=EnforcementLevel.SIDECAR))
        _require_known(callers, standing.policy)
        watching = None
        if watch:
            _say("warming up the detectors")
            watching = stack.enter_context(_beside(folder, standing))
        server = GateServer(standing.gate, callers, clock=standing.clock)
        with bind(socket) as listening:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, lambda *given: server.stop())
            signal.signal(signal.SIGHUP, lambda *given: _apart(_break_glass, standing))
            _say(f"answering on {socket}{', watching' if watch else ''}")
            _tell(socket, standing, json=json)
            if watching is not None:
                watching.start()
            told = Told(standing, Places(folder).escalations)
            stack.callback(Rounds(told.look, name="told", every=EVERY).close)
            server.serve(listening)
            unbind(socket)
    _say("stopped")
    return EXIT_PASS


def _require_known(callers: Callers, policy: InForce) -> None:
    """Refuse agents that never had a manifest; tell of one that is gone."""
    found = policy.manifests
    refused = {refusal.agent: refusal.problem for refusal in found.refusals}
    for name in callers.require_known(
        [held.manifest.agent for held in found.held], refused, before=policy.whole.remembered.agents
    ):
        if name not in refused:
            _say(f"`{name}` may do nothing: its manifest, in force before, is gone")


def _beside(folder: Path, standing: Governed) -> Beside:
    """Open the watch; what it needs is loaded only here, since it takes seconds."""
    from tertius.cli.serve_watch import beside

    return beside(folder, standing)


def _say(what: str) -> None:
    """Tell whoever waits what is being done."""
    tell(safe(what, 400))


def _tell(socket: Path, standing: Governed, *, json: bool) -> None:
    """Say where it stands, in which mode, and what is owed."""
    if json:
        owed = [each.opening for each in standing.owed]
        told = {"socket": str(socket), "key": standing.key, "mode": standing.mode, "owed": owed}
        print_json(told)
    else:
        print(f"{socket}\n{standing.key}\nmode {standing.mode}")
        for each in standing.owed:
            print(f"review owed of {each.opening}: {safe(each.said, 400)}")
    sys.stdout.flush()


def _apart(act: Callable[[Governed], None], standing: Governed) -> None:
    """Act in a thread of its own: whoever is interrupted by a signal may hold the log."""
    threading.Thread(target=act, args=(standing,), daemon=True).start()


def _break_glass(standing: Governed) -> None:
    try:
        door = standing.break_glass()
    except TertiusError as error:
        _say(f"the emergency door stays closed: {error}")
    else:
        scope = ", ".join(sorted(door.scope))
        left = (door.closes - standing.clock()) // 1_000_000_000
        _say(f"break-glass: {scope} for {left} more seconds")
