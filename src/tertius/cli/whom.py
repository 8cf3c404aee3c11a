"""Whom findings are about, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tertius.core.finding import Finding

NAMED = 4  # agents or pairs of one finding that are named before the rest is counted


def whom(finding: Finding) -> str:
    """Return whom one finding is about."""
    names = _names(finding)
    return _listed(names[:NAMED], len(names))


def all_of(findings: Iterable[Finding], most: int) -> str:
    """Return whom several findings are about, the most often named first, at most so many."""
    count = Counter(name for each in findings for name in _names(each))
    return _listed([name for name, _ in count.most_common(most)], len(count))


def _names(finding: Finding) -> list[str]:
    if finding.agents:
        return list(finding.agents)
    return [f"{each.sender} to {each.receiver}" for each in finding.edges]


def _listed(named: list[str], count: int) -> str:
    more = f" and {count - len(named):,} more" if count > len(named) else ""
    return ", ".join(named) + more
