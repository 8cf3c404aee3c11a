"""What rulings let go: acts that people were asked about, started once and told the end of."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tertius.core.escalation import Token
from tertius.core.request import Request
from tertius.escalation.desk import Desk, NotStartedError
from tertius.policy.circuit import Circuit
from tertius.policy.history import History


class Approved:
    """Starts what people said yes to.

    Parameters
    ----------
    desk
        Where they were asked; None where nobody can be.
    history, circuit
        The gate's: an approved act counts, waits for a throttle and is a probe like any other.
    clock
        UTC nanoseconds.

    Notes
    -----
    Thread-safe. The desk asks the gate once more whether a layer forbids, within the transaction
    in which it uses up the permission; the start is reserved in that moment (`starting`), and
    given back if the act does not start after all.
    """

    def __init__(
        self,
        desk: Desk | None,
        history: History | None,
        circuit: Circuit,
        *,
        clock: Callable[[], int],
    ) -> None:
        self._desk, self._history, self._circuit, self._clock = desk, history, circuit, clock
        self._starting: set[str] = set()
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def granted(self, escalation: str) -> tuple[Token, Request] | None:
        """Return the permission that a ruling opened, and for what; None while there is none."""
        if self._desk is None:
            return None
        now = self._clock()
        token = self._desk.token(escalation, now=now)
        card = self._desk.show(escalation, now=now).card
        return None if token is None or card is None else (token, card.request)

    def starting(self, request: Request) -> bool:
        """Whether this act is the one that `start` is about to let go."""
        return request.id in self._starting

    def start(self, token: Token, request: Request) -> None:
        """Use a permission, once.

        Raises
        ------
        NotStartedError
            It may not run, and why.
        """
        if self._desk is None:
            raise NotStartedError("no desk, and so no ruling; nothing may run")
        with self._lock:
            if request.id in self._starting:
                raise NotStartedError("it may not run: it is being started already")
            self._starting.add(request.id)
        try:
            self._consume(self._desk, token, request)
        finally:
            self._starting.discard(request.id)

    def _consume(self, desk: Desk, token: Token, request: Request) -> None:
        now = self._clock()
        if self._history is not None:
            self._history.reserve(request, now)
        try:
            desk.consume(token, request, now=now)
        except BaseException:
            if self._history is not None:
                self._history.release(request)
            self._circuit.release(request.id)
            raise
        if self._history is not None:
            self._history.commit(request)
        with self._lock:
            self._running.add(request.id)

    def ended(self, request: str, *, ok: bool) -> None:
        """Tell the desk how an act ended, if a ruling had let it go."""
        if request not in self._running or self._desk is None:
            return
        with self._lock:
            ran = request in self._running
            self._running.discard(request)
        if ran:
            self._desk.finish(request, ok=ok, now=self._clock())
