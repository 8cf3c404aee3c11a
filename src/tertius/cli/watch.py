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
from tertius.runtime.blind import sights
from tertius.runtime.config import Config, load_config
from tertius.runtime.configured import CONFIG, require_answerable
from tertius.runtime.follow import BATCH
from tertius.runtime.forecast import Forecast, Forecasting
from tertius.runtime.forecast_model import ForecastModel, load_model
from tertius.runtime.mapping import Mapping
from tertius.runtime.watch import Watch
from tertius.runtime.watch_rules import WatchRules
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
    looks, and names the rule that a finding falls under; a gate acts on it where the watch stands
    beside it (`tertius serve gate --watch`).

    Parameters
    ----------
    log
        A log's folder, or a deployment's with all its writers.
    state
        File in which to keep what was read and said.
    config
        What tools and messages mean, which detectors run, and under which rules [default: the
        tertius.yaml beside the log, in its gate's folder; otherwise one in this folder].
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
    named = config or _beside(log)
    settings = load_config(named) if config or named.is_file() else Config()
    require_answerable(settings, named, time=time.time_ns())
    meaning = Mapping(settings.events) if settings.events else None
    rules = settings.watch.value()
    with progress() as bar:
        bar.add_task("reading what was there before", total=None)
        detectors = settings.detectors.load()
        model = None if forecast is None else Forecasting(load_model(forecast), detectors)
        watching = Watch(log, detectors, state=state, meaning=meaning, forecast=model)
        first = watching.look()
    with watching:
        show = _Lines(rules, json=json)
        if json or once or not sys.stdout.isatty():
            show.all(first)
            show.ended(watching)
            if once:
                _drain(watching, show)
                _finish(watching, show, json=json)
            else:
                _follow(watching, show, every)
        else:
            _live(watching, rules, every)
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on is not None else ()
        worst = any(watching.counts[each] for each in failing)
    return EXIT_FINDING if worst else EXIT_PASS


def _beside(log: Path) -> Path:
    """Return where the configuration lies: with the gate whose log it is, otherwise here."""
    folder = log.resolve()
    whole = folder.parent.parent if folder.parent.name == "writers" else folder
    here, found = Path(CONFIG), whole.parent / CONFIG
    return found if found.is_file() and found != here.resolve() else here


class _Lines:
    """Findings as lines, for machines or for a pipe."""

    def __init__(self, rules: WatchRules, *, json: bool) -> None:
        self._rules, self._json = rules, json

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
            if self._json:
                print_json(as_dict(each, self._rules))
            else:
                print(line(each, self._rules))
        sys.stdout.flush()


def as_dict(told: Told, rules: WatchRules) -> dict[str, Any]:
    """Return a finding as plain values, with its id, its guarantee in words and its rule."""
    rule = rules.of(told.finding)
    finding: dict[str, Any] = msgspec.to_builtins(told.finding)
    return {
        "position": told.position,
        "id": told.finding.id,
        "guarantee_words": told.finding.guarantee.words,
        "rule": None if rule is None else rule.name,
        "measure": None if rule is None else rule.measure,
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
            before = watching.position
            show.look(watching)
            _pause(watching.position - before, every)
    except KeyboardInterrupt:
        print(f"{counted(watching.position, 'event')} watched", file=sys.stderr)


def _pause(came: int, every: float) -> None:
    """Wait for more to come, unless more is there already."""
    if came < BATCH:
        time.sleep(every)


def _live(watching: Watch, rules: WatchRules, every: float) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    try:
        with Live(screen(watching, console.height, rules), console=console, screen=True) as live:
            while True:
                before = watching.position
                watching.look()
                live.update(screen(watching, console.height, rules))
                _pause(watching.position - before, every)
    except KeyboardInterrupt:
        earlier = watching.counts.total() - len(watching.told)
        if earlier:
            print(f"the latest findings, after {earlier:,} more:")
        _Lines(rules, json=False).all(watching.told)
        print(f"{counted(watching.position, 'event')} watched", file=sys.stderr)


def _finish(watching: Watch, show: _Lines, *, json: bool) -> None:
    """Say what the end of the record shows, and what could not be told."""
    unsure: list[CouldNotTell] = []
    last: list[Finding] = []
    for detector in watching.detectors:
        for answer in detector.finish():
            if isinstance(answer, Finding):
                last.append(answer)
            else:
                unsure.append(answer)
    show.all(Told(watching.position, each) for each in last)
    foretelling = watching.forecast
    if foretelling is not None:
        show.forecasts(foretelling.now(), foretelling.model, ended=False)
        if foretelling.left_out:
            why = "too many runs went on at the same time"
            unsure.append(CouldNotTell(asked="forecast", why=why, n=foretelling.left_out))
    seen = sights(watching.kinds, [each.spec for each in watching.detectors])
    if json:
        print_json(
            {
                "events": watching.position,
                "findings": watching.counts.total() + len(last),
                "could_not_tell": [msgspec.to_builtins(each) for each in unsure],
                "detectors": [
                    {"name": each.detector, "seen": each.seen, "missing": each.missing}
                    for each in seen
                ],
            }
        )
        return
    print(
        f"{counted(watching.position, 'event')}, "
        f"{counted(watching.counts.total() + len(last), 'finding')}"
    )
    for (asked, why), runs in Counter(map(_unsure, unsure)).most_common():
        print(f"could not tell: {asked}: {why}{f' ({runs:,} runs)' if runs > 1 else ''}")

    blind = [each for each in seen if each.blind]
    if blind:
        print(
            f"{counted(len(blind), 'detector')} of {len(seen)} had nothing to read, such as "
            f"{blind[0].detector}; rules under `events:` can say which of your tools mean it"
        )


def _unsure(answer: CouldNotTell) -> tuple[str, str]:
    """Return who could not tell, and why, so that runs with the same reason are one line."""
    most = "" if answer.needed is None else f" ({answer.n} of {answer.needed})"
    return answer.asked, f"{safe(answer.why, 120)}{most}"
