"""The gate beside the agents: in a process and under a user of its own, behind a Unix socket.

An agent's process asks, tells and obeys; keys, log and rulings are out of its reach.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from tertius.runtime.gate import Gate
from tertius.server.gate_answers import Answers
from tertius.server.gate_callers import Caller, Callers, Credentials, Peer, peer_credentials
from tertius.server.gate_rates import Rates
from tertius.server.gate_wire import (
    TURNED_AWAY,
    WHOLE_SECONDS,
    Ended,
    FrameError,
    Line,
    Question,
    Refused,
    Tell,
    question,
)

MAX_CONNECTIONS: Final = 32  # of one user
AFTER_REFUSAL: Final = 0.01  # seconds that a connection waits whose user asked too much


class GateServer:
    """Answers the agents of one machine, each connection in a thread of its own.

    Parameters
    ----------
    gate
        What judges and records.
    callers
        Which user runs which agents.
    clock
        The gate's: UTC nanoseconds.
    credentials
        Says who stands at the other end of a connection.
    whole
        Seconds within which a frame that was begun must end.
    rates
        How much each user may ask.
    pause
        Waits that many seconds.

    Notes
    -----
    A slow or hostile process holds up its own connections and nobody else's: of these a user has
    at most `MAX_CONNECTIONS`, each message is bounded, and whatever is no message ends its
    connection. A user that asks more than `rates` lets it is denied, unjudged, and made to wait;
    the log says so now and then. It cannot keep an agent from acting without asking; that takes
    the gateway level.

    References
    ----------
    Security contract, sections 1 to 3.
    """

    def __init__(
        self,
        gate: Gate,
        callers: Callers,
        *,
        clock: Callable[[], int],
        credentials: Credentials = peer_credentials,
        whole: float = WHOLE_SECONDS,
        rates: Rates | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._answers, self._callers = Answers(gate, clock=clock), callers
        self._credentials, self._whole = credentials, whole
        self._rates, self._pause = rates or Rates(), pause
        self._open: dict[socket.socket, tuple[Peer, threading.Thread]] = {}
        self._lock = threading.Lock()
        self._waker, self._wakes = socket.socketpair()
        self._stopping = False

    def serve(self, listening: socket.socket) -> None:
        """Answer on a socket from `bind` until `stop`; questions under way are still answered."""
        listening.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(listening, selectors.EVENT_READ)
            selector.register(self._wakes, selectors.EVENT_READ)
            while not self._stopping:
                selector.select()
                self._accept(listening)
        with self._lock:
            threads = [thread for _, thread in self._open.values()]
            for connection in self._open:
                _end(connection)
        for thread in threads:
            thread.join(self._whole)
        self._waker.close()
        self._wakes.close()

    def stop(self) -> None:
        """Let `serve` return; callable from a signal handler and from any thread."""
        self._stopping = True
        with contextlib.suppress(OSError):  # it has ended
            self._waker.send(b"x", socket.MSG_DONTWAIT)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:  # it was woken, or the other end has gone
            return
        try:
            peer = self._credentials(connection)
        except OSError:
            connection.close()
            return
        caller = self._callers.of(peer.uid)
        if caller is None:
            self._turn_away(connection, peer)
            return
        if self._crowded(peer):
            connection.close()
            return
        given = (connection, caller, peer)
        thread = threading.Thread(target=self._converse, args=given, daemon=True)
        with self._lock:
            self._open[connection] = (peer, thread)
        thread.start()

    def _turn_away(self, connection: socket.socket, peer: Peer) -> None:
        """Tell a user whom the table does not name that it is not listened to, and hang up."""
        why = f"user {peer.uid} may not speak to this gate; `--agents` does not name it"
        with contextlib.suppress(FrameError, OSError):
            Line(connection, whole=self._whole).write(Refused(TURNED_AWAY, why))
        connection.close()

    def _crowded(self, peer: Peer) -> bool:
        with self._lock:
            users = Counter(each.uid for each, _ in self._open.values())
        return users[peer.uid] >= MAX_CONNECTIONS

    def _converse(self, connection: socket.socket, caller: Caller, peer: Peer) -> None:
        try:
            line = Line(connection, whole=self._whole)
            while (frame := line.read()) is not None:
                asked = question(frame)
                if self._has_room(caller, asked, len(frame)):
                    line.write(self._answers.answer(caller, peer, asked))
                else:
                    line.write(Refused(asked.number, "denied"))
                    self._pause(AFTER_REFUSAL)
        except (FrameError, OSError):
            pass  # what is no conversation is over
        finally:
            connection.close()
            self._left(connection, peer)

    def _has_room(self, caller: Caller, asked: Question, size: int) -> bool:
        """Whether a user may ask this now; what it tells of permitted acts waits, and is kept."""
        while wait := self._rates.take(caller.uid, size):
            if not isinstance(asked, Tell | Ended):
                if count := self._rates.refused(caller.uid):
                    self._answers.flooded(caller, count)
                return False
            self._pause(wait)
        return True

    def _left(self, connection: socket.socket, peer: Peer) -> None:
        with self._lock:
            self._open.pop(connection, None)
            last = all(each != peer for each, _ in self._open.values())
        if last:
            self._answers.left(peer)


def _end(connection: socket.socket) -> None:
    """Let nothing more come in; an answer that is under way still goes out."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
