"""The gate: the one door through which every act of a governed agent passes.

Ask, obey, tell. `request` collects the votes of all layers, records the decision, and only then
answers; whatever goes wrong on the way is a forbid. `observe` records what happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import weakref
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.decision import Decision, Fault, Vote, combine
from tertius.core.errors import TertiusError
from tertius.core.escalation import Token
from tertius.core.events import ChannelKind, Identity
from tertius.core.kinds import Event
from tertius.core.label import Label
from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Action, PrincipalChain, Request, at
from tertius.escalation.desk import Desk, NotStartedError
from tertius.escalation.triggers import Terms
from tertius.log.writer import Writer
from tertius.policy.canonical import ArgumentsError, canonical_bytes
from tertius.policy.circuit import Circuit
from tertius.policy.history import History
from tertius.policy.kill import KillSwitch
from tertius.runtime.acts import Acts, Known
from tertius.runtime.answering import Answering, forbid
from tertius.runtime.approved import Approved
from tertius.runtime.decided import decided_id, short, told, unformed
from tertius.runtime.ledger import CITING, Ledger
from tertius.runtime.policies import Policies
from tertius.runtime.recorded import recordable

Clock = Callable[[], int]

_FORKED = "this process was forked; open a gate of its own in the child"

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
        Whether, at a time, everything is recorded and the constitution alone enforced, as a signed
        document says (`tertius.policy.mode`). Fixed for the gate's life.
    names
        Gives a new name each time, for requests made by `ask`.
    ledger
        Of the log, where somebody has let it hear what the log holds; None to read it now.

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
        shadow: Callable[[int], bool] = lambda time: False,
        names: Callable[[], str] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.level = level
        self.circuit = circuit or Circuit()
        self._ledger = Ledger.of(writer) if ledger is None else ledger
        self._policies = self._beside_circuit(policies)
        self._history = history
        self._kill = kill
        self._clock = clock
        self._trusted = trusted
        self._shadow = shadow
        self._names, self._own_names = names or self._ledger.names.new, names is None
        self._acts = Acts()
        self._answering = Answering(self._ledger, self.circuit, desk=desk, terms=terms, level=level)
        self._approved = Approved(desk, history, self.circuit, clock=clock)
        self._running: dict[str, Request] = {}
        self._is_fork = False
        _standing.add(self)

    @property
    def shadow(self) -> bool:
        """Whether the gate now only records all but the constitution."""
        return self._shadow(self._clock())

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
        if self._is_fork:
            return Asked(None, self._forked())
        now, name = self._clock(), self._names()
        try:
            raw = canonical_bytes(arguments)
        except ArgumentsError as error:
            raw, fault = b"null", str(error)
        sealed = self._ledger.seal(raw)
        kind = (
            agent, action, run, chain, resource, peer, key, channel, via, task, label, identity,
        )  # fmt: skip
        try:
            request, known = self._acts.request(kind, name, now, sealed, named=self._own_names)
        except (NounError, TypeError) as error:
            return Asked(None, self._refuse(name, now, raw, told(error)))
        return Asked(request, self._decide(known, request, now, bad_argument=fault))

    def request(self, request: Request) -> Decision:
        """Ask before acting. Never raises for policy: what cannot be judged is forbidden."""
        if self._is_fork:
            return self._forked()
        now = self._clock()
        try:
            known = self._acts.check(request)
        except (NounError, TypeError) as error:
            return self._refuse(self._names(), now, b"null", told(error))
        if self._ledger.taken(decided_id(request)):
            why = f"request id `{request.id}` is taken; give every request one of its own"
            return self._refuse(self._names(), now, request.arguments, why)
        return self._decide(known, at(request, now), now)

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
        self._ledger.append(change)
        self._policies = self._beside_circuit(policies)

    def _beside_circuit(self, policies: Policies) -> Policies:
        """Return what is in force with the circuit among its layers: it is asked every time."""
        return replace(policies, layers=(self.circuit, *policies.layers))

    def forbids(self, request: Request) -> bool:
        """Whether any layer forbids a request now; the desk asks it before an approved act runs.

        For an act that `resume` is about to run, a throttled start or a probe is reserved as well.
        """
        current = at(request, self._clock())
        votes: list[Vote] = [layer.judge(current) for layer in self._policies.layers]
        faults: list[Fault] = []
        self._stop(votes, faults)
        if combine(votes, faults) is _FORBID:
            return True
        return self._approved.starting(request) and not self.circuit.reserve(current)

    def schema_of(self, agent: str, tool: str) -> str | None:
        """Return the digest of the input schema that an agent's grant of a tool pins."""
        return self._policies.schema_of(agent, tool)

    def granted(self, escalation: str) -> tuple[Token, Request] | None:
        """Return the permission that a ruling opened, and for what; None while there is none."""
        return self._approved.granted(escalation)

    def resume(self, token: Token, request: Request) -> None:
        """Use the permission that a ruling opened, once; run the act when this returns.

        Raises
        ------
        NotStartedError
            It may not run, and why.
        """
        if self._is_fork:
            raise NotStartedError(_FORKED)
        self._approved.start(token, request)
        self._running[request.id] = request

    # -- telling -----------------------------------------------------------------------------------

    def observe(self, event: Event, contents: tuple[bytes, ...] = ()) -> None:
        """Record what happened; `contents` are the raw bytes that the log commits to.

        Raises
        ------
        UnknownEventError, IdTakenError
            It cites what the log does not hold, or its id is taken; nothing was recorded.
        EventError, ContentError, LogFullError, LogStoppedError
            The log cannot take it.
        """
        contents = recordable(event, contents, self._policies.secret)
        sealed = self._ledger.seal(contents[0]) if contents else None
        kept = event if sealed is None else replace(event, content=sealed.digest)
        self._ledger.append(kept, sealed)
        if self._history is not None:
            self._history.observe(kept)
        if isinstance(kept, PolicyChanged):
            self.circuit.apply(kept)
        for watch in self._policies.watchers:
            watch(kept)

    def ended(self, request: str, *, ok: bool) -> None:
        """Hear how the act of a permitted request ended."""
        self._running.pop(request, None)
        self._approved.ended(request, ok=ok)
        if not self.circuit.quiet:
            for change in self.circuit.settle(request, ok=ok, now=self._clock()):
                self.observe(change)

    def running(self) -> tuple[Request, ...]:
        """Return what was permitted and has not ended: what a kill switch cannot stop."""
        return tuple(self._running.copy().values())

    # -- deciding ----------------------------------------------------------------------------------

    def _decide(
        self, known: Known, request: Request, now: int, *, bad_argument: str = ""
    ) -> Decision:
        policies, history = self._policies, self._history
        votes: list[Vote] = []
        faults: list[Fault] = []
        if request.action in CITING:
            bad_argument = bad_argument or self._ledger.objection(request)
        if bad_argument:
            faults.append(Fault(layer="manifest", message=short(bad_argument)))
        counted = False
        if history is not None:
            try:
                place = known.place
                if place is None:
                    place = known.place = history.place(request)
                history.reserve(request, now, place)
                counted = True
            except Exception as error:  # what cannot be counted must not happen
                faults.append(Fault(layer="conditions", message=short(told(error))))
        for layer in policies.layers:
            try:
                votes.append(layer.judge(request))
            except Exception as error:  # the one place where a layer's error becomes a forbid
                faults.append(Fault(layer=layer.layer, message=short(told(error))))
        stopped = (self._kill is not None and self._kill.thrown) or not self._trusted()
        if stopped:
            self._stop(votes, faults)
        shadow = not stopped and self._shadow(now)
        given = None
        if known.permit is not None and not faults:
            given = known.permit.again(request, policies, shadow, votes)
        if given is not None and self.circuit.reserve(request):
            made, entry = given
            decision = self._answering.record(request, made, entry, policies)
            reserved, started = True, decision is made  # any other is a denial
        else:
            decision, reserved = self._answering.anew(
                known, request, now, votes, faults, policies,
                shadow=shadow, bad_argument=bool(bad_argument),
            )  # fmt: skip
            started = decision.obeyed is _PERMIT
        if reserved and not started:
            self.circuit.release(request.id)
        if counted and history is not None:
            (history.commit if started else history.release)(request)
        if started:
            self._running[request.id] = request
        return decision

    def _forked(self) -> Decision:
        """Forbid everything in a forked child, where its parent's locks may be held for ever."""
        decision, _ = unformed("forked", 0, b"null", _FORKED, self._policies, self.level)
        return replace(decision, code="denied")

    def _refuse(self, name: str, now: int, raw: bytes, why: str) -> Decision:
        """Forbid what is no request at all, such as one by an agent whose name is none."""
        decision, event = unformed(name, now, raw, why, self._policies, self.level)
        with contextlib.suppress(TertiusError):  # it is forbidden with or without a record
            self._ledger.decide(name, event, checked=True)
        return decision

    def _stop(self, votes: list[Vote], faults: list[Fault]) -> None:
        """Add what forbids everything: the switch, and a clock that cannot be believed."""
        if self._kill is not None and self._kill.thrown:
            votes.append(forbid("kill", "the kill switch is thrown"))
        if not self._trusted():
            faults.append(
                Fault(layer="circuit", message="the clock jumped; somebody must confirm it")
            )


_standing: weakref.WeakSet[Gate] = weakref.WeakSet()


def _after_fork() -> None:
    for gate in _standing:
        gate._is_fork = True


os.register_at_fork(after_in_child=_after_fork)
