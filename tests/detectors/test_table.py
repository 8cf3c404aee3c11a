"""Every name of the table is a detector that keeps the contract of what it declares."""

import pytest

from tertius.core.kinds import KINDS
from tertius.detectors.table import TABLE, UnknownDetectorError, load

FAMILIES = ("caif.", "coalition.", "gradient.", "masec.", "ms.", "peer.")


@pytest.mark.parametrize("name", TABLE)
def test_a_detector_is_what_its_line_says(name: str) -> None:
    detector = load(name)
    spec = detector.spec
    assert spec.name == name
    assert set(spec.kinds) <= set(KINDS)
    assert spec.title[0].isupper() and not spec.title.endswith(".")
    assert len(spec.title) <= 40 and spec.plain.endswith(".") and "`" not in spec.plain
    assert spec.risk_factors
    assert all(mode.startswith(FAMILIES) for mode in spec.failure_modes)


def test_names_are_looked_up_kindly() -> None:
    with pytest.raises(UnknownDetectorError, match="did you mean `agent_loop`"):
        load("agent_lop")
    with pytest.raises(TypeError):
        load("no_end", patience=3)


def test_parameters_reach_the_detector() -> None:
    assert load("agent_loop", rounds=4).clone().spec == load("agent_loop").spec
