"""How many runs some public data sets hold, and whom they name: counted without any reader.

Plain Python and the standard library, one function for each set, so that a fault of a reader
cannot repeat itself here. `merged` are files whose run was read from another file: their runs
count, their senders do not, since their events were read elsewhere.
"""

from __future__ import annotations

import gzip
import json
import lzma
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ENTRY = re.compile(
    r"HyperAgent_\S+ - INFO - (?:(?P<sent>[A-Za-z-]+)->|(?P<wrote>[A-Za-z-]+)'s Response: )"
)


class Counted(NamedTuple):
    """Runs of a data set, and how often each name stands where a sender is named."""

    runs: int
    senders: Counter[str]


def who_and_when(folder: Path, merged: set[Path]) -> Counted:
    """Who&When: one run a file."""
    senders: Counter[str] = Counter()
    paths = sorted(folder.glob("*/*.json"))
    for path in paths:
        if path not in merged:
            for item in json.loads(path.read_bytes())["history"]:
                senders[item.get("name") or item["role"].split(" (")[0]] += 1
    return Counted(len(paths), senders)


def agentrx(folder: Path, merged: set[Path]) -> Counted:
    """AgentRx: one team run a file, and a file with a list of shop runs."""
    senders: Counter[str] = Counter()
    paths = sorted(folder.glob("trajectories_magentic/*.json"))
    for path in paths:
        if path not in merged:
            for item in json.loads(path.read_bytes()):
                senders[item["role"].split(" (")[0]] += 1
    trials = [t for path in folder.glob("tau_retail/*.json") for t in json.loads(path.read_bytes())]
    for trial in trials:
        senders.update(_talk(trial["traj"]))
    return Counted(len(paths) + len(trials), senders)


def tau_bench_airline(folder: Path, merged: set[Path]) -> Counted:
    """tau-bench: a list of trials a file."""
    trials = [
        trial
        for path in folder.glob("*.json.gz")
        for trial in json.loads(gzip.decompress(path.read_bytes()))
    ]
    senders: Counter[str] = Counter()
    for trial in trials:
        senders.update(_talk(trial["traj"]))
    return Counted(len(trials), senders)


def ag2_repeated_runs(folder: Path, merged: set[Path]) -> Counted:
    """Repeated AG2 runs: one a line."""
    rows = list(_lines(folder, "runs*.jsonl.gz"))
    return Counted(len(rows), Counter(who for row in rows for who, _ in row["messages"]))


def masft_human71(folder: Path, merged: set[Path]) -> Counted:
    """Early MAST: one run a line, four systems."""
    senders: Counter[str] = Counter()
    rows = list(_lines(folder, "*.jsonl.gz"))
    for row in rows:
        told = row["trajectory"]
        if row["system"] == "AG2":
            senders.update(item["name"] for item in told)
        elif row["system"] == "HyperAgent":
            found = (ENTRY.match(line) for line in told)
            senders.update(each["sent"] or each["wrote"] for each in found if each)
        elif row["system"] == "MA-ToT":
            senders.update(re.findall(r"\* (Reasoner \d+) output: \*", "\n".join(told)))
            senders["Verifier"] += sum(line.startswith("Verifier response:") for line in told)
        else:
            for agent, items in told.items():
                senders[agent] += sum(item["role"] == "assistant" for item in items)
    return Counted(len(rows), senders)


def coalitions(folder: Path, merged: set[Path]) -> Counted:
    """Coalition logs: one run a line; senders of what stands on a public or audit channel."""
    rows = list(_lines(folder, "*.jsonl.xz"))
    shown = (e for row in rows for e in row["events"] if e["channel"] in ("public", "audit"))
    return Counted(len(rows), Counter(event["sender"] for event in shown))


def mas_sim(folder: Path, merged: set[Path]) -> Counted:
    """MAS-SIM: one run a file of spans; an agent's span names it."""
    senders: Counter[str] = Counter()
    paths = sorted(folder.glob("otel/*.json"))
    for path in paths:
        for span in json.loads(path.read_bytes())["spans"]:
            known = span["attributes"]
            if known.get("experiment.operation_type") == "agent_llm":
                senders[known["gen_ai.agent.name"]] += 1
    return Counted(len(paths), senders)


FOLDERS: dict[str, Callable[[Path, set[Path]], Counted]] = {
    count.__name__: count
    for count in (
        who_and_when, agentrx, tau_bench_airline, ag2_repeated_runs, masft_human71, coalitions,
        mas_sim,
    )
}  # fmt: skip


def _talk(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield who speaks in a chat with tools: once for words, once for each call."""
    for message in messages:
        if message["role"] in ("user", "assistant"):
            calls = message.get("tool_calls") or []
            if message["content"] is not None or not calls:
                yield message["role"]
            yield from [message["role"]] * len(calls)


def _lines(folder: Path, pattern: str) -> Iterator[Any]:
    for path in sorted(folder.glob(pattern)):
        unpack = gzip.open if path.suffix == ".gz" else lzma.open
        with unpack(path, "rb") as file:
            for line in file:
                yield json.loads(line)
