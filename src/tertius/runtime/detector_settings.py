"""The section `detectors:` of `tertius.yaml`: which of them run, and with what parameters."""

from __future__ import annotations

import inspect
import typing
from typing import Annotated, Any

import msgspec
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.core.ports.detector import Detector
from tertius.detectors import table
from tertius.runtime.section import Section, fault, listed, one_of, shown


def _detector_names(value: object) -> object:
    names = listed(value)
    assert isinstance(names, tuple)
    for at, name in enumerate(names):
        one_of(name, table.TABLE, "detector", at)
    return names


def _detector_parameters(value: object) -> object:
    """Make each detector once, so that what it does not accept is known before anything runs."""
    if not isinstance(value, dict):
        raise fault("expected names of detectors, each with its parameters")
    for name, parameters in value.items():
        if name not in table.TABLE:
            hint = nearest(str(name), table.TABLE)
            raise fault(f"unknown detector `{shown(name)}`{hint}", name, key=True)
        if not isinstance(parameters, dict):
            raise fault(f"expected parameters of `{name}`, as in `{{minimum: 3}}`", name)
        known = _parameters(name)
        for key, given in parameters.items():
            if key not in known:
                hint = nearest(str(key), known) or "; it has none"
                what = f"`{name}` has no parameter `{shown(key)}`{hint}"
                raise fault(what, name, key, key=True)
            try:
                msgspec.convert(given, known[key], strict=True)
                table.load(name, **{key: given})
            except (CallerError, msgspec.ValidationError, ValueError) as error:
                what = str(error).lower().removesuffix(".")
                raise fault(f"bad value `{shown(given)}`; {what}", name, key) from error
    return value


def _parameters(name: str) -> dict[str, Any]:
    """Return the parameters of a detector with their types, from its class."""
    cls = type(table.load(name))
    types = typing.get_type_hints(cls.__init__, include_extras=True)
    found = inspect.signature(cls.__init__).parameters.values()
    return {
        each.name: types.get(each.name, Any) for each in found if each.kind is each.KEYWORD_ONLY
    }


_NAMES = {"type": "array", "items": {"enum": list(table.TABLE)}}
_PARAMETERS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": "object"} for name in table.TABLE},
}
_DetectorNames = Annotated[
    tuple[str, ...], BeforeValidator(_detector_names), WithJsonSchema(_NAMES)
]


class Detectors(Section):
    """Which detectors run, and with what parameters."""

    run: _DetectorNames = Field(
        default=tuple(table.TABLE), description="Names of those that run; left out, all do."
    )
    skip: _DetectorNames = Field(default=(), description="Names of those that do not run.")
    parameters: Annotated[
        dict[str, dict[str, Any]],
        BeforeValidator(_detector_parameters),
        WithJsonSchema(_PARAMETERS),
    ] = Field(default_factory=dict, description="What differs from a detector's own values.")

    level: float = Field(
        default=table.LEVEL,
        gt=0,
        lt=1,
        description="Chance that all detectors with an error bound together ever name anybody "
        "wrongly; each gets an equal share unless its parameters say otherwise.",
    )

    @model_validator(mode="after")
    def _some(self) -> Detectors:
        if not self.names:
            raise fault("no detector is left to run", "skip" if self.skip else "run")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the detectors that run, in the order of the table."""
        return tuple(n for n in table.TABLE if n in self.run and n not in self.skip)

    def load(self) -> list[Detector]:
        """Return the detectors that run, fresh; those that bet share `level` equally."""
        levels = table.shares(self.names, self.level)
        return [
            table.load(name, **{**levels.get(name, {}), **self.parameters.get(name, {})})
            for name in self.names
        ]
