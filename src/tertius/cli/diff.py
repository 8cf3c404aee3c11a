"""`tertius diff`: what a new version of a document narrows and widens."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tertius.cli.differing import changes_between
from tertius.cli.drafts import read_draft
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.policy.manifest_diff import widens


class NoDirectionError(CallerError):
    """Documents of which nobody can say which permits more."""


def diff_(old: Path, new: Path, /, *, json: Flag = False) -> int:
    """Tell what changed from one version of a document to the next, and in which direction.

    A change is narrow where everything that is permitted now was permitted before. What cannot be
    proved narrow counts as widening, and needs the human key; of a rule that is changed nobody can
    tell, and it says so. The exit code is 1 if anything widens.

    Parameters
    ----------
    old
        A manifest, constitution, conditions, roles or revocations, as YAML or signed; signatures
        are not looked at.
    new
        The one that would follow it.
    json
        Print one JSON object.
    """
    earlier_draft, draft = read_draft(old), read_draft(new)
    before, after = earlier_draft.noun, draft.noun
    changes = changes_between(before, after)
    if changes is None:
        raise NoDirectionError(
            f"`{earlier_draft.kind}` and `{draft.kind}`; expected two manifests, constitutions, "
            "conditions, roles or revocations"
        )
    version, earlier = _version(after), _version(before)
    if json:
        found = [msgspec.to_builtins(change) for change in changes]
        about = {"agent": after.agent} if isinstance(after, Manifest) else {"kind": draft.kind}
        print_json({**about, "widens": widens(changes), "changes": found})
    else:
        for change in changes:
            print(f"{change.direction:7} {safe(change.path)}: {safe(change.said)}")
        if changes and version <= earlier:
            print(f"note: `version` is {version}; it must rise above {earlier}")
        wide = sum(change.direction == "widen" for change in changes)
        print(f"{counted(len(changes), 'change')}, {wide} of them widen")
    return EXIT_FINDING if widens(changes) else EXIT_PASS


def _version(noun: Noun) -> int:
    return int(getattr(noun, "version", 0))
