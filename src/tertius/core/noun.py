"""What every noun here shares: frozen, no unknown fields, checked when made.

A value that breaks a rule never comes into being. The error is the caller's and names the field;
when bytes are decoded, msgspec puts the path of the field behind it.
"""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from tertius.core.errors import CallerError
from tertius.core.names import NAME_PATTERN, is_name

Hex64 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest: 64 lower-case hex digits."""

ProperName = Annotated[str, Meta(pattern=NAME_PATTERN)]
"""A name that must be there; where it may be missing the field is ``ProperName | None``."""

_HEX64 = re.compile(r"[0-9a-f]{64}")


class NounError(CallerError, ValueError):
    """A value that the noun cannot have; each noun has its own subclass."""


class Noun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen value that refuses unknown fields."""


def require_names(error: type[NounError], **fields: str | tuple[str, ...] | None) -> None:
    """Refuse anything that is not a name; None counts as "not given" and passes.

    Raises
    ------
    NounError
        Of the class `error`, naming the field.

    Examples
    --------
    >>> require_names(NounError, agent="ops-3", peer=None, tools=("mail.read",))
    >>> require_names(NounError, agent="two words")
    Traceback (most recent call last):
    ...
    tertius.core.noun.NounError: bad agent `two words`; expected 1 to 128 characters of \
A-Z a-z 0-9 . _ : / -
    """
    for field, value in fields.items():
        for name in value if isinstance(value, tuple) else (value,):
            if name is None:
                continue
            if not isinstance(name, str):
                raise error(f"bad {field}; expected a text, found `{type(name).__name__[:60]}`")
            if not is_name(name):
                raise error(
                    f"bad {field} `{ascii(name[:40])[1:-1]}`; "
                    "expected 1 to 128 characters of A-Z a-z 0-9 . _ : / -"
                )


def is_digest(text: str) -> bool:
    """Tell whether a text is 64 lower-case hex digits."""
    return _HEX64.fullmatch(text) is not None


def require_digests(error: type[NounError], **fields: str | None) -> None:
    """Refuse anything that is not 64 lower-case hex digits; None passes."""
    for field, value in fields.items():
        if value is not None and not is_digest(value):
            shown = ascii(value[:70])[1:-1]
            raise error(f"bad {field} `{shown}`; expected 64 lower-case hex digits")


def require_distinct(error: type[NounError], **fields: tuple[str, ...]) -> None:
    """Refuse a list that names something twice."""
    for field, values in fields.items():
        if len(set(values)) != len(values):
            twice = next(v for i, v in enumerate(values) if v in values[:i])
            raise error(f"{field} names `{ascii(twice)[1:-1]}` twice; once is enough")
