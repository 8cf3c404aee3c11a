"""`tertius watch`: follow a log as it grows."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
from rich.console import Console
from rich.live import Live

from tertius.cli import foretold
from tertius.cli.screen import Flag, counted, print_json, progress, safe
from tertius.cli.watch_screen import line, screen
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.core.finding import SEVERITIES, CouldNotTell, Finding
from tertius.runtime.config import Config, load_config
from tertius.runtime.configured import CONFIG
from tertius.runtime.forecast import Forecast, Forecasting
from tertius.runtime.forecast_model import ForecastModel, load_model
from tertius.runtime.mapping import Mapping
from tertius.runtime.watch import Watch
from tertius.runtime.watch_state import Told

SHORTEST = 0.02  # seconds between two looks


class EveryError(CallerError):
    """A pause between two looks that means nothing."""


def watch(
    log: Path,
    /,
    *,
    state: Path | None = None,
    config: Path | None = None,
    forecast: Path | None = None,
    every: float = 0.2,
    once: Flag = False,
    fail_on: Literal["low", "medium", "high"] | None = None,
    json: Flag = False,
) -> int:
    """Follow a log as it grows: agents, edges, and findings with their guarantee, as they come.

    Ctrl-C ends it. What was said is not said again after a restart, if a state is kept. It only
    looks; a gate acts on findings where the watch stands beside it (`tertius serve gate --watch`).

    Parameters
    ----------
    log
        A log's folder, or a deployment's with all its writers.
    state
        File in which to keep what was read and said.
    config
        What tools and messages mean, and which detectors run [default: tertius.yaml, if there is
        one here].
    forecast
        Also say how likely each run is to end in harm, by this model of `tertius forecast fit`.
    every
        Seconds between two looks.
    once
        Read what is there, say what could not be told, and leave.
    fail_on
        Leave with exit code 1 if there was a finding of this severity or above.
    json
        Print each finding as one JSON object on a line of its own.
    """
    if not SHORTEST <= every <= 3600:
        raise EveryError(f"--every {every:g}; expected seconds from {SHORTEST} to 3600")
    named = config or Path(CONFIG)
    settings = load_config(named) if config or named.is_file() else Config()
    meaning = Mapping(settings.events) if settings.events else None
    with progress() as bar:
        bar.add_task("reading what was there before", total=None)
        detectors = settings.detectors.load()
        model = None if forecast is None else Forecasting(load_model(forecast), detectors)
        watching = Watch(log, detectors, state=state, meaning=meaning, forecast=model)
        before = list(watching.told)
        watching.look()
    with watching:
        show = _Lines(json=json)
        if json or once or not sys.stdout.isatty():
            show.all(watching.told[len(before) :])
            show.ended(watching)
            if once:
                _drain(watching, show)
                _finish(watching, json=json)
            else:
                _follow(watching, show, every)
        else:
            _live(watching, every)
        worst = fail_on is not None and any(
            SEVERITIES.index(each.finding.severity) <= SEVERITIES.index(fail_on)
            for each in watching.told
        )
    return EXIT_FINDING if worst else EXIT_PASS


class _Lines:
    """Findings as lines, for machines or for a pipe."""

    def __init__(self, *, json: bool) -> None:
        self._json = json

    def look(self, watching: Watch) -> None:
        """Print what has come."""
        self.all(watching.look())
        self.ended(watching)

    def ended(self, watching: Watch) -> None:
        """Print the last forecast of each run that has ended."""
        if watching.forecast is not None:
            self.forecasts(watching.forecast.ended(), watching.forecast.model, ended=True)

    def forecasts(
        self, forecasts: Iterable[Forecast], model: ForecastModel, *, ended: bool
    ) -> None:
        """Print some forecasts."""
        for each in forecasts:
            if self._json:
                print_json(foretold.as_dict(each, model, ended=ended))
            else:
                print(foretold.as_line(each, model, ended=ended))
        sys.stdout.flush()

    def all(self, told: Iterable[Told]) -> None:
        """Print some findings."""
        for each in told:
            print_json(as_dict(each)) if self._json else print(line(each))
        sys.stdout.flush()


def as_dict(told: Told) -> dict[str, Any]:
    """Return a finding as plain values, with its id and its guarantee in words."""
    finding: dict[str, Any] = msgspec.to_builtins(told.finding)
    return {
        "position": told.position,
        "id": told.finding.id,
        "guarantee_words": told.finding.guarantee.words,
        "escalation": told.escalation,
        "finding": finding,
    }


def _drain(watching: Watch, show: _Lines) -> None:
    position = -1
    while watching.position != position:
        position = watching.position
        show.look(watching)


def _follow(watching: Watch, show: _Lines, every: float) -> None:
    try:
        while True:
            show.look(watching)
            time.sleep(every)
    except KeyboardInterrupt:
        print(f"{counted(watching.position, 'event')} watched", file=sys.stderr)


def _live(watching: Watch, every: float) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    try:
        with Live(screen(watching, console.height), console=console, screen=True) as live:
            while True:
                watching.look()
                live.update(screen(watching, console.height))
                time.sleep(every)
    except KeyboardInterrupt:
        _Lines(json=False).all(watching.told)
        print(f"{counted(watching.position, 'event')} watched", file=sys.stderr)


def _finish(watching: Watch, *, json: bool) -> None:
    """Say what the end of the record shows, and what could not be told."""
    unsure: list[CouldNotTell] = []
    last: list[Finding] = []
    for detector in watching.detectors:
        for answer in detector.finish():
            if isinstance(answer, Finding):
                last.append(answer)
            else:
                unsure.append(answer)
    show = _Lines(json=json)
    show.all(Told(watching.position, each) for each in last)
    foretelling = watching.forecast
    if foretelling is not None:
        show.forecasts(foretelling.now(), foretelling.model, ended=False)
        if foretelling.left_out:
            why = "too many runs went on at the same time"
            unsure.append(CouldNotTell(asked="forecast", why=why, n=foretelling.left_out))
    if json:
        print_json(
            {
                "events": watching.position,
                "findings": len(watching.told) + len(last),
                "could_not_tell": [msgspec.to_builtins(each) for each in unsure],
            }
        )
        return
    print(
        f"{counted(watching.position, 'event')}, "
        f"{counted(len(watching.told) + len(last), 'finding')}"
    )
    for (asked, why), runs in Counter(map(_unsure, unsure)).most_common():
        print(f"could not tell: {asked}: {why}{f' ({runs:,} runs)' if runs > 1 else ''}")


def _unsure(answer: CouldNotTell) -> tuple[str, str]:
    """Return who could not tell, and why, so that runs with the same reason are one line."""
    most = "" if answer.needed is None else f" ({answer.n} of {answer.needed})"
    return answer.asked, f"{safe(answer.why, 120)}{most}"
