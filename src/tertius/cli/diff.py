"""`tertius diff`: what a new manifest, or new roles, narrow and widen."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tertius.cli.drafts import read_draft
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.policy.manifest_diff import Change, diff, widens
from tertius.policy.roles_document import RolesDocument, roles_diff


class NoDirectionError(CallerError):
    """Documents of which nobody can say which permits more."""


def diff_(old: Path, new: Path, /, *, json: Flag = False) -> int:
    """Tell what changed from one manifest to another, or in the roles, and in which direction.

    A change is narrow where everything that is permitted now was permitted before. What cannot be
    proved narrow widens, and needs the human key. The exit code is 1 if anything widens.

    Parameters
    ----------
    old
        A manifest or `roles.yaml`, as YAML or signed; signatures are not looked at.
    new
        The one that would follow it.
    json
        Print one JSON object.
    """
    before, after = read_draft(old).noun, read_draft(new).noun
    changes = _changes(before, after)
    version, earlier = _version(after), _version(before)
    if json:
        found = [msgspec.to_builtins(change) for change in changes]
        about = {"agent": after.agent} if isinstance(after, Manifest) else {"kind": "roles"}
        print_json({**about, "widens": widens(changes), "changes": found})
    else:
        for change in changes:
            print(f"{change.direction:7} {safe(change.path)}: {safe(change.said)}")
        if changes and version <= earlier:
            print(f"note: `version` is {version}; it must rise above {earlier}")
        wide = sum(change.direction == "widen" for change in changes)
        print(f"{counted(len(changes), 'change')}, {wide} of them widen")
    return EXIT_FINDING if widens(changes) else EXIT_PASS


def _changes(before: Noun, after: Noun) -> tuple[Change, ...]:
    if isinstance(before, Manifest) and isinstance(after, Manifest):
        return diff(before, after)
    if isinstance(before, RolesDocument) and isinstance(after, RolesDocument):
        return roles_diff(before, after)
    raise NoDirectionError("only two manifests, or two documents of roles, can be compared")


def _version(noun: Noun) -> int:
    return noun.version if isinstance(noun, Manifest | RolesDocument) else 0
