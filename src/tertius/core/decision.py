"""Policy's answer: votes of its layers, and the decision that they make together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from msgspec import json
from msgspec.structs import force_setattr

from tertius.core.events import Count, Text, Time
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    is_digest,
    require_digests,
    require_names,
)
from tertius.core.outcome import EnforcementLevel, Outcome

Layer = Literal["constitution", "circuit", "roles", "manifest", "conditions", "flow"]
"""The layers of policy, in the order in which they are asked. Order never matters to the answer."""

DenialCode = Literal["not-granted", "bad-argument", "needs-human", "denied"]
"""All that an agent is told; the reasons go to the log."""


_PERMIT, _FORBID, _ESCALATE = Outcome.PERMIT, Outcome.FORBID, Outcome.ESCALATE
"""A member read through its class is a call; the gate compares with them all the time."""


class DecisionError(NounError):
    """A decision that does not follow from its votes."""


class Vote(Noun, frozen=True, kw_only=True):
    """What one policy says, by which rule, and why, in words a person can read."""

    layer: Layer
    outcome: Outcome
    rule: ProperName
    reason: Text

    def __post_init__(self) -> None:
        require_names(DecisionError, rule=self.rule)


class Fault(Noun, frozen=True, kw_only=True):
    """A layer that could not answer: an exception, a diagnostic, a missing attribute."""

    layer: Layer
    message: Text


def combine(votes: Iterable[Vote], faults: Iterable[Fault] = ()) -> Outcome:
    """Return what votes and faults amount to.

    Forbid beats escalate beats permit; nothing said is forbid; any fault is forbid.

    Examples
    --------
    >>> yes = Vote(layer="manifest", outcome=Outcome.PERMIT, rule="m1", reason="granted")
    >>> ask = Vote(layer="conditions", outcome=Outcome.ESCALATE, rule="c1", reason="over 500")
    >>> combine([yes, ask]), combine([]), combine([yes], [Fault(layer="flow", message="?")])
    (<Outcome.ESCALATE: 'escalate'>, <Outcome.FORBID: 'forbid'>, <Outcome.FORBID: 'forbid'>)
    """
    for _ in faults:
        return _FORBID
    escalate = permit = False
    for vote in votes:
        outcome = vote.outcome
        if outcome is _FORBID:
            return _FORBID
        if outcome is _ESCALATE:
            escalate = True
        elif outcome is _PERMIT:
            permit = True
    if escalate:
        return _ESCALATE
    return _PERMIT if permit else _FORBID


class Decision(Noun, frozen=True, kw_only=True):
    """The gate's answer to one request.

    Parameters
    ----------
    request
        Digest of the request (`tertius.core.request.request_digest`).
    time
        Decision time in UTC nanoseconds: the later of wall clock and last durable time.
    outcome
        Permit, forbid or escalate; never abstain.
    votes, faults
        What each layer said, and the layers that could not say.
    level
        Where the gate stands.
    arguments
        The canonical bytes that were judged. Only they may run.
    manifest, constitution
        Digests of the signed documents in force; None when there was none.
    epoch
        Version of the policy state, which rises with every change.
    code
        What the agent is told; None exactly when the outcome is permit.
    shadow
        Whether the gate runs in shadow mode: everything is recorded, and only the constitution
        is enforced.

    Raises
    ------
    DecisionError
        The outcome is not what the votes and faults amount to, or the code does not fit.

    Notes
    -----
    What was judged is what runs: an adapter runs `frozen_arguments`, never the values it came
    with.
    """

    request: Hex64
    time: Time
    outcome: Outcome
    votes: tuple[Vote, ...]
    faults: tuple[Fault, ...] = ()
    level: EnforcementLevel
    arguments: bytes
    manifest: Hex64 | None = None
    constitution: Hex64 | None = None
    epoch: Count = 0
    code: DenialCode | None = None
    shadow: bool = False

    def __post_init__(self) -> None:
        if not is_digest(self.request):
            require_digests(DecisionError, request=self.request)
        _check_documents(self.manifest, self.constitution)
        due, code = combine(self.votes, self.faults), self.code
        if self.outcome is not due:
            raise DecisionError(f"outcome `{self.outcome}`; the votes amount to `{due}`")
        if (code is None) != (due is _PERMIT):
            raise DecisionError("a permit has no denial code, and anything else has one")
        if (code == "needs-human") != (due is _ESCALATE):
            raise DecisionError("the code `needs-human` goes with escalate, and only with it")

    @property
    def obeyed(self) -> Outcome:
        """What the adapter must do; it differs from `outcome` only in shadow mode.

        In shadow mode a forbid, escalation or fault of the constitution still forbids or
        escalates; anything else runs.
        """
        if not self.shadow:
            return self.outcome
        own = [v for v in self.votes if v.layer == "constitution"]
        broken = [f for f in self.faults if f.layer == "constitution"]
        said = combine(own, broken)
        silent = not broken and all(v.outcome is Outcome.ABSTAIN for v in own)
        return Outcome.PERMIT if silent else said

    def frozen_arguments(self) -> Any:
        """Return the judged arguments, decoded afresh from their canonical bytes."""
        return json.decode(self.arguments)


def alike(decision: Decision, request: str, time: int, arguments: bytes) -> Decision:
    """Return the same decision on another request; what was checked is not checked again.

    Parameters
    ----------
    request
        Digest of the request; the caller answers for it.
    """
    copy: Decision = decision.__copy__()  # type: ignore[attr-defined]  # the stubs leave it out
    force_setattr(copy, "request", request)
    force_setattr(copy, "time", time)
    force_setattr(copy, "arguments", arguments)
    return copy


@lru_cache(maxsize=1024)
def _check_documents(manifest: str | None, constitution: str | None) -> None:
    """Refuse what is no digest; the same few come again and again, and only good ones are kept."""
    require_digests(DecisionError, manifest=manifest, constitution=constitution)
