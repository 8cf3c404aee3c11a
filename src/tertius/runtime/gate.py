"""The gate: the one door through which every act of a governed agent passes.

Ask, obey, tell. `request` collects the votes of all layers, records the decision, and only then
answers; whatever goes wrong on the way is a forbid. `observe` records what happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.decision import Decision, DenialCode, Fault, Vote, combine
from tertius.core.errors import TertiusError
from tertius.core.escalation import Token
from tertius.core.events import ChannelKind, Event, Identity, PolicyChanged
from tertius.core.label import Label
from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Action, PrincipalChain, Request, at, request_digest
from tertius.escalation.desk import Desk, NotStartedError
from tertius.escalation.triggers import Terms
from tertius.log.writer import Writer
from tertius.policy.canonical import ArgumentsError, canonical_bytes
from tertius.policy.circuit import Circuit
from tertius.policy.history import History
from tertius.policy.kill import KillSwitch
from tertius.runtime.acts import Acts
from tertius.runtime.decided import code_for, decided, decided_id, reads_back, short, told, unformed
from tertius.runtime.policies import Policies

Clock = Callable[[], int]

_PERMIT, _FORBID, _ESCALATE = Outcome.PERMIT, Outcome.FORBID, Outcome.ESCALATE


class Asked(Struct, frozen=True):
    """A request as it was judged, None where none could be made; and the answer."""

    request: Request | None
    decision: Decision


class Gate:
    """The one door.

    Parameters
    ----------
    writer
        The log. Where it cannot take the record, the answer is forbid.
    policies
        What is in force.
    history
        Counters and evidence, the same that the layer of conditions reads.
    circuit
        What is cut; it is asked beside `policies`.
    kill
        The switch; None only where somebody else stops the agents.
    desk, terms
        Where questions for people go, and on what terms. Without a desk, escalate is forbid.
    clock
        UTC nanoseconds that never run back (`tertius.log.clock.Ratchet`).
    trusted
        Whether the clock may be believed; while it may not, everything is forbidden.
    level
        Where this gate stands.
    shadow
        Record everything, enforce the constitution alone. Fixed for the gate's life.
    names
        Gives a new name each time, for requests made by `ask`.

    Notes
    -----
    Thread-safe and re-entrant: acts are counted before they are judged, so that two at once can
    never both be the last one allowed. A request's time is the gate's: an adapter cannot make an
    expired grant valid. It holds against what a model chooses, not against code in its own
    process, which can go round it (`level` says so in every record).
    """

    def __init__(
        self,
        writer: Writer,
        policies: Policies,
        *,
        clock: Clock,
        history: History | None = None,
        circuit: Circuit | None = None,
        kill: KillSwitch | None = None,
        desk: Desk | None = None,
        terms: Callable[[Request, Decision], Terms] = lambda request, decision: Terms(),
        trusted: Callable[[], bool] = lambda: True,
        level: EnforcementLevel = EnforcementLevel.IN_PROCESS,
        shadow: bool = False,
        names: Callable[[], str] | None = None,
    ) -> None:
        self.level = level
        self.shadow = shadow
        self.circuit = circuit or Circuit()
        self._writer = writer
        self._policies = policies
        self._history = history
        self._kill = kill
        self._desk = desk
        self._terms = terms
        self._clock = clock
        self._trusted = trusted
        self._names = names or _fresh_names()
        self._acts = Acts()
        self._running: dict[str, Request] = {}
        self._resumed: set[str] = set()  # of those that run, the ones that a ruling permitted
        self._lock = threading.Lock()

    # -- asking ------------------------------------------------------------------------------------

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
        label: Label | None = None,
        identity: Identity = "asserted",
        fault: str = "",
    ) -> Asked:
        """Make a request of plain values and ask; values that are no JSON are a forbid.

        So is one with a `fault`: what whoever carries the request knows to be wrong with it.
        """
        now, name = self._clock(), self._names()
        try:
            raw = canonical_bytes(arguments)
        except ArgumentsError as error:
            raw, fault = b"null", str(error)
        sealed = self._writer.seal(raw)
        kind = (
            agent, action, run, chain, resource, peer, key, channel, via, task, label, identity,
        )  # fmt: skip
        try:
            request = self._acts.request(kind, name, now, sealed)
        except (NounError, TypeError) as error:
            return Asked(None, self._refuse(name, now, raw, told(error)))
        return Asked(request, self._decide(request, now, bad_argument=fault))

    def request(self, request: Request) -> Decision:
        """Ask before acting. Never raises for policy: what cannot be judged is forbidden."""
        now = self._clock()
        return self._decide(at(request, now), now)

    async def arequest(self, request: Request) -> Decision:
        """Ask before acting, from a coroutine."""
        return await asyncio.to_thread(self.request, request)

    def load(self, policies: Policies, change: PolicyChanged) -> None:
        """Put other policies in force; the change is in the log before the first decision under it.

        Raises
        ------
        LogStoppedError, LogFullError
            The log cannot take it; what was in force stays.
        """
        self._writer.append(change)
        self._policies = policies

    def forbids(self, request: Request) -> bool:
        """Whether any layer forbids a request now; the desk asks it before an approved act runs."""
        layers = (self.circuit, *self._policies.layers)
        current = at(request, self._clock())
        votes: list[Vote] = [layer.judge(current) for layer in layers]
        faults: list[Fault] = []
        self._stop(votes, faults)
        return combine(votes, faults) is _FORBID

    def schema_of(self, agent: str, tool: str) -> str | None:
        """Return the digest of the input schema that an agent's grant of a tool pins."""
        return self._policies.schema_of(agent, tool)

    def granted(self, escalation: str) -> tuple[Token, Request] | None:
        """Return the permission that a ruling opened, and for what; None while there is none."""
        if self._desk is None:
            return None
        now = self._clock()
        token = self._desk.token(escalation, now=now)
        card = self._desk.show(escalation, now=now).card
        return None if token is None or card is None else (token, card.request)

    def resume(self, token: Token, request: Request) -> None:
        """Use the permission that a ruling opened, once; run the act when this returns.

        Raises
        ------
        NotStartedError
            It may not run, and why.
        """
        if self._desk is None:
            raise NotStartedError("no desk, and so no ruling; nothing may run")
        now = self._clock()
        if self._history is not None:
            self._history.reserve(request, now)
        try:
            self._desk.consume(token, request, now=now)
        except BaseException:
            if self._history is not None:
                self._history.release(request)
            raise
        if self._history is not None:
            self._history.commit(request)
        self._running[request.id] = request
        with self._lock:
            self._resumed.add(request.id)

    # -- telling -----------------------------------------------------------------------------------

    def observe(self, event: Event, contents: tuple[bytes, ...] = ()) -> None:
        """Record what happened; `contents` are the raw bytes that the log commits to."""
        sealed = self._writer.seal(contents[0]) if contents else None
        kept = event if sealed is None else replace(event, content=sealed.digest)
        self._writer.append(kept, sealed)
        if self._history is not None:
            self._history.observe(kept)
        if isinstance(kept, PolicyChanged):
            self.circuit.apply(kept)
        for watch in self._policies.watchers:
            watch(kept)

    def ended(self, request: str, *, ok: bool) -> None:
        """Hear how the act of a permitted request ended."""
        self._running.pop(request, None)
        now = self._clock()
        if self._desk is not None:
            with self._lock:
                resumed = request in self._resumed
                self._resumed.discard(request)
            if resumed:
                self._desk.finish(request, ok=ok, now=now)
        change = self.circuit.settle(request, ok=ok, now=now)
        if change is not None:
            self.observe(change)

    def running(self) -> tuple[Request, ...]:
        """Return what was permitted and has not ended: what a kill switch cannot stop."""
        return tuple(self._running.copy().values())

    # -- deciding ----------------------------------------------------------------------------------

    def _decide(self, request: Request, now: int, *, bad_argument: str = "") -> Decision:
        policies = self._policies
        history = self._history
        votes: list[Vote] = []
        faults: list[Fault] = []
        if bad_argument:
            faults.append(Fault(layer="manifest", message=short(bad_argument)))
        counted = history is not None and _reserve(history, request, now, faults)
        for layer in (self.circuit, *policies.layers):
            try:
                votes.append(layer.judge(request))
            except Exception as error:  # the one place where a layer's error becomes a forbid
                faults.append(Fault(layer=layer.layer, message=short(told(error))))
        self._stop(votes, faults)
        outcome = combine(votes, faults)
        if outcome is _PERMIT and not self.circuit.reserve(request):
            votes.append(_forbid("circuit", "another start was quicker"))
            outcome = _FORBID
        if outcome is _ESCALATE and self._desk is None:
            votes.append(_forbid("escalation", "nobody can be asked here"))
            outcome = _FORBID
        code: DenialCode | None = "bad-argument" if bad_argument else None
        decision = self._decision(request, now, outcome, votes, faults, policies, code)
        decision = self._recorded(request, decision, policies)
        obeyed = decision.obeyed
        if self._desk is not None and obeyed is _ESCALATE:
            decision = self._escalate(self._desk, request, decision, policies)
            obeyed = decision.obeyed
        started = obeyed is _PERMIT
        if counted and history is not None:
            (history.commit if started else history.release)(request)
        if started:
            self._running[request.id] = request
        return decision

    def _refuse(self, name: str, now: int, raw: bytes, why: str) -> Decision:
        """Forbid what is no request at all, such as one by an agent whose name is none."""
        decision, event = unformed(name, now, raw, why, self._policies, self.level)
        with contextlib.suppress(TertiusError):  # it is forbidden with or without a record
            self._writer.append(event, wait=False)
        return decision

    def _stop(self, votes: list[Vote], faults: list[Fault]) -> None:
        """Add what forbids everything: the switch, and a clock that cannot be believed."""
        if self._kill is not None and self._kill.thrown:
            votes.append(_forbid("kill", "the kill switch is thrown"))
        if not self._trusted():
            faults.append(
                Fault(layer="circuit", message="the clock jumped; somebody must confirm it")
            )

    def _decision(
        self,
        request: Request,
        now: int,
        outcome: Outcome,
        votes: Sequence[Vote],
        faults: Sequence[Fault],
        policies: Policies,
        code: DenialCode | None = None,
    ) -> Decision:
        if code is None and outcome is not _PERMIT:
            code = code_for(outcome, votes, faults)
        return Decision(
            request=request_digest(request),
            time=now,
            outcome=outcome,
            votes=tuple(votes),
            faults=tuple(faults),
            level=self.level,
            arguments=request.arguments,
            manifest=policies.manifest_of(request.agent),
            constitution=policies.constitution,
            epoch=policies.epoch,
            code=code,
            shadow=self.shadow,
        )

    def _escalate(
        self, desk: Desk, request: Request, decision: Decision, policies: Policies
    ) -> Decision:
        """Put the question to people; where that fails, it is a forbid and not a queue."""
        try:
            terms = self._terms(request, decision)
            cause = decided_id(request)
            desk.open(request, decision, terms, id=request.id, now=decision.time, cause=cause)
        except Exception as error:  # a question that cannot be asked is a denial
            votes = (*decision.votes, _forbid("escalation", told(error)))
            now, faults = decision.time, decision.faults
            denied = self._decision(request, now, _FORBID, votes, faults, policies)
            return self._recorded(request, denied, policies, as_="unasked")
        return decision

    def _recorded(
        self, request: Request, decision: Decision, policies: Policies, *, as_: str = "decided"
    ) -> Decision:
        """Write the decision; what the log cannot take is forbidden."""
        try:
            event = decided(request, decision, as_)
            index = self._writer.append(event, wait=False, checked=not reads_back(event))
            if decision.obeyed is _PERMIT and policies.irreversible(request):
                self._writer.wait(index)
        except Exception as error:  # no record, no act
            fault = Fault(layer="circuit", message=short(f"not recorded: {told(error)}"))
            faults = (*decision.faults, fault)
            now, votes = decision.time, decision.votes
            lost = self._decision(request, now, _FORBID, votes, faults, policies)
            return replace(lost, shadow=False)  # also in shadow mode nothing runs unrecorded
        return decision


def _fresh_names() -> Callable[[], str]:
    """Return what gives a name that no other gate gives: a random stem and a number."""
    stem, numbers = os.urandom(9).hex(), itertools.count()
    return lambda: f"{stem}-{next(numbers)}"


def _reserve(history: History, request: Request, now: int, faults: list[Fault]) -> bool:
    """Count an act before it is judged; tell whether it is counted."""
    try:
        history.reserve(request, now)
    except Exception as error:  # what cannot be counted must not happen
        faults.append(Fault(layer="conditions", message=short(told(error))))
        return False
    return True


def _forbid(rule: str, reason: str) -> Vote:
    return Vote(layer="circuit", outcome=_FORBID, rule=rule, reason=short(reason))
