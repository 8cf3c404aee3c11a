"""The requests that rules can tell apart: a finite set of points, exact where it can be.

A rule that compares a number with 500 tells apart less, equal and more; nothing else matters to it.
So each field needs only a few values. Where a rule does more than compare a field with written
values, the points may miss a case, and whoever asks must answer `not decided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations, product
from typing import Any, Final, NamedTuple, get_args

from cedarpy import pst

from tertius.core.events import ChannelKind, Identity
from tertius.policy.cedar_terms import ERROR, UNKNOWN, Scene, Uid, path_of, reads, walk
from tertius.policy.declared_arguments import Type
from tertius.policy.request_context import Member
from tertius.policy.request_schema import Path, Shape

MAX_POINTS: Final = 20_000
MAX_MEMBERS_OF_SET: Final = 5
OTHER: Final = "any-other"
_WHOLE: Final = 2**53 - 1
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": get_args(Identity),
    "chain_identity": get_args(Identity),
    "via": get_args(ChannelKind),
}
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "time": (0, 4_102_444_800_000_000_000),
    "hops": (1, 1_000),
    "confidentiality": (0, 3),
    "integrity": (0, 2),
    "votes": (0, 64),
    "families": (0, 64),
    "counts": (0, _WHOLE),
}
_LINKED: Final = (
    frozenset({"origins", "all_origins"}),
    frozenset({"votes", "families", "verified", "contradicted"}),
    frozenset({"chain", "hops", "root", "chain_identity"}),
)
_COMPARE: Final = frozenset({"less", "less_eq", "greater", "greater_eq", "eq", "not_eq"})
_PLAIN: Final = _COMPARE | {"and", "or", "in", "contains", "contains_all", "contains_any"}


class Ask(NamedTuple):
    """Agent, action and target of a request."""

    agent: str
    action: str
    target: Uid


class Space(NamedTuple):
    """Fields with the values that matter for some rules, and whether these are all that matter."""

    values: dict[Path, list[Any]]
    exact: bool

    @property
    def points(self) -> int:
        """How many combinations there are."""
        count = 1
        for values in self.values.values():
            count *= len(values)
        return count


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()


def space(rules: Iterable[pst.Template], shape: Shape, agents: Iterable[str]) -> Space:
    """Return the fields that rules read, with the values that they can tell apart."""
    rules = list(rules)
    literals, exact = _literals(rules)
    pool = sorted({OTHER, *agents})
    values: dict[Path, list[Any]] = {}
    for path in sorted(_leaves(rules, shape)):
        kind = shape.type_at(path)
        assert isinstance(kind, str)
        found, whole = _domain(path, kind, literals.get(path, []), pool)
        optional = sum(shape.optional(path[:n]) for n in range(1, len(path) + 1))
        values[path] = [ABSENT, *found] if optional else found
        exact = exact and whole and optional < 2
    return Space(values, exact)


def parts(rules: list[pst.Template], shape: Shape) -> list[list[pst.Template]]:
    """Split rules into groups that share no field, so that each group can be told by itself."""
    groups: list[tuple[set[Path], list[pst.Template]]] = []
    for rule in rules:
        fields = {_linked(path) for path in _leaves([rule], shape)}
        mine: tuple[set[Path], list[pst.Template]] = (fields, [rule])
        apart = []
        for group in groups:
            if group[0] & mine[0]:
                mine = (mine[0] | group[0], group[1] + mine[1])
            else:
                apart.append(group)
        groups = [*apart, mine]
    return [group for _, group in groups]


def scenes(ask: Ask, within: Space, members: Mapping[str, Member]) -> Iterator[Scene]:
    """Yield every request that can be, of one agent, action and target; simplest values first."""
    paths = list(within.values)

    def attributes(uid: Uid, name: str) -> Any:
        member = members.get(uid.id) if uid.type == "Agent" else None
        return UNKNOWN if member is None else _attribute(member, name)

    for point in product(*within.values.values()):
        context: dict[str, Any] = {path[0]: {} for path in paths if len(path) > 1}
        for path, value in zip(paths, point, strict=True):
            if value is not ABSENT:
                _put(context, path, value)
        if _can_be(context, ask):
            yield Scene(
                Uid("Agent", ask.agent), Uid("Action", ask.action), ask.target, context, attributes
            )


def told(scene: Scene) -> str:
    """Return a scene in words: the example of a finding."""
    fields = ", ".join(f"{'.'.join(path)} = {value!r}" for path, value in _flat(scene.context, ()))
    head = f"{scene.principal.id} {scene.action.id} {scene.resource.id}"
    return f"{head} with {fields}" if fields else head


def size(scene: Scene) -> tuple[int, int]:
    """Order scenes by how little they say."""
    flat = list(_flat(scene.context, ()))
    numbers = [abs(v) for _, v in flat if type(v) is int]
    return len(flat), sum(numbers)


def _leaves(rules: Iterable[pst.Template], shape: Shape) -> set[Path]:
    leaves: set[Path] = set()
    for rule in rules:
        for path in reads(rule):
            known = path[:1] if shape.type_at(path[:1]) == "Agent" else path
            leaves.update(_below(known, shape.type_at(known) if known else shape.fields))
    return leaves


def _below(path: Path, kind: Type | None) -> Iterator[Path]:
    if isinstance(kind, dict):
        for name, inner in kind.items():
            yield from _below((*path, name.rstrip("?")), inner)
    elif kind is not None:
        yield path


def _linked(path: Path) -> Path:
    """Return what stands for a field among those that cannot be chosen apart."""
    for group in _LINKED:
        if path[0] in group:
            return (min(group),)
    return path


def _literals(rules: list[pst.Template]) -> tuple[dict[Path, list[Any]], bool]:
    """Return the written values that each field is compared with, and whether that is all."""
    found: dict[Path, list[Any]] = {}
    exact = True
    for rule in rules:
        for clause in rule.clauses:
            for expr in walk(clause.expr):
                exact = _note(expr, found) and exact
    return found, exact


def _note(expr: pst.Expr, found: dict[Path, list[Any]]) -> bool:
    """Collect the values of one comparison; False where it is more than one."""
    match expr:
        case pst.BinaryOp(op=op, left=left, right=right) if op in _PLAIN:
            if op in ("and", "or"):
                return True
            for side, other in ((left, right), (right, left)):
                path, value = path_of(side), _written(other)
                if path is not None and value is not None:
                    if path[0] == "context":
                        found.setdefault(path[1:], []).extend(value)
                    return True
            both = path_of(left), path_of(right)
            return _written(left) is not None or (
                all(each is not None and _finite(each) for each in both)
            )
        case pst.BinaryOp() | pst.Like() | pst.Record():
            return False
        case pst.UnaryOp(op=op):
            return op in ("not", "neg", "is_empty")
        case _:
            return True


def _finite(path: Path) -> bool:
    """Whether a path has only the values that the manifests give it."""
    return path[0] in ("principal", "resource") or path[:2] == ("context", "peer")


def _written(expr: pst.Expr) -> list[Any] | None:
    match expr:
        case pst.BoolLit(value=value) | pst.LongLit(value=value) | pst.StringLit(value=value):
            return [value]
        case pst.EntityLit(value=uid):
            return [Uid(str(uid.type), uid.id)]
        case pst.UnaryOp(op="neg", arg=pst.LongLit(value=value)):
            return [-value]
        case pst.Set(elements=elements):
            written = [_written(each) for each in elements]
            known = [each for each in written if each is not None]
            return list(chain(*known)) if len(known) == len(written) else None
        case _:
            return None


def _domain(
    path: Path, kind: str, literals: list[Any], agents: list[str]
) -> tuple[list[Any], bool]:
    """Return the values of one field that matter, and whether these are all that do."""
    if kind == "Bool":
        return [False, True], True
    if kind == "Long":
        low, high = _BOUNDS.get(path[0], (-_WHOLE, _WHOLE))
        near = {n + step for n in literals if type(n) is int for step in (-1, 0, 1)} | {low, high}
        return sorted((n for n in near if low <= n <= high), key=lambda n: (abs(n), n)), True
    if kind == "Agent":
        named = {each.id for each in literals if isinstance(each, Uid)}
        return [Uid("Agent", name) for name in sorted({*agents, *named})], True
    if kind == "String":
        if path[0] in _WORDS:
            return list(_WORDS[path[0]]), True
        return [OTHER, *sorted({each for each in literals if isinstance(each, str)})], True
    items = sorted({each for each in literals if isinstance(each, str | int)}, key=str)
    kept = [*items[:MAX_MEMBERS_OF_SET], OTHER if kind == "Set<String>" else _WHOLE]
    subsets = chain.from_iterable(combinations(kept, n) for n in range(len(kept) + 1))
    return [frozenset(each) for each in subsets], len(items) <= MAX_MEMBERS_OF_SET


def _put(context: dict[str, Any], path: Path, value: Any) -> None:
    here = context
    for step in path[:-1]:
        here = here.setdefault(step, {})
    here[path[-1]] = value


def _can_be(context: Mapping[str, Any], ask: Ask) -> bool:
    """Whether fields that hang together fit each other."""
    if context.get("all_origins") and context.get("origins"):
        return False
    votes = context.get("votes", 64)
    if context.get("families", 0) > votes:
        return False
    if (context.get("verified") or context.get("contradicted")) and votes < 1:
        return False
    if "chain" in context:
        names, root = len(context["chain"]), context.get("root")
        if not names or names > context.get("hops", names):
            return False
        if root is not None and root not in context["chain"]:
            return False
    if ask.target.type == "Agent" and "peer" in context:
        return bool(context["peer"] == ask.target)
    return True


def _attribute(member: Member, name: str) -> Any:
    if name == "clearance":
        return member.clearance.rank
    value = getattr(member, name, ERROR)
    return frozenset(value) if isinstance(value, tuple) else value


def _flat(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, (*path, name))
        else:
            shown = inner.id if isinstance(inner, Uid) else inner
            yield (*path, name), sorted(shown) if isinstance(shown, frozenset) else shown
