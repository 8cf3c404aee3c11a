"""Pictures of the gridworlds, in the middle of an episode of their honest players."""

from tertius.environments.grid_picture import Board, svg
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load


def cleanup() -> str:
    """Draw full-size Cleanup."""
    return _after("cleanup_full", 150, "Cleanup, full size: three players clean, four harvest")


def cleanup_small() -> str:
    """Draw the small Cleanup."""
    return _after("cleanup", 8, "The small Cleanup")


def _after(study: str, steps: int, title: str) -> str:
    scenario = load(study).scenario("fair")
    world = world_of(scenario, tells=False)
    stage(scenario, world, seed=1).play(steps)
    board: Board = world  # type: ignore[assignment]
    return svg(board.board(), title=title)
