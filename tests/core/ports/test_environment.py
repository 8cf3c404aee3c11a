"""Declared facts are possible facts."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import FACTS

from tertius.core.ports.environment import FactsError, Known


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"least_players": 0}, "plays with nobody"),
        ({"most_players": 1}, "fewer places"),
        ({"low": 2.0}, "expected finite ends"),
        ({"high": float("inf")}, "expected finite ends"),
        ({"low": float("nan")}, "expected finite ends"),
        ({"sees": {}}, "what a player sees"),
        ({"absent": ("x", "x")}, "twice"),
        ({"name": "a b"}, "bad environment"),
    ],
)
def test_impossible_facts(change: dict[str, Any], said: str) -> None:
    with pytest.raises(FactsError, match=said):
        msgspec.structs.replace(FACTS, **change)


def test_a_known_value_is_a_number() -> None:
    with pytest.raises(FactsError, match="finite number"):
        Known(name="optimum", value=float("nan"), unit="price", source="derived")
