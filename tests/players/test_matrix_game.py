"""Players of matrix games: their moves in plain sight."""

import pytest

from tertius.players.seated import PlayerSettingsError
from tertius.players.table import load
from tertius.stats.draws import Stream, root

C, D = "cooperate", "defect"


def moves(name: str, others: str, **settings: object) -> str:
    """Return a player's moves, C or D, against another's moves in order."""
    player = load(f"matrix_game/{name}", settings)  # type: ignore[arg-type]
    player.sit("player-1", {})
    mine: str | None = None
    said = ""
    for step in range(len(others)):
        seen = {"moves": [C, D], "mine": mine, "others": {}}
        if step:
            seen["others"] = {"player-2": C if others[step - 1] == "C" else D}
        mine = str(player.act(seen, Stream(root(1), player=0, step=step)))
        said += mine[0].upper()
    return said


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("always_cooperate", "DDDD", "CCCC"),
        ("always_defect", "CCCC", "DDDD"),
        ("tit_for_tat", "CDCDC", "CCDCD"),
        ("grim", "CDCCC", "CCDDD"),
        ("win_stay_lose_shift", "CDDCC", "CCDCC"),
        ("extortion", "DDDDD", "DDDDD"),
    ],
)
def test_what_they_play(name: str, others: str, expected: str) -> None:
    assert moves(name, others) == expected


def test_one_who_forgives_sometimes_answers_an_unfriendly_move_kindly() -> None:
    said = moves("tit_for_tat", "D" * 200, forgives=0.25)
    assert 30 < said.count("C") < 70


def test_extortion_from_mutual_cooperation_cooperates_eleven_times_in_thirteen() -> None:
    player = load("matrix_game/extortion")
    player.sit("player-1", {})
    seen = {"moves": [C, D], "mine": C, "others": {"player-2": C}}
    said = [player.act(seen, Stream(root(1), player=0, step=step)) for step in range(2000)]
    assert said.count(C) / 2000 == pytest.approx(11 / 13, abs=0.03)


def test_an_extortioner_needs_a_dilemma() -> None:
    with pytest.raises(PlayerSettingsError, match="no dilemma"):
        load("matrix_game/extortion", {"temptation": 2.0})
