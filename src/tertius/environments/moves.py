"""What a player may do at one moment: one of some named moves, or some amounts in a range."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.core.ports.environment import Move


class MoveError(CallerError):
    """A move that the world does not know, or does not allow now."""


class Choice(Struct, frozen=True, dict=True):
    """One of some moves, given by name or by number from 0; `open` are those allowed now.

    Examples
    --------
    >>> Choice(("cooperate", "defect")).number("defect")
    1.0
    >>> Choice(("cooperate", "defect")).number("defekt")
    Traceback (most recent call last):
    ...
    tertius.environments.moves.MoveError: unknown move `defekt`; did you mean `defect`
    """

    names: tuple[str, ...]
    open: tuple[int, ...] | None = None

    @property
    def low(self) -> float:
        """The first move's number."""
        return 0.0

    @property
    def high(self) -> float:
        """The last move's number."""
        return len(self.names) - 1.0

    @cached_property
    def _known(self) -> dict[str, float]:
        """Number of each name; looked up at every step of every player."""
        first: dict[str, float] = {}
        for number, name in enumerate(self.names):
            first.setdefault(name, float(number))
        return first

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """Names of the moves that are allowed now."""
        return self.names if self.open is None else tuple([self.names[n] for n in self.open])

    def among(self, open: tuple[int, ...]) -> Choice:
        """Return the same choice with only these moves allowed; the names are looked up in common.

        Examples
        --------
        >>> Choice(("pass", "1", "2")).among((0, 2)).schema()
        {'enum': ['pass', '2']}
        """
        made = Choice(self.names, open)
        made.__dict__["_known"] = self._known
        return made

    def number(self, value: Any) -> float:
        """Return the number of a move.

        Raises
        ------
        MoveError
            No such move.
        """
        if isinstance(value, str):
            known = self._known.get(value)
            if known is not None and (self.open is None or known in self.open):
                return known
            if value not in self.names:
                shown = ascii(value)[1:-1][:40]
                raise MoveError(f"unknown move `{shown}`{nearest(value, self.names)}")
            value = self.names.index(value)
        number = _number(value, 0, len(self.names) - 1, whole=True)
        if self.open is not None and number not in self.open:
            raise MoveError(
                f"`{self.names[int(number)]}` is not allowed now; one of {list(self.allowed)} is"
            )
        return number

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one such move."""
        return {"enum": list(self.allowed)}


class Amount(Struct, frozen=True):
    """A number in a range, both ends allowed; `whole` for units that cannot be split."""

    low: float
    high: float
    whole: bool = False

    def number(self, value: Any) -> float:
        """Return the amount.

        Raises
        ------
        MoveError
            No number, or out of range.
        """
        kind = type(value)  # first the two that come at every step
        plain = kind is int or (kind is float and not self.whole)
        if plain and self.low <= value <= self.high:
            return float(value)
        return _number(value, self.low, self.high, whole=self.whole)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one such amount."""
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.low, "maximum": self.high}


class Several(Struct, frozen=True, dict=True):
    """Several things at once, each under its name: ``{"ana": 80, "ben": 65}``, or in order."""

    parts: Mapping[str, Choice | Amount]

    @cached_property
    def _takers(self) -> list[tuple[str, Callable[[Any], float]]]:
        return [(name, part.number) for name, part in self.parts.items()]

    @cached_property
    def _range(self) -> tuple[float, float] | None:
        """The range of all parts, where it is the same and nothing else is asked of them."""
        parts = list(self.parts.values())
        one = parts[0] if parts else None
        if isinstance(one, Amount) and not one.whole and all(part == one for part in parts):
            return one.low, one.high
        return None

    def numbers(self, value: Any) -> list[float]:
        """Return the numbers of the parts, in order.

        Raises
        ------
        MoveError
            A part is missing, unknown, or not what it may be.
        """
        if type(value) is dict and len(value) == len(self.parts):
            try:
                if self._range is not None:  # as ratings mostly come, all looked at in one go
                    low, high = self._range
                    given = [value[name] for name in self.parts]
                    fine = [one for one in given if type(one) is float and low <= one <= high]
                    if len(fine) == len(value):
                        return fine
                return [number(value[name]) for name, number in self._takers]
            except KeyError:
                pass  # which part is missing, is said below
        if isinstance(value, Mapping):
            for name in value:
                if name not in self.parts:
                    shown = ascii(name)[1:-1][:40]
                    raise MoveError(f"unknown part `{shown}` of a move{nearest(name, self.parts)}")
            missing = next((name for name in self.parts if name not in value), None)
            if missing is not None:
                raise MoveError(f"the move says nothing of `{missing}`; give {list(self.parts)}")
            value = [value[name] for name in self.parts]
        if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
            raise MoveError(f"bad move {ascii(value)[:40]}; expected one value for each part")
        if len(value) != len(self.parts):
            raise MoveError(f"a move of {len(value)} parts; expected {len(self.parts)}")
        return [part.number(one) for part, one in zip(self.parts.values(), value, strict=True)]

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one such move."""
        return {
            "type": "object",
            "properties": {name: part.schema() for name, part in self.parts.items()},
            "required": list(self.parts),
            "additionalProperties": False,
        }


Moves = Choice | Amount | Several


def row(moves: Moves, value: Move, width: int) -> list[float]:
    """Return a move as `width` numbers, those it does not use 0.

    Raises
    ------
    MoveError
        Not a move.
    """
    got = moves.numbers(value) if isinstance(moves, Several) else [moves.number(value)]
    return got + [0.0] * (width - len(got))


def fit(moves: Moves, numbers: Sequence[float]) -> Move:
    """Return the nearest allowed move to some numbers, as many as the widest move has.

    Learners sample from one fixed space; what is allowed now may be narrower.

    Examples
    --------
    >>> fit(Amount(0, 10, whole=True), [11.7, 0.0])
    10.0
    """
    if isinstance(moves, Several):
        return [
            _fitted(part, number)
            for part, number in zip(moves.parts.values(), numbers, strict=False)
        ]
    return _fitted(moves, numbers[0])


def _fitted(part: Choice | Amount, number: float) -> float:
    if math.isnan(number):
        raise MoveError("a move that is no number; give a finite one")
    if isinstance(part, Choice) and part.open is not None:
        return float(min(part.open, key=lambda one: abs(one - number)))
    whole = isinstance(part, Choice) or part.whole
    inside = min(max(number, part.low), part.high)
    return float(round(inside)) if whole else float(inside)


def _number(value: Any, low: float, high: float, *, whole: bool) -> float:
    kind = type(value)
    if (kind is float or kind is int) and low <= value <= high and not (whole and value % 1):
        return float(value)
    wanted = f"{'a whole' if whole else 'a'} number from {low:g} to {high:g}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise MoveError(f"bad move {ascii(value)[:40]}; expected {wanted}")
    if not math.isfinite(value) or not low <= value <= high or (whole and value != int(value)):
        raise MoveError(f"bad move {float(value):g}; expected {wanted}")
    return float(value)
