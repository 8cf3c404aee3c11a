"""The detectors, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.family import member
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Detector

LEVEL = 0.05
"""Chance that any detector of a whole battery ever names anybody wrongly."""

TABLE: dict[str, str] = {
    "step_repetition": "tertius.detectors.step_repetition:StepRepetition",
    "conversation_restart": "tertius.detectors.conversation_restart:ConversationRestart",
    "agent_loop": "tertius.detectors.agent_loop:AgentLoop",
    "handoff_pingpong": "tertius.detectors.handoff_pingpong:HandoffPingpong",
    "premature_end": "tertius.detectors.premature_end:PrematureEnd",
    "no_end": "tertius.detectors.no_end:NoEnd",
    "unanswered_request": "tertius.detectors.unanswered_request:UnansweredRequest",
    "unknown_recipient": "tertius.detectors.unknown_recipient:UnknownRecipient",
    "unreturned_result": "tertius.detectors.unreturned_result:UnreturnedResult",
    "dropped_fact": "tertius.detectors.dropped_fact:DroppedFact",
    "inconsistent_view": "tertius.detectors.inconsistent_view:InconsistentView",
    "resource_overuse": "tertius.detectors.resource_overuse:ResourceOveruse",
    "resource_depletion": "tertius.detectors.resource_depletion:ResourceDepletion",
    "resource_hoarding": "tertius.detectors.resource_hoarding:ResourceHoarding",
    "resource_deadlock": "tertius.detectors.resource_deadlock:ResourceDeadlock",
    "starvation": "tertius.detectors.starvation:Starvation",
    "retaliation": "tertius.detectors.retaliation:Retaliation",
    "convergence": "tertius.detectors.convergence:Convergence",
    "cooperation_floor": "tertius.detectors.cooperation_floor:CooperationFloor",
    "price_coordination": "tertius.detectors.price_coordination:PriceCoordination",
    "price_variance": "tertius.detectors.price_variance:PriceVariance",
    "observation_effect": "tertius.detectors.observation_effect:ObservationEffect",
    "inflated_ratings": "tertius.detectors.inflated_ratings:InflatedRatings",
    "partner_preference": "tertius.detectors.partner_preference:PartnerPreference",
    "work_redistribution": "tertius.detectors.work_redistribution:WorkRedistribution",
    "coalition": "tertius.detectors.coalition:Coalition",
    "ballot_agreement": "tertius.detectors.ballot_agreement:BallotAgreement",
    "unverified_agreement": "tertius.detectors.unverified_agreement:UnverifiedAgreement",
    "mutual_acceptance": "tertius.detectors.mutual_acceptance:MutualAcceptance",
    "acceptance_onset": "tertius.detectors.acceptance_onset:AcceptanceOnset",
    "joint_errors": "tertius.detectors.joint_errors:JointErrors",
    "herding": "tertius.detectors.herding:Herding",
    "echo_chamber": "tertius.detectors.echo_chamber:EchoChamber",
    "monoculture": "tertius.detectors.monoculture:Monoculture",
    "avoidance": "tertius.detectors.avoidance:Avoidance",
    "outcome_divergence": "tertius.detectors.outcome_divergence:OutcomeDivergence",
    "escalation_reluctance": "tertius.detectors.escalation_reluctance:EscalationReluctance",
    "collusion_in_action": "tertius.detectors.collusion_in_action:CollusionInAction",
    "collusion_on_paper": "tertius.detectors.collusion_on_paper:CollusionOnPaper",
    "breakdown": "tertius.detectors.breakdown:Breakdown",
    "rating_bias": "tertius.detectors.rating_bias:RatingBias",
    "contagion": "tertius.detectors.contagion:Contagion",
    "outbreak": "tertius.detectors.outbreak:Outbreak",
    "cascade": "tertius.detectors.cascade:Cascade",
    "unowned_work": "tertius.detectors.unowned_work:UnownedWork",
    "responsibility_diffusion": (
        "tertius.detectors.responsibility_diffusion:ResponsibilityDiffusion"
    ),
    "disinformation": "tertius.detectors.disinformation:Disinformation",
    "repeated_falsehood": "tertius.detectors.repeated_falsehood:RepeatedFalsehood",
    "broken_promise": "tertius.detectors.broken_promise:BrokenPromise",
    "ungoverned_action": "tertius.detectors.ungoverned_action:UngovernedAction",
    "covert_channel": "tertius.detectors.covert_channel:CovertChannel",
    "runaway_feedback": "tertius.detectors.runaway_feedback:RunawayFeedback",
}
"""Name to ``module:Class``. The order is the order in which answers to one event are given."""


class UnknownDetectorError(CallerError):
    """No such detector."""


def load(name: str, **parameters: object) -> Detector:
    """Return a fresh detector.

    Parameters
    ----------
    name
        One of `TABLE`.
    **parameters
        Keyword arguments of its class; left out, each has its documented default.

    Raises
    ------
    UnknownDetectorError
        If the table has no such name.

    Examples
    --------
    >>> load("no_end").spec.title
    'The run never ends'
    >>> load("no_ende")
    Traceback (most recent call last):
    ...
    tertius.detectors.table.UnknownDetectorError: unknown detector `no_ende`; did you mean `no_end`
    """
    detector: Detector = _class(name)(**parameters)
    return detector


def shares(names: Iterable[str], level: float = LEVEL) -> dict[str, dict[str, object]]:
    """Return for each detector that bets its equal share of the level of all of them together.

    The chance that any of them ever names anybody wrongly is then at most `level`.

    Examples
    --------
    >>> shares(["no_end", "agent_loop"])
    {}
    """
    betting = [name for name in names if bets(name)]
    return {name: {"level": level / len(betting)} for name in betting}


def bets(name: str) -> bool:
    """Whether a detector bets against a null, so that it has a level to be given."""
    return GuaranteeCode.FAMILY_ANYTIME in _class(name).SPEC.guarantees


def _class(name: str) -> Any:
    return member(TABLE, name, noun="detector", error=UnknownDetectorError)
