"""What is wrong with manifests that each can be read: alone, and with one another.

Exact over the manifests given: a clause that can never fire, one that another covers already, two
that contradict, two agents that own one determination, and names that differ only in case. Each
with the smallest example that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from tertius.policy.flaw import Flaw, Source
from tertius.policy.lint_alone import alone
from tertius.policy.lint_together import together


def lint(
    sources: Sequence[Source],
    *,
    now: int,
    unread: Set[str] = frozenset(),
    before: Set[str] = frozenset(),
) -> tuple[Flaw, ...]:
    """Return every flaw of a set of manifests, sorted by place.

    Parameters
    ----------
    sources
        All manifests of a deployment; a peer that is missing here counts as missing there.
    now
        UTC nanoseconds; a manifest that ended before is inert.
    unread
        Agents whose manifests cannot be read; nothing is said of what they would answer.

    before
        Agents that had a manifest once; where one is gone, an edge to it is inert, and no mistake.

    Notes
    -----
    Sees manifests alone. What the constitution and the conditions make of a grant is for their own
    lint. Two patterns are compared by their text.
    """
    found: list[Flaw] = []
    for source in sources:
        found += alone(source, now=now)
    return tuple(sorted([*found, *together(sources, unread, before)]))
