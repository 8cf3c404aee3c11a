"""Which decisions go to a person, and on what terms: configuration as values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta

from tertius.core.decision import Decision, Layer, Vote
from tertius.core.events import Text
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.outcome import Outcome
from tertius.core.request import Action, Request

Seconds = Annotated[int, Meta(ge=1, le=30 * 86_400)]


class TriggerError(NounError):
    """A trigger or terms that could not mean anything."""


class Terms(Noun, frozen=True, kw_only=True):
    """How a question is asked.

    Parameters
    ----------
    quorum
        How many distinct people must approve.
    approvers
        Who is asked, by pseudonym; empty means everybody who is enrolled.
    seconds
        Until the deadline; then the question expires and the request is denied.
    lifetime
        Seconds to act on an approval.
    blocking
        Whether the run waits.
    affected
        Who would bear it.
    """

    quorum: Annotated[int, Meta(ge=1, le=64)] = 1
    approvers: tuple[ProperName, ...] = ()
    seconds: Seconds = 900
    lifetime: Seconds = 300
    blocking: bool = True
    affected: tuple[ProperName, ...] = ()

    def __post_init__(self) -> None:
        require_names(TriggerError, approver=self.approvers, affected=self.affected)
        require_distinct(TriggerError, approvers=self.approvers)
        if self.approvers and len(self.approvers) < self.quorum:
            raise TriggerError(
                f"quorum {self.quorum} of {len(self.approvers)} approvers can never be reached"
            )

    def joined(self, other: Terms) -> Terms:
        """Return terms as strict as both.

        Examples
        --------
        >>> two = Terms(quorum=2, seconds=60).joined(Terms(approvers=("p-1", "p-2")))
        >>> two.quorum, two.seconds, two.approvers
        (2, 60, ('p-1', 'p-2'))
        """
        both = tuple(name for name in self.approvers if name in other.approvers)
        approvers = both if self.approvers and other.approvers else self.approvers + other.approvers
        if self.approvers and other.approvers and not both:
            raise TriggerError("two triggers ask different people; nobody may answer both")
        return Terms(
            quorum=max(self.quorum, other.quorum),
            approvers=approvers,
            seconds=min(self.seconds, other.seconds),
            lifetime=min(self.lifetime, other.lifetime),
            blocking=self.blocking or other.blocking,
            affected=tuple(sorted({*self.affected, *other.affected})),
        )


class Trigger(Noun, frozen=True, kw_only=True):
    """What must be asked, and how.

    Parameters
    ----------
    name, why
        Rule id, and the reason in words that a person reads on the card.
    agents, actions, resources, peers
        Exact names; a request matches if each list that is not empty names what it does.
    rules
        Rules of policy whose own escalation is asked on these terms; such a trigger raises no
        question itself.
    terms
        How it is asked.
    """

    name: ProperName
    why: Text
    agents: tuple[ProperName, ...] = ()
    actions: tuple[Action, ...] = ()
    resources: tuple[ProperName, ...] = ()
    peers: tuple[ProperName, ...] = ()
    rules: tuple[ProperName, ...] = ()
    terms: Terms = Terms()

    def __post_init__(self) -> None:
        require_names(
            TriggerError,
            trigger=self.name,
            agents=self.agents,
            resources=self.resources,
            peers=self.peers,
            rules=self.rules,
        )

    def matches(self, request: Request) -> bool:
        """Whether the request is of the kind that the trigger names."""
        return all(
            not wanted or found in wanted
            for wanted, found in (
                (self.agents, request.agent),
                (self.actions, request.action),
                (self.resources, request.resource),
                (self.peers, request.peer),
            )
        )


class Triggers:
    """All triggers of a deployment, as a layer of policy.

    Raises
    ------
    TriggerError
        Two of one name.

    Notes
    -----
    It escalates or abstains; it never permits and never forbids. It sees names and acts, not what
    the arguments say: thresholds on values are conditions.

    Examples
    --------
    >>> triggers = Triggers([Trigger(name="t1", why="money leaves", resources=("ledger.pay",))])
    >>> triggers.layer
    'conditions'
    """

    layer: Final[Layer] = "conditions"

    def __init__(self, triggers: Iterable[Trigger], *, otherwise: Terms | None = None) -> None:
        self._triggers = tuple(triggers)
        self._otherwise = otherwise or Terms()
        require_distinct(TriggerError, triggers=tuple(each.name for each in self._triggers))

    def judge(self, request: Request) -> Vote:
        """Escalate what a trigger names, abstain from the rest."""
        found = [each for each in self._triggers if not each.rules and each.matches(request)]
        if not found:
            return Vote(
                layer=self.layer, outcome=Outcome.ABSTAIN, rule="triggers", reason="none matches"
            )
        why = "; ".join(each.why for each in found)[:1000]
        return Vote(layer=self.layer, outcome=Outcome.ESCALATE, rule=found[0].name, reason=why)

    def terms(self, request: Request, decision: Decision) -> Terms:
        """Return the terms on which an escalated request is asked: as strict as all that match.

        Raises
        ------
        TriggerError
            They ask different people, so that nobody could answer.
        """
        asking = {vote.rule for vote in decision.votes if vote.outcome is Outcome.ESCALATE}
        terms: Terms | None = None
        for each in self._triggers:
            if each.matches(request) and (not each.rules or asking.intersection(each.rules)):
                terms = each.terms if terms is None else terms.joined(each.terms)
        return self._otherwise if terms is None else terms
