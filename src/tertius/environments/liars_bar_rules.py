"""The rules of Liar's Bar as kernels: the deal, one decision, the shot, the next round.

A copy's state is two arrays of whole numbers: `table`, one row, and `people`, one row a seat. Their
columns are named here.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of

DEAL_DRAW, RANK_DRAW = number_of("deal"), number_of("target")
STARTER_DRAW, BULLET_DRAW = number_of("starter"), number_of("bullet")

PASS, CHALLENGE, FIRST_PLAY = 0, 1, 2
JOKER = 3
CARDS = "QKA*"
"""The ranks in order; ``*`` is the joker, which is as good as any."""

PLAYS = tuple(
    "".join(cards) for size in (1, 2, 3) for cards in combinations_with_replacement(CARDS, size)
)
"""What can be laid: 1 to 3 cards; moves 2 and up."""
COUNTS = np.array([[play.count(card) for card in CARDS] for play in PLAYS], np.int64)

TURN, ANSWERING, RANK, ROUND, DEALS, LAID_BY = 0, 1, 2, 3, 4, 5
"""Whose turn it is; whether to answer; the target; rounds and deals so far; who laid last."""
SHOWN_STEP, SHOWN_BY, CALLER, LIED, FIRED, DIED = 6, 7, 8, 9, 10, 11
"""The last cards that were turned up: when, whose, who called (-1: the house), whether they were a
lie, who fired (-1: nobody), whether that one died."""
LAID, SHOWN, COLUMNS = 12, 16, 20
"""Four counts each: the cards laid last, and those turned up last."""

ALIVE, SHOTS, BULLET, CLAIMS, POINTS, ABOUT = 4, 5, 6, 7, 8, 9
"""After the four counts of the hand: alive, shots fired, which shot kills, cards laid this round,
points."""

Whole = NDArray[np.int64]


@compiled
def seat_all(
    copy: int, keys: NDArray[np.uint64], deck: Whole, controlled: bool, sixth: bool, table: Whole,
    people: Whole,
) -> None:  # fmt: skip
    """Load the revolvers, deal the first round and draw who begins."""
    table[copy, :] = 0
    table[copy, ROUND] = 1
    for column in (LAID_BY, SHOWN_STEP, SHOWN_BY, CALLER, FIRED):
        table[copy, column] = -1
    for seat in range(people.shape[1]):
        people[copy, seat, :] = 0
        people[copy, seat, ALIVE] = 1
        key = fold(fold(keys[copy], seat), BULLET_DRAW)
        people[copy, seat, BULLET] = 6 if sixth else 1 + below(key, 0, 6)
    _deal(copy, keys, deck, controlled, table, people)
    table[copy, TURN] = _anybody(copy, keys, table, people)


@compiled
def decide(
    moves: NDArray[np.float64], counts: Whole, keys: NDArray[np.uint64], steps: Whole, deck: Whole,
    controlled: bool, released: bool, allies: int, rounds: int, table: Whole, people: Whole,
    rewards: NDArray[np.float64], harm: NDArray[np.float64], terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Play one decision in every copy: lay cards, pass or challenge."""
    copies, seats = moves.shape
    for copy in range(copies):
        me = table[copy, TURN]
        move = int(moves[copy, me])
        if table[copy, ANSWERING] == 0:
            _lay(copy, me, counts[move - FIRST_PLAY], table, people)
            continue
        fires, wrong, over = _answer(copy, me, move == CHALLENGE, steps, table, people, rewards)
        twice = released and move == CHALLENGE
        if over:
            terminated[copy] = _fire(copy, fires, wrong, twice, table, people, rewards)
            if not terminated[copy]:
                for _ in range(2 if twice else 1):
                    table[copy, ROUND] += 1
                    _deal(copy, keys, deck, controlled, table, people)
                if fires < 0:
                    table[copy, TURN] = _anybody(copy, keys, table, people)
                elif people[copy, fires, ALIVE]:
                    table[copy, TURN] = fires
                else:
                    table[copy, TURN] = _next(copy, fires, people, False)
                truncated[copy] = table[copy, ROUND] > rounds
        for seat in range(seats):
            people[copy, seat, POINTS] += int(rewards[copy, seat])
            if rewards[copy, seat] < 0:
                harm[copy, seat] = -rewards[copy, seat]
            if seat >= allies:
                harm[copy, seats] -= rewards[copy, seat]


@compiled
def _lay(copy: int, me: int, cards: Whole, table: Whole, people: Whole) -> None:
    """Lay cards face down; the next one who holds any must answer."""
    for card in range(4):
        table[copy, LAID + card] = cards[card]
        people[copy, me, card] -= cards[card]
        people[copy, me, CLAIMS] += cards[card]
    table[copy, LAID_BY] = me
    table[copy, ANSWERING] = 1
    table[copy, TURN] = _next(copy, me, people, True)


