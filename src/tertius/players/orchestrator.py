"""Orchestrators and workers: who plans, who works, and who passes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Planner(Seated):
    """Gives each part to `copies` workers of its own, as far as they go, and checks the merge.

    Whom a part goes to moves on by one from job to job. With `check` false it merges unchecked.
    """

    name = "orchestrator/planner"
    defaults: ClassVar[Mapping[str, Value]] = {"copies": 1, "check": True}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Split, wait, merge."""
        phase: str = observation["phase"]
        if phase == "split":
            return self.split(observation, draws)
        if phase == "merge":
            return "check" if self.settings["check"] else "merge"
        return "wait"

    def split(self, seen: Any, draws: Draws) -> Move:
        """Give every part to its own workers."""
        workers, parts = seen["workers"], seen["parts"]
        copies = max(1, self.settings["copies"])
        given = {}
        for number, worker in enumerate(workers):
            part = (number + seen["job"]) % len(workers) // copies
            given[worker] = parts[part] if part < len(parts) else "none"
        return given


class Scatterer(Planner):
    """Gives every worker any part, by chance, without a look at what the others have."""

    name = "orchestrator/scatterer"

    def split(self, seen: Any, draws: Draws) -> Move:
        """Scatter."""
        parts = seen["parts"]
        return {worker: parts[draws.below(len(parts), "part")] for worker in seen["workers"]}


class Worker(Seated):
    """Does what it holds."""

    name = "orchestrator/worker"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Do it."""
        return "do" if observation.get("hand") else "wait"


class Passer(Seated):
    """Passes on to the next peer whatever it holds."""

    name = "orchestrator/passer"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Pass it on."""
        if not observation.get("hand"):
            return "wait"
        workers: list[str] = observation["workers"]
        return f"pass-{workers[(workers.index(self.agent) + 1) % len(workers)]}"


class Dropper(Seated):
    """Drops what it holds with chance `share`, and says nothing; else does it."""

    name = "orchestrator/dropper"
    defaults: ClassVar[Mapping[str, Value]] = {"share": 0.5}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Do it, or not."""
        if not observation.get("hand"):
            return "wait"
        return "drop" if draws.unit("drop") < self.settings["share"] else "do"
