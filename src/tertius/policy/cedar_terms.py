"""What a Cedar rule says, without an engine: what it reads, and what it comes to.

`evaluate` knows three kinds of answer: a value, an error, and `UNKNOWN` for anything that depends
on what is not given. It is sound: a value is returned only when every completion of what is
unknown gives that value, and no completion gives an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from cedarpy import pst

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1


class Uid(NamedTuple):
    """A Cedar entity: its type and its id."""

    type: str
    id: str


class _Mark:
    """A result that is no value."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = _Mark("UNKNOWN")
ERROR: Final = _Mark("ERROR")

Attributes = Callable[[Uid, str], Any]
"""Looks up an attribute of an entity: a value, `UNKNOWN`, or `ERROR` where there is none."""


class Scene(NamedTuple):
    """What one evaluation is given; `UNKNOWN` where nothing is known."""

    principal: Any
    action: Any
    resource: Any
    context: Any
    attributes: Attributes = lambda uid, name: UNKNOWN


def reads(rule: pst.Template) -> frozenset[tuple[str, ...]]:
    """Return every path of the context that a rule reads or asks for; ``()`` is all of it."""
    found: set[tuple[str, ...]] = set()
    for clause in rule.clauses:
        _collect(clause.expr, found)
    return frozenset(found)


def actions(rule: pst.Template) -> frozenset[str] | None:
    """Return the actions that a rule's scope names, None for any."""
    match rule.action:
        case pst.ActionEq(entity=entity):
            return frozenset({entity.id})
        case pst.ActionIn(entities=entities):
            return frozenset(entity.id for entity in entities)
        case _:
            return None


def fires(rule: pst.Template, scene: Scene) -> Any:
    """Return True, False, `UNKNOWN` or `ERROR`: whether the rule applies in a scene."""
    scope = (
        _scope(rule.principal, scene.principal),
        _action(rule.action, scene.action),
        _scope(rule.resource, scene.resource),
    )
    if False in scope:
        return False
    answer: Any = UNKNOWN if UNKNOWN in scope else True
    for clause in rule.clauses:
        answer = _both(answer, _clause(clause, scene))
    return answer


def evaluate(expr: pst.Expr, scene: Scene) -> Any:
    """Return what an expression comes to.

    Examples
    --------
    >>> rule = pst.BinaryOp("and", pst.BoolLit(False), pst.Var("context"))
    >>> evaluate(rule, Scene(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN))
    False
    """
    match expr:
        case pst.BoolLit(value=value) | pst.LongLit(value=value) | pst.StringLit(value=value):
            return value
        case pst.EntityLit(value=uid):
            return _uid(uid)
        case pst.Var(name=name):
            return getattr(scene, name)
        case pst.UnaryOp(op=op, arg=arg):
            return _unary(op, evaluate(arg, scene))
        case pst.BinaryOp(op="and", left=left, right=right):
            return _both(evaluate(left, scene), lambda: evaluate(right, scene))
        case pst.BinaryOp(op="or", left=left, right=right):
            return _not(_both(_not(evaluate(left, scene)), lambda: _not(evaluate(right, scene))))
        case pst.BinaryOp(op=op, left=left, right=right):
            return _binary(op, evaluate(left, scene), evaluate(right, scene))
        case pst.GetAttr(base=base, attr=attr):
            return _get(evaluate(base, scene), attr, scene)
        case pst.HasAttr(base=base, attrs=attrs):
            return _has(evaluate(base, scene), attrs, scene)
        case pst.Like(base=base, pattern=pattern):
            value = evaluate(base, scene)
            return _like(value, pattern) if isinstance(value, str) else _lost(value)
        case pst.Is(base=base, entity_type=kind, in_expr=None):
            value = evaluate(base, scene)
            return value.type == str(kind) if isinstance(value, Uid) else _lost(value)
        case pst.IfThenElse(cond=cond, then_expr=yes, else_expr=no):
            chosen = evaluate(cond, scene)
            return evaluate(yes if chosen else no, scene) if type(chosen) is bool else _lost(chosen)
        case pst.Set(elements=elements):
            return _set([evaluate(each, scene) for each in elements])
        case pst.Record(fields=fields):
            record = {name: evaluate(each, scene) for name, each in fields.items()}
            marks = [each for each in record.values() if isinstance(each, _Mark)]
            return _worst(marks) if marks else record
        case _:
            return UNKNOWN


def walk(expr: pst.Expr) -> Iterator[pst.Expr]:
    """Yield an expression and everything under it."""
    yield expr
    for each in children(expr):
        yield from walk(each)


def path_of(expr: pst.Expr) -> tuple[str, ...] | None:
    """Return ``("context", "label", "integrity")`` for such a chain, None for anything else."""
    match expr:
        case pst.Var(name=name):
            return (name,)
        case pst.GetAttr(base=base, attr=attr):
            above = path_of(base)
            return None if above is None else (*above, attr)
        case _:
            return None


def _collect(expr: pst.Expr, found: set[tuple[str, ...]]) -> None:
    path = path_of(expr)
    if path is not None:
        if path[0] == "context":
            found.add(path[1:])
        return
    if isinstance(expr, pst.HasAttr):
        path = path_of(expr.base)
        if path is not None:
            if path[0] == "context":
                found.add((*path[1:], *expr.attrs))
            return
    for each in children(expr):
        _collect(each, found)


