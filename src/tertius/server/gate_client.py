"""The gate, as an agent's process sees it when the gate stands beside it (level ``sidecar``)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from tertius.core.decision import Decision, Fault
from tertius.core.digest import digest
from tertius.core.escalation import Token
from tertius.core.events import ChannelKind, Identity
from tertius.core.kinds import Event
from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Action, PrincipalChain, Request
from tertius.escalation.desk import NotStartedError
from tertius.policy.canonical import ArgumentsError, canonical_bytes
from tertius.runtime.acts import Acts
from tertius.runtime.gate import Asked
from tertius.server.gate_believed import NoGateError, believed
from tertius.server.gate_callers import Credentials, peer_credentials
from tertius.server.gate_wire import (
    TURNED_AWAY,
    VERSION,
    WHOLE_SECONDS,
    Answer,
    Ask,
    Done,
    Ended,
    FrameError,
    GoneError,
    Hello,
    Judged,
    Line,
    Look,
    Message,
    Permission,
    Pinned,
    Refused,
    Resume,
    Schema,
    Tell,
    Welcome,
    answer,
    chain_bytes,
    require_number,
)

MAX_IDLE: Final = 8  # connections that are kept
MAX_NAMES: Final = 4096  # requests whose names are remembered

A = TypeVar("A", bound=Answer)


class SidecarGate:
    """A gate on the Adapter port, whose judge stands in another process.

    Parameters
    ----------
    path
        Its socket.
    gate_uid
        The user as which the gate runs; whoever else answers at the path is not believed.
    timeout
        Seconds until an answer must have begun, and then again until it must have ended.
    clock
        UTC nanoseconds, for refusals that this process makes itself.
    credentials
        Says who stands at the other end.

    Notes
    -----
    Thread-safe: parallel calls use connections of their own. A connection that broke is made anew
    at the next call; the call during which it broke is a forbid, and is not asked again. Whatever
    goes wrong on the way to a decision is a forbid, of level ``in_process``: only what the gate
    itself said is ``sidecar``. It holds what this process does voluntarily; code in it can act
    without asking.
    """

    def __init__(
        self,
        path: Path,
        *,
        gate_uid: int,
        timeout: float = WHOLE_SECONDS,
        clock: Callable[[], int] = time.time_ns,
        credentials: Credentials = peer_credentials,
    ) -> None:
        self._path, self._uid, self._timeout = path, gate_uid, timeout
        self._clock, self._credentials = clock, credentials
        self._idle: list[Line] = []
        self._process = os.getpid()
        self._numbers = itertools.count(1 + secrets.randbits(62))
        self._names: OrderedDict[str, str] = OrderedDict()
        self._acts = Acts()
        self._lock = threading.Lock()

    # -- asking ------------------------------------------------------------------------------------

    @property
    def level(self) -> EnforcementLevel:
        """Where the gate stands, as it says itself.

        Raises
        ------
        NoGateError
            There is none.
        """
        return self._exchange(Hello(self._number()), Welcome).level

    def ask(
        self,
        agent: str,
        action: Action,
        arguments: Any,
        *,
        run: str,
        chain: PrincipalChain,
        resource: str | None = None,
        peer: str | None = None,
        key: str | None = None,
        channel: str | None = None,
        via: ChannelKind = "message",
        task: str | None = None,
        identity: Identity = "asserted",
    ) -> Asked:
        """Make a request of plain values and ask; `identity` is for the gate to say, not for us."""
        raw, fault = b"null", ""
        try:
            raw = canonical_bytes(arguments)
        except ArgumentsError as error:
            fault = str(error)[:1000]
        asked = Ask(
            self._number(), agent, action, raw, run, chain_bytes(chain), resource, peer, key,
            channel, via, task, fault,
        )  # fmt: skip
        try:
            return believed(self._exchange(asked, Judged), asked, chain, self._acts)
        except (NoGateError, NounError) as error:
            return Asked(None, self._forbidden(raw, str(error)))

    def request(self, request: Request) -> Decision:
        """Ask before acting. Never raises: what cannot be asked is forbidden.

        The gate gives the request a name, a time and an identity of its own; events told under
        the request's name are passed on under the gate's.
        """
        try:
            value = request.decoded()
            canonical = canonical_bytes(value) == request.arguments
        except (msgspec.MsgspecError, ValueError):  # no JSON, or no JSON that may be asked about
            canonical = False
        if not canonical:
            return self._forbidden(request.arguments, "arguments that are not in canonical form")
        asked = self.ask(
            request.agent, request.action, value, run=request.run,
            chain=request.chain, resource=request.resource, peer=request.peer, key=request.key,
            channel=request.channel, via=request.via, task=request.task,
        )  # fmt: skip
        if asked.request is not None:
            with self._lock:
                self._names[request.id] = asked.request.id
                if len(self._names) > MAX_NAMES:
                    self._names.popitem(last=False)
        return asked.decision

    async def arequest(self, request: Request) -> Decision:
        """Ask before acting, from a coroutine."""
        return await asyncio.to_thread(self.request, request)

    def schema_of(self, agent: str, tool: str) -> str | None:
        """Return the digest of the input schema that an agent's grant of a tool pins.

        Raises
        ------
        NoGateError
            The gate gave no answer.
        """
        return self._exchange(Pinned(self._number(), agent, tool), Schema).digest

    def granted(self, escalation: str) -> tuple[Token, Request] | None:
        """Return the permission that a ruling opened, and for what; None while there is none.

        Raises
        ------
        NoGateError
            The gate gave no answer.
        """
        found = self._exchange(Look(self._number(), escalation), Permission)
        if found.token is None or found.request is None:
            return None
        return found.token, found.request

    def resume(self, token: Token, request: Request) -> None:
        """Use the permission that a ruling opened, once; run the act when this returns.

        The gate goes by the question's name and by what it keeps itself.

        Raises
        ------
        NotStartedError
            It may not run.
        """
        if token.escalation is None or token.escalation != request.id:
            raise NotStartedError("a permission for another request; nothing may run")
        try:
            self._exchange(Resume(self._number(), token.escalation), Done)
        except NoGateError as error:
            raise NotStartedError(str(error)) from error

    # -- telling -----------------------------------------------------------------------------------

    def observe(self, event: Event, contents: tuple[bytes, ...] = ()) -> None:
        """Tell what happened; `contents` are the raw bytes that the log commits to.

        Raises
        ------
        NoGateError
            It is not recorded.
        """
        if self._names:
            causes = tuple(replace(each, id=self._named(each.id)) for each in event.causes)
            event = replace(event, id=self._named(event.id), causes=causes)
        content = contents[0] if contents else None
        self._exchange(Tell(self._number(), event, content), Done)

    def ended(self, request: str, *, ok: bool) -> None:
        """Tell how the act of a permitted request ended.

        Where that cannot be told, the gate settles it when this process has gone.
        """
        with contextlib.suppress(NoGateError):
            self._exchange(Ended(self._number(), self._named(request), ok), Done)

    def close(self) -> None:
        """Close all connections; the next call makes a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    # -- one question, one answer ------------------------------------------------------------------

    def _exchange(self, asked: Message, kind: type[A]) -> A:
        try:
            line = self._sent(asked)
            try:
                found = _read(line, asked.number)
            except BaseException:
                line.close()
                raise
        except (FrameError, OSError) as error:
            raise NoGateError(f"no answer from the gate at `{self._path}`: {error}") from error
        self._keep(line)
        if isinstance(found, Refused):
            raise NoGateError(found.why)
        if not isinstance(found, kind):
            raise NoGateError(f"the gate at `{self._path}` answered something else")
        return found

    def _sent(self, asked: Message) -> Line:
        """Send a question over a connection that nobody else uses, and return that.

        One that was closed meanwhile, as when the gate starts anew, took nothing of it.
        """
        while (line := self._kept()) is not None:
            try:
                line.write(asked)
            except GoneError:
                line.close()
            except BaseException:
                line.close()
                raise
            else:
                return line
        line = self._connected()
        with _ClosedOnError(line):
            line.write(asked)
        return line

    def _kept(self) -> Line | None:
        with self._lock:
            if self._process != os.getpid():  # a forked child shares none with its parent
                self._process, self._idle = os.getpid(), []
            return self._idle.pop() if self._idle else None

    def _connected(self) -> Line:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _ClosedOnError(connection):
            connection.settimeout(self._timeout)
            connection.connect(str(self._path))
            require_gate(self._credentials(connection).uid, self._uid)
            line = Line(connection, whole=self._timeout, patience=self._timeout)
            hello = Hello(self._number())
            with contextlib.suppress(GoneError):  # it may have said why before it hung up
                line.write(hello)
            welcome = _welcome(line, hello.number)
            if not isinstance(welcome, Welcome) or welcome.version != VERSION:
                raise FrameError(f"it is no gate of version {VERSION}")
        return line

    def _keep(self, line: Line) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append(line)
                return
        line.close()

    def _number(self) -> int:
        return next(self._numbers)

    def _named(self, name: str) -> str:
        """Return the gate's name in the place of ours, where a name lies under one of ours."""
        head = name
        while head not in self._names:
            head = head.rpartition("/")[0]
            if not head:
                return name
        return self._names.get(head, head) + name[len(head) :]

    def _forbidden(self, raw: bytes, why: str) -> Decision:
        return Decision(
            request=digest("request", raw),
            time=self._clock(),
            outcome=Outcome.FORBID,
            votes=(),
            faults=(Fault(layer="circuit", message=why[:1000]),),
            level=EnforcementLevel.IN_PROCESS,
            arguments=raw,
            code="denied",
        )


def require_gate(uid: int, gate_uid: int) -> None:
    """Refuse whoever answers at the path and is not the gate's user.

    Raises
    ------
    FrameError
        It is another one.
    """
    if uid != gate_uid:
        raise FrameError(f"user {uid} answers there; expected the gate's, {gate_uid}")


class _ClosedOnError:
    """Closes a connection when what is done with it fails."""

    def __init__(self, connection: Line | socket.socket) -> None:
        self._connection = connection

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._connection.close()


def _welcome(line: Line, number: int) -> Answer:
    """Return the first answer of a gate.

    Raises
    ------
    NoGateError
        It turned this user away, and says so.
    """
    frame = line.read()
    if frame is None:
        raise FrameError("the connection was closed")
    found = answer(frame, None)
    if isinstance(found, Refused) and found.number == TURNED_AWAY:
        raise NoGateError(found.why)
    require_number(found, number)
    return found


def _read(line: Line, number: int) -> Answer:
    frame = line.read()
    if frame is None:
        raise FrameError("the connection was closed")
    return answer(frame, number)
