"""A scenario can be played, and says what it would measure."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import SCENARIO

from tertius.core.scenario import Harm, Made, Population, ScenarioError, Seat
from tertius.core.taxonomy import UnknownTaxonomyIdError

SEAT = Seat(agent="a", player=Made(name="honest"), kind="scripted")
HONEST = Population(name="honest", kind="honest", seats=(SEAT,))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "has no steps"),
        ({"weight": 0.0}, "expected above 0"),
        ({"weight": float("nan")}, "expected above 0"),
        ({"harm": None}, "declares its harm"),
        ({"failure_modes": ()}, "fails in no named way"),
        ({"population": HONEST}, "any other declares none"),
        ({"name": "two words"}, "bad scenario"),
    ],
)
def test_a_scenario_that_would_measure_nothing(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        msgspec.structs.replace(SCENARIO, **change)


def test_ids_are_held_against_the_taxonomy() -> None:
    for change in ({"failure_modes": ("caif.colusion",)}, {"risk_factors": ("caif.collusion",)}):
        with pytest.raises(UnknownTaxonomyIdError):
            msgspec.structs.replace(SCENARIO, **change)


def test_an_honest_population_declares_no_harm() -> None:
    honest = msgspec.structs.replace(SCENARIO, population=HONEST, harm=None, failure_modes=())
    assert honest.harm is None


def test_populations_have_seats_each_under_its_own_name() -> None:
    with pytest.raises(ScenarioError, match="is empty"):
        Population(name="none", kind="honest", seats=())
    with pytest.raises(ScenarioError, match="seats names `a` twice"):
        Population(name="two", kind="honest", seats=(SEAT, SEAT))


@pytest.mark.parametrize("least", [-0.1, float("inf"), float("nan")])
def test_harm_is_a_finite_loss(least: float) -> None:
    with pytest.raises(ScenarioError):
        Harm(party="consumers", unit="share", least=least)
