"""The detectors, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from tertius.core.errors import CallerError
from tertius.core.family import member
from tertius.core.ports.detector import Detector

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
    detector: Detector = member(TABLE, name, noun="detector", error=UnknownDetectorError)(
        **parameters
    )
    return detector
