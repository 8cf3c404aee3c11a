"""What changed between two constitutions, or two documents of conditions, part by part.

Which of two Cedar rules permits more is not decided. A `forbid` that comes can only narrow, and one
that goes may widen; anything else counts as widening, and says that nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tertius.core.constitution import Constitution
from tertius.policy.conditions_document import Conditions
from tertius.policy.manifest_diff import Change, Direction

OPEN: Final = "cannot decide whether it narrows or widens"
_NAMED: Final = {
    "rules": "id", "splits": "id", "delays": "id", "consensus": "id", "counters": "name",
    "groups": "name",
}  # fmt: skip
_DEMANDS: Final = frozenset({"rules", "splits", "delays", "consensus"})
"""Parts each member of which only ever takes something away."""


def rules_diff(
    old: Constitution | Conditions, new: Constitution | Conditions
) -> tuple[Change, ...]:
    """Return the changes, in the order of the fields; the version is none of its own.

    Examples
    --------
    >>> from tertius.policy.conditions_document import ConditionRule
    >>> rule = ConditionRule(id="r1", why="w", cedar="forbid (principal, action, resource);")
    >>> old = Conditions(name="c", version=1)
    >>> new = Conditions(name="c", version=2, rules=(rule,))
    >>> [(change.path, change.direction, change.said) for change in rules_diff(old, new)]
    [('rules.r1', 'narrow', 'added')]
    >>> [(change.path, change.direction, change.said) for change in rules_diff(new, old)]
    [('rules.r1', 'widen', 'removed')]
    """
    found: list[Change] = []
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field == "version" or before == after:
            continue
        if field in _NAMED:
            found += _members(field, before, after)
        else:
            found.append(_open(field, "changed"))
    return tuple(found)


def _members(field: str, before: Any, after: Any) -> Iterator[Change]:
    was, now = _by_name(field, before), _by_name(field, after)
    for name in dict.fromkeys((*was, *now)):
        path = f"{field}.{name}"
        if name not in now:
            yield _come_or_gone(field, path, "widen", "removed")
        elif name not in was:
            yield _come_or_gone(field, path, "narrow", "added")
        elif was[name] != now[name]:
            yield _changed(path, was[name], now[name])


def _come_or_gone(field: str, path: str, direction: Direction, said: str) -> Change:
    if field in _DEMANDS:
        return Change(path=path, direction=direction, said=said)
    return _open(path, said)


def _changed(path: str, before: Any, after: Any) -> Change:
    fields = [
        each for each in before.__struct_fields__ if getattr(before, each) != getattr(after, each)
    ]
    if fields == ["why"]:
        return Change(path=path, direction="narrow", said="says another reason")
    return _open(path, f"changed in {', '.join(fields)}")


def _open(path: str, said: str) -> Change:
    return Change(path=path, direction="widen", said=f"{said}; {OPEN}")


def _by_name(field: str, members: Any) -> Mapping[str, Any]:
    return {getattr(each, _NAMED[field]): each for each in members}
