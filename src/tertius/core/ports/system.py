"""The System port: a group of agents that can be run, yours or a scenario's players."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from tertius.core.events import Count
from tertius.core.ports.adapter import Gate
from tertius.core.scenario import Scenario


class SystemRun(Struct, frozen=True, kw_only=True):
    """One finished run: its name in the log, how many steps it took, and what each party lost.

    `loss` is keyed by party, from 0 (none) to 1 (all that can be lost), from the environment's
    ground truth; a party whose outcome is missing is not in it.
    """

    run: str
    steps: Count
    loss: dict[str, float]


class System(Protocol):
    """What is under test.

    Notes
    -----
    Each run begins with fresh instances. All acts pass the gate that it is handed.
    """

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of its agents, in a fixed order."""
        ...

    def run(self, scenario: Scenario, seed: int, gate: Gate) -> SystemRun:
        """Play one episode of the scenario."""
        ...
