"""What no agent may do, whatever else is granted: the layer that is asked first.

The rules stand under a key of their own, and are never merged with any other set. They only forbid,
or ask for a person; they grant nothing, so that they can be overridden by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from tertius.core.constitution import Constitution, ConstitutionError
from tertius.core.decision import Layer, Vote
from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.cedar import CedarRules, Rule
from tertius.policy.counters import BUILT_IN
from tertius.policy.request_context import Chronicle, Member, NoChronicle
from tertius.policy.request_schema import shape
from tertius.policy.roots import Opened, Role, Root
from tertius.policy.versions import Versions

KIND: Final = "urn:tertius:constitution:v1"


class NotInForceError(NotEvaluatedError):
    """A constitution outside its validity; under it nothing can be judged."""


class WrongRootError(CallerError):
    """A root that may sign other documents, and not these."""


class HeldConstitution(Struct, frozen=True, kw_only=True):
    """A verified constitution, and the digest of its signed bytes, which decisions name."""

    constitution: Constitution
    digest: str


def load_constitution(
    raw: bytes, root: Root, *, versions: Versions
) -> tuple[HeldConstitution, Versions]:
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
        The signatures do not hold, or are not enough.
    ConstitutionError
        It is no constitution.
    RolledBackError
        A newer one, or another of the same version, was in force before.
    """
    opened = opened_under(root, "constitution", raw, KIND)
    try:
        constitution = msgspec.convert(opened.statement.predicate, Constitution)
    except msgspec.ValidationError as error:
        text = " ".join(str(error).split())[:200]
        raise ConstitutionError(f"no constitution: {text[:1].lower()}{text[1:]}") from error
    name = f"constitution {constitution.name}"
    newer = versions.advance(name, constitution.version, opened.digest)
    return HeldConstitution(constitution=constitution, digest=opened.digest), newer


def opened_under(root: Root, role: Role, raw: bytes, kind: str) -> Opened:
    """Open a document under the root of a role, and under no other.

    Raises
    ------
    WrongRootError
        The root is for other documents.
    """
    if root.document.role != role:
        raise WrongRootError(f"a root for `{root.document.role}`; expected one for `{role}`")
    return root.open(raw, kind)


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
