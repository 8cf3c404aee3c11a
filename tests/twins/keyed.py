"""A table of keys as a list of all that ever happened: one entry per stay, none forgotten."""

import math
from dataclasses import dataclass

from tertius.stats.eprocess import EProcess


@dataclass
class Stay:
    """From a key's coming to its going; what it was worth then stands for ever."""

    weight: float
    processes: list[EProcess]
    seen: int
    named: bool = False

    @property
    def worth(self) -> float:
        return sum(process.value for process in self.processes) / len(self.processes)


class NaiveKeyed:
    def __init__(self, level: float, *, most: int, slots: int, declared: int) -> None:
        self.bar, self.most, self.slots, self.declared = 1 / level, most, slots, declared
        self.stays: list[Stay] = []
        self.here: dict[str, Stay] = {}
        self.time = self.entry = 0

    def update(self, key: str, slot: int, payoff: float) -> tuple[float, bool]:
        if key not in self.here:
            if len(self.here) == self.most:
                self.evict()
            processes = [EProcess(clock=self.entry) for _ in range(self.slots)]
            self.here[key] = Stay(self.next_weight(), processes, self.time)
            self.stays.append(self.here[key])
        own = self.here[key]
        own.processes[slot].update(payoff)
        self.time += 1
        own.seen = self.time
        first = not own.named
        own.named = own.named or own.weight * (own.worth - self.bar) >= self.owed(own)
        return own.worth, first and own.named

    def owed(self, own: Stay) -> float:
        terms = [
            stay.weight * max(0.0, self.bar - stay.worth) for stay in self.stays if stay is not own
        ]
        left = 1 - math.fsum(stay.weight for stay in self.stays)
        return math.fsum(terms) + left * (self.bar - 1)

    def next_weight(self) -> float:
        if len(self.stays) < self.declared:
            return 1 / (2 * self.declared)
        later = len(self.stays) - self.declared + 1
        return (3 if self.declared else 6) / (math.pi**2 * later**2)

    def evict(self) -> None:
        declared = {id(stay) for stay in self.stays[: self.declared]}
        going = [key for key, stay in self.here.items() if id(stay) not in declared]
        going.sort(
            key=lambda key: (self.here[key].named, self.here[key].worth, self.here[key].seen)
        )
        for key in going[: max(1, len(going) // 4)]:
            del self.here[key]
        self.entry = max(1, self.time)
