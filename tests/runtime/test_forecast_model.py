"""A model on disk: it comes back as it was, and what was altered is refused."""

import json
from pathlib import Path

import pytest

from tertius.runtime.forecast_model import (
    SIGNS,
    ForecastModel,
    ForecastModelError,
    Score,
    Weights,
    load_model,
)


def model(**changed: object) -> ForecastModel:
    fields = {
        "detectors": "0" * 64,
        "harm": "as told",
        "length": 100,
        "runs": 40,
        "harmed": 10,
        "weights": Weights(**dict.fromkeys(SIGNS, 0.5)),
        "scores": tuple(
            Score(
                share=share, n=40, harmed=10, brier=0.1, prior=0.19, gain=0.09, low=0.01,
                high=0.17, ece=0.05, limit=0.1,
            )
            for share in (0.1, 0.5)
        ),
    }  # fmt: skip
    return ForecastModel(**(fields | changed)).sealed()  # type: ignore[arg-type]


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    model().save(tmp_path / "m.json")
    assert load_model(tmp_path / "m.json") == model()
    assert json.loads((tmp_path / "m.json").read_text())["schema"] == "tertius/forecast/1"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("harmed", 11, "was altered"),
        ("harmed", 40, "expected both kinds"),
        ("length", 0, "without events"),
        ("schema", "tertius/forecast/2", "no model of forecasts"),
        ("more", 1, "no model of forecasts"),
    ],
)
def test_what_was_altered_is_refused(tmp_path: Path, field: str, value: object, why: str) -> None:
    model().save(tmp_path / "m.json")
    tree = json.loads((tmp_path / "m.json").read_text())
    (tmp_path / "m.json").write_text(json.dumps({**tree, field: value}))
    with pytest.raises(ForecastModelError, match=why):
        load_model(tmp_path / "m.json")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForecastModelError, match=r"^no file `.*`; `tertius forecast fit`"):
        load_model(tmp_path / "none.json")


def test_the_score_is_that_of_the_last_look_a_run_has_come_to() -> None:
    shares = [model().score(share) for share in (0.0, 0.3, 0.5, 2.0)]
    assert [each.share for each in shares if each] == [0.1, 0.1, 0.5, 0.5]
    assert model(scores=()).score(0.5) is None
