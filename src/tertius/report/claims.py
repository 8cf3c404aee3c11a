"""What detectors said of a run, as rows: each claim once, its evidence by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tertius.core.finding import CouldNotTell, Finding
from tertius.report.words import shown, size


class FindingRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding; what all findings of a detector share is said once, in the page's head."""

    id: str
    detector: str
    version: str
    mode: str
    mast: str = ""
    risks: tuple[str, ...] = ()
    aspect: str
    agents: tuple[int, ...]
    edges: tuple[tuple[int, int, str], ...] = ()
    evidence: tuple[int, ...]
    onset: int | None = None
    elsewhere: tuple[str, ...] = ()
    severity: str
    effect: str
    n: int
    null: str
    e_value: float | None = None
    guarantee: str
    words: str
    repeats: tuple[str, ...] = ()


class UnsureRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A detector's answer that it could not tell."""

    asked: str
    about: tuple[str, ...] = ()
    why: str
    n: int | None = None
    needed: int | None = None


def concerned(finding: Finding) -> Iterator[str]:
    """Give the names of all agents that a finding is about."""
    yield from finding.agents
    for edge in finding.edges:
        yield from (edge.sender, edge.receiver)


def finding_row(
    finding: Finding, at: Mapping[str, int], agents: Mapping[str, int], repeats: Sequence[str]
) -> FindingRow:
    """Return a finding with events and agents by their numbers in `at` and `agents`."""
    return FindingRow(
        id=finding.id,
        detector=finding.detector,
        version=finding.version,
        mode=finding.failure_mode,
        mast=finding.mast_mode or "",
        risks=finding.risk_factors,
        aspect=finding.aspect,
        agents=tuple(agents[name] for name in finding.agents),
        edges=tuple((agents[e.sender], agents[e.receiver], e.channel) for e in finding.edges),
        evidence=tuple(at[id] for id in finding.evidence if id in at),
        onset=at.get(finding.onset or finding.evidence[0]),
        elsewhere=tuple(id for id in finding.evidence if id not in at),
        severity=finding.severity,
        effect=size(finding.effect),
        n=finding.n,
        null=shown(finding.null),
        e_value=finding.e_value,
        guarantee=finding.guarantee.title,
        words=shown(finding.guarantee.words),
        repeats=tuple(repeats),
    )


def unsure_row(answer: CouldNotTell) -> UnsureRow:
    """Return what could not be told."""
    return UnsureRow(
        asked=answer.asked,
        about=answer.about,
        why=shown(answer.why),
        n=answer.n,
        needed=answer.needed,
    )


def fold(findings: Sequence[Finding]) -> tuple[list[Finding], dict[str, list[str]]]:
    """Leave out each finding that a later one repeats with more evidence.

    Returns
    -------
    tuple of list and dict
        The findings that stay, and by the id of each the ids of those that it repeats.
    """
    latest: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    folded: dict[str, list[str]] = {}
    for finding in findings:
        same = latest[_subject(finding)]
        for earlier in [each for each in same if set(each.evidence) <= set(finding.evidence)]:
            same.remove(earlier)
            folded.setdefault(finding.id, []).extend([*folded.pop(earlier.id, ()), earlier.id])
        same.append(finding)
    kept = {finding.id for same in latest.values() for finding in same}
    return [finding for finding in findings if finding.id in kept], folded


def _subject(finding: Finding) -> tuple[object, ...]:
    edges = tuple((edge.sender, edge.receiver, edge.channel) for edge in finding.edges)
    subject = (finding.failure_mode, finding.aspect, finding.agents, edges)
    return finding.run, finding.detector, *subject
