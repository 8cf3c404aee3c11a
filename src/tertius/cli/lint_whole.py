"""Drafts as they would be in force: what a gate would refuse of them, and what it remembers."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from tertius.cli.drafts import Draft, Drafts
from tertius.core.errors import CallerError
from tertius.core.noun import Noun
from tertius.policy.flaw import Flaw
from tertius.policy.strict_yaml import Path as Place
from tertius.policy.versions import Versions, recall
from tertius.runtime.places import Places
from tertius.runtime.soundness import NOTHING_ASKED, NobodyAnswersError, Whole, require_human
from tertius.runtime.soundness import flaws as flaws_of


def deployment_of(path: Path) -> Path | None:
    """Return the folder of the deployment whose `policy` a path is, holds or lies in; None if none.

    Examples
    --------
    >>> deployment_of(Path("/shop/policy/manifests/aid.yaml")).as_posix()
    '/shop'
    """
    here = path.resolve()
    near = (here, *here.parents[:2])
    found = next((each.parent for each in near if each.name == "policy"), None)
    if (here / "policy").is_dir():
        found = here
    if found is None or path.is_absolute():
        return found
    return Path(os.path.relpath(found))


def remembered(path: Path) -> Versions:
    """Return what a gate remembers in the deployment of a path, if this user may read it."""
    folder = deployment_of(path)
    if folder is None:
        return Versions()
    places = Places(folder)
    try:
        return recall(places.versions, outside=places.policy)
    except CallerError:
        return Versions()


def as_in_force(drafts: Drafts, path: Path) -> Whole:
    """Return drafts as they would be in force in the deployment of a path."""
    roles, register = drafts.one("roles"), drafts.one("approvers")
    revocations = drafts.one("revocations")
    return Whole(
        sources=drafts.sources,
        refused=frozenset(drafts.unread),
        constitution=drafts.one("constitution"),
        conditions=drafts.one("conditions") or NOTHING_ASKED,
        determinations=() if roles is None else roles.determinations,
        people=() if register is None else register.people,
        revoked=None if revocations is None else revocations.entries,
        remembered=remembered(path),
    )


def flaws_together(drafts: Drafts, whole: Whole) -> Iterator[Flaw]:
    """Yield the flaws of a set as a whole: those for which a gate would not start, and more.

    Without manifests, or while another document cannot be read, nobody can tell what is idle, or
    who might have to be asked, or revoked.
    """
    known = bool(whole.sources) and not drafts.gaps
    for flaw in flaws_of(whole, time=time.time_ns()):
        stranger = flaw.where.startswith("revocations:")
        if known or not (stranger or flaw.kind in ("idle", "misspelt", "gridlock")):
            yield flaw
    try:
        require_human(whole)
    except NobodyAnswersError as error:
        yield Flaw(where="accountable", kind="contradicts", said=str(error))


def placed(flaw: Flaw, drafts: Collection[Draft]) -> str:
    """Say where a flaw is, first the line of the rule that it is about if a draft holds that."""
    place = place_in(flaw, drafts)
    return flaw.place if place is None else f"{':'.join(map(str, place))}: {flaw.place}"


def place_in(flaw: Flaw, drafts: Collection[Draft]) -> tuple[str, int, int] | None:
    """Return file, line and column of what a flaw such as ``campus:k1`` is about.

    None where the flaw says it itself, where what is meant is in no YAML draft, or in two.
    """
    name, _, part = flaw.where.partition(":")
    if flaw.line or not part:
        return None
    found = [
        (str(each.file), *each.document.place(path))
        for each in drafts
        if each.document is not None and getattr(each.noun, "name", None) == name
        for path in _paths(each.noun, part)
    ]
    return found[0] if len(found) == 1 else None


def _paths(noun: Noun, part: str) -> Iterator[Place]:
    """Yield where a document holds a rule or key of that name."""
    for key in ("rules", "splits", "delays", "consensus"):
        for number, each in enumerate(getattr(noun, key, ())):
            if each.id == part:
                yield (key, number, "cedar")
    if part in noun.__struct_fields__:
        yield (part,)
