"""Players that fit any world, and what every seated player keeps."""

import pytest

from tertius.players.seated import PlayerSettingsError, PlayerSnapshotError
from tertius.players.table import UnknownPlayerError, load
from tertius.stats.draws import Stream, root


def draws(step: int = 0) -> Stream:
    return Stream(root(1), player=0, step=step)


def test_a_script_is_said_line_by_line_and_its_last_line_for_ever() -> None:
    player = load("script", {"moves": '["a", "b"]'})
    player.sit("ana", {})
    assert [player.act({}, draws()) for _ in range(4)] == ["a", "b", "b", "b"]


def test_sitting_down_again_forgets() -> None:
    player = load("script", {"moves": '["a", "b"]'})
    player.sit("ana", {})
    player.act({}, draws())
    player.sit("ana", {})
    assert player.act({}, draws()) == "a"


def test_a_restored_player_goes_on_from_there() -> None:
    player = load("script", {"moves": '["a", "b", "c"]'})
    player.sit("ana", {})
    player.act({}, draws())
    kept = player.snapshot()
    twin = load("script", {"moves": '["a", "b", "c"]'})
    twin.restore(kept)
    assert twin.act({}, draws()) == player.act({}, draws()) == "b"


def test_chance_draws_every_move() -> None:
    player = load("uniform", {"moves": '["a", "b"]'})
    assert {player.act({}, draws(step)) for step in range(20)} == {"a", "b"}


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("uniform", {}, "no list of moves"),
        ("uniform", {"moves": "stay"}, "no list of moves"),
        ("script", {"mvoes": "[]"}, "did you mean `moves`"),
        ("fixed", {}, "needs a move"),
        ("commons/greedy", {"share": 2}, "is 2.0; expected 0 to 1"),
        ("commons/newcomer", {"share": -0.1}, "expected 0 to 1"),
        ("routing/selfish", {"inertia": "often"}, "expected a number such as"),
        ("routing/selfish", {"inertia": float("nan")}, "expected a number such as"),
    ],
)
def test_settings_that_a_player_cannot_have_are_refused(
    name: str, settings: dict[str, object], why: str
) -> None:
    with pytest.raises(PlayerSettingsError, match=why):
        load(name, settings)  # type: ignore[arg-type]


def test_foreign_snapshots_and_unknown_names_are_refused() -> None:
    with pytest.raises(PlayerSnapshotError, match="this is `fixed`"):
        load("fixed", {"move": 1}).restore(load("script", {"moves": "[1]"}).snapshot())
    with pytest.raises(PlayerSnapshotError, match="not a player's"):
        load("fixed", {"move": 1}).restore(b"no")
    with pytest.raises(UnknownPlayerError, match="did you mean `uniform`"):
        load("unifrom")
