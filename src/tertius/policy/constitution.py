"""What no agent may do, whatever else is granted: the layer that is asked first.

The rules stand under a key of their own, and are never merged with any other set. They only forbid,
or ask for a person; they grant nothing, so that they can be overridden by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tertius.core.constitution import Constitution, ConstitutionError
from tertius.core.decision import Layer, Vote
from tertius.core.errors import NotEvaluatedError
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.cedar import CedarRules, Rule
from tertius.policy.counters import BUILT_IN
from tertius.policy.envelope import predicate_type
from tertius.policy.request_context import Chronicle, Member, NoChronicle
from tertius.policy.request_schema import shape
from tertius.policy.roots import Root
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import Versions

KIND: Final = predicate_type("constitution")


class NotInForceError(NotEvaluatedError):
    """A constitution outside its validity; under it nothing can be judged."""


def load_constitution(
    raw: bytes, root: Root, *, versions: Versions
) -> tuple[Signed[Constitution], Versions]:
    """Read a signed constitution.

    Parameters
    ----------
    raw
        The file of a DSSE envelope around an in-toto statement of kind `KIND`.
    root
        The constitution's own, never that of the manifests.
    versions
        What is remembered.

    Returns
    -------
    The constitution, and what to remember once it is put in force.

    Raises
    ------
    WrongRootError
        The root is for other documents.
    EnvelopeError, BadSignatureError, TooFewSignaturesError
        The signatures do not hold, are not enough, or are under no constitution.
    RolledBackError
        A newer one, or another of the same version, was in force before, whatever its name.
    """
    return open_signed(
        raw, root, Constitution, kind="constitution", role="constitution", versions=versions
    )


class ConstitutionLayer:
    """The constitution in force.

    Parameters
    ----------
    constitution
        Verified by `load_constitution`.
    members
        The agents that rules may ask about.
    chronicle
        Who remembers the past; without one, no rule may read a counter or evidence.

    Raises
    ------
    CedarError
        A rule that cannot be put in force; with line and column.

    Notes
    -----
    Says forbid, escalate or abstain, never permit. A rule that cannot be evaluated raises, and the
    gate forbids. Cannot see what an act leads to: only what the request says, and the past.

    Examples
    --------
    >>> from tertius.core.constitution import ConstitutionRule
    >>> layer = ConstitutionLayer(Constitution(name="campus", version=1, accountable="p-1",
    ...     schema="type Arguments = { amount?: Long };", not_before=0, not_after=9,
    ...     rules=(ConstitutionRule(id="k1", why="nobody deletes", cedar='''
    ...         forbid (principal, action == Action::"tool.call",
    ...             resource == Resource::"sis.delete");'''),)))
    >>> [rule.id for rule in layer.rules.rules], layer.in_force(10)
    (['k1'], False)
    """

    layer: Final[Layer] = "constitution"

    def __init__(
        self,
        constitution: Constitution,
        *,
        members: Iterable[Member] = (),
        chronicle: Chronicle | None = None,
    ) -> None:
        self.constitution = constitution
        declared = shape(constitution.schema, BUILT_IN)
        self.rules = CedarRules(constitution.rules, declared, members=members)
        self._chronicle = chronicle if chronicle is not None else NoChronicle()
        if chronicle is None and self.rules.remembers:
            raise ConstitutionError("a rule reads counters or evidence, and no history is kept")

    def in_force(self, time: int) -> bool:
        """Whether the constitution is valid at a time, in UTC nanoseconds.

        Whoever uses a compiled answer in place of `judge` must ask this at every decision.
        """
        return self.constitution.not_before <= time <= self.constitution.not_after

    def judge(self, request: Request) -> Vote:
        """Say whether a rule forbids the request, or wants a person to be asked.

        Raises
        ------
        NotInForceError
            The constitution is not valid at that time.
        CedarFaultError, ContextFaultError
            A rule could not be evaluated.
        """
        if not self.in_force(self._chronicle.moment(request)):
            raise NotInForceError(f"constitution `{self.constitution.name}` is not in force")
        fired = self.rules.fired(request, self._chronicle)
        return vote(self.layer, fired, otherwise=self.constitution.name)


def vote(layer: Layer, fired: tuple[Rule, ...], *, otherwise: str) -> Vote:
    """Return the vote of a layer whose rules fired; with none it abstains."""
    if not fired:
        return Vote(layer=layer, outcome=Outcome.ABSTAIN, rule=otherwise, reason="no rule applies")
    first = min(fired, key=lambda rule: rule.outcome is not Outcome.FORBID)
    more = f" (and {len(fired) - 1} more)" if len(fired) > 1 else ""
    return Vote(layer=layer, outcome=first.outcome, rule=first.id, reason=first.why[:980] + more)
