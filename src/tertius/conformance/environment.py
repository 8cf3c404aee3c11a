"""The checks that every environment passes, ours and strangers'."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from msgspec import Struct

from tertius.core.decode import check_names
from tertius.core.errors import TertiusError
from tertius.core.events import Value
from tertius.core.kinds import decode, encode
from tertius.core.ports.environment import Environment, Move, StepResult
from tertius.stats.draws import Stream, root

Chooser = Callable[[Mapping[str, Any], Stream], Move]
"""Gives a move that a JSON Schema allows, on given randomness."""


class EnvironmentConformanceError(TertiusError):
    """An environment does not keep a promise of the port."""


class EnvironmentReport(Struct, frozen=True, kw_only=True):
    """What was checked: episodes, steps, events."""

    episodes: int
    steps: int
    events: int


def choose(schema: Mapping[str, Any], draws: Stream) -> Move:
    """Return a random move that a schema of ours allows.

    Examples
    --------
    >>> choose({"enum": ["stay"]}, Stream(root(1), player=0, step=0))
    'stay'
    """
    if "anyOf" in schema:
        return choose(schema["anyOf"][draws.below(len(schema["anyOf"]), "form")], draws)
    if schema.get("type") == "object":
        needed = schema.get("required", ())
        return {
            name: choose(part, draws)
            for name, part in schema["properties"].items()
            if name in needed or draws.unit("part") < 0.5
        }
    if schema.get("type") == "array":
        drawn: list[Any] = [choose(schema["items"], draws) for _ in range(schema["minItems"])]
        return drawn
    return _scalar(schema, draws)


def _scalar(schema: Mapping[str, Any], draws: Stream) -> Value:
    if "enum" in schema:
        one: Value = schema["enum"][draws.below(len(schema["enum"]), "move")]
        return one
    if schema["type"] == "string":
        return f"word {draws.below(10, 'word')}"
    low, high = schema["minimum"], schema["maximum"]
    if schema["type"] == "integer":
        return int(low) + draws.below(int(high - low) + 1, "move")
    return float(low + (high - low) * draws.unit("move"))


def check_environment(
    make: Callable[[], Environment],
    *,
    seeds: tuple[int, ...] = (0, 1),
    steps: int = 60,
    chooser: Chooser = choose,
) -> EnvironmentReport:
    """Hold an environment to its port on episodes of random moves.

    Parameters
    ----------
    make
        Makes a fresh one, always with the same settings.
    seeds
        One episode is played for each.
    steps
        How many steps of an episode at most.
    chooser
        Gives moves where schemas are richer than ours.

    Raises
    ------
    EnvironmentConformanceError
        Naming the promise that was broken.

    Notes
    -----
    Checked are: facts name who plays and are kept; moves come from `legal`, and what the schema
    refuses is refused with a named error that changes nothing; rewards lie in the declared range,
    sum to zero where that is declared, and harm names every party; observations are JSON; the same
    seed and moves give the same hashes and events, other seeds begin differently or play
    differently; a snapshot taken midway continues exactly as the original; events decode to
    themselves and are in order; nothing can be played after the end. Cannot see whether the rules
    are those of the source: that is what the fidelity suite is for.
    """
    played = events = 0
    for seed in seeds:
        first = _episode(make(), seed, steps, chooser)
        again = _episode(make(), seed, steps, chooser)
        if first != again:
            raise EnvironmentConformanceError(f"seed {seed} played twice gave two episodes")
        played += len(first.hashes) - 1
        events += first.events
        _check_twin(make, seed, steps, chooser)
    _check_refusals(make())
    return EnvironmentReport(episodes=len(seeds), steps=played, events=events)


class _Played(Struct, frozen=True):
    hashes: tuple[str, ...]
    told: tuple[bytes, ...]
    events: int


def _episode(world: Environment, seed: int, steps: int, chooser: Chooser) -> _Played:
    seen: Mapping[str, Any] = world.reset(seed)
    hashes, told = [world.state_hash()], []
    facts = world.facts
    seats = len(world.agents)
    if not facts.least_players <= seats <= (facts.most_players or seats):
        raise EnvironmentConformanceError(f"{seats} play, but the facts say otherwise")
    for step in range(steps):
        _require_json(seen)
        for agent in world.agents:
            if not world.describe(agent).strip():
                raise EnvironmentConformanceError(f"nothing is said to `{agent}` in words")
        result = world.step(_moves(world, seed, step, chooser))
        _check_result(world, result)
        told += [encode(event) for event in result.events]
        hashes.append(world.state_hash())
        if world.steps_taken != step + 1:
            raise EnvironmentConformanceError(f"{world.steps_taken} steps after {step + 1}")
        if not world.agents:
            _check_over(world)
            break
        seen = result.observations
    for entry in told:
        if encode(decode(entry)) != entry:
            raise EnvironmentConformanceError("an event does not decode to itself")
    return _Played(tuple(hashes), tuple(told), len(told))


def _moves(world: Environment, seed: int, step: int, chooser: Chooser) -> dict[str, Move]:
    moves: dict[str, Move] = {}
    for number, agent in enumerate(world.acting):
        schema = world.legal(agent)
        validator = _validator(json.dumps(schema))
        move = chooser(schema, Stream(root(seed), player=number, step=step))
        try:
            validator.validate(move)
        except ValidationError as error:
            why = f"the chooser broke the schema: {error.message}"
            raise EnvironmentConformanceError(why) from None
        moves[agent] = move
    return moves


@lru_cache(maxsize=1000)
def _validator(schema: str) -> Draft202012Validator:
    Draft202012Validator.check_schema(json.loads(schema))
    return Draft202012Validator(json.loads(schema))


def _check_result(world: Environment, result: StepResult) -> None:
    facts = world.facts
    slack = 1e-9 * max(1.0, abs(facts.low), abs(facts.high))
    for agent, reward in result.rewards.items():
        if not facts.low - slack <= reward <= facts.high + slack:
            raise EnvironmentConformanceError(
                f"`{agent}` got {reward:g}; the facts allow {facts.low:g} to {facts.high:g}"
            )
    if facts.zero_sum and abs(sum(result.rewards.values())) > slack:
        raise EnvironmentConformanceError("rewards of a zero-sum step do not sum to zero")
    missing = set(facts.absent) - result.harm.keys()
    if missing:
        raise EnvironmentConformanceError(f"harm says nothing of {sorted(missing)}")
    for event in result.events:
        try:
            check_names(event)
        except TertiusError as error:
            raise EnvironmentConformanceError(f"an event that no log takes: {error}") from error
    for name in result.contents:
        if name not in {event.id for event in result.events}:
            raise EnvironmentConformanceError(f"content of `{name}`, which is no event of the step")


def _require_json(seen: Mapping[str, Any]) -> None:
    try:
        json.dumps(seen, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise EnvironmentConformanceError(f"an observation is no JSON: {error}") from None


def _check_over(world: Environment) -> None:
    try:
        world.step({})
    except TertiusError:
        return
    raise EnvironmentConformanceError("a step after the end was played")


def _check_twin(make: Callable[[], Environment], seed: int, steps: int, chooser: Chooser) -> None:
    world, twin = make(), make()
    world.reset(seed)
    for step in range(steps):
        if step == 3:
            kept = world.snapshot()
            twin.restore(kept)
            if twin.snapshot() != kept:
                raise EnvironmentConformanceError("a restored snapshot is another snapshot")
        moves = _moves(world, seed, step, chooser)
        world.step(moves)
        if step >= 3:
            twin.step(moves)
            if world.state_hash() != twin.state_hash():
                raise EnvironmentConformanceError(f"a restored twin parts at step {step}")
        if not world.agents:
            return


def _check_refusals(world: Environment) -> None:
    for early in (lambda: world.step({}), lambda: world.restore(b"no snapshot")):
        try:
            early()
        except TertiusError:
            continue
        raise EnvironmentConformanceError("bad use before the first reset was not refused")
    world.reset(0)
    before = world.state_hash()
    good = _moves(world, 0, 0, choose)
    for player in world.acting:
        Draft202012Validator(world.legal(player)).validate(world.idle(player))
    agent = world.acting[0]
    bad: tuple[Any, ...] = (float("nan"), "no such move", -(10**9), None, [[]], {"no": 1}, True)
    for move in bad:
        try:
            world.step({**good, agent: move})
        except TertiusError:
            if world.state_hash() != before:
                raise EnvironmentConformanceError("a refused move changed the state") from None
            continue
        raise EnvironmentConformanceError(f"the move {move!r} was played")
    for moves in ({}, {**good, "nobody-here": 0}):
        try:
            world.step(moves)
        except TertiusError:
            continue
        raise EnvironmentConformanceError("moves of the wrong players were played")
