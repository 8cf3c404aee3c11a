"""Whether a gate would start with documents: asked before they are signed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tertius.cli.drafts import Draft, Drafts, files_below, read_draft, read_drafts
from tertius.cli.lint_whole import as_in_force, deployment_of, flaws_together, placed
from tertius.cli.sign_revocations import warned
from tertius.core.errors import CallerError
from tertius.core.manifest import Manifest
from tertius.policy.flaw import Flaw, Source
from tertius.policy.lint_alone import alone
from tertius.policy.manifests import SIGNED

TOLD = ("shadowed", "misspelt", "inert")
"""Kinds of flaw with which a gate starts; they are told."""


class UnsoundError(CallerError):
    """A document with which no gate would start."""


def require_sound(new: Sequence[Draft]) -> tuple[str, ...]:
    """Refuse documents with which no gate would start.

    Parameters
    ----------
    new
        What is to be signed together.

    Returns
    -------
    What is only told: it would do nothing.

    Raises
    ------
    UnsoundError
        The first flaw, with its place.

    Notes
    -----
    Beside a document count those of its deployment, YAML before signed: a flaw that is there
    without it is none of its own. Where it is in no deployment, or the others cannot be read, it
    is looked at by itself. Before there is a list of approvers, nobody can tell who might answer.
    """
    doubts: list[str] = []
    for folder in dict.fromkeys(deployment_of(each.file) for each in new):
        mine = [each for each in new if deployment_of(each.file) == folder]
        for flaw in _own(mine, folder):
            flaw = warned(flaw)
            said = f"{placed(flaw, mine)}: {flaw.kind}: {flaw.said}"
            if flaw.stops:
                where = folder if folder is not None else mine[0].file
                raise UnsoundError(
                    f"{said}; no gate would take it, and `tertius lint {where}` tells all there is"
                )
            if flaw.kind in TOLD:
                doubts.append(said)
    return tuple(doubts)


def _own(mine: Sequence[Draft], folder: Path | None) -> Iterator[Flaw]:
    """Yield the flaws that are there because of some documents."""
    beside = Drafts() if folder is None else _others(mine, folder)
    if folder is None or beside.gaps:
        yield from _by_themselves(mine)
        return
    path = mine[0].file
    before = set(flaws_together(beside, as_in_force(beside, path)))
    both = Drafts([*mine, *beside.found], beside.flaws, beside.unread)
    yield from _elsewhere(mine, both, folder)
    enrolled = both.draft("approvers") is not None
    new = [
        each
        for each in flaws_together(both, as_in_force(both, path))
        if each not in before and (enrolled or each.kind != "gridlock")
    ]
    files = {str(each.file) for each in mine}
    yield from sorted(new, key=lambda flaw: flaw.where not in files)


def _others(mine: Sequence[Draft], folder: Path) -> Drafts:
    """Read the other documents of a deployment; a manifest for another constitution is refused."""
    names = {_name(each.file) for each in mine}
    found = read_drafts([each for each in files_below(folder) if _name(each) not in names])
    under = {each.noun.constitution for each in mine if isinstance(each.noun, Manifest)}
    kept = Drafts(flaws=found.flaws, unread=found.unread)
    for each in found.found:
        if under and isinstance(each.noun, Manifest) and each.noun.constitution not in under:
            kept.unread.add(each.noun.agent)
        else:
            kept.found.append(each)
    return kept


def _name(path: Path) -> Path:
    """Return what is the same for a draft and its signed document."""
    stem = path.name.removesuffix(SIGNED).removesuffix(".yaml").removesuffix(".yml")
    return path.resolve().with_name(stem)


def _by_themselves(mine: Sequence[Draft]) -> Iterator[Flaw]:
    for each in mine:
        if isinstance(each.noun, Manifest):
            yield from alone(_source(each, each.noun), now=time.time_ns())
        else:
            single = Drafts([each])
            yield from flaws_together(single, as_in_force(single, each.file))


def _elsewhere(mine: Sequence[Draft], all_of: Drafts, folder: Path) -> Iterator[Flaw]:
    """Yield manifests that were reviewed under no constitution that is there."""
    known = set(_constitutions(all_of, folder))
    for each in mine:
        if isinstance(each.noun, Manifest) and known and each.noun.constitution not in known:
            said = f"reviewed under constitution {each.noun.constitution}, and here is {min(known)}"
            yield _source(each, each.noun).flaw("contradicts", ("constitution",), said)


def _constitutions(all_of: Drafts, folder: Path) -> Iterator[str]:
    """Yield the digests of the constitution, as it is drafted and as it is signed."""
    draft = all_of.draft("constitution")
    if draft is not None:
        yield draft.digest
    signed = folder / "policy" / f"constitution{SIGNED}"
    with suppress(CallerError):  # missing, or cannot be read: it is not this document's fault
        yield read_draft(signed).digest


def _source(draft: Draft, manifest: Manifest) -> Source:
    return Source(manifest=manifest, file=str(draft.file), document=draft.document)
