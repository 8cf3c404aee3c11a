"""What a detector claims, with its evidence; and the other answer, that it could not tell."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta, json

from tertius.core.digest import digest
from tertius.core.events import ChannelKind, Count, Name, Text
from tertius.core.guarantee import Guarantee
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.core.taxonomy import check_failure_mode, mast_mode, risk_factor

Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
Aspect = Literal["said", "done"]


class FindingError(NounError):
    """A claim that no detector may make."""


class Edge(Noun, frozen=True, kw_only=True):
    """A sender, a receiver, and the channel between them (empty when not known)."""

    sender: ProperName
    receiver: ProperName
    channel: Name = ""
    via: ChannelKind = "unknown"

    def __post_init__(self) -> None:
        require_names(
            FindingError,
            sender=self.sender,
            receiver=self.receiver,
            channel=self.channel or None,
        )


class Effect(Noun, frozen=True, kw_only=True):
    """How large it is: a value in `unit` with its interval, and the interval's level.

    A fact has the interval of a single point and level 1.
    """

    value: float
    unit: Text
    low: float
    high: float
    level: Annotated[float, Meta(gt=0, le=1)]

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            raise FindingError("an effect is a finite number with a finite interval")
        if not self.low <= self.value <= self.high:
            raise FindingError(f"effect {self.value:g} lies outside [{self.low:g}, {self.high:g}]")
        if not self.unit.strip():
            raise FindingError("an effect without a unit; a share is in `share`")
        if not 0 < self.level <= 1:
            raise FindingError(f"an interval of level {self.level:g}; expected above 0, at most 1")


class Finding(Noun, frozen=True, kw_only=True, tag_field="answer", tag="finding"):
    """A detector's claim.

    Parameters
    ----------
    detector, version
        Who claims it.
    parameters
        Digest of the detector's canonical parameters.
    run
        Run, or name of the merged record, in which the evidence lies.
    failure_mode
        One of the taxonomy's failure modes or a MAST mode.
    mast_mode
        The MAST mode beside it, where one fits and `failure_mode` names another family.
    risk_factors
        Risk factors or sub-factors of the taxonomy.
    aspect
        ``said`` or ``done``: collusion on paper and in action are different findings.
    agents, edges
        Whom and what it concerns.
    evidence
        Event ids in the order of the record, at least one.
    onset
        The event of the evidence with which it went wrong; None where that is the first.
    severity
        By the detector's declared effect thresholds; a failed test is high.
    effect, n
        Size with unit and interval, and the number of observations behind it.
    null
        What it was held against, in words; a fact names the rule that was broken.
    e_value
        Where the detector has one.
    guarantee
        One of the six.

    Raises
    ------
    FindingError, UnknownTaxonomyIdError
        No evidence, nobody concerned, or an id that the taxonomy does not hold.

    Notes
    -----
    A finding says that a null is doubtful, never that somebody meant it: an innocent departure
    from the null is a true alarm.

    References
    ----------
    Statistical contract, sections 1 and 2.
    """

    detector: ProperName
    version: ProperName
    parameters: Hex64
    run: ProperName
    failure_mode: ProperName
    mast_mode: ProperName | None = None
    risk_factors: tuple[ProperName, ...] = ()
    aspect: Aspect
    agents: tuple[ProperName, ...] = ()
    edges: tuple[Edge, ...] = ()
    evidence: tuple[ProperName, ...]
    onset: ProperName | None = None
    severity: Severity
    effect: Effect
    n: Count
    null: Text
    e_value: Annotated[float, Meta(ge=0)] | None = None
    guarantee: Guarantee

    def __post_init__(self) -> None:
        require_names(
            FindingError,
            detector=self.detector,
            version=self.version,
            run=self.run,
            agent=self.agents,
            evidence=self.evidence,
        )
        require_digests(FindingError, parameters=self.parameters)
        require_distinct(
            FindingError,
            risk_factors=self.risk_factors,
            agents=self.agents,
            evidence=self.evidence,
        )
        check_failure_mode(self.failure_mode)
        if self.mast_mode is not None:
            mast_mode(self.mast_mode)
        for factor in self.risk_factors:
            risk_factor(factor)
        if not self.evidence:
            raise FindingError("a finding without evidence; cite the events it rests on")
        if self.onset is not None and self.onset not in self.evidence:
            raise FindingError(f"onset `{self.onset}` is no part of the evidence")
        if not (self.agents or self.edges):
            raise FindingError("a finding about nobody; name agents or edges")
        if not self.null.strip():
            raise FindingError("a finding without a null; say what it was held against")
        if self.n < 1:
            raise FindingError("a finding from no observations; that is `could not tell`")
        if self.e_value is not None and not 0 <= self.e_value < math.inf:
            raise FindingError(f"e-value {self.e_value}; expected a finite number from 0")

    @property
    def id(self) -> str:
        """Hash of detector, version, parameters, subject and evidence position.

        The subject (failure mode, aspect, agents, edges) is part of it, since one event can
        complete the evidence against two pairs at once.
        """
        edges = [(e.sender, e.receiver, e.channel, e.via) for e in self.edges]
        return digest(
            "finding",
            json.encode(
                [
                    [self.detector, self.version, self.parameters],
                    [self.failure_mode, self.aspect, self.agents, edges],
                    [self.run, self.evidence],
                ]
            ),
        )


class CouldNotTell(Noun, frozen=True, kw_only=True, tag_field="answer", tag="could_not_tell"):
    """The answer of somebody who looked and could not say: neither zero nor "nothing there".

    Parameters
    ----------
    asked
        Name of the detector, attributor or replayer that was asked.
    run
        Run that the question was about; None where it is no one run.
    about
        Names of what the question was about; empty means the whole run.
    why
        In words: too few events, erased content, no replay.
    n, needed
        Observations there were, and the least number that could have decided; None when not a
        matter of numbers.
    """

    asked: ProperName
    run: ProperName | None = None
    about: tuple[ProperName, ...] = ()
    why: Text
    n: Count | None = None
    needed: Count | None = None

    def __post_init__(self) -> None:
        require_names(FindingError, asked=self.asked, run=self.run, about=self.about)
        if not self.why.strip():
            raise FindingError("`could not tell` without a reason; say what was missing")
        if self.n is not None and self.needed is not None and self.n >= self.needed:
            raise FindingError(f"{self.n} observations of {self.needed} needed could have told")
