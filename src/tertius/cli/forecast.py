"""`tertius forecast fit`: learn from past runs how likely a run is to end in harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tertius.cli.foretold import as_score
from tertius.cli.screen import Flag, counted, print_json, progress
from tertius.core.errors import EXIT_PASS
from tertius.runtime.config import Config, load_config
from tertius.runtime.configured import CONFIG
from tertius.runtime.detect import Shown, recorded
from tertius.runtime.forecast_fit import learn
from tertius.runtime.forecast_model import ONLY
from tertius.runtime.mapping import Mapping
from tertius.runtime.watch import meant


def fit(
    log: Path,
    /,
    *,
    out: Path,
    harm: float = 1.0,
    config: Path | None = None,
    json: Flag = False,
) -> int:
    """Learn from a log's runs, whose end is known, how likely a run is to end in harm.

    A run ended in harm if an outcome about harm/<party> says so; where there is none, if it ended
    as failed. It takes ten runs that did and ten that did not. `tertius watch --forecast` uses it.

    Parameters
    ----------
    log
        A log's folder, or a deployment's with all its writers.
    out
        File for the model.
    harm
        From which value on an outcome about harm/<party> counts as harm.
    config
        What tools and messages mean, and which detectors run [default: tertius.yaml, if there is
        one here].
    json
        Print one JSON object.
    """
    named = config or Path(CONFIG)
    settings = load_config(named) if config or named.is_file() else Config()
    meaning = Mapping(settings.events) if settings.events else None

    def read() -> Iterator[Shown]:
        for position, (event, content) in enumerate(recorded(log)):
            yield from meant([(position, event, content)], meaning)

    with progress() as bar:
        bar.add_task("watching past runs", total=None)
        model, left_out = learn(read, settings.detectors.load(), bar=harm)
    model.save(out)
    if json:
        print_json(
            {
                "runs": model.runs,
                "harmed": model.harmed,
                "left_out": left_out,
                "length": model.length,
                "held_out": [as_score(each) for each in model.scores],
                "model": model.digest,
            }
        )
        return EXIT_PASS
    print(f"{counted(model.runs, 'past run')}, {model.harmed} ended in harm ({model.base:.0%})")
    if left_out:
        print(f"{counted(left_out, 'run')} left out: too many went on at the same time")
    for each in model.scores:
        print(f"held-out runs at {each.share:.0%} of the usual length: {each.words}")
    print(ONLY)
    return EXIT_PASS
