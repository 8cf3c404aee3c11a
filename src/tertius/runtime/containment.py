"""From a finding to a measure and a question: the gate narrows, a person is told and may undo it.

A finding with a sufficient guarantee narrows at once: the change of circuit state is in the log,
and a person is asked whether to undo it. Any other finding asks a person whether to narrow. Either
way what the person approves is one exact change, and the gate carries it out through the token that
the ruling opens. No answer changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.escalation import EscalationState
from tertius.core.finding import Edge, Finding
from tertius.core.manifest import WATCH
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Found, PolicyChanged
from tertius.core.request import Principal, PrincipalChain
from tertius.detectors import table
from tertius.detectors.recent import Recent
from tertius.escalation.desk import Desk, NotStartedError
from tertius.policy.proposals import CIRCUIT
from tertius.runtime.gate import Gate
from tertius.runtime.ledger import IdTakenError, UnknownEventError
from tertius.runtime.watch_rules import SUFFICIENT, Measure, WatchRule, WatchRules

HEARD = 4096  # findings heard last: hearing one of them again looks nothing up
SECOND = 1_000_000_000
RUN = "watch"
UNASKED = "nobody was asked: "
"""How it begins when nobody could be."""
LIVE = (EscalationState.OPEN, EscalationState.GRANTED)
_CHAIN = PrincipalChain(links=(Principal(name=WATCH, kind="organisation", identity="bound"),))
_CHANGE: dict[Measure, Literal["narrow", "throttle", "break", "quarantine"]] = {
    "verify": "narrow",
    "throttle": "throttle",
    "break": "break",
    "quarantine": "quarantine",
}


class Contained(Struct, frozen=True, kw_only=True):
    """What followed from a finding.

    Attributes
    ----------
    rule
        The rule it fell under; empty if none.
    applied
        Changes made at once.
    escalation
        The question that was opened; empty if nobody could be asked.
    why_not
        Why nothing was done at once, or nobody asked; empty if both were.
    """

    rule: str = ""
    applied: tuple[PolicyChanged, ...] = ()
    escalation: str = ""
    why_not: str = ""


class Containment:
    """Acts on findings through a gate.

    Parameters
    ----------
    gate
        Its policies must hold `tertius.policy.proposals.WatchProposals` for the same rules.
    rules
        What follows from what.
    clock
        UTC nanoseconds.
    doubt
        Why what a finding rests on may not be the doing of whom it names; empty where all of it is
        verified (`tertius.runtime.vouched`). A finding in doubt never narrows at once.
    desk
        Where its questions wait; None where nobody can be asked.

    Notes
    -----
    Every finding is recorded as a `found` event whether or not a rule names it. Calling `hear` a
    second time with the same finding changes nothing, also after a restart. `settle` is to be
    called now and then: it carries out what people have approved since, also of questions that an
    earlier process opened. A question that ended without a yes is forgotten then; so no more are
    held than the desk lets one agent have open.
    """

    def __init__(
        self,
        gate: Gate,
        rules: WatchRules,
        *,
        clock: Callable[[], int],
        doubt: Callable[[Finding], str],
        desk: Desk | None = None,
    ) -> None:
        self._gate, self._rules, self._clock = gate, rules, clock
        self._doubt, self._desk = doubt, desk
        self._open: dict[str, None] = dict.fromkeys(self._own(LIVE))
        self._heard = Recent[str, Contained](HEARD)

    def hear(self, finding: Finding) -> Contained:
        """Record a finding, and do what its rule says."""
        if finding.id in self._heard:
            return self._heard[finding.id]
        again = not self._record(finding)
        rule = self._rules.of(finding)
        made = Contained() if rule is None else self._follow(rule, finding, again=again)
        self._heard[finding.id] = made
        return made

    def waiting(self) -> tuple[str, ...]:
        """Return the questions that were opened and have neither ended nor been carried out."""
        return tuple(self._open)

    def settle(self) -> tuple[PolicyChanged, ...]:
        """Carry out what people have approved since the last call; return the changes."""
        made: list[PolicyChanged] = []
        for escalation in list(self._open):
            granted = self._gate.granted(escalation)
            if granted is None:
                if self._is_over(escalation):
                    del self._open[escalation]
                continue
            token, request = granted
            changes = _changes(request.decoded(), time=self._clock(), stem=request.id)
            try:
                self._gate.resume(token, request)
            except NotStartedError:
                continue
            del self._open[escalation]
            for change in changes:
                self._gate.observe(change)
            self._gate.ended(request.id, ok=True)
            made += changes
        return tuple(made)

    # -- its questions at the desk -----------------------------------------------------------------

    def _own(self, states: Sequence[EscalationState]) -> Iterator[str]:
        """Give the ids of the watch's own questions that are in one of these states; () is any."""
        lines = () if self._desk is None else self._desk.list(now=self._clock(), states=states)
        asked = (line.question.escalation for line in lines)
        return (each.id for each in asked if each.agent == WATCH)

    def _is_over(self, escalation: str) -> bool:
        """Whether nothing can be approved any more."""
        if self._desk is None:
            return True
        return self._desk.show(escalation, now=self._clock()).question.state.terminal

    def _asked_before(self, finding: str) -> str:
        """Return the question that an earlier process opened about a finding; empty if none."""
        for escalation in self._own(()):
            card = self._desk.show(escalation, now=self._clock()).card if self._desk else None
            if card is not None and card.request.decoded()["finding"] == finding:
                return escalation
        return ""

    # -- one finding -------------------------------------------------------------------------------

    def _follow(self, rule: WatchRule, finding: Finding, *, again: bool) -> Contained:
        """Do what a rule says; of what was done `again`, only what is missing."""
        changes = _measures(rule, finding, time=self._clock())
        why_not = self._objection(rule, finding)
        applied: tuple[PolicyChanged, ...] = ()
        if changes and not why_not:
            applied = changes
            for change in changes:
                with suppress(IdTakenError):  # made before the last process ended
                    self._gate.observe(change)
        escalation, unasked = self._asked_before(finding.id) if again else "", ""
        if not escalation:
            escalation, unasked = self._ask(rule, finding, changes, why_not)
        return Contained(
            rule=rule.name, applied=applied, escalation=escalation, why_not=unasked or why_not
        )

    def _objection(self, rule: WatchRule, finding: Finding) -> str:
        if not rule.at_once:
            return "the rule asks first"
        if finding.guarantee.code not in SUFFICIENT:
            return f"its guarantee is {finding.guarantee.title}"
        return self._doubt(finding)

    def _ask(
        self, rule: WatchRule, finding: Finding, changes: Iterable[PolicyChanged], why_not: str
    ) -> tuple[str, str]:
        """Ask a person: undo what was done, do it, or only take note."""
        undo = not why_not
        wanted = [_undone(each) if undo else _plain(each) for each in changes]
        does = ("undo what was narrowed" if undo else "narrow") if wanted else "take note"
        because: dict[str, Any] = {"asked_first": why_not} if wanted and why_not else {}
        if wanted and rule.seconds is not None:
            because["pause"] = rule.seconds * SECOND
        asked = self._gate.ask(
            WATCH,
            "policy.propose",
            {
                **because,
                "about": list(finding.agents or _ends(finding.edges)),
                "changes": wanted,
                "detector": finding.detector,
                "does": does,
                "evidence": list(finding.evidence),
                "finding": finding.id,
                "found": _title(finding.detector),
                "guarantee": finding.guarantee.words,
                "measure": rule.measure,
                "rule": rule.name,
                "why": f"{rule.why}. {_whom(finding)}; {finding.effect.unit}: "
                f"{finding.effect.value:.3g}, of {finding.n} seen",
            },
            run=RUN,
            chain=_CHAIN,
            resource=CIRCUIT,
            identity="bound",
        )
        if asked.request is None or asked.decision.outcome is not Outcome.ESCALATE:
            said = "; ".join(v.reason for v in asked.decision.votes if v.outcome is Outcome.FORBID)
            return "", f"{UNASKED}{said or 'no layer let the question pass'}"
        self._open[asked.request.id] = None
        return asked.request.id, ""

    def _record(self, finding: Finding) -> bool:
        """Record a finding; False if the log has it, from before the last process ended."""
        found = Found(
            id=f"found/{finding.id[:40]}",
            time=self._clock(),
            run=RUN,
            finding=finding.id,
            detector=finding.detector,
            version=finding.version,
            severity=finding.severity,
            evidence=finding.evidence,
        )
        contents = (msgspec.json.encode(finding),)
        try:
            self._gate.observe(found, contents)
        except IdTakenError:
            return False
        except UnknownEventError:  # the evidence lies in another writer's log; it is in the content
            self._gate.observe(replace(found, evidence=()), contents)
        return True


