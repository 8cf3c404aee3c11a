"""Cedar rules that only ever restrict: parsed once, always with a schema, any diagnostic a fault.

Cedar skips a rule that cannot be evaluated, and the permit wins: a `forbid` that reads a missing
attribute, or overflows, never fires. Here such a request is not judged at all: it is a fault, and
a fault is a forbid.

A rule says ``forbid``. With the annotation ``@escalate`` it asks for a person instead. For each
agent, action and target only those rules are asked that could apply to them, and the request is
told to them only as far as they read it. Both follow from the text of the rules, so the answer is
that of the whole set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, Final, Protocol

import cedarpy
import msgspec
from cedarpy import pst
from msgspec import Struct

from tertius.core.errors import NotEvaluatedError
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.cedar_terms import UNKNOWN, Scene, Uid, fires, reads
from tertius.policy.cedar_text import CedarError, check_rule, parse_rule
from tertius.policy.declared_arguments import Type
from tertius.policy.request_context import (
    Chronicle,
    Member,
    context_of,
    members_json,
    target_of,
)
from tertius.policy.request_schema import ACTIONS, AGENT, Path, Shape, narrowed, rendered
from tertius.policy.value_classes import Classes, classed, value_classes

_REST: Final = "permit (principal, action, resource);"
REMEMBERED: Final = 4096  # answers, for the last different questions
MAX_TARGETS: Final = 16_384  # agents, actions and targets whose rules are kept at hand
MAX_SLICES: Final = 1024  # different selections of rules; beyond that all are asked
MAX_REMEMBERED: Final = 1024  # characters of the context; larger ones are asked anew
_ESCALATE: Final = "escalate"
_PAST: Final = frozenset({"counts", "votes", "families", "verified", "contradicted"})
_POLICY: Final = re.compile(r"policy `policy(\d+)`")
_KINDS: Final = ("integer overflow", "does not have the attribute", "does not exist")


class CedarFaultError(NotEvaluatedError):
    """A request that the rules could not judge; it is forbidden."""


class RuleText(Protocol):
    """A rule as its document holds it."""

    @property
    def id(self) -> str:
        """Its name within the document."""
        ...

    @property
    def why(self) -> str:
        """Its purpose, in words a person can read."""
        ...

    @property
    def cedar(self) -> str:
        """One Cedar policy."""
        ...


class Rule(Struct, frozen=True, kw_only=True):
    """One rule in force: its text, its parsed form, and what it says when it fires."""

    id: str
    why: str
    cedar: str
    term: Any  # cedarpy.pst.Template; msgspec knows no such type
    outcome: Outcome

    @property
    def template(self) -> pst.Template:
        """The parsed form."""
        assert isinstance(self.term, pst.Template)
        return self.term


class _Slice(Struct, frozen=True):
    """Some of the rules, with as much schema as they read."""

    rules: tuple[Rule, ...]
    policies: Any  # cedarpy.PolicySet
    schema: Any  # cedarpy.Schema
    fields: dict[str, Type]
    counters: tuple[str, ...]
    classes: Classes


class CedarRules:
    """A set of rules, ready to be asked.

    Parameters
    ----------
    rules
        Their texts, with distinct ids.
    shape
        What they may read.
    members
        The agents that rules may ask about. A rule that asks about another is a fault.

    Raises
    ------
    CedarError
        A rule that does not parse, does not type-check, permits, or is a template; with rule, line
        and column.

    Notes
    -----
    Costs nothing for an action that no rule speaks of. Otherwise some 60 microseconds, and some 10
    where the same question was among the last `REMEMBERED`: the engine's answer follows from
    agent, action, target and the fields that the rules read, of which whole numbers and texts
    enter only as far as the rules tell them apart. May be asked by several threads.

    Cannot see free text: a rule reads declared arguments, names and labels.

    References
    ----------
    Cutler et al. 2024, "Cedar: a new language for expressive, fast, safe, and analyzable
    authorization", sections 3 and 4.

    Examples
    --------
    >>> from tertius.core.constitution import ConstitutionRule
    >>> from tertius.policy.request_schema import shape
    >>> text = "forbid (principal, action, resource) when { context.hops > 3 };"
    >>> rules = CedarRules([ConstitutionRule(id="k1", why="no long chains", cedar=text)], shape())
    >>> [rule.id for rule in rules.rules]
    ['k1']
    """

    def __init__(
        self, rules: Sequence[RuleText], shape: Shape, *, members: Iterable[Member] = ()
    ) -> None:
        self.shape = shape
        schema = _schema(shape.text)
        words = _words(shape)
        self.rules = tuple(_loaded(rule, shape, schema, words) for rule in rules)
        self._slices: dict[tuple[str, ...], _Slice] = {}
        self._fitting = lru_cache(maxsize=MAX_TARGETS)(self._fit)
        self._know(members)

    def with_members(self, members: Iterable[Member]) -> CedarRules:
        """Return the same rules for other agents; nothing is parsed again."""
        other = copy(self)
        other._know(members)
        return other

    @property
    def counters(self) -> frozenset[str]:
        """The counters that any rule reads."""
        read = {path for rule in self.rules for path in reads(rule.template)}
        if () in read or ("counts",) in read:
            counts = self.shape.fields["counts"]
            return frozenset(counts)
        return frozenset(path[1] for path in read if path[0] == "counts")

    @property
    def remembers(self) -> bool:
        """Whether any rule reads the past: a counter, or evidence."""
        past = {path[0] for rule in self.rules for path in reads(rule.template) if path}
        return bool(past & _PAST)

    def fired(self, request: Request, chronicle: Chronicle) -> tuple[Rule, ...]:
        """Return the rules that apply to a request, in the order of the document.

        Raises
        ------
        CedarFaultError
            A rule could not be evaluated. The message names the rule and the kind of fault, never
            a value of the request.
        ContextFaultError
            The request does not have the declared form.
        """
        target = target_of(request.action, request.resource, request.peer)
        part = self._fitting(request.agent, request.action, target)
        if part is None:
            return ()
        context = context_of(request, part.fields, chronicle.recall(request, part.counters))
        text = msgspec.json.encode(classed(context, part.classes)).decode()
        ask = self._remembered if len(text) <= MAX_REMEMBERED else self._asked
        return ask(request.agent, request.action, target, text)

    def _know(self, members: Iterable[Member]) -> None:
        self._entities = _entities(members)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._asked)  # a fault is not remembered

    def _asked(self, agent: str, action: str, target: Uid, context: str) -> tuple[Rule, ...]:
        """Ask the engine; what it says follows from the arguments alone."""
        part = self._fitting(agent, action, target)
        assert part is not None
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "Agent", "id": agent},
                "action": {"type": "Action", "id": action},
                "resource": {"type": target.type, "id": target.id},
                "context": context,
            },
            part.policies,
            self._entities,
            part.schema,
        )
        return _read(result, part.rules)

    def _fit(self, agent: str, action: str, target: Uid) -> _Slice | None:
        """Return the rules that could apply to these three, whatever the context; None for none."""
        if action not in ACTIONS:
            raise CedarFaultError("no rule can judge an act of an unknown kind")
        scene = Scene(Uid("Agent", agent), Uid("Action", action), target, UNKNOWN)
        fits = tuple(rule for rule in self.rules if fires(rule.template, scene) is not False)
        if not fits:
            return None
        key = tuple(rule.id for rule in fits)
        if key not in self._slices:
            if len(self._slices) >= MAX_SLICES:
                fits, key = self.rules, ()
            self._slices[key] = _slice(fits, self.shape)
        return self._slices[key]


def _schema(text: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(text)
    except ValueError as error:
        raise CedarError(f"schema: {' '.join(str(error).split())[:200]}") from error


def _entities(members: Iterable[Member]) -> cedarpy.Entities:
    schema = _schema(f"entity Agent {rendered(AGENT)};")
    return cedarpy.Entities.from_json_str(members_json(members), schema)


def _loaded(rule: RuleText, shape: Shape, schema: cedarpy.Schema, words: tuple[str, ...]) -> Rule:
    """Parse and type-check one rule, and refuse what would not do what it seems to."""
    term = parse_rule(rule.id, rule.cedar)
    check_rule(rule.id, rule.cedar, schema, words)
    if term.effect != "forbid":
        raise CedarError(f"rule `{rule.id}` permits; grants belong in a manifest, write `forbid`")
    for name, value in term.annotations.items():
        if name != _ESCALATE or value:
            raise CedarError(
                f"rule `{rule.id}`: unknown annotation `@{name}`; expected `@escalate`"
            )
    read = reads(term)
    for path in sorted(read):
        if path and shape.type_at(path) is None:
            raise CedarError(
                f"rule `{rule.id}` asks for `context.{'.'.join(path)}`, which no request has"
                f"{shape.hint(path)}"
            )
    if ("origins",) in read and ("all_origins",) not in read:
        raise CedarError(
            f"rule `{rule.id}` reads `context.origins` alone; it must read `all_origins` too, "
            "since a missing label means every origin"
        )
    return Rule(
        id=rule.id,
        why=rule.why,
        cedar=rule.cedar,
        term=term,
        outcome=Outcome.ESCALATE if term.annotations else Outcome.FORBID,
    )


def _slice(rules: tuple[Rule, ...], shape: Shape) -> _Slice:
    """Put some rules together, with the part of the schema that they read."""
    read: frozenset[Path] = frozenset().union(*(reads(rule.template) for rule in rules))
    fields = shape.fields if () in read else narrowed(shape.fields, read)
    counts = fields.get("counts", {})
    return _Slice(
        rules=rules,
        policies=cedarpy.PolicySet.from_str("\n".join([*(r.cedar for r in rules), _REST])),
        schema=_schema(shape.cut(None if () in read else read, ACTIONS)),
        fields=fields,
        counters=tuple(counts) if isinstance(counts, dict) else (),
        classes=value_classes(rule.template for rule in rules),
    )


def _read(result: cedarpy.AuthzResult, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules that an answer names; anything but a plain answer is a fault."""
    decision, said = result.decision, result.diagnostics.reasons
    if result.diagnostics.errors or decision is cedarpy.Decision.NoDecision:
        raise CedarFaultError(_fault(result.diagnostics.errors, rules))
    rest = f"policy{len(rules)}"
    if decision is cedarpy.Decision.Allow and said == [rest]:
        return ()
    named = {f"policy{number}": rule for number, rule in enumerate(rules)}
    fired = set(said) - {rest}
    if not fired or not fired <= named.keys() or decision is cedarpy.Decision.Allow:
        raise CedarFaultError("the engine's answer and its reasons do not agree")
    return tuple(rule for name, rule in named.items() if name in fired)


def _fault(errors: list[str], rules: tuple[Rule, ...]) -> str:
    """Say which rule could not be evaluated, and why, without a value of the request."""
    text = errors[0] if errors else ""
    match = _POLICY.search(text)
    if match is None:
        return "the request does not fit the schema"
    number = int(match[1])
    rule = rules[number].id if number < len(rules) else "?"
    kind = next((word for word in _KINDS if word in text), "cannot be evaluated")
    return f"rule `{rule}`: {kind}"


def _words(shape: Shape) -> tuple[str, ...]:
    """Return every word that a rule may use, for hints."""
    words = {"Agent", "Resource", *ACTIONS, *AGENT}
    below: list[Type] = [shape.fields]
    while below:
        kind = below.pop()
        if isinstance(kind, dict):
            words.update(name.rstrip("?") for name in kind)
            below.extend(kind.values())
    return tuple(sorted(words))
