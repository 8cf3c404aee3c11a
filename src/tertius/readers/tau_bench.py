"""tau-bench: an agent serves a simulated user with tools, several trials of each task.

A file is a JSON list of trials: `task_id`, `trial`, `traj` (the messages, in the form of the OpenAI
chat API), and `reward` and `info` (instruction of the user, expected actions, what was checked).
Run: ``tau-bench/<file>/<task>-<trial>``. Message ``n`` of `traj`, from 0, is ``<run>/<n>``; of a
message that says something and calls tools, the calls are ``<run>/<n>/call-<k>``.

=======================  ===================  ==================================================
in the file              event                known from
=======================  ===================  ==================================================
first ``system``         memory.read          rule of the benchmark: the policy of the shop stands
                                              in the context of `assistant`
``user``                 message.sent         sender: file; addressee: rule, two parties talk
``assistant`` with text  message.sent         sender: file; addressee: rule, two parties talk
`tool_calls`             tool.called          file
``tool``                 tool.returned        caller: file, by the id of the call
=======================  ===================  ==================================================

Channel ``conversation``. Causes are *declared*: one list of messages is the context of both, so
each rests on the one before it; a tool's return rests on its call. `ok` of a return is False where
its text opens with ``Error:``, the benchmark's own word for a failed call, else not known.

`reward`, `info`, and every key not named here are truth.

What it cannot see: times; what the simulated user was told (it is in `info`, and is truth: the
agent never saw it); whether a call changed the shop's data.

References
----------
Yao et al. 2024, "tau-bench", arXiv 2406.12045; its ``tau_bench/run.py`` and ``envs/base.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tertius.core.events import (
    AgentJoined,
    MemoryRead,
    MessageSent,
    RunEnded,
    RunStarted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.names import alias
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded, TruthRecord
from tertius.readers.glance import glance
from tertius.readers.rows import text, tree
from tertius.readers.turns import base, short

KEYS = frozenset({"task_id", "traj"})
MESSAGE = frozenset({"role", "content", "name", "tool_call_id", "tool_calls", "index"})
EMPTY = frozenset({"refusal", "annotations"})  # of no meaning while empty
AGENT, USER = "assistant", "user"
FAILED = "Error:"


class TauBench:
    """Histories of tau-bench.

    Notes
    -----
    Reads a file whole, at most 64 MiB.
    """

    name = "tau_bench"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a list of trials starts here."""
        seen = glance(head)
        return seen.listed and seen.keys >= KEYS and "records" not in seen.keys

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield every trial: its events, then its truth."""
        stem = short(path.name.split(".")[0])
        yield from trials(path, self.name, lambda task, trial: f"tau-bench/{stem}/{task}-{trial}")


def trials(path: Path, source: str, naming: Callable[[str, str], str]) -> Iterator[ReaderRecord]:
    """Yield the trials of a file; `naming` turns the names of task and trial into a run's."""
    found = tree(path)
    if isinstance(found, ReadProblem):
        yield found
        return
    if not isinstance(found, list):
        yield ReadProblem(path=str(path), message="expected a list of trials")
        return
    names: set[str] = set()
    for number, item in enumerate(found):
        field = f"$[{number}]"
        if not isinstance(item, dict) or not isinstance(item.get("traj"), list):
            message = "expected a trial with a list `traj`"
            yield ReadProblem(path=str(path), record=number + 1, field=field, message=message)
            continue
        run = naming(_number(item.get("task_id")), _number(item.get("trial")))
        if run in names:
            run = f"{run}/row-{number}"
        names.add(run)
        yield from _Trial(run, source, path, number, item).records()


