"""Whether an answer from the gate beside this process is one to what was asked."""

from __future__ import annotations

from functools import lru_cache

from tertius.core.decision import Decision, Layer, Vote, alike
from tertius.core.errors import CallerError
from tertius.core.outcome import Outcome
from tertius.core.request import PrincipalChain
from tertius.log.content import SALT_BYTES, Sealed, commitment
from tertius.runtime.acts import Acts
from tertius.runtime.gate import Asked
from tertius.server.gate_wire import Ask, Judged


class NoGateError(CallerError):
    """The gate beside this process gave no answer that can be believed; nothing may run."""


def believed(judged: Judged, asked: Ask, chain: PrincipalChain, acts: Acts) -> Asked:
    """Return request and decision, made of the question and of what the gate added to it.

    Parameters
    ----------
    acts
        What was asked before: the same is not checked again, but for id, arguments and digests.

    Raises
    ------
    NoGateError
        They are on another question: other arguments, another agent, another act.
    """
    if judged.id is None:
        decision = _decision(judged, asked.arguments)
        if decision.obeyed is not Outcome.FORBID:
            raise NoGateError("a decision on no request")
        return Asked(None, decision)
    salt, raw = judged.salt, asked.arguments
    if len(salt) != SALT_BYTES or commitment(salt, raw) != judged.content:
        raise NoGateError("a decision on other arguments")
    kind = (
        asked.agent, asked.action, asked.run, chain, asked.resource, asked.peer, asked.key,
        asked.channel, asked.via, asked.task, None, judged.identity,
    )  # fmt: skip
    sealed = Sealed(judged.content, salt, raw)
    request, known = acts.request(kind, judged.id, judged.time, sealed)
    require_same(known.digest(request.id, str(request.time), request.digest), judged.request)
    last = known.answer
    if last is not None and _repeats(judged, last):
        return Asked(request, alike(last, judged.request, judged.decided, raw))
    known.answer = decision = _decision(judged, raw)
    return Asked(request, decision)


def require_same(request: str, decided: str) -> None:
    """Refuse a decision on another request than ours, by their digests.

    Raises
    ------
    NoGateError
        It is one.
    """
    if request != decided:
        raise NoGateError("a decision on another request")


def _repeats(judged: Judged, last: Decision) -> bool:
    """Whether a judgement is the last one on such an act again, but for the request and time."""
    return (
        last.outcome is judged.outcome
        and last.level is judged.level
        and last.manifest == judged.manifest
        and last.constitution == judged.constitution
        and last.epoch == judged.epoch
        and last.code == judged.code
        and not (last.shadow or judged.shadow)
    )


def _decision(judged: Judged, arguments: bytes) -> Decision:
    """Return the decision; in the place of its votes stands what they came to."""
    votes = _votes(judged.outcome, judged.code or "permit")
    if judged.shadow and judged.obeyed is not Outcome.PERMIT:
        votes += _votes(judged.obeyed, judged.code or "permit", layer="constitution")
    return Decision(
        request=judged.request,
        time=judged.decided,
        outcome=judged.outcome,
        votes=votes,
        level=judged.level,
        arguments=arguments,
        manifest=judged.manifest,
        constitution=judged.constitution,
        epoch=judged.epoch,
        code=judged.code,
        shadow=judged.shadow,
    )


@lru_cache(maxsize=64)
def _votes(outcome: Outcome, reason: str, *, layer: Layer = "circuit") -> tuple[Vote, ...]:
    return (Vote(layer=layer, outcome=outcome, rule="gate", reason=reason),)
