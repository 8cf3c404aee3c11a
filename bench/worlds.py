"""How fast worlds are: pricing sessions beside C, every world bare and governed.

Bare stepping is the native face without events. A governed move is asked of the gate, recorded as
decision, act and payment, and durable at the end. The C program is `pricing_session.c`, the same
loop on the same numbers; it must play as many periods, else nothing is compared. Both are timed in
seconds of the processor, so that what else runs on the machine weighs less.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from harness import Figure, arguments, emit, figure, progress
from tertius.conformance.environment import choose
from tertius.core.ports.environment import Environment, Move
from tertius.environments.pricing_sessions import (
    EXPLORE,
    START,
    WHICH,
    SessionSettings,
    first_values,
    play,
)
from tertius.environments.table import TABLE, load
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.arena import Arena
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load as study
from tertius.stats.draws import Stream, root

PAIRS = 5
SESSIONS = 3  # of each pair
BATCHES = (1, 8, 64, 512)


def c_periods(room: Path, settings: SessionSettings, copies: range) -> tuple[int, float] | None:
    """Play the sessions in C; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program, table = room / "session", room / "table"
    source = Path(__file__).parent / "pricing_session.c"
    if not program.exists():
        subprocess.run([compiler, "-O3", "-march=native", str(source), "-o", str(program), "-lm"],
                       check=True)  # fmt: skip
    market = settings.market()
    table.write_bytes(
        np.array(
            [settings.firms, settings.prices, settings.memory, settings.stable, settings.longest],
            np.int64,
        ).tobytes()
        + np.array([settings.rate, settings.discount, settings.decay]).tobytes()
        + first_values(market, settings).tobytes()
        + market.profits.tobytes()
        + np.array([root(1, copy) for copy in copies], np.uint64).tobytes()
    )
    command = [str(program), str(table), str(len(copies)), str(EXPLORE), str(WHICH), str(START)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return int(done[0]), float(done[1])


def pricing() -> tuple[dict[str, Figure], dict[str, Any]]:
    """Time sessions alone, beside C, and a thousand on two cores."""
    settings = SessionSettings()
    play(SessionSettings(longest=1), 0)
    ours, theirs, ratios = [], [], []
    with tempfile.TemporaryDirectory() as room:
        for pair in range(PAIRS):
            progress(f"pricing beside C, pair {pair + 1} of {PAIRS}")
            copies = range(pair * SESSIONS, (pair + 1) * SESSIONS)
            began = time.process_time()
            periods = sum(play(settings, 1, copy=copy).periods for copy in copies)
            ours.append(periods / (time.process_time() - began))
            reference = c_periods(Path(room), settings, copies)
            if reference is not None:
                if abs(reference[0] - periods) > 0.02 * periods:
                    raise SystemExit(f"C played {reference[0]} periods and we {periods}")
                theirs.append(reference[0] / reference[1])
                ratios.append(ours[-1] / theirs[-1])
    progress("a thousand sessions on two cores")
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda copy: play(settings, 1, copy=copy), range(1000)))
    thousand = time.perf_counter() - began
    span = (min(ratios), max(ratios)) if ratios else None
    figures = {
        "pricing_over_c": figure(median(ratios) if ratios else None, ">=", 0.6, PAIRS, span),
        "pricing_periods_per_s": figure(median(ours), ">=", 15e6, PAIRS, (min(ours), max(ours))),
        "thousand_sessions_s": figure(thousand, "<=", 90, 1000),
    }
    return figures, {"c_periods_per_s": median(theirs) if theirs else None}


def moves_of(world: Environment, step: int) -> dict[str, Move]:
    """Return random moves of whoever acts."""
    return {
        agent: choose(world.legal(agent), Stream(root(1), player=n, step=step))
        for n, agent in enumerate(world.acting)
    }


