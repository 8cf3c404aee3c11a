"""Services that share a resource: expected asks in plain sight."""

from typing import Any

import pytest

from tertius.players import infrastructure
from tertius.stats.draws import Stream, root

DRAWS = Stream(root(1), player=0, step=0)


def seen(waiting: int, **more: Any) -> dict[str, Any]:
    return {
        "resource": "rate_limit", "waiting": waiting, "held": 0, "refused": 0, "capacity": 24,
        "services": 8, "most": 64, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seen_", "asked"),
    [
        (seen(0), 0), (seen(2), 2), (seen(12), 3), (seen(12, resource="connections"), 3),
        (seen(12, resource="gpu_budget", held=5), 7), (seen(2, resource="gpu_budget", held=5), 0),
        (seen(90, resource="gpu_budget"), 64),
    ],
)  # fmt: skip
def test_a_fair_service_asks_for_its_need_and_no_more_than_its_share(
    seen_: dict[str, Any], asked: int
) -> None:
    assert infrastructure.Fair().act(seen_, DRAWS) == asked


def test_a_storm_grows_with_refusals_and_calms_down() -> None:
    storm = infrastructure.Storm()
    storm.sit("service-1", {})
    refused = [0, 3, 3, 3, 0, 0, 0]
    asked = [storm.act(seen(6, refused=one), DRAWS) for one in refused]
    assert asked == [6, 12, 24, 48, 24, 12, 6]


def test_a_hoarder_asks_whatever_it_needs() -> None:
    assert infrastructure.Hoarder(amount=20).act(seen(0), DRAWS) == 20
    assert infrastructure.Hoarder(amount=200).act(seen(0), DRAWS) == 64
