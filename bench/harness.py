"""What every benchmark script prints, in one shape.

A script measures, builds its figures with `figure`, and ends with `emit`. Human text goes to
standard output; progress goes to standard error; with ``--json`` the last line of standard output
is one JSON object. A figure has a bar; a number without one belongs in `report`. The exit status
is 0 whether or not the bars are reached.
"""

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

Figure = dict[str, Any]


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser that already knows ``--json``; add what the script needs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    return parser


def progress(text: str) -> None:
    """Tell a waiting person what is being measured."""
    print(text, file=sys.stderr, flush=True)


def figure(
    value: float | None,
    op: Literal[">=", "<="],
    target: float,
    n: int | None = None,
    interval: tuple[float, float] | None = None,
) -> Figure:
    """Hold a measured value against its bar; `None` (a missing peer or data set) never meets it."""
    if op not in (">=", "<="):
        raise ValueError(f"unknown comparison `{op}`; expected `>=` or `<=`")
    if value is not None and not math.isfinite(value):
        raise ValueError(f"a figure is a finite number or None, not `{value}`")
    met = value is not None and (value >= target if op == ">=" else value <= target)
    made: Figure = {"value": value, "op": op, "target": target, "met": met}
    if interval is not None:
        made["interval"] = list(interval)
    if n is not None:
        made["n"] = n
    return made


def machine() -> dict[str, Any]:
    """Describe what the figures were measured on, without naming it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu_model(),
        "cores": usable,
        "memory_gib": _memory_gib(),
        "load_1m": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "call_ns": round(call_ns(), 1),
    }


class Yardstick:
    """A counter whose one method stands for a plain call in `call_ns`."""

    def __init__(self) -> None:
        self.seen = 0

    def add(self, value: int) -> int:
        self.seen += value
        return self.seen


def call_ns(calls: int = 200_000) -> float:
    """Return the nanoseconds of one method call and one store in a dict, the least of five rounds.

    It differs between processors, between moments on a shared one, and between builds of the same
    interpreter: with it, two tables that were not made in one run can be held against each other.
    """
    found = []
    for _ in range(5):
        counter, kept = Yardstick(), dict.fromkeys(range(1024), 0)
        began = time.perf_counter_ns()
        for step in range(calls):
            kept[step & 1023] = counter.add(step)
        found.append((time.perf_counter_ns() - began) / calls)
    return min(found)


def emit(
    name: str,
    figures: Mapping[str, Figure],
    report: Mapping[str, Any] | None = None,
    json_out: bool = False,
) -> None:
    """Print the figures for people and, with `json_out`, one JSON object as the last line."""
    report = report or {}
    described = machine()
    print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in described.items()))
    width = max((len(key) for key in [*figures, *report]), default=0)
    for key, made in figures.items():
        print(f"  {key:<{width}}  {sentence(made)}")
    for key, value in report.items():
        print(f"  {key:<{width}}  {number(value)}")
    if json_out:
        line = {"bench": name, "machine": described, "figures": figures, "report": report}
        print(json.dumps(line, allow_nan=False), flush=True)


def sentence(made: Figure) -> str:
    """Say one figure in words: value, interval, count, bar, and whether the bar was reached."""
    if made["value"] is None:
        return f"not measured (bar {made['op']} {number(made['target'])})"
    words = [number(made["value"])]
    if "interval" in made:
        low, high = made["interval"]
        words.append(f"[{number(low)}, {number(high)}]")
    if "n" in made:
        words.append(f"n={number(made['n'])}")
    words.append(
        f"(bar {made['op']} {number(made['target'])}: {'met' if made['met'] else 'MISSED'})"
    )
    return " ".join(words)


def number(value: object) -> str:
    """Write a number as a person reads it: thousands apart, four digits that matter."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _cpu_model() -> str:
    """Read the processor's name where Linux gives one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory_gib() -> float | None:
    """Total memory in GiB, or None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
