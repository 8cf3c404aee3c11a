"""Render docs/reference/fidelity.md from what `make fidelity` found."""

import json
from pathlib import Path
from typing import Any

from tables import table

FOUND = Path(__file__).parent.parent.parent / "tests" / "fidelity" / "found.json"

HEAD = """\
# Fidelity

Made by `make fidelity` from `tests/fidelity/`; do not edit.

Every number below was published, or follows exactly from the rules, and is computed anew by the
worlds. *Ours* carries a 95% interval where it is an estimate. *May differ by* is what the test
allows, for estimates a margin and their own error; a number that lies further off fails the run.
Settings, seeds and lengths stand in the test that is named above each table; look there for the
words under *what*.
"""
NOTES = {
    "pricing": """\
*Memory of two periods*: the authors' released code writes down the state in which learning ended
and reads it back with firms and periods exchanged (`ConvergenceResults.f90`: a `RESHAPE` without
the `TRANSPOSE` that made the state). With one period of memory this changes nothing. With two, the
learned choices are followed from another state than the one that was reached, and the published
gain of 0.574 is the gain there; followed from where learning ended it is 0.68. Our worlds do the
latter.
""",
}


def page() -> str:
    """Return the page: a table for each world."""
    found: list[dict[str, Any]] = json.loads(FOUND.read_text(encoding="utf-8"))
    parts = [HEAD]
    for world in dict.fromkeys(each["world"] for each in found):
        rows = [row(each) for each in found if each["world"] == world]
        file = f"`tests/fidelity/test_{world}.py`\n"
        parts += [f"## {world.replace('_', ' ').capitalize()}\n", file, table(HEADINGS, rows)]
        parts += [NOTES[world]] if world in NOTES else []
    return "\n".join(parts)


HEADINGS = ("what", "published", "ours", "may differ by", "verdict", "source")


def row(each: dict[str, Any]) -> list[str]:
    """Write one number as a row of cells."""
    ours = f"{each['ours']:g}"
    if each["interval"]:
        low, high = each["interval"]
        ours = f"{each['ours']:.4g} ({low:.4g} to {high:.4g})"
    within = f"{each['within']:.2g}" if each["within"] else "exact"
    verdict = "reproduced" if each["met"] else "**not reproduced**"
    return [each["what"], f"{each['published']:g}", ours, within, verdict, each["source"]]
