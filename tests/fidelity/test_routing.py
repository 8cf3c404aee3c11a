"""Routing against the published minutes of both textbook networks."""

from collections.abc import Callable

import pytest

from tertius.environments.table import load

BRAESS = "Braess, Unternehmensforschung 12 (1968)"
BOOK = "Easley and Kleinberg, Networks, Crowds, and Markets, chapter 8"


@pytest.mark.parametrize(
    ("label", "settings", "known", "value", "source"),
    [
        ("six drivers, no bridge, selfish", {"bridge": False}, "equilibrium", 83, BRAESS),
        ("six drivers, bridge, selfish", {}, "equilibrium", 92, BRAESS),
        ("six drivers, bridge, best possible", {}, "optimum", 83, BRAESS),
        ("six drivers, bridge and toll, selfish", {"toll": 1.0}, "equilibrium", 83,
         "follows from marginal-cost pricing (Pigou 1920)"),
        ("four thousand drivers, no bridge, selfish",
         {"network": "four_thousand", "drivers": 4000, "bridge": False}, "equilibrium", 65, BOOK),
        ("four thousand drivers, bridge, selfish",
         {"network": "four_thousand", "drivers": 4000}, "equilibrium", 80, BOOK),
    ],
)  # fmt: skip
def test_minutes_a_driver(
    label: str, settings: dict[str, bool | int | float | str], known: str, value: float,
    source: str, published: Callable[..., None],
) -> None:  # fmt: skip
    facts = load("routing", settings, tells=False).facts
    (found,) = (one.value for one in facts.known if one.name == known)
    published(f"minutes, {label}", value, found, within=1e-9, source=source)
