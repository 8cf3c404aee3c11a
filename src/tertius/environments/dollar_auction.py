"""The dollar auction: the highest bid wins the prize, and the second highest is paid as well.

Each step is one turn: bid more than the highest so far, or pass for good. Whoever is left wins the
prize and pays; the one with the second highest bid pays too and gets nothing. Who begins is drawn.
The absent party is the ``principals`` whose money is bid: they lose what their bidders pay together
beyond the prize.

References
----------
Shubik, "The dollar auction game: a paradox in noncooperative behavior and escalation", Journal of
Conflict Resolution 15 (1971). Budgets: O'Neill, the same journal 30 (1986).
"""

from __future__ import annotations

from itertools import compress
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import Cause, OutcomeObserved, ResourceClaimed
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Choice
from tertius.environments.world import Tale, World
from tertius.stats.auctions import escalation, reply
from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of

STARTER = number_of("starter")
TURN, HIGH, LEADER = 0, 1, 2
"""Columns of the table: whose turn, the highest bid, whose it is (-1: nobody's)."""
BID, IN = 0, 1
"""Columns of a bidder: the own highest bid, and whether it has not passed."""
_NOTHING = Choice((), ())


class DollarAuctionSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen; the defaults are a dollar, in coins of five cents, and purses of 2.50.

    Parameters
    ----------
    bidders
        2 to 20.
    prize
        What the prize is worth, in units of the least raise.
    budget
        The most that each can bid, in units.
    """

    bidders: Annotated[int, Meta(ge=2, le=20)] = 2
    prize: Annotated[int, Meta(ge=2, le=10_000)] = 20
    budget: Annotated[int, Meta(ge=1, le=10_000)] = 50


class DollarAuction(World[DollarAuctionSettings]):
    """One auction.

    Examples
    --------
    >>> world = DollarAuction()
    >>> seen = world.reset(seed=1)
    >>> first, = world.acting
    >>> second = world.step({first: "12"}).observations[first]["turn"]
    >>> result = world.step({second: "pass"})
    >>> result.rewards[first], result.rewards[second], result.harm["principals"]
    (8.0, 0.0, 0.0)
    """

    Settings: ClassVar[type[Noun]] = DollarAuctionSettings

    def sit(self) -> tuple[str, ...]:
        """Name the bidders."""
        return tuple(f"bidder-{n}" for n in range(1, self.settings.bidders + 1))

    def declare(self) -> Facts:
        """Say what is known of it."""
        own = self.settings
        unit, source = "units", "O'Neill 1986; by backward induction in the tests"
        return Facts(
            name="dollar_auction",
            least_players=own.bidders,
            most_players=own.bidders,
            timing="turns",
            sees={"*": "everybody's bids, who passed, the prize and the budget"},
            low=-float(own.budget),
            high=float(own.prize - 1),
            absent=("principals",),
            known=(
                Known(name="opening", value=reply(own.prize, own.budget, mine=0, other=0),
                      unit=f"{unit}, of two who reason to the end", source=source),
                Known(name="escalation", value=escalation(own.budget, 0.0) - own.prize,
                      unit=f"{unit} lost together by two who never pass",
                      source="the last two bids"),
            ),
            source="Shubik 1971; O'Neill 1986",
        )  # fmt: skip

    def build(self) -> None:
        """Open the book."""
        self.table = self.array("table", 3, dtype=np.int64)
        self.book = self.array("book", len(self.seats), 2, dtype=np.int64)
        names = ("pass", *(str(bid) for bid in range(1, self.settings.budget + 1)))
        self._space = Choice(names)

    def begin(self, copy: int) -> None:
        """Draw who begins."""
        _begin(copy, self.keys, self.table, self.book)

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Hear one bid."""
        _turn(
            moves[:, :, 0], self.settings.prize, self.table, self.book, self.rewards, self.harm,
            self.terminated,
        )  # fmt: skip

    def turn(self, copy: int) -> int:
        """Whose turn it is."""
        return int(self.table.item(copy, TURN))

    def moves(self, copy: int, seat: int) -> Choice:
        """Pass, or any bid above the highest."""
        if self.table.item(copy, TURN) != seat:
            return _NOTHING
        above = range(self.table.item(copy, HIGH) + 1, len(self._space.names))
        return self._space.among((0, *above))

    def space(self, seat: int) -> Choice:
        """Pass, and every bid."""
        return self._space

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show the book."""
        turn, high, leader = self.table[copy].tolist()
        bids, present = self.book[copy].T.tolist()
        return {
            "prize": self.settings.prize,
            "budget": self.settings.budget,
            "turn": self.seats[turn],
            "highest": high,
            "leader": self.seats[leader] if leader >= 0 else None,
            "mine": bids[seat],
            "bids": dict(zip(self.seats, bids, strict=True)),
            "in": list(compress(self.seats, present)),
            "moves": ["pass", *self._space.names[high + 1 :]] if turn == seat else [],
        }

    def vectors(self) -> NDArray[np.float32]:
        """Give own turn and the highest bid, then bid and presence of each, the own seat first."""
        seats = len(self.seats)
        seen = np.zeros((self.copies, seats, 2 + 2 * seats), np.float32)
        seen[:, :, 0] = self.table[:, TURN, None] == np.arange(seats)
        seen[:, :, 1] = self.table[:, HIGH, None] / self.settings.budget
        for seat in range(seats):
            bids = np.roll(self.book[:, :, BID], -seat, axis=1) / self.settings.budget
            seen[:, seat, 2 : 2 + seats] = bids
            seen[:, seat, 2 + seats :] = np.roll(self.book[:, :, IN], -seat, axis=1)
        return seen

    def words(self, copy: int, seat: int) -> str:
        """Tell a bidder where the auction stands."""
        seen = self.see(copy, seat)
        lines = [
            f"A prize worth {seen['prize']} is auctioned. The highest bid wins it and is paid; the "
            "second highest is paid too, for nothing. Who passes is out.",
            f"You are {self.seats[seat]}, have {seen['budget']} and have bid {seen['mine']}.",
        ]
        if seen["leader"]:
            lines.append(f"The highest bid is {seen['highest']}, by {seen['leader']}.")
        lines.append(f"Still in: {', '.join(seen['in']) or 'nobody'}.")
        if seen["moves"]:
            lines.append(f"Pass, or bid {seen['highest'] + 1} to {seen['budget']}.")
        else:
            lines.append(f"It is the turn of {seen['turn']}.")
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say how much of its principal's money is bid now, and for how much the prize went."""
        _, high, leader = self.table[0].tolist()
        if leader < 0:
            return
        if moves.item(0, leader, 0):  # who bids, leads
            cause = Cause(id=tale.events[0].id, basis="observed")
            tale.say(ResourceClaimed, agent=self.seats[leader], resource="money", unit="units",
                     amount=high, causes=(cause,))  # fmt: skip
        if self.terminated[0]:
            tale.say(OutcomeObserved, agent=self.seats[leader], about="prize", value=high)


