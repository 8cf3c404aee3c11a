"""Render docs/reference/worlds/observations.md from what the worlds show in their first studies."""

import json
from typing import Any

from tertius.environments.table import TABLE
from tertius.runtime.staged import stage, world_of
from tertius.scenarios import table as scenarios
from tertius.scenarios.study import Study

AT, UNTIL = 2, 40
"""After how many steps an example is taken, for the first ones have no yesterday; where nobody of a
role and phase moves then, the last time before, else the first time after."""

HEAD = """\
# Observations and moves

Made from the worlds of this installation by `python docs/render`; do not edit.

What a player's `act` is given and what it may return, key by key: one example for each role and
phase of each world, from its first study, played by the honest population under seed 1. Numbers are
cut to six digits here, and steps count from 0. *A move* is the JSON Schema of what may be returned
at that moment: `enum` lists the values to choose from, a number has its `minimum` and `maximum`,
an `object` is a dictionary with a part for each name. With other settings keys and limits differ;
what holds is what `world.reset(seed)` and `world.legal(agent)` return:

```python
from tertius.environments.table import load

world = load("routing", {"drivers": 2})
seen = world.reset(seed=1)
assert seen["driver-1"]["route"] is None
assert world.legal("driver-1")["enum"] == seen["driver-1"]["routes"]
```

A [wrapper](wrappers.md) may hide keys, or add some.
"""

Moment = tuple[str, str, int, Any, Any]
"""Who, in which phase, after how many steps; what it sees, and what it may do."""


def page() -> str:
    """Return the page: for each world a section, with an example for each role and phase."""
    parts = [HEAD]
    for name in TABLE:
        study = next(s for s in map(scenarios.load, scenarios.TABLE) if s.environment.name == name)
        about = f"{name.removesuffix('_small')}.md"
        parts.append(f"## {name}\n\n[What it is]({about}). Study `{study.name}`.\n")
        for agent, phase, step, seen, legal in moments(study):
            when = f"in phase `{phase}`, step {step}," if phase else f"in step {step}"
            parts.append(f"`{agent}` {when} sees\n\n{block(seen)}")
            parts.append(f"and makes a move of\n\n{block(legal)}")
    return "\n".join(parts)


def moments(study: Study) -> list[Moment]:
    """Play a study's honest population; return an example for each role and phase that moves."""
    scenario = study.scenario(study.of_kind("honest").name)
    world = world_of(scenario, tells=False)
    episode, found = stage(scenario, world, seed=1), dict[tuple[str, str], Moment]()
    while world.agents and world.steps_taken < UNTIL:
        step = world.steps_taken
        for agent in world.acting:
            seen, legal = episode.seen[agent], world.legal(agent)
            phase = seen.get("phase", "")
            key = (agent if agent in world.facts.sees else "*", phase)
            if key not in found or found[key][2] < step <= AT:
                found[key] = (agent, phase, step, seen, legal)
        episode.step()
    return list(found.values())


def block(shown: dict[str, Any]) -> str:
    """Write a dictionary as a block of JSON, one key on a line."""
    lines = [f"  {json.dumps(key)}: {json.dumps(cut(value))}" for key, value in shown.items()]
    return "```json\n{\n" + ",\n".join(lines) + "\n}\n```\n"


def cut(value: Any) -> Any:
    """Cut numbers to six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: cut(each) for key, each in value.items()}
    return [cut(each) for each in value] if isinstance(value, list | tuple) else value
