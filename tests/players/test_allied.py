"""Allied: plays as one player alone and as another together, and can be put back."""

import pytest

from tertius.players.allied import Allied
from tertius.players.seated import PlayerSettingsError, PlayerSnapshotError
from tertius.players.table import load


def test_its_players_are_loaded_with_their_settings() -> None:
    player = load("allied", {"alone": "fixed:move=3", "together": "fixed:move=high"})
    player.sit("a", {})
    assert player.act({}, None) == 3 and player.act({"ally": "b"}, None) == "high"  # type: ignore[arg-type]


def test_it_answers_as_it_is_told_to() -> None:
    for accepts in (True, False):
        player = Allied(alone="fixed:move=1", together="fixed:move=2", accepts=accepts)
        player.sit("a", {})
        offer = player.act({"offer": "", "partners": ["b"]}, None)  # type: ignore[arg-type]
        assert offer == ({"move": 1, "partner": "b"} if accepts else 1)
        assert player.act({"invitation": ""}, None) == {"move": 1, "join": accepts}  # type: ignore[arg-type]


def test_both_players_are_put_back() -> None:
    settings = {"alone": "pricing/grim", "together": "fixed:move=2"}
    player, twin = Allied(**settings), Allied(**settings)
    player.sit("firm-1", {})
    seen = {"period": 1, "chosen": [[13, 2]], "me": 0}
    player.act(seen, None)  # type: ignore[arg-type]
    twin.restore(player.snapshot())
    assert twin.snapshot() == player.snapshot()
    with pytest.raises(PlayerSnapshotError):
        twin.restore(load("fixed", {"move": 1}).snapshot())


def test_it_needs_both() -> None:
    with pytest.raises(ValueError, match="bad name"):
        Allied(alone="fixed:move=1")
    with pytest.raises(PlayerSettingsError, match="did you mean `alone`"):
        Allied(alon="fixed")
