"""How much authority an agent may pass on, by its own manifest."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from tertius.core.grants import DelegationCeiling

FIELDS: Final = ("actions", "tools", "lifetime", "depth")
"""What the arguments of a ``delegate`` request hold; `lifetime` is in seconds."""


class Excess(Struct, frozen=True):
    """What goes beyond a ceiling; `argument` tells an argument from the delegation itself."""

    said: str
    argument: bool


def exceeds(ceiling: DelegationCeiling, peer: str | None, arguments: Any) -> Excess | None:
    """Return how a delegation goes beyond its ceiling, None if it does not.

    Parameters
    ----------
    ceiling
        Of the manifest of whoever delegates.
    peer
        Who is to receive authority.
    arguments
        A mapping with `actions` (list of kinds of act), `lifetime` (seconds), and, if any,
        `tools` (list of names) and `depth` (further hops, 0 when missing).

    Notes
    -----
    Sees one hop: that authority narrows along the whole chain is for the chain's own check.

    Examples
    --------
    >>> ceiling = DelegationCeiling(depth=1, to=("audit",), actions=("tool.call",), lifetime=60.0)
    >>> exceeds(ceiling, "audit", {"actions": ["tool.call"], "lifetime": 60}) is None
    True
    >>> exceeds(ceiling, "audit", {"actions": ["tool.call"], "lifetime": 61}).said
    'passes authority on for 60 seconds at most'
    """
    if ceiling.depth == 0 or peer not in ceiling.to:
        return Excess(f"passes nothing on to `{peer}`", argument=False)
    if type(arguments) is not dict or not set(arguments) <= set(FIELDS):
        return Excess("expects `actions`, `lifetime`, `tools` and `depth`", argument=True)
    for field, granted in (("actions", ceiling.actions), ("tools", ceiling.tools)):
        asked = arguments.get(field, [] if field == "tools" else None)
        if type(asked) is not list or not all(type(name) is str for name in asked):
            return Excess(f"expects a list of names as `{field}`", argument=True)
        if not set(asked) <= set(granted):
            return Excess(f"passes on fewer `{field}` than that", argument=True)
    if not _within(arguments.get("lifetime"), ceiling.lifetime or 0):
        said = f"passes authority on for {ceiling.lifetime or 0:g} seconds at most"
        return Excess(said, argument=True)
    depth = arguments.get("depth", 0)
    if type(depth) is not int or not 0 <= depth < ceiling.depth:
        return Excess(f"passes on a depth below {ceiling.depth}", argument=True)
    return None


def _within(seconds: object, most: float) -> bool:
    return (
        isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds <= most
    )
