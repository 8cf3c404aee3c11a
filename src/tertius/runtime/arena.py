"""A gate for a world: every seat may move, and nothing else, unless policy says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tertius.core.constraints import AnyValue
from tertius.core.decision import Decision
from tertius.core.digest import digest
from tertius.core.grants import ToolGrant
from tertius.core.kinds import Event
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel
from tertius.core.ports.environment import Environment, Move
from tertius.core.ports.policy import Policy
from tertius.core.request import Principal, PrincipalChain
from tertius.log.writer import Writer
from tertius.policy.allow_set import AllowSet
from tertius.policy.manifests import Held
from tertius.runtime.decided import decided_id
from tertius.runtime.gate import Gate
from tertius.runtime.policies import Policies

FOREVER = 4_000_000_000_000_000_000
"""UTC nanoseconds in the year 2096: a simulation's manifests do not expire."""


class Arena:
    """A gate that judges the moves of a world, and the log that it writes.

    Parameters
    ----------
    world
        Whose moves are judged.
    writer
        The log.
    agents
        Who plays.
    layers
        Policies beside the manifests: what a study wants to forbid.
    clock
        UTC nanoseconds; a simulation's own, so that a replay gives the same bytes.
    run
        Name of the run in every event.
    names
        Gives each request a name, the same in every replay.

    Notes
    -----
    The manifests are made here and signed by nobody: a simulation's rules come with the
    scenario. A deployment's gate is `runtime.governed.open_gate`.
    """

    def __init__(
        self,
        world: Environment,
        writer: Writer,
        *,
        agents: Sequence[str],
        clock: Callable[[], int],
        run: str,
        layers: Sequence[Policy] = (),
    ) -> None:
        self._resource, self._run = world.facts.name, run
        self._chain = PrincipalChain(links=(Principal(name="experiment", kind="organisation"),))
        held = [_held(agent, self._resource) for agent in agents]
        allowed = AllowSet(held, level=EnforcementLevel.IN_PROCESS)
        policies = Policies(
            layers=(allowed, *layers),
            manifest_of=allowed.digest_of,
            irreversible=lambda request: False,
        )
        numbers = iter(range(2**62))
        self.gate = Gate(writer, policies, clock=clock, names=lambda: f"{run}/ask/{next(numbers)}")

    def ask(self, agent: str, move: Move) -> tuple[Decision, str]:
        """Ask about a move; return the decision and the id of its event."""
        asked = self.gate.ask(
            agent, "act", {"move": move}, run=self._run, chain=self._chain,
            resource=self._resource, identity="bound",
        )  # fmt: skip
        if asked.request is None:
            return asked.decision, f"{self._run}/none"
        self.gate.ended(asked.request.id, ok=True)
        return asked.decision, decided_id(asked.request)

    def tell(self, event: Event, content: bytes | None) -> None:
        """Record an event and its content."""
        self.gate.observe(event, () if content is None else (content,))


def _held(agent: str, resource: str) -> Held:
    manifest = Manifest(
        agent=agent, version=1, role="player", operator="experiment", principal="experiment",
        accountable="experimenter", model_family="none",
        tools=(
            ToolGrant(tool=resource, schema="0" * 64, effects=("write",), irreversible=False,
                      arguments=(AnyValue(argument="move"),)),
        ),
        not_before=0, not_after=FOREVER, constitution="0" * 64,
    )  # fmt: skip
    return Held(manifest=manifest, digest=digest("manifest", msgspec.json.encode(manifest)))
