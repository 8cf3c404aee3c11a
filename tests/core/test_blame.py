"""A blame is ranked, quoted, and claims no more than its method."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import BLAME, SUSPECT

from tertius.core.blame import BlameError, Method, Suspect

replace = msgspec.structs.replace


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"suspects": ()}, "could not tell"),
        ({"suspects": BLAME.suspects[::-1]}, "not in order"),
        ({"suspects": (SUSPECT, SUSPECT)}, "sum to 1.2"),
        ({"method": Method.CONFIRMED}, "at least 2 runs"),
        ({"method": Method.STATISTICAL}, "at least 2 runs"),
        ({"run": ""}, "bad run"),
    ],
)
def test_a_blame_that_claims_too_much(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BlameError, match=said):
        replace(BLAME, **change)


@pytest.mark.parametrize(
    "bad", [{"probability": 0.9}, {"low": 0.7}, {"evidence": ()}, {"evidence": ("e1", "e1")}]
)
def test_a_suspect_has_evidence_and_an_interval(bad: dict[str, Any]) -> None:
    with pytest.raises(BlameError):
        replace(SUSPECT, **bad)


def test_thirds_add_up_to_one() -> None:
    third = Suspect(agent="a", probability=1 / 3, low=0.0, high=1.0, evidence=("e1",))
    others = (replace(third, agent="b"), replace(third, agent="c"))
    assert replace(BLAME, suspects=(third, *others)).suspects[0] == third
