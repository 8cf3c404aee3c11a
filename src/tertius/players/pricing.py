"""Firms: one that competes, one that undercuts, one that punishes, and two that learned."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import PlayerKind
from tertius.players.seated import PlayerSettingsError, Seated

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""A learned table names the price of each state by one of these."""


class Competitive(Seated):
    """Takes the price that would have paid most against the rivals' last prices.

    It knows its market: of the logit demand `quality`, `outside` and `spread`. It does not look
    ahead, so it never gives up profit today for a higher price tomorrow.

    References
    ----------
    Cournot's reply to the rivals' last move; Calvano et al., AER 2020, section II.A (the market).
    """

    name = "pricing/competitive"
    defaults: ClassVar[Mapping[str, Value]] = {
        "quality": 2.0, "outside": 0.0, "spread": 0.25,
    }  # fmt: skip

    def act(self, observation: Any, draws: Draws) -> Move:
        """Reply to the last prices; where none are seen, to rivals who charge the least."""
        own = self.settings
        prices: list[float] = observation["prices"]
        last = observation["last"]
        rivals = [p for name, p in last[0].items() if name != self.agent] if last else prices[:1]
        drawn = exp(own["outside"] / own["spread"])
        drawn += sum(exp((own["quality"] - price) / own["spread"]) for price in rivals)

        def profit(choice: int) -> float:
            draw = exp((own["quality"] - prices[choice]) / own["spread"])
            margin: float = prices[choice] - observation["cost"]
            return margin * draw / (draw + drawn)

        return max(range(len(prices)), key=profit)


class Undercutter(Seated):
    """Goes one price below the cheapest rival's last one, down to price number `floor`."""

    name = "pricing/undercutter"
    defaults: ClassVar[Mapping[str, Value]] = {"floor": 0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Undercut; where nothing is seen, take the floor."""
        floor: int = self.settings["floor"]
        if not observation["chosen"]:
            return floor
        last, me = observation["chosen"][0], observation["me"]
        cheapest: int = min(last[:me] + last[me + 1 :])
        return max(floor, cheapest - 1)


class Grim(Seated):
    """Keeps price number `high` as long as everybody does, and punishes whoever goes below.

    Punishment is price number `low`, for `periods` periods, or for ever if that is 0. It needs no
    message and no meeting: the threat lies in the prices.

    References
    ----------
    Friedman, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38 (1971).
    """

    name = "pricing/grim"
    defaults: ClassVar[Mapping[str, Value]] = {"high": 13, "low": 1, "periods": 0}

    def begin(self, setting: dict[str, Value]) -> None:
        """Trust."""
        self.memory = {"left": 0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Keep the price, or punish; prices from before the first period bind nobody."""
        own, left = self.settings, int(self.memory["left"])
        if left == 0 and observation["period"] > 0 and observation["chosen"]:
            last, me = observation["chosen"][0], observation["me"]
            if min(last[:me] + last[me + 1 :]) < own["high"]:
                left = own["periods"] or -1
        self.memory["left"] = left - (left > 0)
        choice: int = own["low"] if left else own["high"]
        return choice


class Learned(Seated):
    """Plays a table that was learned before the episode: a price for each state of the last prices.

    `table` holds one or more tables, apart by a space; each names the price of every state by a
    digit of base 36, the state being the last prices of all firms read as one number, the first
    firm's first, the older period's before the newer's. With several, the first prices that are
    seen settle which is played, so that firms who learned together play together.
    """

    name = "pricing/learned"
    kind: ClassVar[PlayerKind] = "learning"
    defaults: ClassVar[Mapping[str, Value]] = {"table": ""}

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        self._tables: list[str] = self.settings["table"].split()
        if not self._tables or not set("".join(self._tables)) <= set(DIGITS):
            raise PlayerSettingsError(
                f"setting `table` of player `{self.name}` is no table of prices; "
                "give a digit of 0-9a-z for each state"
            )

    def begin(self, setting: dict[str, Value]) -> None:
        """Wait for the first prices."""
        self.memory = {"table": -1}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Look the price up."""
        count = len(observation["prices"])
        state = number(observation["chosen"], count)
        if self.memory["table"] < 0:
            self.memory["table"] = state % len(self._tables)
        table = self._tables[self.memory["table"]]
        states = count ** sum(map(len, observation["chosen"]))
        if len(table) != states:
            raise PlayerSettingsError(
                f"`{self.name}` learned a table of {len(table)} states; this market has {states}"
            )
        return DIGITS.index(table[state])


class Learner(Seated):
    """A Q-learner that begins with nothing: it tries prices, and remembers what they came to.

    `rate`, `discount` and `decay` are the paper's alpha, delta and beta. Values begin at `first`;
    the paper begins them at the mean profit against a rival who plays by chance, for ever.

    Notes
    -----
    Some 20 microseconds a period. Firms of the paper need about two million periods; those that
    learned so long before the episode are `pricing/learned`.

    References
    ----------
    Watkins and Dayan, "Q-learning", Machine Learning 8 (1992); Calvano et al., section II.B.
    """

    name = "pricing/learner"
    kind: ClassVar[PlayerKind] = "learning"
    defaults: ClassVar[Mapping[str, Value]] = {
        "rate": 0.15, "discount": 0.95, "decay": 1e-3, "first": 0.0,
    }  # fmt: skip

    def begin(self, setting: dict[str, Value]) -> None:
        """Know nothing."""
        self.memory = {"values": {}, "state": "", "choice": 0, "period": 0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Take the best price so far, or by chance another."""
        count = len(observation["prices"])
        state = str(number(observation["chosen"], count))
        row = self._row(state, count)
        epsilon = exp(-self.settings["decay"] * self.memory["period"])
        if draws.unit("explore") < epsilon:
            choice = draws.below(count, "which price")
        else:
            choice = row.index(max(row))
        self.memory.update(state=state, choice=choice, period=self.memory["period"] + 1)
        return choice

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Move the price's value towards what it brought now and promises for later."""
        own, count = self.settings, len(observation["prices"])
        after = max(self._row(str(number(observation["chosen"], count)), count))
        row, choice = self._row(self.memory["state"], count), self.memory["choice"]
        row[choice] += own["rate"] * (reward + own["discount"] * after - row[choice])

    def _row(self, state: str, count: int) -> list[float]:
        values: dict[str, list[float]] = self.memory["values"]
        if state not in values:
            values[state] = [float(self.settings["first"])] * count
        return values[state]


def number(chosen: list[list[int]], count: int) -> int:
    """Return the state that the last choices are, newest first, among `count` prices.

    Examples
    --------
    >>> number([[1, 2]], 15), number([[1, 2], [3, 4]], 15), number([], 15)
    (17, 11042, 0)
    """
    state = 0
    for row in reversed(chosen):
        for one in row:
            state = state * count + one
    return state
