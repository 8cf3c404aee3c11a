"""A gate as `tertius.yaml` says: one call between a file and a gate that stands."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from tertius.core.errors import CallerError, TertiusError
from tertius.core.outcome import EnforcementLevel
from tertius.runtime.config import Config, load_config
from tertius.runtime.enrolled import register_of
from tertius.runtime.governed import Governed, open_gate
from tertius.runtime.places import Places
from tertius.runtime.trigger_lint import TriggerFlawError, rule_flaws

CONFIG: Final = "tertius.yaml"
"""Name of the file, where a folder is given instead."""


class WrongLevelError(CallerError):
    """The gate would stand elsewhere than configuration says."""


class ElsewhereError(CallerError):
    """A configuration in one folder that describes the gate of another."""


def from_config(path: Path, *, level: EnforcementLevel = EnforcementLevel.IN_PROCESS) -> Governed:
    """Open the gate that a configuration describes.

    Parameters
    ----------
    path
        `tertius.yaml`, or the folder that holds it.
    level
        Where the caller stands.

    Raises
    ------
    ConfigError
        The file cannot be used.
    WrongLevelError
        It wants the gate to stand elsewhere.
    TertiusError
        What `open_gate` finds wrong with the policy: nothing starts.

    Notes
    -----
    The file is not signed. Whoever can write it can drop a question to a person, and can accept
    what is ungoverned; forbid and what policy itself escalates stay. Keep it where agents cannot
    write.
    """
    file = path / CONFIG if path.is_dir() else path
    config = load_config(file)
    _require_level(config, level, file)
    return open_gate(
        file.parent / config.gate.folder,
        triggers=config.escalation.values(),
        rules=config.watch.value(),
        ungoverned=config.gate.ungoverned,
        level=level,
    )


def from_folder(folder: Path, *, level: EnforcementLevel = EnforcementLevel.IN_PROCESS) -> Governed:
    """Open the gate of a folder, by the configuration in it if there is one.

    Parameters
    ----------
    folder
        As `open_gate` takes it.
    level
        Where the caller stands.

    Raises
    ------
    ElsewhereError
        The configuration in the folder describes the gate of another.
    TertiusError
        As `from_config`.
    """
    file = folder / CONFIG
    if not file.exists():
        return open_gate(folder, level=level)
    named = load_config(file).gate.folder
    if (folder / named).resolve() != folder.resolve():
        raise ElsewhereError(f"{file}: `folder` is `{named}`; expected `.`, or name that folder")
    return from_config(file, level=level)


def require_answerable(config: Config, file: Path, *, time: int) -> None:
    """Refuse rules of the watch whose questions nobody could answer at the gate of `file`.

    Parameters
    ----------
    time
        UTC nanoseconds.

    Raises
    ------
    TriggerFlawError
        Names the rule, and what is unknown.

    Notes
    -----
    Where no signed list of approvers can be read, nothing is refused: the gate asks at its start.
    """
    found: list[str] = []
    with suppress(TertiusError):
        register = register_of(Places(file.parent / config.gate.folder), time=time)
        able = [each.person for each in register.people if each.keys]
        found = [f"{file}: {flaw}" for flaw in rule_flaws(config.watch.value(), able)]
    for flaw in found:
        raise TriggerFlawError(flaw)


def _require_level(config: Config, level: EnforcementLevel, file: Path) -> None:
    wanted = config.gate.level
    if wanted is None or wanted is level:
        return
    asked = f"{file}: `level` is `{wanted}`, and this would be `{level}`"
    if wanted is EnforcementLevel.SIDECAR:
        how = "run `tertius serve gate`, and attach agents to its socket"
    else:
        how = f"write `level: {level}` under `gate:`, or leave `level` out"
    raise WrongLevelError(f"{asked}; {how}")
