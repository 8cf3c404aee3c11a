"""How fast worlds are: pricing sessions beside C, every world bare and governed.

Bare stepping is the native face without events. A governed move is asked of the gate, recorded as
decision, act and payment, and durable at the end. `governed_moves_per_s` and `single_steps_per_s`
are those of the slowest world, which the report names beside those of every world.
`single_steps_per_s` leaves out full-size Cleanup, which has a bar of its own, batched
(`cleanup_steps_per_s`); what it does with a single copy stands beside.

The C program is `pricing_session.c`, the same loop on the same numbers; it must play as many
periods, else nothing is compared. The peer of full-size Cleanup is SocialJax, at its faster number
of copies: ``--peer PATH`` is a checkout of it, with its Python in ``PATH/.venv``. Whatever is not
governed, nor played on two cores, is timed in seconds of the processor, so that what else runs on
the machine weighs less.
"""

from __future__ import annotations

import json
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
from tertius.scenarios.table import TABLE as STUDIES
from tertius.scenarios.table import load as study
from tertius.stats.draws import Stream, root

PAIRS = 5
SESSIONS = 3  # of each pair
BATCHES = (1, 8, 64, 512)
FULL_SIZE = "cleanup"
MOVES, ROUNDS = 3_000, 3  # governed, in each world
PEER = Path("peers") / "socialjax_cleanup.py"


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
    """Return bare steps a second of one copy, moves ready beforehand: the median episode's."""
    world = load(name, tells=False)
    world.reset(0)
    ready = []
    for step in range(200):
        if not world.agents:
            break
        moves = moves_of(world, step)
        ready.append(moves)
        world.step(moves)
    rates, until = [], time.process_time() + seconds
    while time.process_time() < until:
        world.reset(0)
        began = time.process_time()
        for moves in ready:
            world.step(moves)
        rates.append(len(ready) / (time.process_time() - began))
    return median(rates)


def batched(name: str, copies: int, seconds: float = 0.4) -> float:
    """Return bare steps a second of all copies, every seat making its idle move."""
    world = load(name, copies=copies, tells=False)
    world.begin_all(0)
    moves = np.zeros((copies, len(world.seats), world.width))
    world.play(moves)
    taken, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        world.play(moves)
        taken += copies
    return taken / (time.process_time() - began)


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
        taken, began = 0, time.process_time()
        while time.process_time() - began < seconds:
            world.play(drawn[taken // copies % 64])
            taken += copies
        rates.append(taken / (time.process_time() - began))
    return median(rates), min(rates), max(rates)


def peer_coast(checkout: Path | None) -> float | None:
    """Return the same of SocialJax, at its fastest number of copies; None where it is not there."""
    if checkout is None:
        return None
    python, script = checkout / ".venv/bin/python", Path(__file__).parent / PEER
    if not python.exists():
        progress(f"no Python in {checkout}/.venv: nothing to compare with")
        return None
    command = [str(python.absolute()), str(script.absolute())]
    done = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        progress("the peer failed: nothing to compare with")
        return None
    rates: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return max(map(median, rates.values()))


def governed(name: str, moves: int) -> float:
    """Return recorded moves a second through gate and log, durable at the end.

    Before each episode its gate reads the whole log; that is not counted.
    """
    chosen = study(name)
    scenario = chosen.scenario(chosen.of_kind("failing").name)
    stage(scenario, world_of(scenario), seed=0).play(20)  # what is compiled, is loaded
    with (
        tempfile.TemporaryDirectory() as room,
        Writer(Path(room) / "log", key=SigningKey("tertius/bench", bytes(32)), sealer="process")
        as writer,
    ):  # fmt: skip
        done = seed = 0
        spent = 0.0
        while done < moves:
            world = world_of(scenario, run=f"r{seed}")
            arena = Arena(
                world, writer, agents=world.seats, clock=partial(_time, world), run=world.run
            )
            episode = stage(scenario, world, seed=seed, ask=arena.ask, tell=arena.tell)
            began = time.perf_counter()
            done, seed = done + episode.play((moves - done) // len(world.seats) + 1).moves, seed + 1
            spent += time.perf_counter() - began
        began = time.perf_counter()
        writer.wait(writer.status().accepted - 1)
        return done / (spent + time.perf_counter() - began)


def worlds(report: dict[str, Any]) -> dict[str, Figure]:
    """Time every world, one copy, batched and governed; report all and hold the slowest."""
    singles: dict[str, float] = {}
    held: dict[str, list[float]] = {}
    studies = studied()
    for name in TABLE:
        progress(f"stepping {name}")
        singles[name] = single(name)
        sizes = [batched(name, copies) for copies in BATCHES]
        seconds = [copies / rate for copies, rate in zip(BATCHES, sizes, strict=True)]
        report[f"{name} single steps_per_s"] = singles[name]
        report[f"{name} batched steps_per_s"] = max(sizes)
        report[f"{name} cost exponent"] = math.log(seconds[-1] / seconds[1]) / math.log(
            BATCHES[-1] / BATCHES[1]
        )
        held[name] = [governed(studies[name], MOVES) for _ in range(ROUNDS)]
        report[f"{name} governed moves_per_s"] = median(held[name])
    report["full-size cleanup single steps_per_s"] = singles.pop(FULL_SIZE)  # held to no bar
    slow = report["slowest single world"] = min(singles, key=singles.__getitem__)
    busy = report["slowest governed world"] = min(held, key=lambda name: median(held[name]))
    span = (min(held[busy]), max(held[busy]))
    return {
        "single_steps_per_s": figure(singles[slow], ">=", 20_000, len(singles)),
        "governed_moves_per_s": figure(median(held[busy]), ">=", 3_000, ROUNDS * MOVES, span),
    }


def studied() -> dict[str, str]:
    """Return the first study of each world."""
    found: dict[str, str] = {}
    for name in STUDIES:
        found.setdefault(study(name).environment.name, name)
    return found


def _time(world: Environment) -> int:
    return world.time


def main() -> None:
    """Measure and print."""
    given = arguments(__doc__ or "")
    given.add_argument("--quick", action="store_true", help="worlds alone, no pricing sessions")
    given.add_argument("--peer", type=Path, help="checkout of SocialJax, its Python in .venv")
    options = given.parse_args()
    figures, report = ({}, {}) if options.quick else pricing()
    figures |= worlds(report)
    progress("full-size cleanup")
    rate, least, most = coast()
    figures["cleanup_steps_per_s"] = figure(rate, ">=", 250_000, 5, (least, most))
    peer = peer_coast(options.peer)
    report["peer cleanup steps_per_s"] = peer
    figures["cleanup_over_peer"] = figure(rate / peer if peer else None, ">=", 150)
    emit("worlds", figures, report, json_out=options.json)


if __name__ == "__main__":
    main()
