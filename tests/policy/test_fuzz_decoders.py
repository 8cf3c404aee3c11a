"""Damaged texts to every decoder on the way to the gate: read, or refused in one line of ours.

`INPUTS` for each here; as many as one likes with ``python tests/fuzz/run.py --inputs N``.
"""

from pathlib import Path

import pytest
from tests.fuzz.decoders import decoders
from tests.fuzz.run import apart, fuzz

INPUTS = 200

NAMES = [name for name in decoders() if not name.startswith("rule")]


@pytest.mark.parametrize("name", NAMES)
def test_fuzz_200_damaged_texts(name: str, tmp_path: Path) -> None:
    found = fuzz(name, inputs=INPUTS, seed="make test", folder=tmp_path)
    assert found["findings"] == {}
    assert found["read"] + found["refused"] == INPUTS
    assert found["refused"] > 0


@pytest.mark.parametrize("name", ["rule", "rule, judged"])
def test_fuzz_200_damaged_rules_in_a_process_of_their_own(name: str) -> None:
    """Cedar's parser can end the process; then there is no answer, which is a finding."""
    found = apart(name, inputs=INPUTS, seed="make test")
    assert found["findings"] == {}
    assert found["read"] > 0 and found["refused"] > 0