def children(expr: pst.Expr) -> list[pst.Expr]:
    """Return what stands directly under an expression."""
    match expr:
        case pst.UnaryOp(arg=inner):
            return [inner]
        case pst.BinaryOp(left=left, right=right):
            return [left, right]
        case pst.GetAttr(base=base) | pst.HasAttr(base=base) | pst.Like(base=base):
            return [base]
        case pst.Is(base=base, in_expr=inside):
            return [base] if inside is None else [base, inside]
        case pst.IfThenElse(cond=cond, then_expr=yes, else_expr=no):
            return [cond, yes, no]
        case pst.Set(elements=elements):
            return list(elements)
        case pst.Record(fields=fields):
            return list(fields.values())
        case _:
            return []


def _uid(uid: pst.EntityUid) -> Uid:
    return Uid(str(uid.type), uid.id)


def _lost(value: Any) -> Any:
    """Return what comes of a value that cannot be used here."""
    return value if isinstance(value, _Mark) else ERROR


def _worst(marks: list[_Mark]) -> _Mark:
    return UNKNOWN if UNKNOWN in marks else ERROR


def _not(value: Any) -> Any:
    return not value if type(value) is bool else _lost(value)


def _both(left: Any, right: Callable[[], Any]) -> Any:
    """Cedar's ``&&``: the right side counts only when the left one is true."""
    if left is False or left is ERROR:
        return left
    if left is not True and left is not UNKNOWN:
        return ERROR
    other = right()
    if left is UNKNOWN:
        return UNKNOWN
    return other if type(other) is bool else _lost(other)


def _clause(clause: pst.Clause, scene: Scene) -> Callable[[], Any]:
    if isinstance(clause, pst.When):
        return lambda: evaluate(clause.expr, scene)
    return lambda: _not(evaluate(clause.expr, scene))


def _scope(scope: pst.PrincipalOrResourceConstraint, value: Any) -> Any:
    match scope:
        case pst.ScopeAny():
            return True
        case (
            pst.ScopeEq(entity=pst.EntityUid() as uid) | pst.ScopeIn(entity=pst.EntityUid() as uid)
        ):
            return value if value is UNKNOWN else value == _uid(uid)
        case pst.ScopeIs(entity_type=kind):
            return value if value is UNKNOWN else value.type == str(kind)
        case pst.ScopeIsIn(entity_type=kind, entity=pst.EntityUid() as uid):
            return value if value is UNKNOWN else value == _uid(uid) and value.type == str(kind)
        case _:
            return UNKNOWN


def _action(scope: pst.ActionConstraint, value: Any) -> Any:
    if isinstance(scope, pst.ScopeAny):
        return True
    uids = [scope.entity] if isinstance(scope, pst.ActionEq) else scope.entities
    return value if value is UNKNOWN else value in [_uid(uid) for uid in uids]


def _unary(op: str, value: Any) -> Any:
    if op == "not":
        return _not(value)
    if op == "neg":
        return _long(-value) if type(value) is int else _lost(value)
    if op == "is_empty":
        return not value if isinstance(value, frozenset) else _lost(value)
    return UNKNOWN  # extension types


def _binary(op: str, left: Any, right: Any) -> Any:
    marks = [each for each in (left, right) if isinstance(each, _Mark)]
    if marks:
        return left if left is ERROR else _worst(marks)
    if op in ("eq", "not_eq"):
        return _same(left, right) == (op == "eq")
    if op in _LONG:
        both = type(left) is int and type(right) is int
        return _long(_LONG[op](left, right)) if both else ERROR
    if op == "in" and isinstance(left, Uid):
        return left == right if isinstance(right, Uid) else left in right
    if op in _SETS and isinstance(left, frozenset):
        return _SETS[op](left, right)
    return UNKNOWN  # tags and extension types


_LONG: Final[Mapping[str, Callable[[int, int], Any]]] = {
    "less": lambda a, b: a < b,
    "less_eq": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_eq": lambda a, b: a >= b,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}
_SETS: Final[Mapping[str, Callable[[frozenset[Any], Any], Any]]] = {
    "contains": lambda a, b: b in a,
    "contains_all": lambda a, b: b <= a,
    "contains_any": lambda a, b: bool(a & b),
}


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _long(value: Any) -> Any:
    return value if type(value) is bool or LEAST <= value <= MOST else ERROR


def _get(base: Any, attr: str, scene: Scene) -> Any:
    if isinstance(base, Uid):
        return scene.attributes(base, attr)
    if isinstance(base, Mapping):
        return base.get(attr, ERROR)
    return _lost(base)


def _has(base: Any, attrs: tuple[str, ...], scene: Scene) -> Any:
    for attr in attrs:
        if not isinstance(base, Uid | Mapping):
            return _lost(base)
        base = _get(base, attr, scene)
        if base is ERROR:
            return False
        if base is UNKNOWN:
            return UNKNOWN
    return True


def _set(values: list[Any]) -> Any:
    marks = [each for each in values if isinstance(each, _Mark)]
    if marks:
        return _worst(marks)
    return UNKNOWN if any(isinstance(each, Mapping) for each in values) else frozenset(values)


def _like(value: str, pattern: tuple[pst.PatternElem, ...]) -> bool:
    """Whether a text matches a pattern, in time linear in text times stars."""
    wild = [isinstance(each, pst.Wildcard) for each in pattern]
    at = place = 0
    star, kept = -1, 0
    while at < len(value):
        if place < len(pattern) and wild[place]:
            star, kept = place, at
            place += 1
        elif place < len(pattern) and pattern[place] == pst.Char(value[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            kept += 1
            at, place = kept, star + 1
        else:
            return False
    return all(wild[place:])
