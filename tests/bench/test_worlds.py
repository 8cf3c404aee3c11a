"""The benchmark of the worlds: whose rate is held against the bars."""

from typing import Any

import pytest

import worlds
from tertius.environments.table import TABLE


def test_every_world_has_a_study_in_which_it_is_governed() -> None:
    assert worlds.studied().keys() == TABLE.keys()


def test_the_slowest_world_is_held_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    singles = dict.fromkeys(TABLE, 40_000.0) | {"cleanup": 17_000.0, "commons": 21_000.0}
    governed = dict.fromkeys(TABLE, 6_000.0) | {"dollar_auction": 2_900.0}
    worlds_of = {study: name for name, study in worlds.studied().items()}
    monkeypatch.setattr(worlds, "single", lambda name: singles[name])
    monkeypatch.setattr(worlds, "batched", lambda name, copies: 1e6)
    monkeypatch.setattr(worlds, "governed", lambda study, moves: governed[worlds_of[study]])
    report: dict[str, Any] = {}
    figures = worlds.worlds(report)
    assert (figures["single_steps_per_s"]["value"], report["slowest single world"]) == (
        21_000.0, "commons",
    )  # fmt: skip
    assert (figures["governed_moves_per_s"]["value"], report["slowest governed world"]) == (
        2_900.0, "dollar_auction",
    )  # fmt: skip
    assert not figures["governed_moves_per_s"]["met"]
    assert report["cleanup single steps_per_s"] == 17_000.0
    assert {f"{name} governed moves_per_s" for name in TABLE} <= report.keys()
