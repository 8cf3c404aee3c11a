"""AgentRx: runs of Magentic-One and of tau-bench's shop, with every failure of a run labelled.

Four kinds of file, told apart by what they hold:

==============================  ==================================================================
the file                        becomes
==============================  ==================================================================
list of `role` and `content`,   a run of Magentic-One, ``agentrx/<file>``, read as in
roles like ``X (thought)``      `tertius.readers.who_when`
list of trials with `records`   runs of tau-bench, ``agentrx/tau-<task>``, read as in
                                `tertius.readers.tau_bench`
list of `trajectory_id` and     labels: one truth record for each run, by the name that its log
`failures`                      has here; the file itself is skipped
list of `role` and              skipped: calls and returns that show the tools, of no run
`tool_calls`, no start
==============================  ==================================================================

Many of its Magentic-One logs are runs of Who&When under another name. Both readers say what a run
holds (`Fingerprint`), so that it is read once and keeps the labels of both.

What it cannot see: what `tertius.readers.who_when` and `tertius.readers.tau_bench` cannot; which
run a label means if its log was renamed.

References
----------
AgentRx, arXiv 2602.02475. Repository microsoft/AgentRx, ``ground_truth/``
(`step_number` counts from 1, so step ``n`` is item ``n - 1`` here).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.ports.reader import ReaderRecord, ReadProblem, Skipped, TruthRecord
from tertius.readers.glance import glance
from tertius.readers.magentic_one import turn
from tertius.readers.rows import tree
from tertius.readers.tau_bench import trials
from tertius.readers.turns import MAX_MEMBERS, Talk, short

_TEAM = re.compile(
    rb'"role"\s*:\s*"[^"\\(]{1,200} \((?:thought|-> [^"\\]{1,200}|termination [^"]*)\)"'
)
_TAU = frozenset({"task_id", "traj", "records"})
_LABELS = frozenset({"trajectory_id", "failures"})
_CALLS = frozenset({"role", "tool_calls", "index"})


class AgentRx:
    """Logs and labels of AgentRx.

    Notes
    -----
    Reads a file whole, at most 64 MiB; about 1 ms per 100 messages.
    """

    name = "agentrx"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether one of the four kinds of file starts here."""
        seen = glance(head)
        if not seen.listed:
            return False
        if any(seen.keys >= keys for keys in (_TAU, _LABELS, _CALLS)):
            return True
        return {"role", "content"} <= seen.keys and _TEAM.search(head) is not None

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the run or runs, or the labels, or why there are none."""
        found = tree(path)
        if isinstance(found, ReadProblem):
            yield found
        elif not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            yield ReadProblem(path=str(path), message="expected a list of objects")
        elif any("trajectory_id" in each for each in found):
            yield from _labels(path, found)
        elif any("traj" in each for each in found):
            yield from trials(path, self.name, lambda task, trial: _tau(task))
        elif any("tool_calls" in each for each in found):
            yield Skipped(reason="calls of tools without a run")
        else:
            yield from _team(path, found)


def _team(path: Path, items: list[dict[str, Any]]) -> Iterator[ReaderRecord]:
    """Yield a run of Magentic-One."""
    for number, item in enumerate(items):
        for key in ("content", "role"):
            if not isinstance(item.get(key), str):
                where, message = f"$[{number}].{key}", f"expected text `{key}`"
                yield ReadProblem(path=str(path), record=number + 1, field=where, message=message)
    run = f"agentrx/{short(path.name.split('.')[0])}"
    talk = Talk(run, AgentRx.name, [turn(item) for item in items], chat=False, path=path)
    yield from talk.records()
    hidden = {
        str(number): extra
        for number, item in enumerate(items)
        if (extra := {k: v for k, v in item.items() if k not in ("content", "role")})
    }
    if hidden and len(talk.names) <= MAX_MEMBERS:
        yield TruthRecord(run=run, data={"history": hidden})


def _labels(path: Path, items: list[dict[str, Any]]) -> Iterator[ReaderRecord]:
    """Yield what is known of each run under the name that its log has here."""
    for number, item in enumerate(items):
        name = item.get("trajectory_id")
        if isinstance(name, str) and name:
            yield TruthRecord(run=f"agentrx/{short(name)}", data=item)
        elif isinstance(name, int):
            yield TruthRecord(run=_tau(name), data=item)
        else:
            where, message = f"$[{number}].trajectory_id", "expected the name or number of a run"
            yield ReadProblem(path=str(path), record=number + 1, field=where, message=message)
    yield Skipped(reason="labels of runs")


def _tau(task: Any) -> str:
    return f"agentrx/tau-{task}"
