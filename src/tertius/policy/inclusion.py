"""Whether one constraint takes nothing that another would not: provably, or not at all."""

from __future__ import annotations

from tertius.core.constraints import (
    AnyValue,
    ArgumentConstraint,
    HasLength,
    InRange,
    Matches,
    OneOf,
    OnHost,
    UnderPath,
)
from tertius.core.grants import StoreGrant
from tertius.policy.arguments import compiled


def includes(old: ArgumentConstraint, new: ArgumentConstraint) -> bool:
    """Tell whether everything that `new` takes is provably taken by `old`.

    Examples
    --------
    >>> old = InRange(argument="n", low=0, high=9)
    >>> includes(old, OneOf(argument="n", values=(1, 2))), includes(old, AnyValue(argument="n"))
    (True, False)
    """
    if new.optional and not old.optional:
        return False
    if isinstance(old, AnyValue):
        return True
    if isinstance(new, OneOf):
        check, _ = compiled(old)
        return all(map(check, new.values))
    return _same_kind(old, new)


def keys_include(old: StoreGrant, new: StoreGrant) -> bool:
    """Tell whether every key that `new` grants was granted by `old`."""
    covered = all(any(prefix.startswith(each) for each in old.prefixes) for prefix in new.prefixes)
    return covered and all(key in old.keys or _under(key, old.prefixes) for key in new.keys)


def _under(key: str, prefixes: tuple[str, ...]) -> bool:
    # a key that a store might resolve is granted by its exact name only
    return "." not in key and "%" not in key and any(key.startswith(each) for each in prefixes)


def _same_kind(old: ArgumentConstraint, new: ArgumentConstraint) -> bool:
    if isinstance(old, InRange) and isinstance(new, InRange):
        return old.low <= new.low and new.high <= old.high and (new.whole or not old.whole)
    if isinstance(old, OnHost) and isinstance(new, OnHost):
        return (
            set(new.hosts) <= set(old.hosts)
            and set(new.schemes) <= set(old.schemes)
            and set(new.ports) <= set(old.ports)
        )
    if isinstance(old, UnderPath) and isinstance(new, UnderPath):
        check, _ = compiled(old)
        return all(map(check, new.folders))
    if isinstance(old, Matches) and isinstance(new, Matches):
        return old.pattern == new.pattern and new.max_length <= old.max_length
    if isinstance(old, HasLength) and isinstance(new, HasLength):
        return old.low <= new.low and new.high <= old.high
    return False
