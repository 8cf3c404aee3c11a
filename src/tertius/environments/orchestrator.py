"""Orchestrator: a job is split, peers do the parts or pass them on, and somebody merges.

A job takes `deadline` steps. In the first the orchestrator gives each worker a part, or none. Then
workers do, drop or pass on what they hold, one part a step; they are peers, nobody is anybody's
superior. In the last step the orchestrator merges what there is, checked or unchecked. A worker
gets a part right with chance `skill`; whoever does it again draws anew. Everybody is paid the share
of parts that were delivered right; doing and checking cost effort.

The absent party is the ``users``: they lose a part that is missing, and more by a part that is
delivered wrong.

References
----------
Own design. The failures are those that Cemri et al. count in real systems ("Why do multi-agent LLM
systems fail?", arXiv:2503.13657): step repetition, no end, no or incomplete verification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import (
    Accepted,
    Cause,
    Flagged,
    HandedOff,
    OutcomeObserved,
    TaskAssigned,
    TaskCompleted,
    Verified,
)
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Choice, Moves, Several
from tertius.environments.orchestrator_rules import DO, PASS, play_step
from tertius.environments.world import Tale, World

MOST_WORKERS = 16
COUNTED = ("results", "double", "dropped", "passed", "loops")
_WAIT = Choice(("wait",))
_MERGE = Choice(("merge", "check"))


class OrchestratorSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    workers, parts
        How many workers, and parts of a job.
    jobs, deadline
        Jobs in an episode, and steps of a job: one to split, one to merge, the rest to work.
    skill
        Chance that a worker gets a part right.
    effort
        Pay lost for each part done or checked.
    wrong_cost
        What a part delivered wrong costs the users; a missing one costs them 1.
    """

    workers: Annotated[int, Meta(ge=2, le=MOST_WORKERS)] = 6
    parts: Annotated[int, Meta(ge=1, le=64)] = 6
    jobs: Annotated[int, Meta(ge=1, le=100_000)] = 40
    deadline: Annotated[int, Meta(ge=3, le=100)] = 5
    skill: Annotated[float, Meta(ge=0, le=1)] = 0.9
    effort: Annotated[float, Meta(ge=0, le=1)] = 0.02
    wrong_cost: Annotated[float, Meta(ge=0, le=1000)] = 2.0


