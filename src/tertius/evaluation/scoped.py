"""Least privilege learned from clean runs: each agent may do what honest ones were seen to do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from tertius.core.decision import Layer, Vote
from tertius.core.outcome import Outcome
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws, Player
from tertius.core.request import Request
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study

_PASSES: Final = Vote(
    layer="conditions", outcome=Outcome.ABSTAIN, rule="scope", reason="within what was seen"
)


class Scope:
    """A layer that forbids moves unlike any that an agent made in clean runs.

    Notes
    -----
    Numbers must lie within the range that was seen, names must have been seen, and so must a list
    or an object that is empty; parts of a move are held apart. It knows nothing of when a move was
    made: what is harmless at one time and harmful at another passes.

    Examples
    --------
    >>> scope = Scope()
    >>> for move in (1, 4, {"route": "north", "toll": 2}):
    ...     scope.learn("driver", move)
    >>> [scope.covers("driver", move) for move in (3, 5, {"route": "south", "toll": 2})]
    [True, False, False]
    """

    layer: Final[Layer] = "conditions"

    def __init__(self) -> None:
        self._names: set[tuple[str, str, object]] = set()
        self._ranges: dict[tuple[str, str], tuple[float, float]] = {}

    def learn(self, agent: str, move: Move) -> None:
        """Take in a move of a clean run."""
        for part, value in _parts(move):
            if _is_number(value):
                low, high = self._ranges.get((agent, part), (math.inf, -math.inf))
                self._ranges[agent, part] = min(low, value), max(high, value)
            else:
                self._names.add((agent, part, value))

    def covers(self, agent: str, move: Move) -> bool:
        """Whether an agent was seen to make a move like this."""
        for part, value in _parts(move):
            if _is_number(value):
                low, high = self._ranges.get((agent, part), (math.inf, -math.inf))
                if not low <= value <= high:
                    return False
            elif (agent, part, value) not in self._names:
                return False
        return True

    def judge(self, request: Request) -> Vote:
        """Forbid a move that is unlike all that were seen; abstain from everything else."""
        if request.action != "act" or self.covers(request.agent, request.decoded()["move"]):
            return _PASSES
        return Vote(
            layer=self.layer,
            outcome=Outcome.FORBID,
            rule="scope",
            reason=f"`{request.agent}` made no such move in clean runs",
        )


def scope_of(study: Study, seeds: Iterable[int]) -> Scope:
    """Return what the honest population of a study was seen to do with some seeds."""
    scope, honest = Scope(), study.of_kind("honest")
    scenario = study.scenario(honest.name)
    for seed in seeds:
        world = world_of(scenario, tells=False)
        episode = stage(scenario, world, seed=seed)
        for agent, player in episode.players.items():
            _note(player, agent, scope)
        episode.play(study.steps)
    return scope


def _note(player: Player, agent: str, scope: Scope) -> None:
    """Let a player's moves be noted as it makes them."""
    act = player.act

    def noted(observation: Any, draws: Draws) -> Move:
        move = act(observation, draws)
        scope.learn(agent, move)
        return move

    player.act = noted  # type: ignore[method-assign]


def _parts(move: Move) -> Iterable[tuple[str, Any]]:
    """Give the parts of a move with where they stand; what is empty is a part too."""
    if isinstance(move, dict | list) and not move:
        yield "", type(move)
    elif isinstance(move, dict):
        for part, value in move.items():
            yield from ((f"{part}.{inner}", each) for inner, each in _parts(value))
    elif isinstance(move, list):
        for value in move:
            yield from (("[]" + inner, each) for inner, each in _parts(value))
    else:
        yield "", move


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