class _Trial:
    """One trial; remembers the calls that wait for a return."""

    def __init__(
        self, run: str, source: str, path: Path, number: int, trial: dict[str, Any]
    ) -> None:
        self.run, self.source, self.path, self.number = run, source, path, number
        self.trial = trial
        self.calls: dict[str, tuple[str, str]] = {}  # id of a call: its event, its tool
        self.before = ""
        self.hidden: dict[str, Any] = {}

    def records(self) -> Iterator[ReaderRecord]:
        """Yield start and members, messages, end, truth."""
        yield Recorded(event=RunStarted(**self._base("start"), source=self.source))
        for agent in (AGENT, USER):
            role = "simulated user" if agent == USER else ""
            yield Recorded(event=AgentJoined(**self._base(f"agent-{agent}", agent), role=role))
        for number, item in enumerate(self.trial["traj"]):
            yield from self._message(number, item)
        yield Recorded(event=RunEnded(**self._base("end"), reason="the record stops here"))
        data = {key: value for key, value in self.trial.items() if key != "traj"}
        if self.hidden:
            data["traj"] = self.hidden
        yield TruthRecord(run=self.run, data=data)

    def _message(self, number: int, item: Any) -> Iterator[Recorded | ReadProblem]:
        if not isinstance(item, dict) or not isinstance(item.get("role"), str):
            yield self._problem(number, "expected a message with `role`")
            return
        role, said = item["role"], text(item, "content")
        extra = {k: v for k, v in item.items() if k not in MESSAGE and (v or k not in EMPTY)}
        if extra:
            self.hidden[str(number)] = extra
        if role == "tool":
            yield self._returned(number, item, said)
            return
        if said is None and item.get("content") is not None:
            yield self._problem(number, "expected text `content`")
        content = () if said is None else (said.encode(),)
        calls = item.get("tool_calls")
        if role == "system":
            shared = self._base(str(number), AGENT)
            self.before = shared["id"]
            event = MemoryRead(**shared, store="system-prompt", key=AGENT)
            yield Recorded(event=event, contents=content)
        elif said is not None or not calls:
            shared = self._base(str(number), alias(role) if role else "")
            self.before = shared["id"]
            other = {USER: (AGENT,), AGENT: (USER,)}.get(role, ())
            event_sent = MessageSent(**shared, recipients=other, channel="conversation")
            yield Recorded(event=event_sent, contents=content)
        if calls is not None:
            yield from self._called(number, role, calls)

    def _called(self, number: int, role: str, calls: Any) -> Iterator[Recorded | ReadProblem]:
        if not isinstance(calls, list):
            yield self._problem(number, "expected a list `tool_calls`")
            return
        for place, call in enumerate(calls):
            function = call.get("function") if isinstance(call, dict) else None
            tool = text(function, "name") if isinstance(function, dict) else None
            if not isinstance(function, dict) or not tool:
                yield self._problem(number, "expected a call with `function.name`")
                continue
            key, shared = text(call, "id") or "", self._base(f"{number}/call-{place}", alias(role))
            self.calls[key] = (shared["id"], alias(tool))
            self.before = shared["id"]
            arguments = text(function, "arguments")
            yield Recorded(
                event=ToolCalled(**shared, tool=alias(tool), call=alias(key) if key else ""),
                contents=() if arguments is None else (arguments.encode(),),
            )

    def _returned(self, number: int, item: dict[str, Any], said: str | None) -> Recorded:
        key = text(item, "tool_call_id") or ""
        called, tool = self.calls.pop(key, ("", ""))
        named = text(item, "name")
        shared = self._base(str(number), AGENT, cause=called or self.before)
        self.before = shared["id"]
        event = ToolReturned(
            **shared,
            tool=alias(named) if named else tool,
            call=alias(key) if key else "",
            ok=False if said is not None and said.startswith(FAILED) else None,
        )
        return Recorded(event=event, contents=() if said is None else (said.encode(),))

    def _base(self, part: str, agent: str = "", cause: str | None = None) -> dict[str, Any]:
        before = self.before if cause is None else cause
        return base(self.run, part, agent, [before] if before else [])

    def _problem(self, number: int, message: str) -> ReadProblem:
        field = f"$[{self.number}].traj[{number}]"
        return ReadProblem(
            path=str(self.path), record=self.number + 1, field=field, message=message
        )


def _number(value: Any) -> str:
    """Return a task's or a trial's number as part of a name."""
    return short(str(value)) if isinstance(value, int | str) and str(value) else "unknown"
