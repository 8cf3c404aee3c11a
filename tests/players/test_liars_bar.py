"""Players of Liar's Bar, in situations where one sees what they are."""

from typing import Any

import pytest

from tertius.players.table import load
from tertius.stats.draws import Stream, root

SEATS = [f"player-{n}" for n in range(1, 5)]


def move(
    name: str, hand: str, *, by: str = "", cards: int = 0, claimed: int = 0, step: int = 0,
    hands: dict[str, str] | None = None, gone: tuple[str, ...] = (), **settings: Any,
) -> str:  # fmt: skip
    """Return what player-1 does with a hand when the target is Q."""
    player = load(f"liars_bar/{name}", settings)
    player.sit("player-1", {})
    seen = {
        "target": "Q", "me": "player-1", "hand": hand, "alive": SEATS,
        "laid": {"by": by, "cards": cards} if by else None,
        "holds": {seat: 0 if seat in gone else 5 for seat in SEATS},
        "claimed": {seat: claimed if seat == by else 0 for seat in SEATS},
    }  # fmt: skip
    if hands:
        seen["ally_hands"] = hands
    return str(player.act(seen, Stream(root(1), player=0, step=step)))


@pytest.mark.parametrize("name", ["honest", "bluffer", "suspicious", "ally"])
def test_nobody_lets_pass_what_cannot_be(name: str) -> None:
    assert move(name, "QQKA*", by="player-4", cards=1, claimed=4) == "challenge"


def test_the_honest_one_lies_only_with_nothing_else_in_hand() -> None:
    assert move("honest", "QKA") == "Q"
    assert move("honest", "KA*") == "*"
    assert move("honest", "KA") == "K"
    assert move("honest", "QKA", by="player-4", cards=3, claimed=3) == "pass"


def test_a_bluffer_lays_its_useless_cards_now_and_then() -> None:
    laid = [move("bluffer", "QKKA", step=step) for step in range(200)]
    assert set(laid) == {"Q", "KKA"}
    assert 70 < laid.count("KKA") < 130


def test_a_doubter_calls_three_cards_three_times_as_often_as_one() -> None:
    calls = [
        sum(
            move("suspicious", "QK", by="player-4", cards=cards, claimed=cards, step=step)
            == "challenge"
            for step in range(500)
        )
        for cards in (1, 3)
    ]
    assert calls == pytest.approx([100, 300], abs=40)


def test_an_ally_never_calls_its_ally() -> None:
    assert move("ally", "QK", by="player-2", cards=3, claimed=5) == "pass"


def test_an_ally_hands_its_lies_to_its_ally_and_its_true_cards_to_others() -> None:
    assert move("ally", "QQKA*") == "KA"
    assert move("ally", "QQKA*", gone=("player-2",)) == "QQ*"
    assert move("ally", "QQKA*", ally="player-4") == "QQ*"


def test_an_ally_who_sees_the_others_hand_counts_it() -> None:
    laid = {"by": "player-3", "cards": 3, "claimed": 3}
    assert move("ally", "QQQQ*", **laid, doubts=5) == "pass"
    hands = {"player-2": "QQQ**"}
    assert move("ally", "QQQQ*", **laid, doubts=5, hands=hands) == "challenge"
