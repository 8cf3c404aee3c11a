"""What no agent may do, whatever its manifest says: rules under a key of their own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tertius.core.events import Text, Time
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names

Cedar = Annotated[str, Meta(min_length=1, max_length=1_000_000)]
MAX_BREAK_GLASS_SECONDS = 3600


class ConstitutionError(NounError):
    """A constitution that cannot be put in force."""


class ConstitutionRule(Noun, frozen=True, kw_only=True):
    """One Cedar policy, with its purpose in words a person can read."""

    id: ProperName
    why: Text
    cedar: Cedar

    def __post_init__(self) -> None:
        require_names(ConstitutionError, rule=self.id)
        if not self.cedar.strip():
            raise ConstitutionError(f"rule `{self.id}` is empty; write its Cedar policy")


class BreakGlass(Noun, frozen=True, kw_only=True):
    """An emergency door prepared beforehand: at least two people, a named scope, at most an hour.

    It lifts escalations and manifest denials, never the constitution, the kill switch or the
    record.
    """

    people: tuple[ProperName, ...]
    scope: tuple[ProperName, ...]
    seconds: Annotated[int, Meta(ge=1, le=MAX_BREAK_GLASS_SECONDS)]

    def __post_init__(self) -> None:
        require_names(ConstitutionError, people=self.people, scope=self.scope)
        require_distinct(ConstitutionError, people=self.people)
        if len(self.people) < 2:
            raise ConstitutionError("break-glass needs at least two people")
        if not self.scope:
            raise ConstitutionError("break-glass without a scope; name what it opens")
        if not 1 <= self.seconds <= MAX_BREAK_GLASS_SECONDS:
            raise ConstitutionError(f"break-glass lasts 1 to {MAX_BREAK_GLASS_SECONDS} seconds")


class Constitution(Noun, frozen=True, kw_only=True):
    """The rules that hold for the whole group.

    Parameters
    ----------
    name, version
        The version rises with every change; an older one is a rollback.
    accountable
        The human who answers for the group as a whole. Without one nothing starts.
    schema
        Cedar schema; there always is one, and every rule is validated against it at load.
    rules
        At least one.
    distinct_families
        Whether agents in one consensus must be of distinct declared model families.
    break_glass
        None: there is no emergency door.
    not_before, not_after
        Validity in UTC nanoseconds, both included.

    Raises
    ------
    ConstitutionError
        A bad name, no rules, a rule id twice, or an empty validity.

    Notes
    -----
    That a rule parses, type-checks and can fire is for the lint to say, not for this noun.
    """

    name: ProperName
    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    accountable: ProperName
    schema: Cedar
    rules: tuple[ConstitutionRule, ...]
    distinct_families: bool = True
    break_glass: BreakGlass | None = None
    not_before: Time
    not_after: Time

    def __post_init__(self) -> None:
        require_names(ConstitutionError, name=self.name, accountable=self.accountable)
        require_distinct(ConstitutionError, rules=tuple(rule.id for rule in self.rules))
        if not self.rules:
            raise ConstitutionError(f"constitution `{self.name}` has no rules; write at least one")
        if not self.schema.strip():
            raise ConstitutionError(f"constitution `{self.name}` has no schema; rules need one")
        if self.version < 1:
            raise ConstitutionError(f"version {self.version} of `{self.name}`; versions begin at 1")
        if self.not_before >= self.not_after:
            raise ConstitutionError(f"constitution `{self.name}` ends before it begins")
