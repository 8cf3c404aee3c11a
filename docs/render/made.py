"""The pages and the picture that are made from the source, and which of them are stale."""

from pathlib import Path

import cli
import events
import findings
import security_tests
import taxonomy
from picture import picture, same

DOCS = Path(__file__).parent.parent
PAGES = {
    "reference/cli.md": cli.page,
    "reference/events.md": events.page,
    "reference/security-tests.md": security_tests.page,
    "reference/structural-findings.md": findings.page,
    "reference/taxonomy.md": taxonomy.page,
}
PICTURE = "_static/session.svg"


def stale() -> dict[str, str]:
    """Return what the files ought to hold, for those that do not."""
    fresh = {name: page() for name, page in PAGES.items()}
    found = {name: text for name, text in fresh.items() if read(name) != text}
    shown = picture()
    return found if same(read(PICTURE), shown) else {**found, PICTURE: shown}


def read(name: str) -> str:
    """Read a file below docs/; empty if it is not there yet."""
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