def _measures(rule: WatchRule, finding: Finding, *, time: int) -> tuple[PolicyChanged, ...]:
    """Return the changes that a rule asks for."""
    if rule.measure == "none":
        return ()
    places: list[tuple[Literal["agent", "edge"], str, str]]
    edges = {(edge.sender, edge.receiver): edge for edge in finding.edges}
    if edges and rule.measure in ("break", "verify"):
        places = [("edge", sender, receiver) for sender, receiver in edges]
    else:
        places = [("agent", agent, "") for agent in finding.agents or _ends(finding.edges)]
    return tuple(
        PolicyChanged(
            id=f"watch/{finding.id[:32]}/{number}",
            time=time,
            run=RUN,
            subject=subject,
            what=what,
            peer=peer,
            change=_CHANGE[rule.measure],
            pause=None if rule.seconds is None else rule.seconds * SECOND,
            reason=f"{rule.name}: finding {finding.id[:16]} of {finding.detector}",
        )
        for number, (what, subject, peer) in enumerate(places)
    )


def _title(detector: str) -> str:
    """Return what a detector calls its finding; its name where it is none of ours."""
    return table.load(detector).spec.title if detector in table.TABLE else detector


def _ends(edges: Iterable[Edge]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in edges for name in (each.sender, each.receiver)))


def _plain(change: PolicyChanged) -> dict[str, Any]:
    """Return a change as arguments of a request; its id and time come when it is made."""
    kept: dict[str, Any] = {
        "what": change.what,
        "subject": change.subject,
        "peer": change.peer,
        "change": change.change,
        "reason": change.reason,
    }
    return kept if change.pause is None else {**kept, "pause": change.pause}


def _undone(change: PolicyChanged) -> dict[str, Any]:
    return {
        "what": change.what,
        "subject": change.subject,
        "peer": change.peer,
        "change": "resume",
        "reason": f"ruled; {change.reason}"[:1000],
    }


def _changes(arguments: Any, *, time: int, stem: str) -> tuple[PolicyChanged, ...]:
    """Return the changes that a person approved."""
    return tuple(
        PolicyChanged(id=f"{stem}/change/{number}", time=time, run=RUN, **each)
        for number, each in enumerate(arguments["changes"])
    )


def _whom(finding: Finding) -> str:
    if finding.agents:
        return ", ".join(finding.agents[:4])
    return ", ".join(f"{each.sender} to {each.receiver}" for each in finding.edges[:4])
