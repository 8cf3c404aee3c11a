"""The Detector port: one event in, what it shows out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, Self

from tertius.core.events import Count, Text
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.taxonomy import check_failure_mode, mast_mode, risk_factor


class DetectorSpecError(NounError):
    """A detector that does not say what it must."""


class DetectorSpec(Noun, frozen=True, kw_only=True):
    """What a detector declares about itself.

    Parameters
    ----------
    name, version
        A change that can change a finding is a new version.
    title, plain
        For a reader who is no engineer: a few words such as "Same step repeated", and one or two
        sentences that say what happened and why it matters. Neither accuses anybody.
    kinds
        Kinds of events that it reads; it is handed no others.
    failure_modes, mast_modes, risk_factors
        Taxonomy ids that its findings may name; the latter two may be empty.
    source
        Paper and section that it follows.
    null
        The hypothesis that it tests, in words.
    assumptions
        What its guarantee is given.
    guarantees
        Codes that its findings may state.
    blind
        What it cannot see.
    memory
        Upper bound of its state in bytes.
    scope
        ``run``: what it says of a run depends on that run's events alone. ``log``: its evidence
        is gathered over all runs of the log, and a finding's run is that of its last event.
    """

    name: ProperName
    version: ProperName
    title: Text
    plain: Text
    kinds: tuple[ProperName, ...]
    failure_modes: tuple[ProperName, ...]
    mast_modes: tuple[ProperName, ...] = ()
    risk_factors: tuple[ProperName, ...] = ()
    source: Text
    null: Text
    assumptions: tuple[Text, ...]
    guarantees: tuple[GuaranteeCode, ...]
    blind: Text
    memory: Count
    scope: Literal["run", "log"] = "run"

    def __post_init__(self) -> None:
        require_names(DetectorSpecError, name=self.name, version=self.version, kinds=self.kinds)
        require_distinct(DetectorSpecError, kinds=self.kinds, guarantees=self.guarantees)
        for mode in self.failure_modes:
            check_failure_mode(mode)
        for mode in self.mast_modes:
            mast_mode(mode)
        for factor in self.risk_factors:
            risk_factor(factor)
        for field in ("kinds", "failure_modes", "assumptions", "guarantees", "memory"):
            if not getattr(self, field):
                raise DetectorSpecError(f"detector `{self.name}` declares no `{field}`")
        for field in ("title", "plain", "source", "null", "blind"):
            if not getattr(self, field).strip():
                raise DetectorSpecError(f"detector `{self.name}` declares no `{field}`")


Answer = Finding | CouldNotTell
"""What a detector says."""


class Detector(Protocol):
    """A small, online, memory-bounded watcher of the log.

    Notes
    -----
    Everything it knows came through `update`, one event at a time: so live detection and a replay
    of the same log give the same findings, byte for byte, however the events were batched. It
    reads no clock, no file and no randomness that was not given to its constructor.
    """

    @property
    def spec(self) -> DetectorSpec:
        """What it declares about itself; never changes."""
        ...

    @property
    def parameters(self) -> str:
        """Digest of its parameters, as its findings carry it."""
        ...

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        """Take one event of a declared kind and return what it shows, mostly nothing.

        Parameters
        ----------
        event
            The next event of the log.
        content
            The bytes that `event.content` commits to; None where it has none, where they were
            erased, and where a live stream does not carry them. What a detector concludes from
            missing bytes is at most `CouldNotTell`.
        """
        ...

    def finish(self) -> Sequence[Answer]:
        """Say what the end of the record shows: what never came, and what could not be told.

        Called once, after the last event of a record that is over; a live stream has no end, and
        whoever needs one sooner waits for ``run.ended``.
        """
        ...

    def clone(self) -> Self:
        """Return a detector with the same parameters and no memory."""
        ...
