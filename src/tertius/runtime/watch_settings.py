"""The section `watch:` of `tertius.yaml`: what follows from a finding."""

from __future__ import annotations

import typing
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from tertius.core.finding import SEVERITIES, Severity
from tertius.core.noun import NounError
from tertius.detectors import table
from tertius.runtime.escalation_settings import TermsSettings
from tertius.runtime.section import Section, fault, listed, one_of
from tertius.runtime.watch_rules import SHIPPED, Measure, WatchRule, WatchRules

_MEASURES: typing.Final = typing.get_args(Measure)


def _detectors(value: object) -> object:
    names = listed(value)
    assert isinstance(names, tuple)
    for at, name in enumerate(names):
        one_of(name, table.TABLE, "detector", at)
    return names


def _measure(value: object) -> object:
    one_of(value, _MEASURES, "measure")
    return value


def _severity(value: object) -> object:
    one_of(value, SEVERITIES, "severity")
    return value


class WatchTerms(TermsSettings):
    """How a question about a finding is asked."""

    seconds: Annotated[int, Field(ge=1, le=30 * 86_400)] = Field(
        default=3600, description="Until the deadline; then nothing changes."
    )
    blocking: bool = Field(default=False, description="Whether a run waits.")


class WatchRuleSettings(Section):
    """What follows from findings of some detectors."""

    name: str = Field(description="Name of the rule, as it stands in decisions.")
    why: str = Field(description="The reason, in words that a person reads on the card.")
    detectors: Annotated[
        tuple[str, ...],
        BeforeValidator(_detectors),
        WithJsonSchema({"type": "array", "items": {"enum": list(table.TABLE)}}),
    ] = Field(description="Whose findings.")
    least: Annotated[
        Severity, BeforeValidator(_severity), WithJsonSchema({"enum": list(SEVERITIES)})
    ] = Field(default="low", description="Severity from which it applies.")
    measure: Annotated[
        Measure, BeforeValidator(_measure), WithJsonSchema({"enum": list(_MEASURES)})
    ] = Field(
        default="none",
        description="What is done: nothing, ask for evidence (verify), slow down (throttle), cut "
        "an edge (break), cut an agent off (quarantine).",
    )
    seconds: Annotated[int, Field(ge=1, le=7 * 86_400)] | None = Field(
        default=None,
        description="Of a throttle, between two starts; of a break, until it is tried again.",
    )
    at_once: bool = Field(
        default=True,
        description="Whether it is done before a person answers, where the guarantee suffices.",
    )
    terms: WatchTerms = Field(default_factory=WatchTerms, description="How it is asked.")

    @model_validator(mode="after")
    def _sound(self) -> WatchRuleSettings:
        try:
            self.value()
        except NounError as error:
            raise fault(str(error)) from error
        return self

    def value(self) -> WatchRule:
        """Return it as the watch takes it."""
        return WatchRule(
            name=self.name,
            why=self.why,
            detectors=self.detectors,
            least=self.least,
            measure=self.measure,
            seconds=self.seconds,
            at_once=self.at_once,
            terms=self.terms.value(),
        )


class WatchSettings(Section):
    """What follows from a finding."""

    rules: Annotated[tuple[WatchRuleSettings, ...], BeforeValidator(listed)] = Field(
        default=(), description="Your own rules; the first that fits a finding applies."
    )
    shipped: bool = Field(
        default=True,
        description="Whether the three rules that come with Tertius apply after yours: "
        f"{', '.join(rule.name for rule in SHIPPED)}.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> WatchSettings:
        seen = {rule.name for rule in SHIPPED} if self.shipped else set()
        for number, each in enumerate(self.rules):
            if each.name in seen:
                raise fault(f"a second rule named `{each.name}`", "rules", number, "name")
            seen.add(each.name)
        return self

    def value(self) -> WatchRules:
        """Return the rules as the watch takes them."""
        own = tuple(each.value() for each in self.rules)
        return WatchRules((*own, *(SHIPPED if self.shipped else ())))
