"""How a forecast is shown: the chance, and beside it what it is to be held against."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from tertius.cli.screen import counted, safe
from tertius.runtime.forecast import Forecast, Forecasting
from tertius.runtime.forecast_model import ONLY, ForecastModel


def as_line(forecast: Forecast, model: ForecastModel, *, ended: bool) -> str:
    """Return a forecast as one line."""
    when = "ended" if ended else "goes on"
    return (
        f"forecast: run {safe(forecast.run, 60)} {when}: harm {forecast.chance:.0%} after "
        f"{counted(forecast.events, 'event')} ({forecast.share:.0%} of the usual length); "
        f"{measured(model, forecast.share)}"
    )


def measured(model: ForecastModel, share: float) -> str:
    """Return base rate and held-out score of a model's forecasts at a share of the length."""
    score = model.score(share)
    held_out = (
        "never scored: no run was long enough"
        if score is None
        else f"held-out runs at {score.share:.0%}: {score.words}"
    )
    return f"base rate {model.base:.0%} of {counted(model.runs, 'past run')}; {held_out}"


def as_dict(forecast: Forecast, model: ForecastModel, *, ended: bool) -> dict[str, Any]:
    """Return a forecast as plain values, with what it is to be held against."""
    score = model.score(forecast.share)
    return {
        "forecast": {
            **msgspec.to_builtins(forecast),
            "ended": ended,
            "base_rate": model.base,
            "past_runs": model.runs,
            "held_out": None if score is None else as_score(score),
            "given": ONLY,
            "model": model.digest,
        }
    }


def as_score(score: Any) -> dict[str, Any]:
    """Return a score as plain values, with its verdicts."""
    values: dict[str, Any] = msgspec.to_builtins(score)
    return {**values, "better": score.better, "calibrated": score.calibrated}


def table(forecasting: Forecasting, room: int) -> RenderableType:
    """Return the runs that go on, those most likely to end in harm first, at most `room`."""
    model, now = forecasting.model, forecasting.now()
    caption = measured(model, now[0].share if now else 0.0)
    if forecasting.left_out:
        caption += f"; could not tell: {counted(forecasting.left_out, 'run')}, too many at a time"
    made = Table(
        "run", Column("harm", justify="right"), Column("length", justify="right"), box=None
    )
    for each in now[:room]:
        made.add_row(safe(each.run, 40), f"{each.chance:.0%}", f"{each.share:.0%}")
    title = Text("forecast: chance that a run ends in harm", style="italic")
    return Group(title, made, Text(caption, style="dim"))
