"""The section `gate:` of `tertius.yaml`: where the gate stands, and what stays outside of it."""

from __future__ import annotations

import typing
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from tertius.core.coverage import SurfaceKind
from tertius.core.names import is_name
from tertius.core.outcome import EnforcementLevel
from tertius.runtime.section import Section, fault, listed, one_of, shown

_KINDS: typing.Final = typing.get_args(SurfaceKind)
_LEVELS: typing.Final = tuple(level.value for level in EnforcementLevel if level != "gateway")


def _level(value: object) -> object:
    one_of(value, _LEVELS, "level")
    return EnforcementLevel(str(value))


def _surfaces(value: object) -> object:
    """Take keys of surfaces, such as ``storage:desk``."""
    keys = listed(value)
    assert isinstance(keys, tuple)
    for at, key in enumerate(keys):
        kind, colon, name = str(key).partition(":")
        if not (isinstance(key, str) and colon and is_name(name)):
            raise fault(f"`{shown(key)}` is no surface; expected such as `storage:desk`", at)
        one_of(kind, _KINDS, "kind of surface", at)
        if key in keys[:at]:
            raise fault(f"`{shown(key)}` for the second time", at)
    return keys


class GateSettings(Section):
    """Where the gate stands, and what passes outside of it."""

    folder: str = Field(
        default=".",
        description="Holds signed policy, keys of the log, log and rulings; relative to this file.",
    )
    level: Annotated[
        EnforcementLevel | None,
        BeforeValidator(_level),
        WithJsonSchema({"enum": list(_LEVELS)}),
    ] = Field(default=None, description="Where it must stand; otherwise it does not start.")
    ungoverned: Annotated[
        tuple[str, ...],
        BeforeValidator(_surfaces),
        WithJsonSchema({"type": "array", "items": {"type": "string"}}),
    ] = Field(
        default=(), description="Paths around the gate that somebody accepted: kind and name."
    )
