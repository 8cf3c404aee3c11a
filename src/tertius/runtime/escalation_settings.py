"""The section `escalation:` of `tertius.yaml`: which acts people are asked about, and how."""

from __future__ import annotations

import typing
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from tertius.core.noun import NounError
from tertius.core.request import Action
from tertius.escalation.triggers import Terms, Trigger
from tertius.runtime.section import Section, fault, listed, one_of

_ACTIONS: typing.Final = typing.get_args(Action)
_TEXTS: typing.Final = {"type": "array", "items": {"type": "string"}}


def _names(value: object) -> object:
    names = listed(value)
    assert isinstance(names, tuple)
    for at, name in enumerate(names):
        if not isinstance(name, str):
            raise fault("expected a name", at)
    return names


def _actions(value: object) -> object:
    names = listed(value)
    assert isinstance(names, tuple)
    for at, name in enumerate(names):
        one_of(name, _ACTIONS, "kind of act", at)
    return names


Names = Annotated[tuple[str, ...], BeforeValidator(_names), WithJsonSchema(_TEXTS)]
Actions = Annotated[
    tuple[str, ...],
    BeforeValidator(_actions),
    WithJsonSchema({"type": "array", "items": {"enum": list(_ACTIONS)}}),
]
Seconds = Annotated[int, Field(ge=1, le=30 * 86_400)]


class TermsSettings(Section):
    """How a question is asked."""

    quorum: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="How many distinct people must approve."
    )
    approvers: Names = Field(
        default=(), description="Who is asked, by pseudonym; left out, everybody enrolled."
    )
    seconds: Seconds = Field(
        default=900, description="Until the deadline; then the question expires."
    )
    lifetime: Seconds = Field(default=300, description="Seconds to act on an approval.")
    blocking: bool = Field(default=True, description="Whether the run waits.")
    affected: Names = Field(default=(), description="Who would bear it.")

    @model_validator(mode="after")
    def _sound(self) -> TermsSettings:
        try:
            self.value()
        except NounError as error:
            raise fault(str(error)) from error
        return self

    def value(self) -> Terms:
        """Return them as the gate takes them."""
        return Terms(
            quorum=self.quorum,
            approvers=self.approvers,
            seconds=self.seconds,
            lifetime=self.lifetime,
            blocking=self.blocking,
            affected=self.affected,
        )


class TriggerSettings(Section):
    """What must be asked: each list that is given must name what the act does."""

    name: str = Field(description="Id of the rule, as it stands in decisions.")
    why: str = Field(description="The reason, in words that a person reads on the card.")
    agents: Names = Field(default=(), description="Who acts.")
    actions: Actions = Field(default=(), description="Kinds of act.")
    resources: Names = Field(default=(), description="Tools, stores or determinations.")
    peers: Names = Field(default=(), description="Whom it is done to.")
    rules: Names = Field(
        default=(), description="Rules of policy whose own question is asked on these terms."
    )
    terms: TermsSettings = Field(default_factory=TermsSettings, description="How it is asked.")

    @model_validator(mode="after")
    def _sound(self) -> TriggerSettings:
        if not (self.agents or self.actions or self.resources or self.peers or self.rules):
            raise fault("a trigger for every act; name agents, actions, resources, peers or rules")
        try:
            self.value()
        except NounError as error:
            raise fault(str(error)) from error
        return self

    def value(self) -> Trigger:
        """Return it as the gate takes it."""
        return Trigger(
            name=self.name,
            why=self.why,
            agents=self.agents,
            actions=cast(tuple[Action, ...], self.actions),
            resources=self.resources,
            peers=self.peers,
            rules=self.rules,
            terms=self.terms.value(),
        )


class EscalationSettings(Section):
    """Which acts people are asked about, beside what policy itself says."""

    triggers: Annotated[tuple[TriggerSettings, ...], BeforeValidator(listed)] = Field(
        default=(), description="What is asked, and on what terms."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> EscalationSettings:
        seen: set[str] = set()
        for number, each in enumerate(self.triggers):
            if each.name in seen:
                raise fault(f"a second trigger named `{each.name}`", "triggers", number, "name")
            seen.add(each.name)
        return self

    def values(self) -> tuple[Trigger, ...]:
        """Return the triggers as the gate takes them."""
        return tuple(each.value() for each in self.triggers)
