"""What a list of revocations says, beside what is in force: asked before it is signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tertius.cli.drafts import files_below, read_drafts
from tertius.core.errors import CallerError
from tertius.policy.revocation import Revocations
from tertius.policy.versions import Versions, recall
from tertius.runtime.places import Places
from tertius.runtime.soundness import Whole, revoked_strangers


class LeftOutError(CallerError):
    """A list that leaves out what was revoked before: it would close the gate."""


def require_all_revoked(path: Path, found: Revocations, earlier: Iterable[str]) -> None:
    """Refuse a list that leaves out what was revoked before.

    Parameters
    ----------
    path
        Its file.
    earlier
        What the list that it replaces revokes; what a gate there remembers counts too.

    Raises
    ------
    LeftOutError
        Names what is left out: no gate would take the list, and one that stands would close.
    """
    missing = found.lacks({*earlier, *_remembered(path).revoked})
    if missing:
        kind, name = missing[0].split(" ", 1)
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise LeftOutError(
            f"`{path}` leaves out {kind} `{name}`{more}, revoked before; a gate takes only a list "
            "that holds all of the earlier one, and closes under any other: put it back"
        )


def strangers(path: Path, found: Revocations) -> Iterator[str]:
    """Say which revoked agents no manifest beside the list has, with the nearest that one has."""
    manifests = path.parent / "manifests"
    if not manifests.is_dir():
        return
    drafts = read_drafts(files_below(manifests))
    whole = Whole(
        sources=drafts.sources,
        refused=frozenset(drafts.unread),
        revoked=found.entries,
        remembered=_remembered(path),
    )
    for flaw in revoked_strangers(whole):
        yield f"{flaw.said}, and the name can never be taken out again"


def _remembered(path: Path) -> Versions:
    """Return what a gate remembers in the deployment of the list, if this user may read it."""
    places = Places(path.resolve().parent.parent)
    try:
        return recall(places.versions, outside=places.policy)
    except CallerError:
        return Versions()
