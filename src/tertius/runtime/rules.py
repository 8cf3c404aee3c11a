"""The section `events:` of `tertius.yaml`: what a user's tools, messages and fields mean.

A rule says on which events it looks (`event`, `tool`, `agent`, `to`, `channel`, `where`,
`matches`), what such an event means (`means`), and where the values stand (`with`, `text`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from tertius.core.errors import CallerError
from tertius.core.events import BaseEvent
from tertius.core.kinds import KINDS
from tertius.core.names import nearest
from tertius.runtime.fields import fields_of, required_of
from tertius.runtime.pick import Pick, PickError, check
from tertius.runtime.rule_parts import Conditions, Names, Place, Regex, Taken, Value
from tertius.runtime.section import Section, fault, one_of, shown

MEANINGS = (
    "asserted", "rated", "accepted", "verified", "claimed", "promised", "offered", "flagged",
    "task.assigned", "task.completed", "outcome.observed", "handed.off", "delegated",
    "memory.written", "memory.read", "resource.claimed", "resource.released", "acted", "paid",
)  # fmt: skip
"""Kinds of events that a rule may add."""

SOURCES = tuple(
    kind
    for kind in KINDS
    if not kind.startswith(("log.", "writer.", "checkpoint.")) and kind not in ("erased", "found")
)
"""Kinds of events that a rule may look at."""

SYNONYMS = {
    "assertion": "asserted", "recommendation": "asserted", "vote": "asserted",
    "rating": "rated", "review": "rated", "approval": "accepted", "approved": "accepted",
    "evidence": "verified", "verification": "verified", "promise": "promised",
    "claim": "claimed", "flag": "flagged", "outcome": "outcome.observed",
    "task": "task.assigned", "handoff": "handed.off", "offer": "offered",
}  # fmt: skip


class EventRule(Section):
    """One rule: events that fit it mean something."""

    name: str = Field(
        default="", max_length=100, description="Name of the rule, for counts and faults."
    )
    event: Annotated[str, Field(json_schema_extra={"enum": list(SOURCES)})] = Field(
        description="Kind of event that the rule looks at."
    )
    agent: Names = Field(
        default=(), description="Only events of these agents; `*` stands for anything."
    )
    tool: Names = Field(default=(), description="Only events of these tools.")
    to: Names = Field(default=(), description="Only events addressed to one of these.")
    channel: Names = Field(default=(), description="Only events on these channels.")
    where: Conditions = Field(default=(), description="Places and what must stand there.")
    matches: Regex | None = Field(default=None, description="What the content's text must match.")
    each: Place | None = Field(
        default=None, description="A list in the content; one event for each item."
    )
    means: Annotated[str, Field(json_schema_extra={"enum": list(MEANINGS)})] = Field(
        description="Kind of event that is added."
    )
    values: dict[str, Taken] = Field(
        default_factory=dict, alias="with", description="Its fields, and where their values stand."
    )
    text: Place | None = Field(
        default=None, description="Place of the text that becomes its content."
    )

    @model_validator(mode="after")
    def _fits(self) -> EventRule:
        one_of(self.event, SOURCES, "kind", "event")
        if self.means not in MEANINGS:
            near = SYNONYMS.get(self.means)
            hint = f"; did you mean `{near}`" if near else nearest(self.means, MEANINGS)
            raise fault(f"unknown meaning `{shown(self.means)}`{hint}", "means")
        source, target = KINDS[self.event], KINDS[self.means]
        for key, field in (("tool", "tool"), ("channel", "channel"), ("to", receivers(source))):
            if getattr(self, key) and field not in source.__struct_fields__:
                raise fault(f"`{self.event}` has no `{key}`", key, key=True)
        for pick, groups, at in self._places():
            try:
                check(pick, source, groups)
            except PickError as error:
                raise fault(str(error), *at, key=at[0] == "where") from error
        _check_values(self.means, target, self.values)
        if self.text is not None and "content" not in target.__struct_fields__:
            raise fault(f"`{self.means}` has no text", "text", key=True)
        return self

    def _places(self) -> Iterator[tuple[Pick, tuple[str, ...], tuple[str, ...]]]:
        """Yield every place, the groups that it may name, and where it stands in the rule."""
        patterns = [self.matches, *(condition.pattern for condition in self.where)]
        groups = tuple(group for pattern in patterns if pattern for group in pattern.groups)
        for condition in self.where:
            yield condition.pick, (), ("where", condition.pick.source)
        for field, value in self.values.items():
            if value.pick is not None:
                yield value.pick, groups, ("with", field)
        for place, at in ((self.each, "each"), (self.text, "text")):
            if place is not None:
                yield place, groups, (at,)


def receivers(cls: type[BaseEvent]) -> str:
    """Return the field that says whom an event of this class is addressed to."""
    return "recipients" if "recipients" in cls.__struct_fields__ else "to"


def _check_values(kind: str, target: type[BaseEvent], values: Mapping[str, Value]) -> None:
    """Refuse fields that the kind does not have or lacks, and plain values that do not fit."""
    fields = fields_of(target)
    for name, value in values.items():
        if name not in fields:
            hint = nearest(name, fields)
            raise fault(f"`{kind}` has no field `{shown(name)}`{hint}", "with", name, key=True)
        plain = [*(value.table or {}).values()]
        plain += [] if value.constant is None else [value.constant]  # type: ignore[list-item]
        for each in plain:
            try:
                fields[name].fit(each)
            except CallerError as error:
                raise fault(str(error), "with", name) from error
    for name in required_of(target):
        if name not in values:
            raise fault(f"`{kind}` needs `{name}`; say under `with` where it stands", "means")
