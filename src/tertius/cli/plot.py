"""A picture of curves over the steps of an episode, drawn to a file."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from tertius.core.errors import CallerError

MOST_POINTS = 600
"""Points of one curve that are drawn; longer ones are thinned evenly."""


class PictureError(CallerError):
    """A picture that cannot be drawn here, or not to this file."""


def check_picture(path: Path) -> None:
    """Refuse a file that is no picture, before anything runs.

    Raises
    ------
    PictureError
        It ends in neither .png nor .svg, or its folder is missing.
    """
    if path.suffix not in (".png", ".svg"):
        raise PictureError(f"`{path.name}` is no picture; end it in .png or .svg")
    if not path.parent.is_dir():
        raise PictureError(f"no folder `{path.parent}` for the picture; make it first")


def draw(path: Path, curves: Sequence[tuple[str, Iterable[float]]], *, title: str, up: str) -> None:
    """Draw curves by step.

    Parameters
    ----------
    path
        A .png or .svg file.
    curves
        Label and values, from step 1.
    title, up
        What stands above, and beside the upright axis.

    Raises
    ------
    PictureError
        The extra `plots` is not installed.
    """
    try:
        alt = importlib.import_module("altair")  # half a second that most runs do not need
    except ImportError:
        raise PictureError("pictures need the extra: pip install 'tertius[plots]'") from None
    told = _told(curves)
    rows = [
        {"step": step, "value": value, "population": label}
        for label, values in told.items()
        for step, value in _thinned(values)
    ]
    whole = alt.Axis(format=",d", tickMinStep=1, labelOverlap="greedy", labelSeparation=6)
    chart = (
        alt.Chart(alt.Data(values=rows), title=title, width=640, height=320)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("step:Q", title="step", axis=whole),
            y=alt.Y("value:Q", title=up),
            color=alt.Color("population:N", title=None,
                            scale=alt.Scale(domain=list(told), scheme="tableau10"),
                            legend=alt.Legend(orient="bottom", labelLimit=0, columns=1)),
        )
    )  # fmt: skip
    chart.save(str(path), scale_factor=2 if path.suffix == ".png" else 1)


def _told(curves: Sequence[tuple[str, Iterable[float]]]) -> dict[str, tuple[float, ...]]:
    """Return each curve under its label; of some that are equal, one under all their labels."""
    labels: dict[tuple[float, ...], list[str]] = {}
    for label, values in curves:
        labels.setdefault(tuple(values), []).append(label)
    return {"  =  ".join(same): values for values, same in labels.items()}


def _thinned(values: Sequence[float]) -> list[tuple[int, float]]:
    every = max(1, -(-len(values) // MOST_POINTS))
    kept = [(n + 1, value) for n, value in enumerate(values) if n % every == 0]
    return (
        kept if not values or (len(values) - 1) % every == 0 else [*kept, (len(values), values[-1])]
    )
