"""A gate beside the agents, in a thread of the test, and who they are."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tertius.core.decision import Layer, Vote
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.gate import Gate
from tertius.runtime.policies import Policies
from tertius.server.gate import GateServer
from tertius.server.gate_callers import Callers, Peer
from tertius.server.gate_client import SidecarGate
from tertius.server.gate_rates import Rates
from tertius.server.gate_socket import bind

KEY = SigningKey("tertius/test", bytes(32))
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
NOW = 1_800_000_000_000_000_000
TUTOR, AID, BOTH, GATE = 5001, 5002, 5003, 5000
CALLERS = Callers({TUTOR: ["tutor"], AID: ["aid"], BOTH: ["adviser", "clerk"]})


class Grants:
    """A manifest layer in small: what each agent may touch."""

    layer: Layer = "manifest"

    def __init__(self, **granted: tuple[str, ...]) -> None:
        self.granted = granted
        self.seen: list[Request] = []

    def judge(self, request: Request) -> Vote:
        self.seen.append(request)
        ok = (request.resource or request.peer) in self.granted.get(request.agent, ())
        outcome = Outcome.PERMIT if ok else Outcome.FORBID
        return Vote(layer="manifest", outcome=outcome, rule="m1", reason="the secret reason")


class Beside:
    """A standing gate: `as_user` gives a client that the gate takes for that user's."""

    def __init__(
        self, folder: Path, writer: Writer, gate: Gate, server: GateServer, users: list[int]
    ) -> None:
        self.folder, self.writer, self.gate, self.server = folder, writer, gate, server
        self.path = folder / "gate.sock"
        self._users = users

    def as_user(self, uid: int, **options: Any) -> SidecarGate:
        self._users[:] = [uid]
        return SidecarGate(self.path, **{"gate_uid": os.geteuid(), **options})

    def raw(self, uid: int) -> socket.socket:
        """A bare connection of that user."""
        self._users[:] = [uid]
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(20)
        connection.connect(str(self.path))
        return connection

    def told(self, kind: type[Any]) -> list[Any]:
        """The events of a kind in the log."""
        self.writer.checkpoint()
        return [e for e in LogReader(self.writer.folder).events() if isinstance(e, kind)]


@contextmanager
def beside(
    folder: Path,
    *layers: Any,
    callers: Callers = CALLERS,
    whole: float = 20.0,
    rates: Rates | None = None,
    pause: Callable[[float], None] = lambda seconds: None,
    desk: Callable[[Writer], Any] = lambda writer: None,
    **options: Any,
) -> Iterator[Beside]:
    """Let a gate stand at `folder/gate.sock`; every connection is the user asked for last."""
    users = [TUTOR]
    with Writer(folder / "log", key=KEY, clock=lambda: NOW) as writer:
        gate = Gate(
            writer,
            Policies(layers=layers, irreversible=lambda request: False),
            clock=lambda: NOW,
            level=EnforcementLevel.SIDECAR,
            desk=desk(writer),
            **options,
        )
        server = GateServer(
            gate,
            callers,
            clock=lambda: NOW,
            credentials=lambda connection: Peer(os.getpid(), users[0]),
            whole=whole,
            rates=rates,
            pause=pause,
        )
        listening = bind(folder / "gate.sock")
        thread = threading.Thread(target=server.serve, args=(listening,))
        thread.start()
        try:
            yield Beside(folder, writer, gate, server, users)
        finally:
            server.stop()
            thread.join(20)
            listening.close()
        assert not thread.is_alive()
