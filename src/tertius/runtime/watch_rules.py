"""What follows from a finding: rules as values, and the three that are always there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from msgspec import Meta

from tertius.core.events import Text
from tertius.core.finding import SEVERITIES, Finding, Severity
from tertius.core.guarantee import GuaranteeCode
from tertius.core.manifest import OWN
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.escalation.triggers import Terms, Trigger

Measure = Literal["none", "verify", "throttle", "break", "quarantine"]
"""What is done: nothing, ask for evidence, slow down, cut an edge, cut an agent off."""

SUFFICIENT: Final = frozenset(
    {GuaranteeCode.FACT, GuaranteeCode.KEY_ANYTIME, GuaranteeCode.FAMILY_ANYTIME}
)
"""Guarantees on which a measure may be taken before anybody is asked."""


class WatchRuleError(NounError):
    """A rule that could never apply."""


class WatchRule(Noun, frozen=True, kw_only=True):
    """What follows from findings of some detectors.

    Parameters
    ----------
    name, why
        Name in decisions, and the reason that a person reads on the card.
    detectors
        Whose findings; at least one.
    least
        Severity from which it applies.
    measure
        What is done.
    seconds
        Of a throttle, between two starts; of a break, until it is tried again.
    at_once
        Whether the measure is taken before a person answers, where the finding's guarantee is
        sufficient and nothing it rests on is merely somebody's word. The person is then asked
        whether to undo it; otherwise whether to take it.
    terms
        How the question is asked.

    Raises
    ------
    WatchRuleError
        A name that is taken, no detectors, or a throttle without seconds.
    """

    name: ProperName
    why: Text
    detectors: tuple[ProperName, ...]
    least: Severity = "low"
    measure: Measure = "none"
    seconds: Annotated[int, Meta(ge=1, le=7 * 86_400)] | None = None
    at_once: bool = True
    terms: Terms = Terms(blocking=False, seconds=3600)

    def __post_init__(self) -> None:
        require_names(WatchRuleError, rule=self.name, detectors=self.detectors)
        require_distinct(WatchRuleError, detectors=self.detectors)
        if self.name.startswith(OWN):
            raise WatchRuleError(f"rule `{self.name}`: names with `{OWN}` are taken")
        if not self.detectors:
            raise WatchRuleError(f"rule `{self.name}` names no detectors; name at least one")
        if self.measure == "throttle" and self.seconds is None:
            raise WatchRuleError(f"rule `{self.name}` throttles; say every how many `seconds`")

    def matches(self, finding: Finding) -> bool:
        """Whether a finding is of the kind that the rule names, and severe enough."""
        severe = SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.least)
        return severe and finding.detector in self.detectors


SHIPPED: Final = (
    WatchRule(
        name="repeated-agreement",
        why="results are approved again and again although nobody read what they rest on",
        detectors=("unverified_agreement", "mutual_acceptance"),
        measure="verify",
    ),
    WatchRule(
        name="gone-quiet",
        why="a recommendation or an escalation that used to be made is not made any more",
        detectors=("avoidance", "escalation_reluctance"),
    ),
    WatchRule(
        name="off-the-truth",
        why="assessments and what came out afterwards have drifted apart",
        detectors=("outcome_divergence",),
        measure="verify",
    ),
)
"""On unless a configuration says otherwise."""


class WatchRules:
    """The rules of a deployment.

    Raises
    ------
    WatchRuleError
        Two of one name.
    """

    def __init__(self, rules: Iterable[WatchRule] = SHIPPED) -> None:
        self.rules = tuple(rules)
        require_distinct(WatchRuleError, rules=self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rules."""
        return tuple(each.name for each in self.rules)

    def triggers(self) -> tuple[Trigger, ...]:
        """Return on what terms the question of each rule is asked."""
        return tuple(
            Trigger(name=f"{each.name}/terms", why=each.why, rules=(each.name,), terms=each.terms)
            for each in self.rules
        )

    def of(self, finding: Finding) -> WatchRule | None:
        """Return the first rule that a finding falls under; None if it is only shown."""
        return next((each for each in self.rules if each.matches(finding)), None)
