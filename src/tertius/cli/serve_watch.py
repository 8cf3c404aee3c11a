"""The watch beside `tertius serve gate`: loaded where one is asked for, since it takes seconds."""

from __future__ import annotations

from pathlib import Path

from tertius.cli.serve_told import tell
from tertius.cli.watch_screen import line
from tertius.runtime.beside import STATE, Beside
from tertius.runtime.config import Config, load_config
from tertius.runtime.configured import CONFIG
from tertius.runtime.governed import Governed
from tertius.runtime.mapping import Mapping
from tertius.runtime.places import Places
from tertius.stats.warm import warm


def beside(folder: Path, standing: Governed) -> Beside:
    """Open the watch, with its memory among what agents cannot touch, and nothing left to compile.

    Parameters
    ----------
    folder
        Of the gate.
    standing
        The gate that stands.
    """
    file = folder / CONFIG
    settings = load_config(file) if file.exists() else Config()
    warm()
    return Beside(
        standing,
        settings.detectors.load(),
        state=Places(folder).keys / STATE,
        meaning=Mapping(settings.events) if settings.events else None,
        heard=lambda told: tell(line(told, standing.rules)),
    )