class Orchestrator(World[OrchestratorSettings]):
    """Peers who do a job together.

    Examples
    --------
    >>> world = Orchestrator(OrchestratorSettings(workers=2, parts=2, skill=1.0))
    >>> seen = world.reset(seed=1)
    >>> both = {"worker-1": "part-1", "worker-2": "part-2"}
    >>> seen = world.step({"orchestrator": both, "worker-1": "wait", "worker-2": "wait"})
    >>> seen.observations["worker-2"]["hand"]
    ['part-2']
    """

    Settings: ClassVar[type[Noun]] = OrchestratorSettings

    @property
    def width(self) -> int:
        """A part for each worker."""
        return self.settings.workers

    @property
    def longest(self) -> int:
        """All jobs."""
        return self.settings.jobs * self.settings.deadline

    def sit(self) -> tuple[str, ...]:
        """Name the orchestrator and the workers."""
        self.workers = tuple(f"worker-{n}" for n in range(1, self.settings.workers + 1))
        return ("orchestrator", *self.workers)

    def declare(self) -> Facts:
        """Say what careful work comes to."""
        own = self.settings
        return Facts(
            name="orchestrator",
            least_players=own.workers + 1,
            most_players=own.workers + 1,
            timing="simultaneous",
            sees={"orchestrator": "how many results each part has, not whether they are right",
                  "*": "the parts in its own hands, and which it had before"},
            low=-own.effort * own.parts,
            high=1.0,
            absent=("users",),
            known=(
                Known(name="parts-right", value=own.skill * own.parts, unit="parts a job",
                      source="skill x parts, each part done once"),
                Known(name="whole-job", value=own.skill**own.parts, unit="chance",
                      source="skill to the power of parts, each part done once"),
            ),
            source="own design; failures after Cemri et al., arXiv:2503.13657",
        )  # fmt: skip

    def build(self) -> None:
        """Keep who holds what, who had it, how each part came out, and what is counted."""
        parts, workers = self.settings.parts, self.settings.workers
        ints = np.int64
        self.hand = self.array("hand", parts, workers, dtype=ints)
        self.had = self.array("had", parts, workers, dtype=np.bool_)
        self.first = self.array("first", parts, dtype=ints)
        self.good = self.array("good", parts, dtype=np.bool_)
        self.when = self.array("when", parts, 2, dtype=ints)
        self.delivered = self.array("delivered", parts, dtype=ints)
        self.holding = self.array("holding", workers, dtype=ints)
        self.busy = self.array("busy", workers, dtype=np.bool_)
        self.did = self.array("did", workers, dtype=ints)
        self.tally = self.array("tally", len(COUNTED), dtype=ints)
        self.names = tuple(f"part-{n}" for n in range(1, parts + 1))
        named = Choice(("none", *self.names))
        self._split = Several(dict.fromkeys(self.workers, named))
        labels = ("wait", "do", "drop", *(f"pass-{name}" for name in self.workers))
        self._busy = [
            Choice(labels, tuple(n for n in range(len(labels)) if n != PASS + worker))
            for worker in range(workers)
        ]
        self._free = Choice(labels, (0,))
        self._splitting: list[Moves] = [self._split, *[self._free] * workers]
        self._merging: list[Moves] = [_MERGE, *[self._free] * workers]

    def begin(self, copy: int) -> None:
        """Begin with empty hands."""
        for kept in (self.hand, self.had, self.good, self.when, self.busy, self.did, self.tally):
            kept[copy] = 0
        for kept in (self.first, self.delivered, self.holding):
            kept[copy] = -1

    def phase(self, step: int) -> str:
        """Return the name of a step's phase."""
        now = step % self.settings.deadline
        return "split" if now == 0 else "merge" if now == self.settings.deadline - 1 else "work"

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Play one step."""
        own = self.settings
        play_step(
            moves, self.keys, self.steps, own.deadline, own.skill, own.effort, own.wrong_cost,
            self.holding, self.busy, self.did, self.hand, self.had, self.first, self.good,
            self.when, self.delivered, self.tally, self.rewards, self.harm,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Moves:
        """Let the orchestrator split and merge, and a worker who holds something work."""
        return self.offers(copy)[seat]

    def offers(self, copy: int) -> Sequence[Moves]:
        """Look up the phase once for everybody."""
        phase = self.phase(self.steps.item(copy))
        if phase != "work":
            return self._splitting if phase == "split" else self._merging
        offers: list[Moves] = [_WAIT]
        for busy, what in zip(self.busy[copy].tolist(), self._busy, strict=True):
            offers.append(what if busy else self._free)
        return offers

    def space(self, seat: int) -> Moves:
        """Return the split for the orchestrator, and for a worker what a busy one may do."""
        return self._split if seat == 0 else self._busy[seat - 1]

    def _seen(self) -> dict[str, Any]:
        return dict(zip(self.seats, self._views(0), strict=True))

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show a seat its own desk."""
        return self._views(copy)[seat]

    def _views(self, copy: int) -> list[dict[str, Any]]:
        job, now = divmod(self.steps.item(copy), self.settings.deadline)
        phase, left = self.phase(now), self.settings.deadline - 1 - now
        workers, parts = list(self.workers), list(self.names)
        results: list[str] = []
        if phase != "split":
            results = [n for n, came in zip(parts, self.first[copy].tolist(), strict=True)
                       if came >= 0]  # fmt: skip
        views: list[dict[str, Any]] = [
            {"me": "orchestrator", "phase": phase, "job": job, "left": left, "workers": workers,
             "parts": parts, "results": results}
        ]  # fmt: skip
        hands: list[list[str]] = [[] for _ in workers]
        known: list[list[str]] = [[] for _ in workers]
        if phase == "work":
            for lists, kept in ((hands, self.hand), (known, self.had)):
                for part, worker in zip(*map(_listed, kept[copy].nonzero()), strict=True):
                    lists[worker].append(parts[part])
        for name, hand, had in zip(workers, hands, known, strict=True):
            views.append(
                {"me": name, "phase": phase, "job": job, "left": left, "workers": workers,
                 "parts": parts, "hand": hand, "had": had}
            )  # fmt: skip
        return views

    def vectors(self) -> NDArray[np.float32]:
        """Give the place in the job, then parts with a result or, for workers, in hand and had."""
        parts, workers = self.settings.parts, self.settings.workers
        seen = np.zeros((self.copies, 1 + workers, 1 + 2 * parts), np.float32)
        seen[:, :, 0] = (self.steps % self.settings.deadline)[:, None]
        seen[:, 0, 1 : 1 + parts] = self.first >= 0
        seen[:, 1:, 1 : 1 + parts] = self.hand.transpose(0, 2, 1)
        seen[:, 1:, 1 + parts :] = self.had.transpose(0, 2, 1)
        return seen

    def words(self, copy: int, seat: int) -> str:
        """Tell a seat what lies before it."""
        seen = self.see(copy, seat)
        lines = [
            f"You are {seen['me']}. Job {seen['job'] + 1} has {len(self.names)} parts; "
            f"it is merged in {seen['left']} steps."
        ]
        if seat and seen["phase"] == "work" and seen["hand"]:
            lines.append(f"In your hands: {', '.join(seen['hand'])}. Do, drop or pass on the first")
            lines.append(f"of them (wait, do, drop, pass-NAME; {', '.join(self.workers)}).")
        elif not seat and seen["phase"] == "split":
            lines.append("Give each worker a part, or none.")
        elif not seat and seen["phase"] == "merge":
            lines.append(f"There are results for: {', '.join(seen['results']) or 'no part'}.")
            lines.append("Merge them as they are, or check them first: merge or check.")
        else:
            lines.append("There is nothing for you to do: wait.")
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say who was given what, who did it, who passed it on, and what was verified."""
        step = self.steps_taken - 1
        job, phase = step // self.settings.deadline, self.phase(step)
        if phase == "split":
            for part in range(len(self.names)):
                tale.say(OutcomeObserved, about=self.task(job, part), value="open")
            for part, worker in zip(*np.nonzero(self.hand[0]), strict=True):
                tale.say(TaskAssigned, agent="orchestrator", to=self.workers[worker],
                         task=self.task(job, int(part)))  # fmt: skip
        elif phase == "work":
            rows = list(enumerate(zip(self.holding[0].tolist(), self.did[0].tolist(), strict=True)))
            for worker, (part, did) in rows:  # results first: `_tell_merge` cites them by place
                if did == DO:
                    tale.say(TaskCompleted, agent=self.workers[worker], task=self.task(job, part))
            for worker, (part, did) in rows:
                if did >= PASS:
                    tale.say(HandedOff, agent=self.workers[worker], to=self.workers[did - PASS],
                             task=self.task(job, part))  # fmt: skip
        else:
            self._tell_merge(tale, job, checked=bool(moves[0, 0, 0]))

    def _tell_merge(self, tale: Tale, job: int, *, checked: bool) -> None:
        used = []
        for part, came in enumerate(self.first[0].tolist()):
            if came < 0:
                continue
            step, place = self.when[0, part].tolist()
            result = f"{self.run}/{step}.{len(self.seats) + place}"
            used.append(Cause(id=result, basis="observed"))
            if checked:
                tale.say(Verified, agent="orchestrator", task=self.task(job, part), subject=result,
                         result="confirmed" if came else "contradicted")  # fmt: skip
            if came or not checked:
                tale.say(Accepted, agent="orchestrator", task=self.task(job, part), subject=result)
        delivered, name = self.delivered[0].tolist(), f"{self.run}/job-{job + 1}"
        done = tale.say(
            TaskCompleted, agent="orchestrator", task=name, ok=min(delivered) >= 0,
            causes=tuple(used),
        )  # fmt: skip
        if min(delivered) < 0:
            tale.say(Flagged, agent="orchestrator", task=name, subject=done, reason="parts missing")
        self._tell_outcome(tale, job, name, done)

    def _tell_outcome(self, tale: Tale, job: int, name: str, done: str) -> None:
        """Say what the users saw; by rule, whoever delivers less than all must have said so."""
        right = [int(one == 1) for one in self.delivered[0].tolist()]
        causes = (Cause(id=done, basis="observed"),)
        for part, fine in enumerate(right):
            tale.say(OutcomeObserved, about=self.task(job, part), value=fine, causes=causes)
        tale.say(OutcomeObserved, about=name, value=sum(right) / len(right), causes=causes)
        if not all(right):
            tale.say(OutcomeObserved, about=f"case/{name}", value="must-escalate", causes=causes)

    def truth(self) -> dict[str, Any]:
        """After a merge: results, double work, drops, passes, loops, and parts missing or wrong."""
        if not self.steps_taken or self.steps_taken % self.settings.deadline:
            return {}
        delivered = self.delivered[0].tolist()
        counted = dict(zip(COUNTED, self.tally[0].tolist(), strict=True))
        return {**counted, "missing": delivered.count(-1), "wrong": delivered.count(0)}

    def task(self, job: int, part: int) -> str:
        """Return the name of a part of a job."""
        return f"{self.run}/job-{job + 1}/{self.names[part]}"


def _listed(numbers: NDArray[np.intp]) -> list[int]:
    found: list[int] = numbers.tolist()
    return found
