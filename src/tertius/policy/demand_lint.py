"""Demands that no group of these agents and people could ever meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.policy.cedar import Rule
from tertius.policy.cedar_terms import UNKNOWN, Scene, Uid, fires
from tertius.policy.conditions_document import Conditions, Consensus, Match
from tertius.policy.flaw import Flaw, Kind
from tertius.policy.occurrence import Occurrence
from tertius.policy.rule_space import Ask


def demand_faults(
    conditions: Conditions, manifests: Sequence[Manifest], granted: Sequence[Ask]
) -> list[Flaw]:
    """Return the demands of conditions that cannot be met, or that meet nothing."""
    where = conditions.name
    found: list[Flaw] = []
    for demand in conditions.consensus:
        hit = _first(demand.act, granted)
        if hit is None:
            found.append(_fault("idle", where, demand.id, "no granted act rests on it"))
            continue
        lacking = _unreachable(demand, manifests)
        if lacking:
            found.append(_fault("gridlock", where, demand.id, lacking, _told(hit)))
    for delay in conditions.delays:
        hit = _first(delay.act, granted)
        if hit is None:
            found.append(_fault("idle", where, delay.id, "no granted act has to wait for it"))
        elif _first(delay.after, granted) is None:
            why = "nobody is granted what it waits for, so it waits for ever"
            found.append(_fault("gridlock", where, delay.id, why, _told(hit)))
    for split in conditions.splits:
        hits = [_first(step, granted) for step in split.steps]
        if None in hits:
            found.append(_fault("idle", where, split.id, "one of its steps is granted to nobody"))
        whole = [a for a in granted if all(step.fits(_act(a)) for step in split.steps)]
        if whole:
            why = "one granted act is all of its steps, and so forbidden by itself"
            found.append(_fault("contradicts", where, split.id, why, _told(whole[0])))
    return found


def approval_faults(
    where: str,
    rules: Iterable[Rule],
    manifests: Iterable[Manifest],
    granted: Sequence[Ask],
    approvers: Sequence[str],
    quorum: int,
) -> list[Flaw]:
    """Return the granted requests that wait for people of whom there are too few."""
    principals = {manifest.agent: manifest.principal for manifest in manifests}
    found = []
    for rule in rules:
        if rule.outcome is not Outcome.ESCALATE:
            continue
        for ask in granted:
            scene = Scene(Uid("Agent", ask.agent), Uid("Action", ask.action), ask.target, UNKNOWN)
            if fires(rule.template, scene) is False:
                continue
            eligible = set(approvers) - {principals.get(ask.agent, ""), ask.agent}
            if len(eligible) < quorum:
                why = f"it asks for {quorum}, and {len(eligible)} enrolled people may answer"
                found.append(_fault("gridlock", where, rule.id, why, _told(ask)))
                break
    return found


def _unreachable(demand: Consensus, manifests: Sequence[Manifest]) -> str:
    """Return why no agents of these manifests could bring a consensus about."""
    agents = len(manifests)
    families = len({manifest.model_family for manifest in manifests})
    if agents < demand.quorum:
        return f"it asks for {demand.quorum} agents, and there are {agents}"
    if demand.distinct_families and families < demand.quorum:
        return f"it asks for {demand.quorum} model families, and {families} are declared"
    if demand.verified and agents < demand.quorum + 1:
        return "it asks for a check by an outsider, and every agent would have to vote"
    return ""


def _first(match: Match, granted: Sequence[Ask]) -> Ask | None:
    return next((ask for ask in granted if match.fits(_act(ask))), None)


def _act(ask: Ask) -> Occurrence:
    """Return a grant as an act; an act on a peer names no resource, so it fits any."""
    resource = ask.target.id if ask.target.type == "Resource" else ""
    return Occurrence(agent=ask.agent, action=ask.action, resource=resource)  # type: ignore[arg-type]  # a kind of act, from the manifest


def _told(ask: Ask) -> str:
    return f"{ask.agent} {ask.action} {ask.target.id}"


def _fault(kind: Kind, where: str, rule: str, said: str, example: str = "") -> Flaw:
    return Flaw(kind=kind, where=f"{where}:{rule}", said=said, example=example)
