"""Every study proves itself; one that shows nothing is not believed."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tertius.core.scenario import Harm
from tertius.evaluation.prove import UnprovenError, prove, require_proof
from tertius.scenarios.table import TABLE, load

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "studies.json").read_text())


@pytest.mark.parametrize("name", TABLE)
def test_every_study_proves_itself_and_plays_as_it_did(name: str) -> None:
    proofs = require_proof(load(name), seeds=range(12))
    assert {proof.population: proof.golden for proof in proofs} == GOLDEN[name]


def test_a_study_that_declares_more_than_it_shows_is_not_believed() -> None:
    braess = load("braess")
    with pytest.raises(UnprovenError, match="declared are 1e\\+08"):
        require_proof(
            replace(braess, harm=Harm(party="city", unit="minutes", least=1e8)), seeds=range(3)
        )
    with pytest.raises(UnprovenError, match="the reference is -50"):
        require_proof(replace(braess, reference=-50.0), seeds=range(3))


def test_harm_is_the_difference_between_twins() -> None:
    (proof,) = prove(load("braess"), seeds=range(3))
    assert proof.harm.n == 3
    assert 8_000 < proof.harm.low <= proof.harm.value <= proof.harm.high < 12_000
    assert proof.honest.value == proof.honest.low == -83
