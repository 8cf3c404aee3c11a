"""`tertius serve gate`: the gate in a process of its own, beside the agents."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tertius.cli.screen import Flag, print_json
from tertius.core.errors import EXIT_PASS
from tertius.core.outcome import EnforcementLevel
from tertius.runtime.governed import open_gate
from tertius.server.gate import GateServer
from tertius.server.gate_apart import require_apart
from tertius.server.gate_callers import parse_callers
from tertius.server.gate_socket import bind, unbind


def gate(
    folder: Path,
    /,
    *,
    socket: Path,
    agents: Annotated[list[str], Parameter(negative=())],
    json: Flag = False,
) -> int:
    """Let the gate stand beside the agents, behind a Unix socket, until Ctrl-C.

    Run it as a user of its own: it does not start while any agent's user could touch its keys,
    its log, its rulings or the folder of its socket. Who asks is told by the user at the other
    end of the socket, never by what the message says. It prints the socket and the log's public
    key.

    Parameters
    ----------
    folder
        Holds signed policy, keys, log and rulings.
    socket
        Where it answers: a path in a folder that agents can reach and cannot change.
    agents
        Which agents a user runs, such as `1003=tutor,adviser`; once for each user.
    json
        Print one JSON object with `socket` and `key`.
    """
    callers = parse_callers(agents)
    require_apart(callers.uids, own=os.geteuid(), folder=folder, socket=socket)
    with open_gate(folder, level=EnforcementLevel.SIDECAR) as standing:
        server = GateServer(standing.gate, callers, clock=standing.clock)
        with bind(socket) as listening:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, lambda *given: server.stop())
            if json:
                print_json({"socket": str(socket), "key": standing.key})
            else:
                print(f"{socket}\n{standing.key}")
            sys.stdout.flush()
            server.serve(listening)
            unbind(socket)
    print("stopped", file=sys.stderr)
    return EXIT_PASS
