"""The pages and the picture that are made from the source, and which of them are stale."""

from pathlib import Path

import cli
import curves
import detectors
import events
import fidelity
import findings
import grids
import matrix
import observations
import security_tests
import taxonomy
import world_index
from picture import picture, same

DOCS = Path(__file__).parent.parent
PAGES = {
    "reference/cli.md": cli.page,
    "reference/detectors.md": detectors.page,
    "reference/events.md": events.page,
    "reference/fidelity.md": fidelity.page,
    "reference/security-tests.md": security_tests.page,
    "reference/structural-findings.md": findings.page,
    "reference/taxonomy.md": taxonomy.page,
    "reference/worlds/cleanup.svg": grids.cleanup,
    "reference/worlds/cleanup_small.svg": grids.cleanup_small,
    "reference/worlds/commons.svg": curves.commons,
    "reference/worlds/contagion.svg": curves.contagion,
    "reference/worlds/dollar_auction.svg": curves.dollar_auction,
    "reference/worlds/energy.svg": curves.energy,
    "reference/worlds/index.md": world_index.page,
    "reference/worlds/infrastructure.svg": curves.infrastructure,
    "reference/worlds/liars_bar.svg": curves.liars_bar,
    "reference/worlds/matrix.md": matrix.page,
    "reference/worlds/matrix_game.svg": curves.matrix_game,
    "reference/worlds/observations.md": observations.page,
    "reference/worlds/open_access.svg": curves.open_access,
    "reference/worlds/orchestrator.svg": curves.orchestrator,
    "reference/worlds/pricing.svg": curves.pricing,
    "reference/worlds/routing.svg": curves.routing,
    "reference/worlds/spectrum.svg": curves.spectrum,
    "reference/worlds/team_task.svg": curves.team_task,
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
