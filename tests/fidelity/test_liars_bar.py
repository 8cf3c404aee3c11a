"""Liar's Bar: the scoring of its rule text, worked by hand on games dealt as one likes.

Points: a caught lie 2, an honest play passed 2, a hand emptied unchallenged 2, a wrong challenge
survived -1, eliminated -2, for each survivor of it 1, second-last 2, last 3.
"""

import pytest

from tertius.environments.liars_bar import LiarsBar, LiarsBarSettings
from tertius.environments.liars_bar_rules import (
    ALIVE,
    ANSWERING,
    BULLET,
    CARDS,
    POINTS,
    RANK,
    ROUND,
    SHOTS,
    TURN,
)  # fmt: skip


def dealt(
    hands: list[str], *, target: str = "Q", bullets: tuple[int, ...] = (6, 6, 6, 6), **chosen: bool
) -> LiarsBar:
    """Return a game in its first round with these hands; ``-`` for who is dead; seat 1 begins."""
    world = LiarsBar(LiarsBarSettings(**chosen))
    world.reset(0)
    for seat, hand in enumerate(hands):
        world.people[0, seat, :4] = [hand.count(card) for card in CARDS]
        world.people[0, seat, ALIVE] = hand != "-"
    world.people[0, :, BULLET] = bullets
    world.table[0, RANK], world.table[0, TURN], world.table[0, ANSWERING] = (
        CARDS.index(target),
        0,
        0,
    )
    return world


def play(world: LiarsBar, *moves: str) -> list[int]:
    """Make the moves, each by whose turn it is; return everybody's points."""
    for move in moves:
        world.step({world.acting[0]: move})
    points: list[int] = world.people[0, :, POINTS].tolist()
    return points


FULL = ["QQKA*", "QQKA*", "QQKA*", "QQKA*"]


def test_who_catches_a_liar_gets_two_and_the_liar_fires() -> None:
    world = dealt(FULL)
    assert play(world, "K", "challenge") == [0, 2, 0, 0]
    assert world.people[0, :, SHOTS].tolist() == [1, 0, 0, 0]
    assert world.turn(0) == 0, "the last shooter begins the next round"


def test_who_errs_and_survives_loses_one_and_begins_the_next_round() -> None:
    world = dealt(FULL)
    assert play(world, "Q*", "challenge") == [0, -1, 0, 0]
    assert world.people[0, :, SHOTS].tolist() == [0, 1, 0, 0]
    assert (world.turn(0), world.table[0, ROUND]) == (1, 2)


def test_who_lets_an_honest_play_pass_gets_two_and_who_lets_a_lie_pass_gets_nothing() -> None:
    assert play(dealt(FULL), "QQ*", "pass") == [0, 2, 0, 0]
    assert play(dealt(FULL), "A", "pass") == [0, 0, 0, 0]


def test_a_hand_emptied_unchallenged_pays_two_even_by_a_lie() -> None:
    assert play(dealt(["KA", "QQKA*", "QQKA*", "QQKA*"]), "KA", "pass") == [2, 0, 0, 0]
    assert play(dealt(["Q*", "QQKA*", "QQKA*", "QQKA*"]), "Q*", "pass") == [2, 2, 0, 0]
    assert play(dealt(["KA", "QQKA*", "QQKA*", "QQKA*"]), "KA", "challenge") == [0, 2, 0, 0]


def test_a_liar_shot_dead_loses_two_and_each_survivor_gets_one() -> None:
    world = dealt(FULL, bullets=(1, 6, 6, 6))
    assert play(world, "K", "challenge") == [-2, 3, 1, 1]
    assert world.turn(0) == 1, "the next in order begins"


def test_who_errs_and_dies_loses_two_and_not_one_more() -> None:
    world = dealt(FULL, bullets=(6, 1, 6, 6))
    assert play(world, "Q", "challenge") == [1, -2, 1, 1]
    assert world.turn(0) == 2


def test_the_last_but_one_gets_its_two_back_and_the_last_four() -> None:
    world = dealt(["QQKA*", "QQKA*", "-", "-"], bullets=(1, 6, 6, 6))
    assert play(world, "K", "challenge") == [0, 6, 0, 0]
    assert world.agents == ()
    world = dealt(["QQKA*", "QQKA*", "-", "-"], bullets=(6, 1, 6, 6))
    assert play(world, "Q", "challenge") == [4, 0, 0, 0]


