"""From a folder of signed policy to a gate that stands: everything checked, or nothing starts.

The folder holds::

    policy/constitution.signed.json
    policy/manifests/<agent>.signed.json
    policy/roles.signed.json          may be missing, until there was one
    policy/conditions.signed.json     may be missing, until there was one
    policy/revocations.signed.json    may be missing, until there was one
    policy/approvers.signed.json      may be missing, until there was one: nobody can be asked
    policy/mode.signed.json           may be missing: then the gate enforces
    policy/break-glass.signed.json    there in an emergency only
    policy/reviews.signed.json        may be missing, until there was one
    roots/<role>.<version>.signed.json
    log/                              the deployment of logs
    private/                          the log's keys, what is remembered of versions, and which log
    private/webhook.json              may be missing: then nobody is told that a question waits
    escalations.db, kill
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tertius.core.errors import CallerError
from tertius.core.kinds import Event
from tertius.core.outcome import EnforcementLevel
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Principal, PrincipalChain, PrincipalKind, Request
from tertius.escalation.desk import Desk
from tertius.escalation.notices import Courier
from tertius.escalation.rounds import Rounds
from tertius.escalation.store import Store
from tertius.escalation.triggers import Trigger
from tertius.escalation.webhook import FILE as WEBHOOK
from tertius.escalation.webhook import read_webhook
from tertius.log.clock import Ratchet
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.keys import Entropy
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.policy.break_glass import Door
from tertius.policy.circuit import Circuit
from tertius.policy.kill import KillSwitch
from tertius.policy.mode import Mode
from tertius.policy.versions import remember
from tertius.runtime.emergency import Emergency, Owed
from tertius.runtime.gate import Clock, Gate
from tertius.runtime.in_force import InForce, read_policy
from tertius.runtime.layers import Layers
from tertius.runtime.ledger import Ledger
from tertius.runtime.log_remembered import remember_log, require_log
from tertius.runtime.past import EscalationsTold, Past
from tertius.runtime.places import Places
from tertius.runtime.revoking import EVERY, Revoking
from tertius.runtime.trigger_lint import require_meant
from tertius.runtime.watch_rules import WatchRules
from tertius.runtime.wishes import TERMS, Wishes

_LOGGER = logging.getLogger(__name__)

WRITER = "gate"
"""Name under which the gate's log is on the roster."""


class NoManifestError(CallerError):
    """An agent that has no manifest in force."""


