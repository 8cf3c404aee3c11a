"""`tertius.yaml`: one file, one class for each section, every mistake with its line and column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tertius.core.errors import PlacedError
from tertius.runtime.detector_settings import Detectors
from tertius.runtime.escalation_settings import EscalationSettings
from tertius.runtime.gate_settings import GateSettings
from tertius.runtime.rules import EventRule
from tertius.runtime.section import Section, fault, listed, shown
from tertius.runtime.watch_settings import WatchSettings

MAX_BYTES = 1_048_576
MAX_NODES = 50_000  # values, each reference to an anchor counted anew

Position = tuple[int, int]  # line and column, from 0


class ConfigError(PlacedError):
    """A configuration that cannot be used."""


class Config(Section):
    """`tertius.yaml`: all sections, each optional."""

    events: Annotated[tuple[EventRule, ...], BeforeValidator(listed)] = Field(
        default=(), description="What your tools, messages and fields mean."
    )
    detectors: Detectors = Field(default_factory=Detectors, description="What is looked for.")
    gate: GateSettings = Field(default_factory=GateSettings, description="Where the gate stands.")
    escalation: EscalationSettings = Field(
        default_factory=EscalationSettings, description="What people are asked about."
    )
    watch: WatchSettings = Field(
        default_factory=WatchSettings, description="What follows from a finding."
    )

    @model_validator(mode="after")
    def _rules_can_fire(self) -> Config:
        for number, rule in enumerate(self.watch.rules):
            if not set(rule.detectors) & set(self.detectors.names):
                idle = ", ".join(rule.detectors)
                what = f"rule `{rule.name}` can never fire; `detectors:` leaves out {idle}"
                raise fault(what, "watch", "rules", number, "detectors")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        seen: set[str] = set()
        for number, rule in enumerate(self.events):
            if rule.name and rule.name in seen:
                raise fault(f"a second rule named `{shown(rule.name)}`", "events", number, "name")
            seen.add(rule.name)
        return self


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Raises
    ------
    ConfigError
        Of all mistakes the first in the file, and how many more there are.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(str(path), 0, 0, f"cannot be read, {reason}") from error
    return parse_config(raw, file=str(path))


def parse_config(raw: bytes, *, file: str = "tertius.yaml") -> Config:
    r"""Read a configuration.

    Parameters
    ----------
    raw
        YAML 1.2 in UTF-8, at most 1 MiB.
    file
        Its name, for messages.

    Raises
    ------
    ConfigError
        Of all mistakes the first in the file, and how many more there are.

    Examples
    --------
    >>> parse_config(b"events:\n  - event: tool.caled\n    means: rated\n")
    Traceback (most recent call last):
    ...
    tertius.runtime.config.ConfigError: tertius.yaml:2:12: unknown kind ...
    """
    if len(raw) > MAX_BYTES:
        raise ConfigError(file, 0, 0, f"more than {MAX_BYTES} bytes; is it the right file")
    tree = _tree(raw, file)
    try:
        return Config.model_validate({} if tree is None else _Plain(file).of(tree, (0, 0)))
    except ValidationError as error:
        found = sorted((*_placed(tree, each), _worded(each)) for each in error.errors())
        line, column, problem = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigError(file, line + 1, column + 1, problem + more) from error


def _tree(raw: bytes, file: str) -> Any:
    try:
        return YAML(typ="rt", pure=True).load(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise ConfigError(file, line, column, "invalid UTF-8") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        what = " ".join((error.problem or error.context or "broken YAML").split())
        raise ConfigError(file, line, column, f"no YAML: {what[:120].lower()}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:120]
        raise ConfigError(file, 0, 0, f"no YAML: {what.lower()}") from error


class _Plain:
    """Turns what the YAML reader gives into plain values, which anchors cannot blow up."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._nodes = 0

    def of(self, node: Any, place: Position) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._error(place, f"more than {MAX_NODES} values")
        at = _start(node, place)
        if isinstance(node, Mapping):
            for key in node:
                if not isinstance(key, str | bool | int | float):
                    raise self._error(at, "a key that is no plain word")
            return {_scalar(key): self.of(value, at) for key, value in node.items()}
        if isinstance(node, list):
            return [self.of(item, at) for item in node]
        if node is not None and not isinstance(node, str | bool | int | float):
            what = "a date; put it into quotes" if isinstance(node, date) else "an unknown tag"
            raise self._error(at, what)
        return _scalar(node)

    def _error(self, place: Position, problem: str) -> ConfigError:
        return ConfigError(self._file, place[0] + 1, place[1] + 1, problem)


def _mark(node: Any) -> Any:
    """Return what the YAML reader knows of where the parts of a list or a mapping stand."""
    return getattr(node, "lc", None)


def _start(node: Any, otherwise: Position) -> Position:
    """Return where a list or a mapping begins."""
    mark = _mark(node)
    return otherwise if mark is None or mark.line is None else (mark.line, mark.col)


def _scalar(node: Any) -> Any:
    for plain in (bool, int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return node


def _placed(tree: Any, error: ErrorDetails) -> Position:
    """Return where in the file a fault stands."""
    context = error.get("ctx", {})
    steps = [*error["loc"], *context.get("at", ())]
    place = _start(tree, (0, 0))
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        try:
            if isinstance(tree, list):
                place = _mark(tree).item(step)
            elif last and context.get("key", False):
                place = _mark(tree).key(step)
            else:
                place = _mark(tree).value(step)
            tree = tree[step]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return place


def _worded(error: ErrorDetails) -> str:
    """Return what is wrong in our words."""
    kind, value = error["type"], error["input"]
    if kind == "tertius":
        return str(error["ctx"]["message"])
    if kind == "missing":
        return f"missing key `{error['loc'][-1]}`"
    if kind == "string_too_long":
        return f"expected at most {error['ctx']['max_length']} characters"
    scalar = value is None or isinstance(value, str | int | float)
    found = f"`{shown(value)}`" if scalar else "a list" if isinstance(value, list) else "keys"
    expected = {"string_type": "a text", "dict_type": "keys with values"}.get(kind)
    if expected is None:
        expected = error["msg"].removeprefix("Input should be ").lower()
    return f"expected {expected}, found {found}"
