"""How a team task is played: who takes, lends, does and rates work, in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Amount, Choice, Moves, Several
from tertius.environments.team_task_measures import worth
from tertius.environments.team_task_rules import (
    CLAIM,
    HELP,
    PHASES,
    RATE,
    SUBMIT,
    claim,
    draw_pool,
    lend,
    rate,
    review,
    submit,
)
from tertius.environments.team_task_settings import TeamTaskSettings, rules_in_words
from tertius.environments.world import World

_ABSENT = Choice(("absent",))
_RATING = Amount(0.0, 100.0)
_CARE = Choice(("careful", "careless"))


class TeamTaskPlay(World[TeamTaskSettings]):
    """The play of a team task; `TeamTask` adds what is seen and told of it."""

    Settings: ClassVar[type[Noun]] = TeamTaskSettings

    @property
    def width(self) -> int:
        """A rating for everybody else, or whom to help and how much."""
        return max(2, self.settings.members - 1)

    @property
    def longest(self) -> int:
        """All rounds of all projects."""
        return self.settings.rounds * self.settings.projects * PHASES

    def sit(self) -> tuple[str, ...]:
        """Name the members."""
        return tuple(f"member-{n}" for n in range(1, self.settings.members + 1))

    def declare(self) -> Facts:
        """Say what an ordinary and a weak member's work is worth."""
        own = self.settings
        return Facts(
            name="team_task",
            least_players=own.members,
            most_players=own.members,
            timing="simultaneous",
            sees={"*": "who is in the team, everybody's graded score so far, who helped whom, "
                       "the mean of its own ratings, and all ratings where they are public"},
            low=-own.effort * own.pool,
            high=1.0,
            absent=("client",),
            known=(
                Known(name="ordinary-score", value=worth(own.competence), unit="share of points",
                      source="mean of d c^d over mean of d, d from 1 to 3"),
                Known(name="weak-score", value=worth(own.weak_competence), unit="share of points",
                      source="mean of d c^d over mean of d, d from 1 to 3"),
            ),
            source="own design; motive after Potter et al., arXiv:2604.19784",
        )  # fmt: skip

    def build(self) -> None:
        """Keep the roster, this round's work, the scores of the project and the last ratings."""
        n, pool = self.settings.members, self.settings.pool
        ints: Any = np.int64
        self.active = self.array("active", n, dtype=np.bool_)
        self.weight = self.array("weight", pool, dtype=ints)
        self.claimant = self.array("claimant", pool, dtype=ints)
        self.author = self.array("author", pool, dtype=ints)
        self.right = self.array("right", pool, dtype=np.bool_)
        self.helped = self.array("helped", n, dtype=ints)
        self.handed = self.array("handed", n, dtype=ints)
        self.did = self.array("did", n, dtype=ints)
        self.scores = self.arrays("claimed", "correct", "alone", "before", "after", size=n)
        self.claimed, self.correct, self.alone, self.before, self.after = self.scores
        self.picks = self.array("picks", n, n, dtype=ints)
        self.rated = self.array("rated", n, n)
        self.inflation = self.array("inflation", n, n)
        self.mean = self.array("mean", n)
        self.doomed = self.array("doomed", n, dtype=np.bool_)
        self.outlasted = self.array("outlasted", n, dtype=ints)
        self.left = self.array("left", dtype=ints)
        own = self.settings
        self.competence = np.full(n, own.competence)
        self.competence[n - own.weak_members :] = own.weak_competence
        self._offers: dict[tuple[bytes, int], list[Moves]] = {}
        self._most = Amount(0, pool, whole=True)
        self._words = rules_in_words(own)

    def begin(self, copy: int) -> None:
        """Bring everybody to the table, nothing rated."""
        self.scores[:, copy] = 0
        for kept in (self.did, self.picks, self.outlasted, self.handed):
            kept[copy] = 0
        self.inflation[copy] = 0
        for kept in (self.claimant, self.author, self.helped, self.rated, self.mean):
            kept[copy] = -1
        self.right[copy] = self.doomed[copy] = False
        self.active[copy] = True
        self.left[copy] = -1
        draw_pool(self.keys[copy : copy + 1], 0, self.weight[copy : copy + 1])

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Play the phase whose turn it is."""
        own = self.settings
        step = self.steps.item(0)  # every copy is at the same: episodes are equally long
        turn, phase = divmod(step, PHASES)
        now = turn % own.rounds
        self.left.fill(-1)
        if phase == CLAIM:
            if now == 0:
                self.scores.fill(0)
                self.doomed.fill(False)
            claim(turn, moves, self.active, self.claimant, self.author)
        elif phase == HELP:
            lend(moves, self.active, self.claimant, self.author, self.helped, self.handed,
                 self.picks)  # fmt: skip
        elif phase == SUBMIT:
            submit(
                self.keys, turn, moves, self.competence, own.competence, own.capacity, own.rush,
                now <= own.first_review, self.weight, self.claimant, self.author, self.right,
                self.did, self.claimed, self.correct, self.alone, self.before, self.after,
                self.harm,
            )  # fmt: skip
        else:
            rate(moves, own.effort, self.active, self.did, self.claimed, self.correct, self.rated,
                 self.inflation, self.mean, self.rewards)  # fmt: skip
            if own.removal and now >= own.first_review:
                review(own.threshold, self.active, self.claimed, self.alone, self.mean, self.doomed,
                       self.outlasted, self.left)  # fmt: skip
            if now == own.rounds - 1:
                self.active[:] = True
            draw_pool(self.keys, turn + 1, self.weight)

    def moves(self, copy: int, seat: int) -> Moves:
        """Give what the phase asks for; one who was removed has nothing to say."""
        return self.offers(copy)[seat]

    def offers(self, copy: int) -> Sequence[Moves]:
        """Look up what the phase asks of this team; made once for each team there is."""
        key = (self.active[copy].tobytes(), self.steps.item(copy) % PHASES)
        made = self._offers.get(key)
        if made is None:
            team = self.active[copy].tolist()
            made = self._offers[key] = [
                self._offer(key[1], seat, team) if there else _ABSENT
                for seat, there in enumerate(team)
            ]
        return made

    def _offer(self, phase: int, seat: int, team: list[bool]) -> Moves:
        if phase == CLAIM:
            return self._most
        if phase == SUBMIT:
            return _CARE
        others = [n for n, there in enumerate(team) if there and n != seat]
        if phase == RATE:
            return Several({self.seats[n]: _RATING for n in others})
        pick = Choice(("nobody", *self.seats), (0, *(n + 1 for n in others)))
        return Several({"whom": pick, "count": self._most})

    def space(self, seat: int) -> Moves:
        """As many numbers as the widest phase takes, each as large as the largest may be."""
        most = Amount(0.0, float(max(100, self.settings.pool)))
        return Several({f"number-{n}": most for n in range(1, max(2, len(self.seats) - 1) + 1)})

    def vectors(self) -> NDArray[np.float32]:
        """Give the phase, own seat, who is there, scores, and the means or only the own one."""
        n = len(self.seats)
        seen = np.zeros((self.copies, n, PHASES + 4 * n), np.float32)
        seen[:, :, :PHASES] = (self.steps % PHASES)[:, None, None] == np.arange(PHASES)
        at = PHASES
        seen[:, :, at : at + n] = np.eye(n)
        seen[:, :, at + n : at + 2 * n] = self.active[:, None]
        scores = self.correct / np.maximum(self.claimed, 1)
        seen[:, :, at + 2 * n : at + 3 * n] = scores[:, None]
        if self.settings.ratings == "public":
            seen[:, :, at + 3 * n :] = self.mean[:, None] / 100
        else:
            own = np.arange(n)
            seen[:, own, at + 3 * n + own] = self.mean / 100
        return seen