class Governed:
    """A gate that stands, and what it stands on.

    Attributes
    ----------
    gate, desk, kill
        The door; where people are asked, None where nobody can be; the switch.
    clock
        The gate's own.
    policy
        What is in force, and what was refused.
    ungoverned
        Keys of surfaces that somebody accepted as ungoverned; an adapter is told of them.
    rules
        What follows from a finding, where a watch stands beside it (`tertius.runtime.beside`).
    """

    def __init__(
        self,
        gate: Gate,
        *,
        desk: Desk | None,
        kill: KillSwitch,
        clock: Clock,
        policy: InForce,
        deployment: Deployment,
        writer: Writer,
        closing: ExitStack,
        emergency: Emergency,
        revoking: Revoking,
        rules: WatchRules,
        ungoverned: tuple[str, ...] = (),
    ) -> None:
        self.gate, self.desk, self.kill, self.clock, self.policy = gate, desk, kill, clock, policy
        self.ungoverned, self.rules = ungoverned, rules
        self._deployment, self._writer, self._closing = deployment, writer, closing
        self._emergency, self._revoking = emergency, revoking

    @property
    def mode(self) -> Mode:
        """Whether the gate enforces now, or only records all but the constitution."""
        return "shadow" if self.gate.shadow else "enforce"

    @property
    def owed(self) -> tuple[Owed, ...]:
        """Openings of the emergency door that nobody has reviewed yet."""
        return self._emergency.owed

    def break_glass(self) -> Door:
        """Open the emergency door with what lies in the folder, signed by two people.

        Returns
        -------
        Door
            What is open, and until when.

        Raises
        ------
        TertiusError
            The constitution prepares none, too few signed, or its time is over: it stays closed.
        """
        return self._emergency.open(self.gate.observe, time=self.clock())

    def look(self) -> bool:
        """Look now whether the revocation list changed; return whether anything was put in force.

        A gate does so by itself, about every second.
        """
        return self._revoking.look()

    @property
    def log(self) -> Path:
        """Folder of the logs, for `tertius trace` and `tertius verify`."""
        return self._deployment.folder

    @property
    def key(self) -> str:
        """The log's public key: hand it to whoever verifies."""
        return self._deployment.key.vkey

    def chain_of(self, agent: str, *, kind: PrincipalKind = "person") -> PrincipalChain:
        """Return the chain of an agent that acts for the principal in its manifest.

        Raises
        ------
        NoManifestError
            It has none in force.
        """
        for held in self.policy.manifests.held:
            if held.manifest.agent == agent:
                root = Principal(name=held.manifest.principal, kind=kind, identity="bound")
                return PrincipalChain(links=(root,))
        why = "".join(f"; {r.problem}" for r in self.policy.manifests.refusals if r.agent == agent)
        raise NoManifestError(f"`{agent}` has no manifest in force{why}")

    def flush(self) -> None:
        """Wait until everything recorded so far is durable, and can be read."""
        writer = self._writer
        writer.wait(writer.status().accepted - 1)

    def close(self) -> None:
        """Close the logs, the questions and the switch."""
        self._closing.close()

    def __enter__(self) -> Self:
        """Return the standing gate."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self.close()


def open_gate(
    folder: Path,
    *,
    triggers: Sequence[Trigger] = (),
    rules: WatchRules | None = None,
    ungoverned: Iterable[str] = (),
    level: EnforcementLevel = EnforcementLevel.IN_PROCESS,
    clock: Clock | None = None,
    entropy: Entropy = os.urandom,
    salts: Callable[[], bytes] | None = None,
    names: Callable[[], str] | None = None,
    checkpoint_every: float | None = 1.0,
    revoked_every: float | None = EVERY,
) -> Governed:
    """Check what is in a folder and open the gate.

    Parameters
    ----------
    folder
        As the module says.
    triggers
        Which permitted acts are asked about nevertheless, and on what terms questions are asked.
    rules
        What follows from a finding; None for the three rules that are always there.
    ungoverned
        Surfaces that somebody accepted as ungoverned, such as ``storage:desk``; they are handed on
        to whoever attaches agents.
    level
        Where the gate stands.
    clock
        UTC nanoseconds that never run back; None for a ratchet that starts at the log's end.
    entropy, salts, names
        Sources of keys, of content salts and of request names; fixed only in simulations.
    checkpoint_every
        Seconds between checkpoints; None for only when asked and at close.
    revoked_every
        Seconds between looks whether the revocation list changed; None for only when asked, by
        `Governed.look`.

    Raises
    ------
    TertiusError
        Something is missing, unsigned, rolled back, or contradicts: nothing starts.

    Notes
    -----
    A single manifest that does not verify, or has ended, does not stop the others: its agent has no
    grants, and the log says why with every denial. Nor does a constitution that forbids all that
    one agent is granted. `Governed.policy.warnings` says so, and this module's logger. Counters,
    evidence, delegations, determinations and cuts are rebuilt from the log.
    """
    places = Places(folder)
    now = Ratchet() if clock is None else clock
    with ExitStack() as stack:
        kill = stack.enter_context(KillSwitch(places.kill))
        policy = read_policy(places, time=now())
        rules = WatchRules() if rules is None else rules
        require_meant(triggers, rules, policy.whole)
        for warning in policy.warnings:
            _LOGGER.warning("%s", warning)
        for refusal in policy.manifests.refusals:
            _LOGGER.warning("`%s` may do nothing: %s", refusal.agent, refusal.problem)
        if kill.thrown:
            said = "nothing may start: the kill switch is thrown; `tertius kill %s --reset`"
            _LOGGER.warning(said, folder)
        require_log(places)
        keys = KeyFolder(places.keys, outside=places.log)
        deployment = stack.enter_context(
            Deployment(places.log, keys=keys, clock=now, entropy=entropy, salts=salts,
                       checkpoint_every=checkpoint_every)
        )  # fmt: skip
        writer = deployment.writer(WRITER)
        layers = Layers(
            policy, triggers=[*triggers, *rules.triggers(), TERMS], watch=rules.names, level=level
        )
        ledger, circuit = Ledger(writer), Circuit()
        past = Past(LogReader(writer.folder))
        emergency = Emergency(places, policy, layers.doorway)
        _remember_all(past, layers, now, ledger.hear, circuit.hear, emergency.hear)
        standing: list[Gate] = []  # a desk that judges before the gate stands forbids
        desk = _desk(places, policy, writer.origin, ledger, past, kill, entropy, now, stack,
                     lambda request: standing[0].forbids(request))  # fmt: skip
        gate = Gate(
            writer,
            layers.policies(epoch=past.loads + 1),
            clock=now,
            history=layers.history,
            circuit=circuit,
            kill=kill,
            desk=desk,
            terms=layers.questions.terms,
            trusted=lambda: now.trusted if isinstance(now, Ratchet) else True,
            level=level,
            shadow=policy.shadows,
            names=names,
            ledger=ledger,
        )
        standing.append(gate)
        _tell(gate, policy, past, now())
        emergency.at_start(gate.observe, time=now(), number=past.loads)
        writer.wait(writer.status().accepted - 1)  # whatever crashes later, the log tells its rules
        remember(places.versions, policy.versions, outside=places.policy)
        remember_log(places, deployment.anchor.origin)
        revoking = Revoking(places, policy, layers, gate.load, clock=now, start=past.loads + 1)
        wishes = None if desk is None else Wishes(
            gate, desk, places.escalations, rules=rules, policy=policy.whole, clock=now
        )  # fmt: skip
        for name, look in (("revoked", revoking), ("wishes", wishes)):
            if look is not None and revoked_every is not None:
                stack.callback(Rounds(look.look, name=name, every=revoked_every).close)
        return Governed(gate, desk=desk, kill=kill, clock=now, policy=policy,
                        deployment=deployment, writer=writer, closing=stack.pop_all(),
                        emergency=emergency, revoking=revoking, rules=rules,
                        ungoverned=tuple(ungoverned))  # fmt: skip


def _remember_all(
    past: Past, layers: Layers, clock: Clock, *others: Callable[[Event], None]
) -> None:
    """Let everybody who remembers hear the whole log, once."""

    def hear(event: Event) -> None:
        if isinstance(clock, Ratchet):
            clock.not_before(event.time)

    hearing = (hear, *others, *layers.watchers)
    layers.history.rebuild(past.events(*hearing), past.content)


def _desk(
    places: Places,
    policy: InForce,
    origin: str,
    ledger: Ledger,
    past: Past,
    kill: KillSwitch,
    entropy: Entropy,
    clock: Clock,
    stack: ExitStack,
    forbids: Callable[[Request], bool],
) -> Desk | None:
    """Open the desk, if there is anybody to ask; what it may run is for the gate to judge."""
    if policy.register is None:
        return None
    store = Store(places.escalations, executor=True, create=True)
    stack.callback(store.close)
    if (hook := places.keys / WEBHOOK).exists():
        webhook = read_webhook(hook)
        courier = Courier(store, webhook.sender, webhook.secret)
        going = Rounds(lambda: courier.deliver(now=clock()), name="notices")
        stack.callback(going.close)
    return Desk(
        store,
        policy.register,
        origin=origin,
        entropy=entropy,
        now=clock(),
        emit=EscalationsTold(ledger, past.escalations, past.asked),
        forbids=forbids,
        halted=lambda: kill.thrown,
        asked=past.asked.get,
    )


def _tell(gate: Gate, policy: InForce, past: Past, time: int) -> None:
    """Record what was put in force, and what was refused and why."""
    documents = [("constitution", policy.constitution.version, policy.constitution_digest)]
    documents += [
        (f"manifest:{held.manifest.agent}"[:128], held.manifest.version, held.digest)
        for held in policy.manifests.held
    ]
    for kind, signed in (
        ("roles", policy.roles),
        ("mode", policy.mode),
        ("reviews", policy.reviews),
    ):
        if signed is not None:
            documents.append((kind, signed.document.version, signed.digest))
    if policy.conditions_digest:
        documents.append(("conditions", policy.conditions.version, policy.conditions_digest))
    for number, (subject, version, digest) in enumerate(documents, past.loads):
        gate.observe(
            PolicyChanged(
                id=f"load/{number}", time=time, run="policy", subject=subject, change="load",
                version=version, digest=digest,
            )
        )  # fmt: skip
    for number, refusal in enumerate(policy.manifests.refusals):
        gate.observe(
            PolicyChanged(
                id=f"refused/{past.loads}/{number}", time=time, run="policy",
                subject=f"manifest:{refusal.agent}"[:128], change="revoke",
                reason=f"refused: {refusal.problem}"[:1000],
            )
        )  # fmt: skip