def test_the_next_to_answer_still_holds_cards_and_is_alive() -> None:
    world = dealt(["QQKA*", "-", "", "QQKA*"])
    play(world, "Q")
    assert world.acting == ("player-4",)


def test_who_is_left_alone_with_cards_is_challenged_by_the_house() -> None:
    """It lays all it holds; an honest hand harms nobody, a lie makes it fire, nobody gets two."""
    world = dealt(["Q", "QQQ*", "", ""])
    assert play(world, "Q", "pass") == [2, 2, 0, 0]
    assert world.people[0, :, SHOTS].sum() == 0
    assert world.table[0, ROUND] == 2
    world = dealt(["Q", "QK", "", ""])
    assert play(world, "Q", "pass") == [2, 2, 0, 0]
    assert world.people[0, :, SHOTS].tolist() == [0, 1, 0, 0]
    assert world.turn(0) == 1
    world = dealt(["Q", "QK", "", ""], bullets=(6, 1, 6, 6))
    assert play(world, "Q", "pass") == [3, 0, 1, 1]


def test_after_a_harmless_house_challenge_anybody_may_begin() -> None:
    begun = set()
    for seed in range(40):
        world = dealt(["Q", "Q", "", ""])
        world.begin_all(seed)
        world.people[0, :, :4] = [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]
        world.table[0, RANK], world.table[0, TURN] = 0, 0
        play(world, "Q", "pass")
        begun.add(world.turn(0))
    assert begun == {0, 1, 2, 3}


def test_a_game_worked_through_by_hand() -> None:
    """Three alive; a caught lie, a wrong call, a kill, and the end."""
    world = dealt(["QQKA*", "QQKA*", "QQKA*", "-"], bullets=(2, 1, 6, 6))
    assert play(world, "Q", "pass") == [0, 2, 0, 0]  # honest, passed: player-2 +2
    assert play(world, "K", "challenge") == [1, 0, 3, 0]
    # player-3 caught player-2 (+2), who died (-2); player-1 and player-3 survive it (+1 each).
    assert world.turn(0) == 2
    world.people[0, 0, :4] = world.people[0, 2, :4] = [2, 1, 1, 1]
    world.table[0, RANK] = 0
    assert play(world, "K", "challenge") == [3, 0, 3, 0]  # player-1 catches player-3: +2
    world.people[0, 0, :4] = world.people[0, 2, :4] = [2, 1, 1, 1]
    world.table[0, RANK] = 0
    assert play(world, "Q", "challenge") == [2, 0, 3, 0]  # player-1 errs and survives: -1
    world.people[0, 0, :4] = world.people[0, 2, :4] = [2, 1, 1, 1]
    world.table[0, RANK] = 0
    # player-1 lies again, player-3 catches it (+2); player-1 dies (-2) as second-last (+2);
    # player-3 survives it (+1) and is last (+3).
    assert play(world, "A", "challenge") == [2, 0, 9, 0]
    assert world.agents == ()


@pytest.mark.parametrize(("released", "rounds", "last"), [(False, 2, 6), (True, 3, 9)])
def test_as_released_the_round_counter_jumps_and_the_last_is_paid_twice(
    released: bool, rounds: int, last: int
) -> None:
    world = dealt(FULL, as_released=released)
    play(world, "K", "challenge")
    assert world.table[0, ROUND] == rounds
    world = dealt(["QQKA*", "QQKA*", "-", "-"], bullets=(1, 6, 6, 6), as_released=released)
    assert play(world, "K", "challenge")[1] == last


def test_the_sixth_shot_preset_kills_with_the_sixth_and_never_before() -> None:
    world = LiarsBar(LiarsBarSettings(revolver="sixth_shot"), copies=50)
    world.begin_all(1)
    assert (world.people[:, :, BULLET] == 6).all()


def test_a_shot_kills_with_one_over_the_chambers_that_are_left() -> None:
    world = LiarsBar(copies=20_000)
    world.begin_all(4)
    bullets = world.people[:, :, BULLET].ravel()
    for shot in range(1, 7):
        kills = (bullets == shot).sum() / (bullets >= shot).sum()
        assert kills == pytest.approx(1 / (7 - shot), abs=0.015)
