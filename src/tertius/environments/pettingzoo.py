"""The PettingZoo face of any world: parallel where all move at once, agent by agent in turns.

References
----------
Terry et al., "PettingZoo: Gym for multi-agent reinforcement learning", NeurIPS 2021, and the
library's conformance tests, which both faces pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv  # type: ignore[import-untyped]

from tertius.core.ports.environment import Environment, Move
from tertius.environments.moves import Choice, Moves, Several, fit
from tertius.environments.settings import SettingsError
from tertius.environments.wrappers.around import innermost


def space_of(moves: Moves) -> spaces.Space[Any]:
    """Return the Gymnasium space of some moves.

    Examples
    --------
    >>> space_of(Choice(("stay", "go")))
    Discrete(2)
    """
    if isinstance(moves, Choice):
        return spaces.Discrete(len(moves.names))
    parts = list(moves.parts.values()) if isinstance(moves, Several) else [moves]
    if all(isinstance(part, Choice) for part in parts):
        return spaces.MultiDiscrete([int(part.high) + 1 for part in parts])
    low = np.array([part.low for part in parts], np.float32)
    high = np.array([part.high for part in parts], np.float32)
    return spaces.Box(low, high, dtype=np.float32)


class _Face:
    """What both faces share: spaces, seeds and sight."""

    render_mode = None

    def __init__(self, around: Environment) -> None:
        self.around, self.world = around, innermost(around)
        world = self.world
        self.possible_agents = list(world.seats)
        self.agents: list[str] = []
        self.metadata = {"name": f"{world.facts.name}_v{world.facts.version}"}
        around.reset(0)
        self._length = int(world.vectors().shape[2])
        self.observation_spaces: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(-np.inf, np.inf, (self._length,), np.float32)
            for name in self.possible_agents
        }
        self.action_spaces = {
            name: space_of(world.space(seat)) for seat, name in enumerate(self.possible_agents)
        }
        self._seeds = np.random.default_rng(0)

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of what an agent sees."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the widest space of what an agent may do; the nearest allowed move is played."""
        return self.action_spaces[agent]

    def _begin(self, seed: int | None) -> None:
        if seed is not None:
            self._seeds = np.random.default_rng(seed)
        self.around.reset(int(self._seeds.integers(2**32)) if seed is None else seed)
        self.agents = list(self.world.agents)

    def _sight(self) -> dict[str, Any]:
        seen = self.world.vectors()[0]
        return {name: seen[n].copy() for n, name in enumerate(self.possible_agents)}

    def _move(self, agent: str, action: Any) -> Move:
        numbers = np.atleast_1d(np.asarray(action, np.float64)).tolist()
        return fit(self.world.moves(0, self.world.seat(agent)), numbers)


class ParallelFace(_Face, ParallelEnv):  # type: ignore[misc]
    """A world in which all move at once, as a PettingZoo `ParallelEnv`.

    Parameters
    ----------
    world
        With one copy; wrappers may lie around it.

    Raises
    ------
    SettingsError
        It is played in turns.

    Notes
    -----
    Observations are `World.vectors` of each seat (float32); `infos` carry the harm to each party.
    Of wrappers, those that change moves or rewards work here; what others add to sight, or take
    from it, is in no vector, and nothing can be done beside a move.
    """

    def __init__(self, world: Environment) -> None:
        if world.facts.timing != "simultaneous":
            raise SettingsError(f"`{world.facts.name}` is played in turns; use TurnFace")
        super().__init__(world)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode; without a seed the next one of a row begun by the last seed."""
        self._begin(seed)
        return self._sight(), {name: {} for name in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """Play one step of everybody."""
        acting = self.agents
        moves = {name: self._move(name, action) for name, action in actions.items()}
        result = self.around.step(moves)
        self.agents = list(self.world.agents)
        infos = {name: {"harm": dict(result.harm)} for name in acting}
        return (
            self._sight(), dict(result.rewards), dict(result.terminated), dict(result.truncated),
            infos,
        )  # fmt: skip


class TurnFace(_Face, AECEnv):  # type: ignore[misc]
    """A world played in turns, as a PettingZoo `AECEnv`.

    Where moves are named, an observation is a dictionary of ``observation`` and ``action_mask``,
    1 for each move that is allowed now (all of them while it is somebody else's turn).

    Parameters
    ----------
    world
        With one copy; wrappers may lie around it.

    Raises
    ------
    SettingsError
        All move at once in it.
    """

    def __init__(self, world: Environment) -> None:
        if world.facts.timing != "turns":
            raise SettingsError(f"all move at once in `{world.facts.name}`; use ParallelFace")
        AECEnv.__init__(self)
        super().__init__(world)
        for name, space in self.action_spaces.items():
            if isinstance(space, spaces.Discrete):
                self.observation_spaces[name] = spaces.Dict(
                    {
                        "observation": self.observation_spaces[name],
                        "action_mask": spaces.Box(0, 1, (int(space.n),), np.int8),
                    }
                )

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin an episode; without a seed the next one of a row begun by the last seed."""
        self._begin(seed)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {name: {} for name in self.agents}
        self.agent_selection = self.agents[self.world.turn(0)]

    def observe(self, agent: str) -> Any:
        """Return what an agent sees."""
        seat = self.world.seat(agent)
        seen = self.world.vectors()[0][seat].copy()
        space = self.action_spaces[agent]
        if not isinstance(space, spaces.Discrete):
            return seen
        mask = np.ones(int(space.n), np.int8)
        allowed = self.world.moves(0, seat)
        if isinstance(allowed, Choice) and allowed.open:
            mask[:] = 0
            mask[list(allowed.open)] = 1
        return {"observation": seen, "action_mask": mask}

    def step(self, action: Any) -> None:
        """Play the move of the one whose turn it is."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        result = self.around.step({agent: self._move(agent, action)})
        self.rewards = dict(result.rewards)
        self.terminations = dict(result.terminated)
        self.truncations = dict(result.truncated)
        self.infos = {name: {"harm": dict(result.harm)} for name in self.agents}
        if self.world.agents:
            self.agent_selection = self.agents[self.world.turn(0)]
        else:
            self.agent_selection = self.agents[0]
        self._accumulate_rewards()

    def render(self) -> None:
        """Draw nothing; pictures come from `tertius run --plot`."""

    def close(self) -> None:
        """Hold nothing open."""


def face(world: Environment) -> ParallelFace | TurnFace:
    """Return the PettingZoo face of a world, parallel or in turns as its facts say."""
    return ParallelFace(world) if world.facts.timing == "simultaneous" else TurnFace(world)
