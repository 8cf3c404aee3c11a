"""What the gate beside the agents answers to each question, given who asks.

Who asks is what the kernel says of the socket, never what stands in a message. Nothing that
identifies a record (ids, times, salts, identities, labels) is taken from a message either.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from tertius.core.decode import check_names
from tertius.core.errors import CallerError, TertiusError
from tertius.core.events import Flagged
from tertius.core.outcome import Outcome
from tertius.policy.canonical import ArgumentsError, canonical_bytes
from tertius.runtime.gate import Asked, Gate
from tertius.server.gate_acts import Act, Acts
from tertius.server.gate_callers import Caller, Peer
from tertius.server.gate_wire import (
    VERSION,
    Answer,
    Ask,
    Done,
    Ended,
    Hello,
    Judged,
    Look,
    Permission,
    Pinned,
    Question,
    Refused,
    Resume,
    Schema,
    Tell,
    Welcome,
    chain,
)

_decode = msgspec.json.Decoder().decode
_sorted = msgspec.json.Encoder(order="sorted").encode


class Answers:
    """Answers questions.

    Parameters
    ----------
    gate
        What judges and records.
    clock
        The gate's: UTC nanoseconds.

    Notes
    -----
    Thread-safe. An agent's process learns what to do and one of four codes; reasons are in the
    log.
    """

    def __init__(self, gate: Gate, *, clock: Callable[[], int]) -> None:
        self._gate, self._clock = gate, clock
        self._acts = Acts()
        self._lock = threading.Lock()
        self._flags = 0
        self._stem = os.urandom(9).hex()

    def left(self, peer: Peer) -> None:
        """Settle what a process leaves behind with its last connection.

        What a ruling permitted stays as started: nobody knows how it ended, and it is never
        started again.
        """
        for act in self._acts.running(peer):
            if not act.resumed and self._acts.end(act.caller, act.request.id):
                self._settle(act.request.id)

    def flooded(self, caller: Caller, count: int) -> None:
        """Record that a user asked more than it may; a log that cannot take it changes nothing."""
        with contextlib.suppress(TertiusError):
            self._flag(caller, f"{count} questions refused unjudged, more than it may ask")

    def answer(self, caller: Caller, peer: Peer, asked: Question) -> Answer:
        """Return the answer; what cannot be answered is refused, and the agent obeys that."""
        try:
            return self._answer(caller, peer, asked)
        except TertiusError as error:
            return Refused(asked.number, _short(str(error)) if _own(asked) else "denied")
        except Exception as error:  # the one place where a fault of the gate becomes a refusal
            return Refused(asked.number, _short(f"the gate failed: {type(error).__name__}"))

    def _answer(self, caller: Caller, peer: Peer, asked: Question) -> Answer:
        if isinstance(asked, Ask):
            return self._ask(caller, peer, asked)
        if isinstance(asked, Tell):
            return self._tell(caller, asked)
        if isinstance(asked, Ended):
            if self._acts.end(caller, asked.request):
                self._gate.ended(asked.request, ok=asked.ok)
            return Done(asked.number)
        if isinstance(asked, Hello):
            if asked.version != VERSION:
                return Refused(asked.number, f"version {asked.version}; expected {VERSION}")
            return Welcome(asked.number, VERSION, self._gate.level)
        if isinstance(asked, Pinned):
            own = asked.agent in caller.agents
            pinned = self._gate.schema_of(asked.agent, asked.tool) if own else None
            return Schema(asked.number, pinned)
        if isinstance(asked, Resume):
            return self._resume(caller, peer, asked)
        return self._look(caller, asked)

    def _ask(self, caller: Caller, peer: Peer, asked: Ask) -> Answer:
        fault, crowded = asked.fault, ""
        if borrowed := claims_another(caller, asked.agent):  # no agent of its own did anything
            self._flag(caller, borrowed)
            return Refused(asked.number, "denied")
        if not self._acts.room(caller):
            fault = crowded = "too many acts run that have not ended"
        value, wrong = _value(asked.arguments)
        made = self._gate.ask(
            asked.agent,
            asked.action,
            value,
            run=asked.run,
            chain=chain(bytes(asked.chain)),
            resource=asked.resource,
            peer=asked.peer,
            key=asked.key,
            channel=asked.channel,
            via=asked.via,
            task=asked.task,
            identity="asserted" if crowded else caller.identity,
            fault=fault or wrong,
        )
        started = made.request if made.decision.obeyed is Outcome.PERMIT else None
        if crowded:  # refused in shadow mode too
            if started is not None:
                self._settle(started.id)
            return Refused(asked.number, "denied")
        if started is not None:
            self._acts.start(Act(started, caller, peer, resumed=False))
        return judged(asked.number, made)

    def _tell(self, caller: Caller, asked: Tell) -> Answer:
        event, content = asked.event, asked.content
        check_names(event)
        why = self._acts.objection(caller, event)
        if why:
            self._flag(caller, why)
            return Refused(asked.number, _short(why))
        identity = self._acts.identity(caller, event, content)
        kept = replace(event, time=self._clock(), identity=identity, label=None)
        if content is None and "content" in kept.__struct_fields__:
            kept = replace(kept, content="")  # no commitment to what the log does not hold
        self._gate.observe(kept, () if content is None else (content,))
        return Done(asked.number)

    def _look(self, caller: Caller, asked: Look) -> Answer:
        try:
            found = self._gate.granted(asked.escalation)
        except CallerError:  # there is no such question, which is told as for another's
            found = None
        if found is None or found[1].agent not in caller.agents:
            return Permission(asked.number)
        token, request = found
        return Permission(asked.number, token, request)

    def _resume(self, caller: Caller, peer: Peer, asked: Resume) -> Answer:
        found = self._gate.granted(asked.escalation)
        if found is None or found[1].agent not in caller.agents or not self._acts.room(caller):
            return Refused(asked.number, "denied")
        token, request = found
        self._gate.resume(token, request)
        self._acts.start(Act(request, caller, peer, resumed=True))
        return Done(asked.number)

    def _flag(self, caller: Caller, why: str) -> None:
        """Record what a process told that was not its own to tell."""
        with self._lock:
            self._flags += 1
            number = self._flags
        self._gate.observe(
            Flagged(
                id=f"sidecar/{self._stem}-{number}",
                time=self._clock(),
                run="sidecar",
                subject=f"user:{caller.uid}",
                reason=_short(why if why.startswith("user ") else f"user {caller.uid}: {why}"),
                identity="bound",
            )
        )

    def _settle(self, request: str) -> None:
        try:
            self._gate.ended(request, ok=False)
        except TertiusError:  # the log stopped; every decision from now on is a forbid
            return


def claims_another(caller: Caller, agent: str) -> str:
    """Say that a user asks as an agent that is not its own; empty where it is."""
    if agent in caller.agents:
        return ""
    shown = ascii(agent)[1:-1][:60]
    return f"user {caller.uid} asked as `{shown}`; it runs {', '.join(caller.agents)}"[:1000]


def judged(number: int, made: Asked) -> Judged:
    """Return what the agent's process may see of a decision: what to do, and one of four codes."""
    request, decision = made.request, made.decision
    return Judged(
        number,
        None if request is None else request.id,
        0 if request is None else request.time,
        b"" if request is None else request.salt,
        decision.request if request is None else request.digest,
        "asserted" if request is None else request.identity,
        decision.request,
        decision.time,
        decision.outcome,
        decision.obeyed,
        decision.level,
        decision.manifest,
        decision.constitution,
        decision.epoch,
        decision.code,
        decision.shadow,
    )


def _value(raw: bytes) -> tuple[Any, str]:
    """Return the arguments, and what is wrong with their bytes: they must be canonical."""
    try:
        value = _decode(raw)
        if _sorted(value) != raw and canonical_bytes(value) != raw:
            return None, "arguments that are not in canonical form, such as with a key twice"
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        why = str(error) if isinstance(error, ArgumentsError) else "no JSON"
        return None, f"arguments: {why}"
    return value, ""


def _own(asked: Question) -> bool:
    """Whether what went wrong is the asker's own mistake, and may be told."""
    return isinstance(asked, Tell)


def _short(text: str) -> str:
    return text[:1000]
