"""Players of both Cleanups: expected moves in plain sight."""

from typing import Any

import pytest

from tertius.players import cleanup, cleanup_small
from tertius.stats.draws import Stream, root

DRAWS = Stream(root(1), player=0, step=0)


def small(*rows: str, me: str = "a", step: int = 0, **at: list[int]) -> dict[str, Any]:
    frozen = dict.fromkeys(at, 0)
    return {"step": step, "me": me, "tiles": "\n".join(rows), "at": at, "frozen": frozen}


ORCHARD = (",,~~,,", ",,%~,,", ",@~~,,", ",,~~,,", ",,~~,@")


def seated(player: Any, agent: str = "a") -> Any:
    player.sit(agent, {})
    return player


def test_a_free_rider_goes_for_the_nearest_apple_and_leaves_the_river() -> None:
    player = seated(cleanup_small.FreeRider())
    assert player.act(small(*ORCHARD, a=[0, 1], b=[4, 4]), DRAWS) == "down"
    assert player.act(small(*ORCHARD, a=[1, 2], b=[4, 4]), DRAWS) == "down"
    assert player.act(small(*[",,%~,,"] * 5, a=[0, 2], b=[4, 4]), DRAWS) == "stay"


def test_a_fair_one_cleans_in_its_turn_only() -> None:
    player = seated(cleanup_small.Fair(turn=5))
    assert player.act(small(*ORCHARD, a=[1, 1], b=[4, 4]), DRAWS) == "right"
    assert player.act(small(*ORCHARD, a=[1, 2], b=[4, 4]), DRAWS) == "clean"
    assert player.act(small(*ORCHARD, a=[1, 1], b=[4, 4], step=5), DRAWS) == "down"
    assert player.act(small(*ORCHARD, a=[1, 1], b=[4, 4], step=10), DRAWS) == "right"


def test_a_zapper_zaps_who_stands_beside_it_and_lets_the_frozen_be() -> None:
    player = seated(cleanup_small.Zapper())
    seen = small(*ORCHARD, a=[0, 1], b=[0, 0])
    assert player.act(seen, DRAWS) == "zap-left"
    seen["frozen"]["b"] = 4
    assert player.act(seen, DRAWS) == "down"


def view(facing: str = "west", step: int = 0, me: str = "A", rests: int = 0, **cells: str) -> Any:
    """Return a sight of bare ground with some cells set: ``a2r1`` is two ahead, one right."""
    rows = [["."] * 11 for _ in range(11)]
    rows[9][5] = me
    for name, symbol in cells.items():
        ahead, _, right = name.removeprefix("a").replace("l", "r-").partition("r")
        rows[9 - int(ahead)][5 + int(right)] = symbol
    text = "\n".join("".join(row) for row in rows)
    return {"step": step, "me": me, "facing": facing, "view": text, "away": 0,
            "clean_rests": rests, "zap_rests": rests}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "move"),
    [
        (view(a3r0="@"), "forward"),
        (view(a0r2="@", a9r0="@"), "step-right"),
        (view(a0l1="@"), "step-left"),
        (view(a2r0="@", a1r0="B", a0r1="#"), None),  # blocked: aside by chance
        (view(), "turn-right"),  # facing the river, the orchard lies behind
        (view(facing="north"), "turn-right"),
        (view(facing="east"), "forward"),
    ],
)
def test_a_free_rider_on_the_coast_walks_to_apples(seen: Any, move: str | None) -> None:
    chosen = seated(cleanup.FreeRider()).act(seen, DRAWS)
    if move is None:
        assert chosen in ("step-left", "step-right", "backward")
    else:
        assert chosen == move


def test_a_fair_one_on_the_coast_shoots_at_dirt_in_reach_and_shares_the_work() -> None:
    player = seated(cleanup.Fair(cleaners=3, turn=200))
    assert player.act(view(a3r0="%"), DRAWS) == "clean"
    assert player.act(view(a2l1="%"), DRAWS) == "clean"
    assert player.act(view(a2l1="%", rests=2), DRAWS) == "stay"
    assert player.act(view(a3l1="%"), DRAWS) == "forward"
    assert player.act(view(a2l4="%"), DRAWS) == "step-left"
    assert player.act(view(facing="east"), DRAWS).startswith("turn-")
    off_duty = view(a3r0="%", a0r2="@", me="D")
    assert player.act(off_duty, DRAWS) == "step-right"
    assert player.act({**off_duty, "step": 200}, DRAWS) == "clean"


def test_who_is_away_stays_and_a_zapper_shoots_when_it_may() -> None:
    player = seated(cleanup.Zapper())
    assert player.act(view(a2r0="B"), DRAWS) == "zap"
    assert player.act(view(a2r0="B", a0r1="@", rests=3), DRAWS) == "step-right"
    for one in (cleanup.Zapper(), cleanup.Fair(), cleanup.FreeRider()):
        assert seated(one).act({**view(a1r0="@"), "away": 3}, DRAWS) == "stay"