def single(name: str, seconds: float = 0.6) -> float:
    """Return bare steps a second of one copy, moves ready beforehand."""
    world = load(name, tells=False)
    world.reset(0)
    ready = []
    for step in range(200):
        if not world.agents:
            break
        moves = moves_of(world, step)
        ready.append(moves)
        world.step(moves)
    taken, spent = 0, 0.0
    while spent < seconds:
        world.reset(0)
        began = time.perf_counter()
        for moves in ready:
            world.step(moves)
        spent += time.perf_counter() - began
        taken += len(ready)
    return taken / spent


def batched(name: str, copies: int, seconds: float = 0.4) -> float:
    """Return bare steps a second of all copies, every seat making its idle move."""
    world = load(name, copies=copies, tells=False)
    world.begin_all(0)
    moves = np.zeros((copies, len(world.seats), world.width))
    world.play(moves)
    taken, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        world.play(moves)
        taken += copies
    return taken / (time.perf_counter() - began)


def coast(copies: int = 512, seconds: float = 2.0, rounds: int = 5) -> tuple[float, float, float]:
    """Return steps a second of full-size Cleanup, seven random players, views written, one core.

    Median, least and most of the rounds.
    """
    world = load("cleanup", copies=copies, tells=False)
    world.begin_all(0)
    drawn = np.random.default_rng(0).integers(0, 9, (64, copies, 7)).astype(float)
    world.play(drawn[0])
    rates = []
    for _ in range(rounds):
        taken, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            world.play(drawn[taken // copies % 64])
            taken += copies
        rates.append(taken / (time.perf_counter() - began))
    return median(rates), min(rates), max(rates)


def governed(name: str, moves: int = 12_000) -> float:
    """Return recorded moves a second through gate and log, durable at the end."""
    chosen = study(name)
    scenario = chosen.scenario(chosen.of_kind("failing").name)
    with (
        tempfile.TemporaryDirectory() as room,
        Writer(Path(room) / "log", key=SigningKey("tertius/bench", bytes(32)), sealer="process")
        as writer,
    ):  # fmt: skip
        done = seed = 0
        began = time.perf_counter()
        while done < moves:
            world = world_of(scenario, run=f"r{seed}")
            arena = Arena(
                world, writer, agents=world.seats, clock=partial(_time, world), run=world.run
            )
            episode = stage(scenario, world, seed=seed, ask=arena.ask, tell=arena.tell)
            done, seed = done + episode.play((moves - done) // len(world.seats) + 1).moves, seed + 1
        writer.wait(writer.status().accepted - 1)
        return done / (time.perf_counter() - began)


def _time(world: Environment) -> int:
    return world.time


def main() -> None:
    """Measure and print."""
    given = arguments(__doc__ or "")
    given.add_argument("--quick", action="store_true", help="worlds alone, no pricing sessions")
    options = given.parse_args()
    figures, report = ({}, {}) if options.quick else pricing()
    singles = {}
    for name in TABLE:
        progress(f"stepping {name}")
        singles[name] = single(name)
        sizes = [batched(name, copies) for copies in BATCHES]
        report[f"{name} single steps_per_s"] = singles[name]
        report[f"{name} batched steps_per_s"] = max(sizes)
        seconds = [copies / rate for copies, rate in zip(BATCHES, sizes, strict=True)]
        report[f"{name} cost exponent"] = math.log(seconds[-1] / seconds[1]) / math.log(
            BATCHES[-1] / BATCHES[1]
        )
    progress("full-size cleanup")
    rate, least, most = coast()
    figures["cleanup_steps_per_s"] = figure(rate, ">=", 250_000, 5, (least, most))
    figures["cleanup_over_peer"] = figure(None, ">=", 150)
    singles.pop("cleanup")  # it has a bar of its own
    slowest = min(singles, key=singles.__getitem__)
    report["slowest single world"] = slowest
    figures["single_steps_per_s"] = figure(singles[slowest], ">=", 20_000, len(singles))
    progress("governed moves")
    figures["governed_moves_per_s"] = figure(governed("braess"), ">=", 3_000, 12_000)
    emit("worlds", figures, report, json_out=options.json)


if __name__ == "__main__":
    main()