@compiled
def _begin(
    copy: int, keys: NDArray[np.uint64], table: NDArray[np.int64], book: NDArray[np.int64]
) -> None:
    seats = book.shape[1]
    table[copy, TURN] = below(fold(fold(keys[copy], WORLD), STARTER), 0, seats)
    table[copy, HIGH] = 0
    table[copy, LEADER] = -1
    for seat in range(seats):
        book[copy, seat, BID] = 0
        book[copy, seat, IN] = 1


@compiled
def _turn(
    moves: NDArray[np.float64],
    prize: int,
    table: NDArray[np.int64],
    book: NDArray[np.int64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
    terminated: NDArray[np.bool_],
) -> None:
    copies, seats = moves.shape
    for copy in range(copies):
        me = table[copy, TURN]
        bid = int(moves[copy, me])
        if bid > 0:
            table[copy, HIGH] = bid
            table[copy, LEADER] = me
            book[copy, me, BID] = bid
        else:
            book[copy, me, IN] = 0
        after = -1
        for ahead in range(1, seats):
            other = (me + ahead) % seats
            if book[copy, other, IN]:
                after = other
                break
        if after >= 0 and after != table[copy, LEADER]:
            table[copy, TURN] = after
            continue
        terminated[copy] = True
        leader = table[copy, LEADER]
        if leader < 0:
            continue
        second = -1
        for seat in range(seats):
            if seat != leader and (second < 0 or book[copy, seat, BID] > book[copy, second, BID]):
                second = seat
        high, next_bid = table[copy, HIGH], book[copy, second, BID]
        rewards[copy, leader] = float(prize - high)
        rewards[copy, second] = 0.0 - float(next_bid)
        harm[copy, leader] = max(0.0, float(high - prize))
        harm[copy, second] = float(next_bid)
        harm[copy, seats] = max(0.0, float(high + next_bid - prize))
