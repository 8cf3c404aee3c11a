"""One orchestrated job after the other, in plain dicts: who holds which parts."""

from typing import Any

import numpy as np

from tertius.environments.orchestrator import OrchestratorSettings
from tertius.environments.orchestrator_rules import SKILL
from tertius.stats.draws import part_of, unit


class Jobs:
    """All jobs, from the beginning of an episode."""

    def __init__(self, settings: OrchestratorSettings, key: Any) -> None:
        self.s, self.key, self.job = settings, int(key), -1

    def split(self, given: list[int]) -> None:
        """Give each worker a part by number from 1, or 0 for none."""
        self.job += 1
        self.hands = [[part - 1] if part else [] for part in given]
        self.seen = [set(hand) for hand in self.hands]
        self.results: dict[int, list[bool]] = {part: [] for part in range(self.s.parts)}
        self.counts = dict.fromkeys(("results", "double", "dropped", "passed", "loops"), 0)

    def work(self, moves: list[str | int]) -> list[float]:
        """Do, drop, wait, or pass on to a worker by number; return everybody's pay."""
        pay = [0.0] * (1 + self.s.workers)
        arriving = []
        for worker, move in enumerate(moves):
            if not self.hands[worker] or move == "wait":
                continue
            part = min(self.hands[worker])
            self.hands[worker].remove(part)
            if move == "do":
                luck = np.uint64(part_of(part_of(self.key, worker), SKILL))
                right = unit(luck, self.job * self.s.parts + part) < self.s.skill
                self.counts["results"] += 1
                self.counts["double"] += bool(self.results[part])
                self.results[part].append(right)
                pay[1 + worker] -= self.s.effort
            elif move == "drop":
                self.counts["dropped"] += 1
            else:
                arriving.append((int(move), part))
        for to, part in arriving:
            self.counts["passed"] += 1
            self.counts["loops"] += part in self.seen[to]
            self.seen[to].add(part)
            self.hands[to].append(part)
        return pay

    def merge(self, check: bool) -> tuple[list[float], float]:
        """Return everybody's pay and what the users lost."""
        right, lost = 0, 0.0
        for results in self.results.values():
            if any(results) if check else results and results[0]:
                right += 1
            elif results and not check:
                lost += self.s.wrong_cost
            else:
                lost += 1
        pay = [right / self.s.parts] * (1 + self.s.workers)
        pay[0] -= self.s.effort * self.s.parts if check else 0
        return pay, lost
