"""The arguments of one tool, checked against what its grant says of each.

Values are compared with their type: ``True``, ``1`` and ``"1"`` are three values. Canonical bytes
write 1.0 as 1, so those two are one. An argument that no constraint names is refused. Reasons name
arguments, never their values: those may be secret, and a reason cannot be erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

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
from tertius.core.grants import ManifestError, ToolGrant
from tertius.core.names import is_name
from tertius.policy.linear_pattern import LinearPattern
from tertius.policy.resolve import address, paths_meant

Check = Callable[[Any], bool]

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


class Arguments:
    """What may be given to one tool.

    Parameters
    ----------
    grant
        The tool's grant.

    Raises
    ------
    ManifestError
        Two constraints that cannot both be meant, such as on ``filter`` and ``filter.limit``, or
        a pattern that does not compile.

    Notes
    -----
    Time grows with the arguments given, not with the number of values or constraints granted.

    Examples
    --------
    >>> grant = ToolGrant(tool="pay", schema="0" * 64, effects=("pay",),
    ...     arguments=(InRange(argument="amount", low=0, high=500, whole=True),))
    >>> Arguments(grant).problem({"amount": 500}) is None
    True
    >>> Arguments(grant).problem({"amount": True})
    'argument `amount` is no whole number from 0 to 500'
    """

    def __init__(self, grant: ToolGrant) -> None:
        root = _Branch("")
        for constraint in grant.arguments:
            root.add(constraint, grant.tool)
        root.seal()
        self.problem = root.problem
        """Returns what is wrong with decoded arguments, None if nothing is."""


class _Branch:
    """The arguments below one path, each with its check or with a branch of its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._leaves: dict[str, tuple[Check | None, str]] = {}  # None: any value
        self._branches: dict[str, _Branch] = {}
        self._optional: set[str] = set()
        self._required: frozenset[str] = frozenset()
        self._names: frozenset[str] = frozenset()
        self._all = -1  # how many names make up all that must be there
        self._checked: tuple[tuple[str, Check], ...] = ()

    def add(self, constraint: ArgumentConstraint, tool: str) -> None:
        inner = constraint.argument.removeprefix(self._path)
        name, _, rest = inner.partition(".")
        if name in self._leaves or (not rest and name in self._branches):
            raise ManifestError(
                f"tool `{tool}` constrains `{self._path}{name}` as a whole and in part; keep one"
            )
        if rest:
            branch = self._branches.setdefault(name, _Branch(f"{self._path}{name}."))
            branch.add(constraint, tool)
            return
        check, words = compiled(constraint)
        self._leaves[name] = (None if type(constraint) is AnyValue else check, words)
        if constraint.optional:
            self._optional.add(name)

    def seal(self) -> bool:
        """Settle what must be there; tell whether all of this may be missing."""
        for name, branch in self._branches.items():
            if branch.seal():
                self._optional.add(name)
        self._required = frozenset({*self._leaves, *self._branches} - self._optional)
        self._names = frozenset(self._leaves)
        self._all = len(self._names) if self._required <= self._names else -1
        self._checked = tuple([(name, c) for name, (c, _) in self._leaves.items() if c is not None])
        return not self._required

    def problem(self, given: Any) -> str | None:
        if type(given) is not dict:
            return f"`{self._path[:-1] or 'arguments'}` is not a mapping of names to values"
        if self._names.issuperset(given) and (  # nearly always
            len(given) == self._all or given.keys() >= self._required
        ):
            for name, holds in self._checked:
                if name in given and not holds(given[name]):
                    break
            else:
                return None
        leaves = self._leaves
        for name, value in given.items():
            leaf = leaves.get(name)
            if leaf is not None:
                check = leaf[0]
                if check is not None and not check(value):
                    return leaf[1]
                continue
            branch = self._branches.get(name)
            if branch is None:
                return self._stranger(name)
            inner = branch.problem(value)
            if inner is not None:
                return inner
        if self._required <= given.keys():
            return None
        return f"argument `{self._path}{min(self._required - given.keys())}` is missing"

    def _stranger(self, name: str) -> str:
        shown = f"`{self._path}{name}`" if is_name(name) and len(name) <= 40 else "an argument"
        known = sorted(f"`{self._path}{each}`" for each in {*self._leaves, *self._branches})
        expected = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
        return f"{shown} is not granted; expected {expected or 'no arguments'}"


def compiled(constraint: ArgumentConstraint) -> tuple[Check, str]:
    """Return the check of one constraint, and what to say where it fails."""
    check, words = _COMPILERS[type(constraint)](constraint)
    return check, f"argument `{constraint.argument}` is {words}"


def typed(value: Any) -> tuple[type, Any]:
    """Return a value with its type, as canonical bytes would have it: 1.0 is 1, True is not."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return type(value), value


def _one_of(constraint: OneOf) -> tuple[Check, str]:
    granted = frozenset(typed(value) for value in constraint.values)

    def check(value: Any) -> bool:
        kind = type(value)
        return kind in _SCALARS and (kind, value) in granted

    return check, "none of the granted values"


def _in_range(constraint: InRange) -> tuple[Check, str]:
    low, high, whole = constraint.low, constraint.high, constraint.whole
    kinds = frozenset({int} if whole else {int, float})

    def check(value: Any) -> bool:
        return type(value) in kinds and low <= value <= high

    return check, f"no {'whole ' if whole else ''}number from {low:g} to {high:g}"


def _on_host(constraint: OnHost) -> tuple[Check, str]:
    hosts = frozenset(constraint.hosts)
    schemes, ports = frozenset(constraint.schemes), frozenset(constraint.ports)

    def check(value: Any) -> bool:
        found = address(value) if type(value) is str else None
        return found is not None and found[0] in schemes and found[1] in hosts and found[2] in ports

    return check, "no address on a granted host, scheme and port"


def _under_path(constraint: UnderPath) -> tuple[Check, str]:
    folders = frozenset("/" + "/".join(filter(None, f.split("/"))) for f in constraint.folders)

    def inside(path: str) -> bool:
        while path not in folders:
            if path == "/":
                return False
            path = path.rpartition("/")[0] or "/"
        return True

    def check(value: Any) -> bool:
        found = paths_meant(value) if type(value) is str else None
        return found is not None and all(map(inside, found))

    return check, "no path inside a granted folder"


def _matches(constraint: Matches) -> tuple[Check, str]:
    pattern, longest = _pattern(constraint.pattern), constraint.max_length

    def check(value: Any) -> bool:
        return type(value) is str and len(value) <= longest and pattern.matches(value)

    return check, f"no text of the form `{ascii(constraint.pattern)[1:-1]}`"


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> LinearPattern:
    return LinearPattern(pattern)


def _has_length(constraint: HasLength) -> tuple[Check, str]:
    low, high = constraint.low, constraint.high

    def check(value: Any) -> bool:
        kind = type(value)
        return (kind is str or kind is list) and low <= len(value) <= high

    return check, f"no text or list of {low} to {high} characters or items"


def _any_value(constraint: AnyValue) -> tuple[Check, str]:
    return (lambda value: True), "refused"


_COMPILERS: Final[Mapping[type, Callable[[Any], tuple[Check, str]]]] = {
    OneOf: _one_of,
    InRange: _in_range,
    OnHost: _on_host,
    UnderPath: _under_path,
    Matches: _matches,
    HasLength: _has_length,
    AnyValue: _any_value,
}
