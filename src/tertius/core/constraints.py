"""What an argument of a tool may be: typed constraints, matched by value and type, never by text.

A constraint binds the argument, not what it resolves to later: a permitted path may be a link.
"""

from __future__ import annotations

import math
import re
from typing import Annotated

from msgspec import Meta

from tertius.core.events import Count, Number, Value
from tertius.core.noun import Noun, NounError, require_distinct

Scalar = Value | None

_DIALECT = re.compile(
    r"(?:"
    r"(?:\\[dw.\\\[\]{}()*+?|^$-]|\[\^?(?:[^\[\]\\]|\\.)+\]|[^\\\[\]{}()*+?|^$])"
    r"(?:[?*+]|\{\d{1,3}(?:,\d{0,3})?\})?"
    r")+"
)


class ConstraintError(NounError):
    """A constraint that could never hold, or says less than it seems to."""


class Constraint(Noun, frozen=True, kw_only=True, tag_field="type"):
    """Base of all constraints: which argument is meant, and whether it may be missing.

    `argument` is the dotted path of the field, such as ``filter.limit``; an argument that no
    constraint names is refused.
    """

    argument: Annotated[str, Meta(min_length=1, max_length=256)]
    optional: bool = False

    def __post_init__(self) -> None:
        if not self.argument or "" in self.argument.split("."):
            raise ConstraintError(
                f"bad argument path `{ascii(self.argument)[1:-1]}`; expected `field` or `a.b`"
            )


class OneOf(Constraint, frozen=True, kw_only=True, tag="one_of"):
    """Exactly one of these values; ``True``, ``1`` and ``1.0`` are three different values."""

    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.values:
            raise ConstraintError(f"`{self.argument}` may be one of nothing; expected values")
        if len({(type(v), v) for v in self.values}) != len(self.values):
            raise ConstraintError(f"`{self.argument}` lists a value twice; once is enough")
        if any(isinstance(v, float) and not math.isfinite(v) for v in self.values):
            raise ConstraintError(f"`{self.argument}` lists a value that is no JSON number")


class InRange(Constraint, frozen=True, kw_only=True, tag="in_range"):
    """A number from `low` to `high`, both included; booleans are no numbers."""

    low: Number
    high: Number
    whole: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ConstraintError(
                f"range of `{self.argument}` is {self.low} to {self.high}; "
                "expected two finite numbers, the lower first"
            )


class OnHost(Constraint, frozen=True, kw_only=True, tag="on_host"):
    """A URL whose host is exactly one of these, with one of these schemes and ports."""

    hosts: tuple[str, ...]
    schemes: tuple[str, ...] = ("https",)
    ports: tuple[Annotated[int, Meta(ge=1, le=65535)], ...] = (443,)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.hosts and self.schemes and self.ports):
            raise ConstraintError(f"`{self.argument}` needs hosts, schemes and ports")
        for host in self.hosts:
            if not host.isascii() or host != host.lower() or not host or set("/@*: ") & set(host):
                raise ConstraintError(
                    f"bad host `{ascii(host)[1:-1]}`; expected an exact lower-case ASCII name"
                )
        require_distinct(ConstraintError, hosts=self.hosts, schemes=self.schemes)


class UnderPath(Constraint, frozen=True, kw_only=True, tag="under_path"):
    """A path inside one of these folders, after dot segments and percent escapes are resolved."""

    folders: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.folders:
            raise ConstraintError(f"`{self.argument}` may lie in no folder; expected folders")
        for folder in self.folders:
            parts = folder.split("/")
            if not folder.startswith("/") or "%" in folder or {".", ".."} & set(parts):
                raise ConstraintError(
                    f"bad folder `{ascii(folder)[1:-1]}`; "
                    "expected an absolute path without dot segments or percent escapes"
                )


class Matches(Constraint, frozen=True, kw_only=True, tag="matches"):
    r"""A text that the whole of `pattern` matches; patterns are of a linear-time dialect.

    Notes
    -----
    A pattern is a sequence of literals, escaped characters, ``.``, ``\d``, ``\w`` and classes
    ``[...]``, each with at most one repetition ``? * + {m,n}``. Groups, alternatives, anchors and
    back-references are refused: on those a backtracking matcher can do exponential work. What
    compiles a pattern must still build an automaton, since ``a*a*a*b`` costs a backtracking
    matcher the cube of the length.
    """

    pattern: Annotated[str, Meta(min_length=1, max_length=256)]
    max_length: Count = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        if _DIALECT.fullmatch(self.pattern) is None:
            raise ConstraintError(
                f"bad pattern `{ascii(self.pattern)[1:-1]}` of `{self.argument}`; expected a "
                "sequence of literals, classes and repetitions, without groups or alternatives"
            )


class HasLength(Constraint, frozen=True, kw_only=True, tag="has_length"):
    """A text or list of `low` to `high` characters or items."""

    low: Count = 0
    high: Count

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise ConstraintError(f"length of `{self.argument}` is {self.low} to {self.high}")


class AnyValue(Constraint, frozen=True, kw_only=True, tag="any_value"):
    """No limit on this argument, said aloud."""


ArgumentConstraint = OneOf | InRange | OnHost | UnderPath | Matches | HasLength | AnyValue
