"""From a folder of signed policy to a gate that stands: everything checked, or nothing starts.

The folder holds::

    policy/constitution.signed.json
    policy/manifests/<agent>.signed.json
    policy/conditions.signed.json     may be missing
    policy/revocations.signed.json    may be missing, until there was one
    policy/approvers.signed.json      may be missing: then nobody can be asked
    roots/<role>.<version>.signed.json
    log/                              the deployment of logs
    private/                          the log's keys, and what is remembered of versions
    escalations.db, kill
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tertius.core.errors import CallerError
from tertius.core.events import Event, PolicyChanged
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Principal, PrincipalChain, PrincipalKind, Request
from tertius.escalation.desk import Desk
from tertius.escalation.store import Store
from tertius.escalation.triggers import Trigger
from tertius.log.clock import Ratchet
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.keys import Entropy
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.policy.circuit import Circuit
from tertius.policy.kill import KillSwitch
from tertius.policy.roles import Determination
from tertius.policy.versions import remember
from tertius.runtime.gate import Clock, Gate
from tertius.runtime.in_force import InForce, Places, read_policy
from tertius.runtime.layers import Layers
from tertius.runtime.past import EscalationsTold, Past

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
        closing: ExitStack,
    ) -> None:
        self.gate, self.desk, self.kill, self.clock, self.policy = gate, desk, kill, clock, policy
        self._deployment, self._closing = deployment, closing

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
    determinations: Iterable[Determination] = (),
    triggers: Sequence[Trigger] = (),
    level: EnforcementLevel = EnforcementLevel.IN_PROCESS,
    clock: Clock | None = None,
    entropy: Entropy = os.urandom,
    salts: Callable[[], bytes] | None = None,
    names: Callable[[], str] | None = None,
    checkpoint_every: float | None = 1.0,
) -> Governed:
    """Check what is in a folder and open the gate.

    Parameters
    ----------
    folder
        As the module says.
    determinations
        Where determinations are kept.
    triggers
        Which permitted acts are asked about nevertheless, and on what terms questions are asked.
    level
        Where the gate stands.
    clock
        UTC nanoseconds that never run back; None for a ratchet that starts at the log's end.
    entropy, salts, names
        Sources of keys, of content salts and of request names; fixed only in simulations.
    checkpoint_every
        Seconds between checkpoints; None for only when asked and at close.

    Raises
    ------
    TertiusError
        Something is missing, unsigned, rolled back, or contradicts: nothing starts.

    Notes
    -----
    A single manifest that does not verify does not stop the others: its agent has no grants, and
    the log says why with every denial. Counters, evidence, delegations, determinations and cuts
    are rebuilt from the log.
    """
    places = Places(folder)
    now = Ratchet() if clock is None else clock
    settled = tuple(determinations)
    with ExitStack() as stack:
        kill = stack.enter_context(KillSwitch(places.kill))
        policy = read_policy(places, determinations=settled, time=now())
        keys = KeyFolder(places.keys, outside=places.log)
        deployment = stack.enter_context(
            Deployment(places.log, keys=keys, clock=now, entropy=entropy, salts=salts,
                       checkpoint_every=checkpoint_every)
        )  # fmt: skip
        writer = deployment.writer(WRITER)
        layers = Layers(policy, determinations=settled, triggers=triggers, level=level)
        circuit, past = Circuit(), Past(LogReader(writer.folder))
        _remember_all(past, layers, circuit, now)
        standing: list[Gate] = []  # a desk that judges before the gate stands forbids
        desk = _desk(places, policy, writer, past, kill, entropy, now, stack,
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
            names=names,
        )
        standing.append(gate)
        _tell(gate, policy, past, now())
        remember(places.versions, policy.versions, outside=places.policy)
        return Governed(gate, desk=desk, kill=kill, clock=now, policy=policy,
                        deployment=deployment, closing=stack.pop_all())  # fmt: skip


def _remember_all(past: Past, layers: Layers, circuit: Circuit, clock: Clock) -> None:
    """Let everybody who remembers hear the whole log, once."""

    def hear(event: Event) -> None:
        if isinstance(clock, Ratchet):
            clock.not_before(event.time)
        if isinstance(event, PolicyChanged):
            circuit.apply(event)

    layers.history.rebuild(past.events(hear, *layers.watchers), past.content)


def _desk(
    places: Places,
    policy: InForce,
    writer: Writer,
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
    return Desk(
        store,
        policy.register,
        origin=writer.origin,
        entropy=entropy,
        now=clock(),
        emit=EscalationsTold(writer, past.escalations),
        forbids=forbids,
        halted=lambda: kill.thrown,
    )


def _tell(gate: Gate, policy: InForce, past: Past, time: int) -> None:
    """Record what was put in force, and what was refused and why."""
    documents = [("constitution", policy.constitution.version, policy.constitution_digest)]
    documents += [
        (f"manifest:{held.manifest.agent}"[:128], held.manifest.version, held.digest)
        for held in policy.manifests.held
    ]
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
