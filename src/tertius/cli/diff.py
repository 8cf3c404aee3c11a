"""`tertius diff`: what a new manifest narrows, and what it widens."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tertius.cli.lint import read_either
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS
from tertius.policy.manifest_diff import diff, widens


def diff_(old: Path, new: Path, /, *, json: Flag = False) -> int:
    """Tell what changed from one manifest to another, and in which direction.

    A change is narrow where everything that is permitted now was permitted before. What cannot be
    proved narrow widens, and needs the human key. The exit code is 1 if anything widens.

    Parameters
    ----------
    old
        A manifest, as YAML or signed; signatures are not looked at.
    new
        The manifest that would follow it.
    json
        Print one JSON object.
    """
    before, after = read_either(old).manifest, read_either(new).manifest
    changes = diff(before, after)
    if json:
        found = [msgspec.to_builtins(change) for change in changes]
        print_json({"agent": after.agent, "widens": widens(changes), "changes": found})
    else:
        for change in changes:
            print(f"{change.direction:7} {safe(change.path)}: {safe(change.said)}")
        if changes and after.version <= before.version:
            print(f"note: `version` is {after.version}; it must rise above {before.version}")
        wide = sum(change.direction == "widen" for change in changes)
        print(f"{counted(len(changes), 'change')}, {wide} of them widen")
    return EXIT_FINDING if widens(changes) else EXIT_PASS
