"""The checks that every wrapper passes, ours and strangers'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tertius.conformance.environment import EnvironmentReport, check_environment, choose
from tertius.core.errors import TertiusError
from tertius.core.events import Value
from tertius.core.ports.environment import Environment, Move
from tertius.environments.batch import SnapshotError
from tertius.environments.settings import settle
from tertius.environments.wrappers.around import Around
from tertius.stats.draws import Stream, root

Make = Callable[[], Environment]


class WrapperConformanceError(TertiusError):
    """A wrapper does not keep a promise."""


def check_wrapper(
    kind: type[Around[Any]],
    make: Make,
    *,
    settings: Mapping[str, Value],
    seeds: tuple[int, ...] = (0, 1),
    steps: int = 30,
) -> EnvironmentReport:
    """Hold a wrapper to what all wrappers promise, on episodes of random moves.

    Parameters
    ----------
    kind
        Which.
    make
        Makes a fresh world, always with the same settings.
    settings
        Under which it does something; its `neutral` ones are checked beside them.
    seeds
        One episode is played for each.
    steps
        How many steps of an episode at most.

    Raises
    ------
    WrapperConformanceError, EnvironmentConformanceError
        Naming the promise that was broken.

    Notes
    -----
    Checked are: under neutral settings the state of the world inside, rewards, harm and events are
    those of the bare world, step by step, so no draw was shifted; under `settings` it is an
    environment as `check_environment` has it, whose snapshots continue exactly; its truth names it
    in every step; snapshots under other settings are
    refused. Cannot see whether it does what its page says.
    """
    for seed in seeds:
        _check_neutral(kind, make, seed, steps)
        _check_truth(_lay(kind, make(), settings), seed, steps)
    _check_snapshots(kind, make, settings)
    return check_environment(lambda: _lay(kind, make(), settings), seeds=seeds, steps=steps)


def _lay(kind: type[Around[Any]], world: Environment, settings: Mapping[str, Value]) -> Around[Any]:
    return kind(world, settle(kind.Settings, settings))


def _moves(world: Environment, seed: int) -> dict[str, Move]:
    step = world.steps_taken
    return {
        agent: choose(world.legal(agent), Stream(root(seed), player=number, step=step))
        for number, agent in enumerate(world.acting)
    }


def _check_neutral(kind: type[Around[Any]], make: Make, seed: int, steps: int) -> None:
    bare, around = make(), _lay(kind, make(), kind.neutral)
    bare.reset(seed)
    around.reset(seed)
    for step in range(steps):
        if not bare.agents:
            return
        moves = _moves(bare, seed)
        expected, got = bare.step(moves), around.step(moves)
        if bare.state_hash() != around.inner.state_hash():
            raise WrapperConformanceError(f"neutral, but the world parts at step {step}")
        for what in ("rewards", "harm", "terminated", "truncated", "events", "contents"):
            if getattr(expected, what) != getattr(got, what):
                raise WrapperConformanceError(f"neutral, but {what} differ at step {step}")


def _check_truth(around: Around[Any], seed: int, steps: int) -> None:
    around.reset(seed)
    for step in range(steps):
        if not around.agents:
            return
        told = around.step(_moves(around, seed)).truth
        if around.label not in told:
            raise WrapperConformanceError(f"truth says nothing of `{around.label}` at step {step}")


def _check_snapshots(kind: type[Around[Any]], make: Make, settings: Mapping[str, Value]) -> None:
    around, other = _lay(kind, make(), settings), _lay(kind, make(), kind.neutral)
    around.reset(0)
    if around.settings == other.settings:
        return
    try:
        other.restore(around.snapshot())
    except SnapshotError:
        return
    raise WrapperConformanceError("a snapshot under other settings was taken")
