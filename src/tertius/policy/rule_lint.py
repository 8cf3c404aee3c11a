"""Faults of Cedar rules: each by itself, against each other, and against what is granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from cedarpy import pst

from tertius.core.names import is_slip, nearest
from tertius.core.outcome import Outcome
from tertius.policy.cedar import Rule
from tertius.policy.cedar_terms import ERROR, UNKNOWN, Scene, Uid, fires, walk
from tertius.policy.flaw import Flaw
from tertius.policy.request_context import Member
from tertius.policy.request_schema import ACTIONS, Shape
from tertius.policy.rule_space import (
    MAX_POINTS,
    OTHER,
    Ask,
    Space,
    parts,
    scenes,
    size,
    space,
    told,
)


class RuleLint:
    """The rules of one document over the requests that can be.

    Parameters
    ----------
    where
        Name of the document, for messages.
    rules, shape
        The rules, and what they may read.
    granted
        What the manifests allow somebody to ask for.
    members
        The agents of the manifests.

    Notes
    -----
    Cost is the number of points, at most `MAX_POINTS` for each question, some 20 us each.
    """

    def __init__(
        self,
        where: str,
        rules: Sequence[Rule],
        shape: Shape,
        granted: Sequence[Ask],
        members: Iterable[Member],
    ) -> None:
        self._where = where
        self._rules = rules
        self._shape = shape
        self._granted = granted
        self._members: Mapping[str, Member] = {member.agent: member for member in members}
        self._known = {ask.target.id for ask in granted} | set(self._members)

    def faults(self) -> list[Flaw]:
        """Return what is wrong with these rules."""
        found: list[Flaw] = []
        alive = []
        for rule in self._rules:
            fault = self._alone(rule)
            if fault is not None:
                found.append(fault)
            if fault is None or fault.kind in ("idle", "misspelt"):
                alive.append(rule)
        for number, rule in enumerate(alive):
            found.extend(self._shadow(rule, alive, number))
        return found

    def _alone(self, rule: Rule) -> Flaw | None:
        """Say whether a rule can apply to any request at all, and to any that is granted."""
        asks = self._free(rule)
        within = space([rule.template], self._shape, self._members)
        if within.points * len(asks) > MAX_POINTS:
            return self._undecided(rule, "it compares too many values")
        if not any(self._hit(rule, ask, within) for ask in asks):
            if not within.exact:
                return self._undecided(rule, "it does more than compare fields with values")
            return self._fault("never-fires", rule, "no request satisfies it")
        if not any(self._hit(rule, ask, within) for ask in self._granted):
            return self._idle(rule, within)
        return None

    def _idle(self, rule: Rule, within: Space) -> Flaw | None:
        """Say what a rule does that no granted request satisfies.

        One that forbids others what somebody is granted keeps it so, and is no fault.
        """
        said = f"no granted request satisfies it{self._unknown(rule)}"
        if any(is_slip(name, self._known) for name in self._strange(rule)):
            return self._fault("misspelt", rule, said)
        others = sorted({*self._members, OTHER})
        acts = sorted({(ask.action, ask.target) for ask in self._granted})
        if rule.outcome is Outcome.FORBID and (
            within.points * len(others) * len(acts) <= MAX_POINTS
            and any(self._hit(rule, Ask(who, *act), within) for who in others for act in acts)
        ):
            return None
        return self._fault("idle", rule, said)

    def _hit(self, rule: Rule, ask: Ask, within: Space) -> bool:
        return any(
            fires(rule.template, scene) in (True, UNKNOWN)
            for scene in scenes(ask, within, self._members)
        )

    def _free(self, *rules: Rule) -> list[Ask]:
        """Return requests of anybody for anything, as far as these rules can tell them apart."""
        named = {uid for rule in rules for uid in _named(rule)}
        agents, targets, acts = [OTHER], [Uid("Resource", OTHER)], [ACTIONS[0]]
        if any(_mentions(rule, "principal") for rule in rules):
            agents = sorted({*self._members, OTHER, *(u.id for u in named if u.type == "Agent")})
        if any(_mentions(rule, "resource") for rule in rules):
            targets += sorted(uid for uid in named if uid.type == "Resource")
            targets += [Uid("Agent", each) for each in sorted({*self._members, OTHER})]
            targets += sorted(u for u in named if u.type == "Agent" and u.id not in self._members)
        if any(_mentions(rule, "action") for rule in rules):
            acts = list(ACTIONS)
        return [Ask(*each) for each in product(agents, acts, targets)]

    def _unknown(self, rule: Rule) -> str:
        """Name the first word of a rule that no manifest knows, with the nearest that one does."""
        for name in self._strange(rule):
            return f"; no manifest knows `{name}`{nearest(name, self._known)}"
        return ""

    def _strange(self, rule: Rule) -> list[str]:
        """Return the words of a rule that no manifest knows."""
        named = sorted(uid for uid in _named(rule) if uid.type != "Action")
        return [uid.id for uid in named if uid.id not in self._known]

    def _shadow(self, rule: Rule, alive: Sequence[Rule], number: int) -> list[Flaw]:
        """Say whether other single rules already say all that this one does."""
        for other_number, other in enumerate(alive):
            if other is rule or (
                other.outcome is not Outcome.FORBID and rule.outcome is Outcome.FORBID
            ):
                continue
            if rule.cedar.split() == other.cedar.split():
                if other_number < number:
                    return [self._fault("shadowed", rule, f"`{other.id}` says the same")]
                continue
            mutual = rule.outcome is other.outcome and self._covers(rule, other)
            if self._covers(other, rule) and not (mutual and number < other_number):
                return [self._fault("shadowed", rule, f"`{other.id}` applies whenever it does")]
        return []

    def _covers(self, wide: Rule, narrow: Rule) -> bool:
        """Whether one rule certainly applies wherever the other may; unsure is False."""
        within = space([wide.template, narrow.template], self._shape, self._members)
        asks = self._free(wide, narrow)
        if not within.exact or within.points * len(asks) > MAX_POINTS:
            return False
        return all(
            fires(wide.template, scene) is True
            for ask in asks
            for scene in scenes(ask, within, self._members)
            if fires(narrow.template, scene) is not False
        )

    def _fault(self, kind: str, rule: Rule, said: str, example: str = "") -> Flaw:
        return Flaw(
            kind=kind,  # type: ignore[arg-type]  # one of the kinds, written above
            where=f"{self._where}:{rule.id}",
            said=said,
            example=example,
        )

    def _undecided(self, rule: Rule, why: str) -> Flaw:
        return self._fault("not-decided", rule, f"whether it can apply is open: {why}")


def grant_faults(
    where: str,
    rules: Sequence[Rule],
    shape: Shape,
    granted: Iterable[Ask],
    members: Iterable[Member],
) -> list[Flaw]:
    """Return the granted requests that rules forbid, whatever is approved.

    A grant that one rule forbids whole is inert, as in an emergency; several rules that leave no
    way through are a gridlock.
    """
    known = {member.agent: member for member in members}
    found = []
    forbids = [rule for rule in rules if rule.outcome is Outcome.FORBID]
    for ask in granted:
        blind = Scene(Uid("Agent", ask.agent), Uid("Action", ask.action), ask.target, UNKNOWN)
        near = [rule for rule in forbids if fires(rule.template, blind) is not False]
        for part in parts([rule.template for rule in near], shape):
            mine = [rule for rule in near if rule.template in part]
            fault = _closed(where, mine, shape, ask, known)
            if fault is not None:
                found.append(fault)
                break
    return found


def _closed(
    where: str, rules: list[Rule], shape: Shape, ask: Ask, members: Mapping[str, Member]
) -> Flaw | None:
    """Say whether some rules that share fields leave one grant no way through."""
    within = space([rule.template for rule in rules], shape, members)
    tried: list[Scene] = []
    known = True
    for number, scene in enumerate(scenes(ask, within, members)):
        if number >= MAX_POINTS:
            break
        said = [fires(rule.template, scene) for rule in rules]
        known = known and UNKNOWN not in said
        if all(each is False for each in said):
            return None
        tried.append(scene)
    names = ", ".join(f"`{rule.id}`" for rule in rules)
    place = f"{where}:{rules[0].id}"
    if not (known and within.exact) or within.points > MAX_POINTS:
        return Flaw(
            kind="not-decided",
            where=place,
            said=f"whether {names} leave `{ask.agent}` any way to {ask.action} is open",
        )
    example = told(min(tried, key=size)) if tried else ""
    alone = [r for r in rules if all(fires(r.template, s) in (True, ERROR) for s in tried)]
    if alone:
        return Flaw(
            kind="inert",
            where=f"{where}:{alone[0].id}",
            said=f"it forbids all that `{ask.agent}` is granted of {ask.action} `{ask.target.id}`",
            example=example,
        )
    return Flaw(
        kind="gridlock",
        where=place,
        said=f"{names} together forbid every {ask.action} `{ask.target.id}` of `{ask.agent}`; "
        "no approval can lift that",
        example=example,
    )


def _mentions(rule: Rule, name: str) -> bool:
    """Whether a rule's scope or conditions speak of principal, action or resource."""
    template = rule.template
    if not isinstance(getattr(template, name), pst.ScopeAny):
        return True
    return any(
        isinstance(expr, pst.Var) and expr.name == name
        for clause in template.clauses
        for expr in walk(clause.expr)
    )


def _named(rule: Rule) -> set[Uid]:
    return {Uid(str(uid.type), uid.id) for uid in pst.entity_uids(rule.template)}
