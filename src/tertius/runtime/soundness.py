"""Whether policy may be put in force as a whole: asked by the gate and by the lint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tertius.core.constitution import Constitution
from tertius.core.errors import CallerError
from tertius.core.manifest import Manifest
from tertius.core.names import nearest
from tertius.escalation.approvers import Person
from tertius.policy.conditions_document import Conditions
from tertius.policy.flaw import Flaw, Source
from tertius.policy.manifest_lint import lint
from tertius.policy.policy_lint import lint_policy
from tertius.policy.roles_document import Determination
from tertius.policy.versions import Versions

ALONE: Final = frozenset({"unreadable", "contradicts", "overlap", "case", "inert"})
"""Kinds of flaw that are one whether or not some manifests were refused."""
NOTHING_ASKED: Final = Conditions(name="none", version=1)
"""The conditions of a deployment that has none."""


class NobodyAnswersError(CallerError):
    """No human answers for the group, or an agent is named in their place."""


class Whole(Struct, frozen=True, kw_only=True):
    """Policy as it is, or would be, in force.

    Parameters
    ----------
    sources
        The manifests.
    refused
        Agents whose manifests were refused or cannot be read.
    constitution, conditions, determinations, people
        What the other documents say; None or nothing where there is none.
    revoked
        All that a list revokes, such as ``agent tutor``; None where there is no list.
    remembered
        What is remembered of earlier starts.
    """

    sources: tuple[Source, ...]
    refused: frozenset[str] = frozenset()
    constitution: Constitution | None = None
    conditions: Conditions = NOTHING_ASKED
    determinations: tuple[Determination, ...] = ()
    people: tuple[Person, ...] = ()
    revoked: tuple[str, ...] | None = None
    remembered: Versions = Versions()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests themselves."""
        return tuple(each.manifest for each in self.sources)

    @property
    def able(self) -> tuple[str, ...]:
        """The people who can answer: each has a key."""
        return tuple(each.person for each in self.people if each.keys)


def flaws(whole: Whole, *, time: int) -> list[Flaw]:
    """Return what is wrong with policy as a whole.

    Parameters
    ----------
    time
        UTC nanoseconds.

    Notes
    -----
    While a manifest is refused, only what is wrong without it is told.
    """
    found = [
        *lint(whole.sources, now=time, unread=whole.refused, before=set(whole.remembered.agents)),
        *lint_policy(
            manifests=whole.manifests,
            constitution=whole.constitution,
            conditions=whole.conditions,
            determinations=whole.determinations,
            approvers=whole.able,
        ),
        *_keyless(whole),
        *revoked_strangers(whole),
    ]
    if whole.refused:
        return [flaw for flaw in found if flaw.kind in ALONE or flaw.line]
    return found


def require_human(whole: Whole) -> None:
    """Refuse an agent that is named as the accountable human.

    Raises
    ------
    NobodyAnswersError
        Names the agent, and for what it would answer.
    """
    answering: dict[str, str] = {}
    if whole.constitution is not None:
        answering[whole.constitution.name] = whole.constitution.accountable
    answering |= {each.agent: each.accountable for each in whole.manifests}
    agents = {each.agent for each in whole.manifests}
    for what, who in answering.items():
        if who in agents:
            raise NobodyAnswersError(
                f"`{who}` is an agent; name a human as accountable for `{what}`"
            )


def _keyless(whole: Whole) -> Iterator[Flaw]:
    for each in whole.people:
        if not each.keys:
            said = f"`{each.person}` has no key, and can answer nothing"
            yield Flaw(where=f"approvers:{each.person}", kind="inert", said=said)


def revoked_strangers(whole: Whole) -> Iterator[Flaw]:
    """Yield revoked names that nobody bears or ever bore; one may be a typing mistake."""
    known = {each.agent for each in whole.manifests} | whole.refused
    for entry in whole.revoked or ():
        kind, name = entry.split(" ", 1)
        if kind != "agent" or name in known:
            continue
        if whole.remembered.last("manifest", about=name) is None:
            said = f"no manifest of agent `{name}`{nearest(name, known)}; nobody is revoked"
            yield Flaw(where=f"revocations:{name}", kind="inert", said=said)
