"""What the lint of a policy set says: one fault, where it is, and the smallest example of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

FaultKind = Literal[
    "unreadable",
    "never-fires",
    "idle",
    "shadowed",
    "contradicts",
    "overlap",
    "gridlock",
    "not-decided",
]
"""``unreadable``: does not parse or type-check. ``never-fires``: no request satisfies it. ``idle``:
none that any manifest allows does. ``shadowed``: another rule always says it first.
``contradicts``: it takes away all of what a manifest grants. ``overlap``: two authorities decide
one thing. ``gridlock``: no combination of approvals can ever allow a granted request."""


class LintFault(Struct, frozen=True, kw_only=True):
    """One fault of a policy set.

    Parameters
    ----------
    kind
        One of `FaultKind`.
    where
        Document and rule.
    message
        What is wrong, in words a person can read.
    example
        The smallest request that shows it; empty where none is needed.
    """

    kind: FaultKind
    where: str
    message: str
    example: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing may start with it."""
        return self.kind not in ("idle", "not-decided")
