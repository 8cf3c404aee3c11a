"""The team task in plain lists and loops, one round at a time."""

from typing import Any

import numpy as np

from tertius.environments.team_task_rules import DIFFICULTY, GRADE
from tertius.environments.team_task_settings import TeamTaskSettings
from tertius.stats.draws import WORLD, below, part_of, unit

Moves = list[Any]
"""By member: a count in `claim`, (whom, count) in `help`, careless or not in `submit`, a row of
ratings of everybody (own ignored) in `rate`."""


class Team:
    """A team, from the beginning of an episode."""

    def __init__(self, settings: TeamTaskSettings, key: Any) -> None:
        self.s, self.n = settings, settings.members
        world = part_of(int(key), WORLD & (2**64 - 1))
        self.hard = np.uint64(part_of(world, DIFFICULTY))
        self.luck = np.uint64(part_of(world, GRADE))
        strong = self.n - settings.weak_members
        self.skill = [settings.competence] * strong
        self.skill += [settings.weak_competence] * settings.weak_members
        self.turn = -1
        self.there = list(range(self.n))
        self.outlasted = [0] * self.n

    def points(self, k: int) -> int:
        """How hard subtask k of this round is."""
        return 1 + below(self.hard, self.turn * self.s.pool + k, 3)

    def claim(self, moves: Moves) -> None:
        """Deal round the table."""
        self.turn += 1
        if self.turn % self.s.rounds == 0:
            self.earned: dict[str, list[int]] = {
                what: [0] * self.n for what in ("claimed", "correct", "alone")
            }
            self.doomed: set[int] = set()
        wants = [int(moves[i]) if i in self.there else 0 for i in range(self.n)]
        self.owner: list[int] = []
        seat = self.turn % self.n
        while len(self.owner) < self.s.pool and any(wants):
            if wants[seat]:
                wants[seat] -= 1
                self.owner.append(seat)
            seat = (seat + 1) % self.n
        self.worker = list(self.owner)

    def help(self, moves: Moves) -> None:
        """Do some of another's work, the first ones first."""
        for i in self.there:
            whom, count = moves[i]
            if whom in self.there and whom != i:
                open_ = [k for k, owner in enumerate(self.owner) if owner == whom == self.worker[k]]
                for k in open_[:count]:
                    self.worker[k] = i

    def submit(self, moves: Moves) -> float:
        """Grade; return what the client lost."""
        self.did = [0] * self.n
        lost = 0.0
        for k in range(self.s.pool):
            points, luck = self.points(k), unit(self.luck, self.turn * self.s.pool + k)
            right = False
            if k < len(self.owner):
                owner, worker = self.owner[k], self.worker[k]
                self.did[worker] += 1
                skill = self.skill[worker]
                if moves[worker] or self.did[worker] > self.s.capacity:
                    skill *= self.s.rush
                right = luck < self.chance(skill, points)
                self.earned["claimed"][owner] += points
                self.earned["correct"][owner] += points * right
                self.earned["alone"][owner] += points * (right and worker == owner)
            if not right and luck < self.chance(self.s.competence, points):
                lost += points
        return lost

    def chance(self, skill: float, points: int) -> float:
        """Multiply out, so that no library's power differs in the last bit."""
        return [skill, skill * skill, skill * skill * skill][points - 1]

    def share(self, what: str, j: int) -> float:
        """Points of a kind of those claimed."""
        claimed = self.earned["claimed"][j]
        return self.earned[what][j] / claimed if claimed else 0.0

    def rate(self, moves: Moves) -> list[float]:
        """Average, pay, review; return everybody's pay."""
        there = self.there
        mean = {j: sum(moves[i][j] for i in there if i != j) / (len(there) - 1) for j in there}
        pay = [
            mean[j] / 100 - self.s.effort * self.did[j] if j in there else 0.0
            for j in range(self.n)
        ]
        if self.s.removal and self.turn % self.s.rounds >= self.s.first_review:
            fair = {j: 100 * self.share("alone", j) for j in there if j not in self.doomed}
            if fair and min(fair.values()) < self.s.threshold:
                self.doomed.add(min(fair, key=lambda j: (fair[j], j)))
            worst = min(there, key=lambda j: (mean[j], j))
            if mean[worst] < self.s.threshold and len(there) > 2:
                self.there = [j for j in there if j != worst]
            for j in self.there:
                self.outlasted[j] += j in self.doomed
        if (self.turn + 1) % self.s.rounds == 0:
            self.there = list(range(self.n))
        return pay
