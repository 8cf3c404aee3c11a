"""Shared infrastructure in plain lists: each job is an entry of a list with its age."""

from typing import Any

import numpy as np

from tertius.environments.infrastructure import InfrastructureSettings
from tertius.environments.infrastructure_rules import ARRIVE, FINISH, HAND_OUT
from tertius.stats.draws import WORLD, below, part_of, unit


def key_of(key: int, player: int, *parts: int) -> Any:
    """Fold by hand."""
    for part in (player & (2**64 - 1), *parts):
        key = part_of(key, part)
    return np.uint64(key)


class Shared:
    """All services, from the beginning of an episode."""

    def __init__(self, settings: InfrastructureSettings, key: Any) -> None:
        self.s, self.key, self.step = settings, int(key), 0
        self.jobs: list[list[list[int]]] = [[] for _ in range(settings.services)]  # [age, left]
        self.held = [0] * settings.services
        self.budget = 0

    def play(self, asked: list[int]) -> tuple[list[int], list[int], list[int]]:
        """Return what everybody was granted, got done, and lost."""
        s, n = self.s, range(self.s.services)
        if s.kind == "rate_limit":
            over = max(0, sum(asked) - s.capacity)
            granted = self.grant(asked, max(0, s.capacity - int(s.overhead * over)))
            self.held = list(granted)
        elif s.kind == "gpu_budget":
            if self.step % s.period == 0:
                self.budget, self.held = s.capacity * s.period, [0 for _ in n]
            granted = self.grant(asked, self.budget)
            self.budget -= sum(granted)
            self.held = [self.held[i] + granted[i] for i in n]
        else:
            self.held = [min(self.held[i], asked[i]) for i in n]
            more = [asked[i] - self.held[i] for i in n]
            granted = self.grant(more, s.capacity - sum(self.held))
            self.held = [self.held[i] + granted[i] for i in n]
        served = [self.work(i) for i in n]
        late = []
        for i in n:
            late.append(sum(left for age, left in self.jobs[i] if age == s.deadline - 1))
            self.jobs[i] = [[age + 1, left] for age, left in self.jobs[i] if age < s.deadline - 1]
            if unit(key_of(self.key, i, ARRIVE), self.step) < s.arrival:
                self.jobs[i].append([0, s.size])
        self.step += 1
        return granted, served, late

    def grant(self, wants: list[int], supply: int) -> list[int]:
        """Everything, or one unit at a time."""
        if sum(wants) <= supply:
            return list(wants)
        granted = [0] * len(wants)
        seat = self.step % len(wants)
        for number in range(supply):
            if self.s.sharing == "fair":
                while granted[seat] == wants[seat]:
                    seat = (seat + 1) % len(wants)
                granted[seat] += 1
                seat = (seat + 1) % len(wants)
            else:
                tickets = [i for i, w in enumerate(wants) for _ in range(w - granted[i])]
                key = key_of(self.key, WORLD, HAND_OUT, self.step)
                granted[tickets[below(key, number, len(tickets))]] += 1
        return granted

    def work(self, i: int) -> int:
        """Do the oldest first."""
        able = min(self.held[i], sum(left for _, left in self.jobs[i]))
        if self.s.kind == "connections":
            key = key_of(self.key, i, FINISH)
            tries = [unit(key, self.step * self.s.most + k) for k in range(able)]
            able = sum(one < self.s.finish for one in tries)
        if self.s.kind == "gpu_budget":
            self.held[i] -= able
        served = able
        for job in self.jobs[i]:  # the oldest came first
            now = min(able, job[1])
            job[1] -= now
            able -= now
        return served
