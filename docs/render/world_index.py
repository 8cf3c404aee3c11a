"""Render docs/reference/worlds/index.md from what the worlds declare of themselves."""

from tables import table
from tertius.environments.table import TABLE, load
from tertius.scenarios import table as scenarios

HEAD = """\
# Worlds

Made from the worlds and studies of this installation by `python docs/render`; do not edit.

A world has rules, players who see a part of it, and an account of harm: for every party, also for
those who are not at the table. A study puts an honest and a failing population into a world and
shows what the difference costs whom; `tertius run NAME` plays it, `tertius list` names all. Each
study proves itself before anybody is measured with it: failing minus honest, paired by seed, has
its lower 99% limit at or above the harm that it declares.

In the table that `tertius run` prints, *each a step* is pay, the mean of players and steps: more is
better, so that a cost stands below zero, with tolls and fees taken off. What is *known* stands as
it is stated, in the unit of the world's page, not as pay. In `braess` both are about minutes: 83
known minutes a driver are a pay of -83, and tolls count in pay, not in what is known. Harm counts
loss upwards, summed over the episode.

[Observations and moves](observations.md) shows key by key what players are given and return.
Numbers that were published are computed anew in [Fidelity](../fidelity.md).

```{toctree}
:maxdepth: 1
:glob:

*
```

## Worlds
"""
STUDIES = """\
## Studies
"""


def page() -> str:
    """Return the page: the worlds, and the studies in them."""
    worlds = []
    for name in TABLE:
        facts = load(name, tells=False).facts
        absent = ", ".join(facts.absent) or "nobody"
        turns = "in turn" if facts.timing == "turns" else "all at once"
        worlds.append([f"`{name}`", turns, absent, facts.source])
    studies = []
    for name in scenarios.TABLE:
        study = scenarios.load(name)
        failing = ", ".join(one.name for one in study.populations if one.kind == "failing")
        harm = f"{study.harm.least:,g} {study.harm.unit} to {study.harm.party}"
        studies.append([f"`{name}`", f"`{study.environment.name}`", study.title, failing, harm])
    return "\n".join(
        [
            HEAD,
            table(["world", "moves", "absent parties", "source"], worlds),
            STUDIES,
            table(["study", "world", "what it shows", "who fails", "costs at least"], studies),
        ]
    )
