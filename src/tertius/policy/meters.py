"""How much of one shared resource is used, and how much is held: one meter for each budget."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from tertius.core.grants import ResourceBudget
from tertius.core.request import Action
from tertius.policy.counters import Counter, CounterStore
from tertius.policy.occurrence import Occurrence

MAX_AMOUNT: Final = 2**53 - 1
MAX_HOLDERS: Final = 65_536

Holder = tuple[str, str]
"""Agent and run."""


class Meter(Protocol):
    """What one budget needs to know. Amounts are whole and at least 1."""

    drawn_by: ClassVar[tuple[Action, ...]]
    """Which acts draw on it."""

    @property
    def whole(self) -> int:
        """All there is."""
        ...

    def lacks(self, agent: str, run: str, amount: int, time: int) -> str:
        """Return why there is no room for an amount at a time, empty if there is."""
        ...

    def take(self, agent: str, run: str, amount: int, time: int) -> None:
        """Count an amount, with or without room."""
        ...

    def give_back(self, agent: str, run: str, amount: int, time: int) -> None:
        """Uncount an amount that was taken at a time."""
        ...

    def keeps(self, agent: str, run: str, amount: int) -> str:
        """Return why an amount cannot be released, empty if it can."""
        ...

    def prepare(self, agent: str, run: str, amount: int) -> None:
        """Set an amount aside that is about to be released; nobody else has it yet."""
        ...

    def stay(self, agent: str, run: str, amount: int) -> None:
        """Take such an amount back: it is not released after all."""
        ...

    def leave(self, agent: str, run: str, amount: int) -> None:
        """Let an amount go."""
        ...

    def forget(self, run: str) -> None:
        """Hear that a run has ended."""
        ...


class Used:
    """What was drawn: within a window for a rate, and altogether for a total.

    Parameters
    ----------
    budget
        Of kind ``rate`` or ``total``.
    since
        UTC nanoseconds from which a total counts.

    Notes
    -----
    A window is kept in slots (`tertius.policy.counters`): a count may be too high by what one slot
    holds, never too low.
    """

    drawn_by: ClassVar[tuple[Action, ...]] = ("resource.claim", "model.call")

    def __init__(self, budget: ResourceBudget, *, since: int = 0) -> None:
        self._budget = budget
        self._since = 0 if budget.kind == "rate" else since
        self._store = CounterStore(Counter(name="used", per=(), window=budget.window))
        self._act = Occurrence(agent="", action="resource.claim", resource=budget.resource)

    @property
    def whole(self) -> int:
        """All there is."""
        return int(self._budget.amount)

    def lacks(self, agent: str, run: str, amount: int, time: int) -> str:
        """Return why there is no room for an amount at a time, empty if there is."""
        used, most = self._store.total(self._act, time), self._budget.amount
        if used + amount <= most:
            return ""
        window = self._budget.window
        within = "" if window is None else f" in {window:g} s"
        return f"{used} of {most} {self._budget.unit}{within} are used, {amount} more were asked"

    def take(self, agent: str, run: str, amount: int, time: int) -> None:
        """Count an amount, with or without room."""
        if time >= self._since:
            self._store.add(self._act, time, amount)

    def give_back(self, agent: str, run: str, amount: int, time: int) -> None:
        """Uncount an amount that was taken at a time."""
        if time >= self._since:
            self._store.add(self._act, time, -amount)

    def keeps(self, agent: str, run: str, amount: int) -> str:
        """Return nothing: what was used cannot be given back, and nothing stands against it."""
        return ""

    def prepare(self, agent: str, run: str, amount: int) -> None:
        """Change nothing."""

    stay = leave = prepare

    def forget(self, run: str) -> None:
        """Change nothing: what was used stays used."""


class Held:
    """What is held at once, and by whom; `budget` is of kind ``held``.

    Notes
    -----
    At most `MAX_HOLDERS` pairs of agent and run hold something.
    """

    drawn_by: ClassVar[tuple[Action, ...]] = ("resource.claim",)

    def __init__(self, budget: ResourceBudget) -> None:
        self._budget = budget
        self._held: dict[Holder, int] = {}
        self._leaving: dict[Holder, int] = {}
        self._sum = 0

    @property
    def whole(self) -> int:
        """All there is."""
        return int(self._budget.amount)

    def lacks(self, agent: str, run: str, amount: int, time: int) -> str:
        """Return why there is no room for an amount, empty if there is."""
        most, unit = self._budget.amount, self._budget.unit
        if self._sum + amount > most:
            return f"{self._sum} of {most} {unit} are held, {amount} more were asked"
        if len(self._held) >= MAX_HOLDERS and (agent, run) not in self._held:
            return "too many agents hold a part of it"
        return ""

    def take(self, agent: str, run: str, amount: int, time: int) -> None:
        """Count an amount, with or without room."""
        self._held[agent, run] = self._held.get((agent, run), 0) + amount
        self._sum += amount

    def give_back(self, agent: str, run: str, amount: int, time: int) -> None:
        """Uncount an amount that was taken."""
        self._drop((agent, run), amount)

    def keeps(self, agent: str, run: str, amount: int) -> str:
        """Return why an amount cannot be released, empty if it can."""
        holder = (agent, run)
        mine = self._held.get(holder, 0) - self._leaving.get(holder, 0)
        if amount <= mine:
            return ""
        return f"`{agent}` holds {mine} {self._budget.unit} in this run and would release {amount}"

    def prepare(self, agent: str, run: str, amount: int) -> None:
        """Set an amount aside that is about to be released; nobody else has it yet."""
        self._leaving[agent, run] = self._leaving.get((agent, run), 0) + amount

    def stay(self, agent: str, run: str, amount: int) -> None:
        """Take such an amount back: it is not released after all."""
        left = self._leaving.get((agent, run), 0) - amount
        if left > 0:
            self._leaving[agent, run] = left
        else:
            self._leaving.pop((agent, run), None)

    def leave(self, agent: str, run: str, amount: int) -> None:
        """Let an amount go."""
        self.stay(agent, run, amount)
        self._drop((agent, run), amount)

    def forget(self, run: str) -> None:
        """Let go of what was held in a run that ended."""
        for holder in [holder for holder in self._held if holder[1] == run]:
            self._drop(holder, self._held[holder])
            self._leaving.pop(holder, None)

    def _drop(self, holder: Holder, amount: int) -> None:
        had = self._held.get(holder, 0)
        amount = min(amount, had)
        self._sum -= amount
        if had > amount:
            self._held[holder] = had - amount
        else:
            self._held.pop(holder, None)
