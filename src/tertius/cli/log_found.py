"""A finding in the log, told for people: whom it is about, what was seen, how sure."""

from __future__ import annotations

import msgspec

from tertius.cli.screen import safe
from tertius.cli.whom import whom
from tertius.core.finding import Finding


def finding_of(content: str | None) -> Finding | None:
    """Return the finding that the content of a `found` event holds; None where it was erased."""
    try:
        return None if content is None else msgspec.json.decode(content, type=Finding)
    except msgspec.DecodeError:  # of a version that no one reads any more
        return None


def told(found: Finding) -> str:
    """Return a finding as the end of a line: what, about whom, how much, how sure."""
    return (
        f"{found.detector}: {safe(whom(found), 80)}, {found.effect.value:.3g} "
        f"{safe(found.effect.unit, 80)}, {found.severity}, {found.guarantee.title}"
    )


def names(found: Finding | None, agent: str) -> bool:
    """Tell whether a finding is about an agent, alone or at one end of an edge."""
    if found is None:
        return False
    ends = {name for edge in found.edges for name in (edge.sender, edge.receiver)}
    return agent in found.agents or agent in ends
