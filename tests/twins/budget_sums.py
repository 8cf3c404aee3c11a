"""What is used and held of one shared resource, summed over a list each time anew."""

from dataclasses import dataclass, field

from tertius.core.grants import ResourceBudget
from tertius.policy.counters import SLOTS


@dataclass
class Sums:
    """Every claim and release: holder, amount (negative when given back), time."""

    budgets: tuple[ResourceBudget, ...]
    moved: list[tuple[str, int, int]] = field(default_factory=list)

    def used(self, budget: ResourceBudget, time: int) -> int:
        if budget.kind == "held":
            return sum(amount for _, amount, _ in self.moved)
        claims = [(amount, at) for _, amount, at in self.moved if amount > 0]
        if budget.window is None:
            return sum(amount for amount, _ in claims)
        slot = int(budget.window * 1_000_000_000) // SLOTS
        return sum(amount for amount, at in claims if at // slot >= time // slot - SLOTS)

    def exactly_used(self, budget: ResourceBudget, time: int) -> int:
        """The same without slots, for a rate."""
        since = time - int((budget.window or 0) * 1_000_000_000)
        return sum(amount for _, amount, at in self.moved if amount > 0 and at > since)

    def may_claim(self, amount: int, time: int) -> bool:
        return all(self.used(each, time) + amount <= each.amount for each in self.budgets)

    def may_release(self, holder: str, amount: int) -> bool:
        holds = any(each.kind == "held" for each in self.budgets)
        return not holds or amount <= sum(a for who, a, _ in self.moved if who == holder)