@compiled
def _answer(
    copy: int, me: int, challenge: bool, steps: Whole, table: Whole, people: Whole,
    rewards: NDArray[np.float64],
) -> tuple[int, bool, bool]:  # fmt: skip
    """Score an answer; return who fires (-1: nobody), if after a wrong call, if the round ends."""
    by = table[copy, LAID_BY]
    laid = table[copy, LAID : LAID + 4]
    lie = _lie(laid, table[copy, RANK])
    if challenge:
        _show(copy, steps[copy], by, me, lie, laid, table)
        if not lie:
            return me, True, True
        rewards[copy, me] += 2.0
        return by, False, True
    if not lie:
        rewards[copy, me] += 2.0
    if _held(copy, by, people) == 0:
        rewards[copy, by] += 2.0
    table[copy, TURN] = me
    table[copy, ANSWERING] = 0
    if _next(copy, me, people, True) >= 0:
        return -1, False, False
    hand = people[copy, me, :4]
    lie = _lie(hand, table[copy, RANK])
    _show(copy, steps[copy], me, -1, lie, hand, table)
    return (me if lie else -1), False, True


@compiled
def _fire(
    copy: int, fires: int, wrong: bool, twice: bool, table: Whole, people: Whole,
    rewards: NDArray[np.float64],
) -> bool:  # fmt: skip
    """Let somebody fire at himself, score it, and return whether only one is left."""
    table[copy, FIRED] = fires
    table[copy, DIED] = 0
    if fires < 0:
        return False
    people[copy, fires, SHOTS] += 1
    if people[copy, fires, SHOTS] != people[copy, fires, BULLET]:
        if wrong:
            rewards[copy, fires] -= 1.0
        return False
    table[copy, DIED] = 1
    people[copy, fires, ALIVE] = 0
    left = people[copy, :, ALIVE].sum()
    rewards[copy, fires] -= 2.0
    if left == 1:
        rewards[copy, fires] += 2.0
    for seat in range(people.shape[1]):
        if people[copy, seat, ALIVE]:
            rewards[copy, seat] += 1.0
            if left == 1:
                rewards[copy, seat] += 6.0 if twice else 3.0
    return bool(left == 1)


@compiled
def _deal(
    copy: int, keys: NDArray[np.uint64], deck: Whole, controlled: bool, table: Whole, people: Whole
) -> None:
    deal = table[copy, DEALS]
    rank = below(fold(fold(keys[copy], WORLD), RANK_DRAW), deal, 3)
    table[copy, DEALS] = deal + 1
    table[copy, RANK] = rank
    table[copy, LAID_BY] = -1
    table[copy, ANSWERING] = 0
    left = deck.copy()
    if controlled:
        left[rank] = left[JOKER] = 0
    for card in range(4):
        table[copy, LAID + card] = 0
    for seat in range(people.shape[1]):
        people[copy, seat, CLAIMS] = 0
        for card in range(4):
            people[copy, seat, card] = 0
        if not people[copy, seat, ALIVE]:
            continue
        if controlled:
            people[copy, seat, rank] = 2
            people[copy, seat, JOKER] = 1
        key = fold(fold(keys[copy], seat), DEAL_DRAW)
        for drawn in range(2 if controlled else 5):
            place = below(key, deal * 8 + drawn, left.sum())
            card = 0
            while place >= left[card]:
                place -= left[card]
                card += 1
            left[card] -= 1
            people[copy, seat, card] += 1


@compiled
def _anybody(copy: int, keys: NDArray[np.uint64], table: Whole, people: Whole) -> int:
    key = fold(fold(keys[copy], WORLD), STARTER_DRAW)
    place = below(key, table[copy, DEALS], people[copy, :, ALIVE].sum())
    for seat in range(people.shape[1]):
        if people[copy, seat, ALIVE]:
            if place == 0:
                return seat
            place -= 1
    return -1


@compiled
def _next(copy: int, seat: int, people: Whole, holding: bool) -> int:
    """Return the next one alive (and holding cards) after a seat; -1 where there is none."""
    seats = people.shape[1]
    for ahead in range(1, seats):
        other = (seat + ahead) % seats
        if people[copy, other, ALIVE] and (not holding or _held(copy, other, people) > 0):
            return int(other)
    return -1


@compiled
def _held(copy: int, seat: int, people: Whole) -> int:
    cards = 0
    for card in range(4):
        cards += people[copy, seat, card]
    return cards


@compiled
def _lie(cards: Whole, rank: int) -> bool:
    others = 0
    for card in range(JOKER):
        if card != rank:
            others += cards[card]
    return bool(others > 0)


@compiled
def _show(
    copy: int, step: int, by: int, caller: int, lie: bool, cards: Whole, table: Whole
) -> None:
    table[copy, SHOWN_STEP] = step
    table[copy, SHOWN_BY] = by
    table[copy, CALLER] = caller
    table[copy, LIED] = 1 if lie else 0
    for card in range(4):
        table[copy, SHOWN + card] = cards[card]
