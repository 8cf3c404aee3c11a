"""The Policy port: one request in, one vote out."""

from __future__ import annotations

from typing import Protocol

from tertius.core.decision import Layer, Vote
from tertius.core.request import Request


class Policy(Protocol):
    """One layer of policy.

    Notes
    -----
    Judging is pure and quick: it changes nothing, calls no model, waits on no network and reads
    no clock but the request's time. Whatever it raises is caught in one place, by the gate, and
    counts as forbid. Having nothing to say is `abstain`, which alone permits nothing.
    """

    @property
    def layer(self) -> Layer:
        """The layer it speaks for."""
        ...

    def judge(self, request: Request) -> Vote:
        """Say what this layer makes of the request, with a reason a person can read."""
        ...
