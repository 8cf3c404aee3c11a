"""Constraints that nothing meets, or of which a part says nothing new."""

from __future__ import annotations

import math

from tertius.core.constraints import ArgumentConstraint, InRange, Matches, OneOf, UnderPath
from tertius.policy.arguments import compiled, typed
from tertius.policy.linear_pattern import LinearPattern


def impossible(constraint: ArgumentConstraint) -> str | None:
    """Return why no value meets a constraint, None if one does.

    Examples
    --------
    >>> impossible(InRange(argument="n", low=0.2, high=0.8, whole=True))
    'no whole number lies between 0.2 and 0.8'
    """
    if isinstance(constraint, InRange) and constraint.whole:
        low, high = constraint.low, constraint.high
        empty = math.ceil(low) > math.floor(high)
        return f"no whole number lies between {low:g} and {high:g}" if empty else None
    if isinstance(constraint, Matches):
        shortest = LinearPattern(constraint.pattern).shortest
        if shortest > constraint.max_length:
            return f"the shortest match has {shortest} characters, above {constraint.max_length}"
    return None


def covered(constraint: ArgumentConstraint) -> tuple[str, str] | None:
    """Return what a constraint lists in vain, with an example; None if everything counts.

    Examples
    --------
    >>> covered(UnderPath(argument="p", folders=("/data", "/data/aid")))
    ('folder `/data/aid` lies in `/data` already', '`/data/aid/x`')
    """
    if isinstance(constraint, UnderPath):
        for folder in constraint.folders:
            for other in constraint.folders:
                check, _ = compiled(UnderPath(argument=constraint.argument, folders=(other,)))
                if other != folder and check(folder):
                    said = f"folder `{folder}` lies in `{other}` already"
                    return said, f"`{folder.rstrip('/')}/x`"
    if isinstance(constraint, OneOf):
        seen: dict[object, object] = {}
        for value in constraint.values:
            first = seen.setdefault(typed(value), value)
            if first is not value and type(first) is not type(value):
                return f"`{value}` and `{first}` are one value in canonical JSON", f"`{first}`"
    return None
