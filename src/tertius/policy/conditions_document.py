"""The document of conditions: Cedar rules, counters, and what must come before what."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tertius.core.constitution import Cedar
from tertius.core.events import Text
from tertius.core.grants import Seconds
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.request import Action
from tertius.policy.counters import Counter, Per, check_names
from tertius.policy.envelope import predicate_type
from tertius.policy.occurrence import Occurrence
from tertius.policy.roots import Root
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import Versions

KIND: Final = predicate_type("conditions")


class ConditionsError(NounError):
    """Conditions that cannot be put in force."""


class Match(Noun, frozen=True, kw_only=True):
    """Which acts are meant: by kind, resource and agent; an empty list means any."""

    actions: tuple[Action, ...] = ()
    resources: tuple[ProperName, ...] = ()
    agents: tuple[ProperName, ...] = ()

    def __post_init__(self) -> None:
        require_names(ConditionsError, resources=self.resources, agents=self.agents)
        if not (self.actions or self.resources or self.agents):
            raise ConditionsError("a match for every act; name actions, resources or agents")

    def fits(self, act: Occurrence) -> bool:
        """Whether an act is meant."""
        return (
            (not self.actions or act.action in self.actions)
            and (not self.resources or act.resource in self.resources)
            and (not self.agents or act.agent in self.agents)
        )


class ConditionRule(Noun, frozen=True, kw_only=True):
    """One Cedar policy, with its purpose in words a person can read."""

    id: ProperName
    why: Text
    cedar: Cedar

    def __post_init__(self) -> None:
        require_names(ConditionsError, rule=self.id)


class Group(Noun, frozen=True, kw_only=True):
    """Agents that are counted together."""

    name: ProperName
    members: tuple[ProperName, ...]

    def __post_init__(self) -> None:
        require_names(ConditionsError, group=self.name, members=self.members)
        require_distinct(ConditionsError, members=self.members)
        if not self.members:
            raise ConditionsError(f"group `{self.name}` has no members")


class SplitTask(Noun, frozen=True, kw_only=True):
    """Steps that are harmless each, and forbidden together.

    The step that would complete them is forbidden, whoever takes it. `per` says what they must
    share to belong together; by default the run, so that neither another task nor another agent
    separates them.
    """

    id: ProperName
    why: Text
    steps: tuple[Match, ...]
    per: tuple[Per, ...] = ("run",)
    window: Seconds | None = None

    def __post_init__(self) -> None:
        require_names(ConditionsError, rule=self.id)
        if len(self.steps) < 2 or len(set(self.steps)) != len(self.steps):
            raise ConditionsError(f"rule `{self.id}` needs at least two different steps")


class Delay(Noun, frozen=True, kw_only=True):
    """An act that must wait until `seconds` have passed since the first `after`."""

    id: ProperName
    why: Text
    act: Match
    after: Match
    seconds: Seconds
    per: tuple[Per, ...] = ("run", "task")

    def __post_init__(self) -> None:
        require_names(ConditionsError, rule=self.id)


class Consensus(Noun, frozen=True, kw_only=True):
    """An act that rests on what several agents say about its resource, in its task.

    Parameters
    ----------
    act
        The acts meant.
    quorum
        How many distinct agents must agree.
    verified
        Whether an independent verification is needed: by an agent that did not vote and does not
        ask, on evidence that none of the voters made.
    distinct_families
        Whether the quorum is counted by declared model family.
    """

    id: ProperName
    why: Text
    act: Match
    quorum: Annotated[int, Meta(ge=2, le=64)] = 2
    verified: bool = True
    distinct_families: bool = True

    def __post_init__(self) -> None:
        require_names(ConditionsError, rule=self.id)
        if not 2 <= self.quorum <= 64:
            raise ConditionsError(f"quorum {self.quorum} of `{self.id}`; expected 2 to 64")


class Conditions(Noun, frozen=True, kw_only=True):
    """Under which conditions a granted act may happen.

    Parameters
    ----------
    name, version
        The version rises with every change; an older one is a rollback.
    schema
        Cedar text that declares the type ``Arguments``; empty when no rule reads arguments.
    counters, groups
        What is counted, and who is counted together.
    rules
        Cedar policies: ``forbid``, or with ``@escalate`` a question to a person.
    splits, delays, consensus
        What must not come together, what must wait, what needs several who agree.
    approvals
        The acts that approve of what another agent did.
    reciprocal_approvals
        Whether two agents may approve of each other in one run.
    """

    name: ProperName
    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    schema: Annotated[str, Meta(max_length=100_000)] = ""
    counters: tuple[Counter, ...] = ()
    groups: tuple[Group, ...] = ()
    rules: tuple[ConditionRule, ...] = ()
    splits: tuple[SplitTask, ...] = ()
    delays: tuple[Delay, ...] = ()
    consensus: tuple[Consensus, ...] = ()
    approvals: tuple[Action, ...] = ("accept", "endorse", "verify")
    reciprocal_approvals: bool = False

    def __post_init__(self) -> None:
        require_names(ConditionsError, name=self.name)
        ids = [rule.id for rule in self.rules] + [rule.id for rule in self.splits]
        ids += [rule.id for rule in self.delays] + [rule.id for rule in self.consensus]
        require_distinct(ConditionsError, rules=tuple(ids))
        require_distinct(ConditionsError, groups=tuple(group.name for group in self.groups))
        check_names(self.counters)
        groups = {group.name for group in self.groups}
        for counter in self.counters:
            if counter.group is not None and counter.group not in groups:
                raise ConditionsError(
                    f"counter `{counter.name}` counts unknown group `{counter.group}`"
                )
        if self.version < 1:
            raise ConditionsError(f"version {self.version} of `{self.name}`; versions begin at 1")


def load_conditions(
    raw: bytes, root: Root, *, versions: Versions
) -> tuple[Signed[Conditions], Versions]:
    """Read signed conditions; they stand under the manifests' root, never the constitution's.

    Returns
    -------
    The conditions, and what to remember once they are put in force.

    Raises
    ------
    WrongRootError
        The root is for other documents.
    EnvelopeError, BadSignatureError, TooFewSignaturesError
        The signatures do not hold, are not enough, or are under no conditions.
    RolledBackError
        Newer ones, or others of the same version, were in force before, whatever their name.
    """
    return open_signed(
        raw, root, Conditions, kind="conditions", role="manifests", versions=versions
    )
