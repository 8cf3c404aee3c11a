"""Settings of worlds and wrappers, made of what a command line or a file names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.noun import Noun

S = TypeVar("S", bound=Noun)

Settled = Mapping[str, Value]
"""Settings by name, as they come from a command line or a file."""


class SettingsError(CallerError):
    """Settings that no such world can have."""


def settle(settings: type[S], given: Settled) -> S:
    """Return settings made of values by name.

    Raises
    ------
    SettingsError
        An unknown name, with the nearest known one, or a value that it cannot have.
    """
    known = settings.__struct_fields__
    for name in given:
        if name not in known:
            shown = ascii(name)[1:-1][:40]
            raise SettingsError(f"unknown setting `{shown}`{nearest(name, known)}")
    try:
        return msgspec.convert(dict(given), settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"bad settings: {error}") from None
