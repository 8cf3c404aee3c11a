"""Cases: what an agent was given to deal with, what it did about it, and when that was over.

An agent holds a case from when the item is assigned or handed to it, or from when it first
recommends or completes something about it. The case is over when the item's outcome is observed,
the item is handed on, its holder, having completed it, completes another, or `PATIENCE` more have
come to it. What a run leaves unfinished counts if the run was completed or failed; if it was cut
off, it is no case.

An agent's cases are told in the order in which they came to it: what is done soon is not told
before what is never done, or the latter would come in a row.

An operator may say what type a case is of, before it or after:
``outcome.observed(about="case/<item>", value="<type>")``, said by no agent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from tertius.core.events import (
    Asserted,
    BaseEvent,
    Flagged,
    HandedOff,
    OutcomeObserved,
    RunEnded,
    TaskAssigned,
    TaskCompleted,
    Verified,
)
from tertius.core.oversight_events import Escalated
from tertius.detectors.reader import Reader
from tertius.detectors.recent import Recent

MOST = 4096  # cases that are open, and items that are over and kept in mind
HOLDERS = 16  # of one item
ACTS = 16  # on one case
PATIENCE = 32  # cases that come to an agent before one is over at the latest
CASE = "case/"

KINDS = (
    "asserted", "escalated", "flagged", "handed.off", "outcome.observed", "run.ended",
    "task.assigned", "task.completed", "verified",
)  # fmt: skip
"""Kinds of events that cases are made of."""
_ACTS: dict[type[BaseEvent], str] = {
    Flagged: "flag",
    Escalated: "escalate",
    Verified: "verify",
}
_GIVES = frozenset({TaskAssigned, HandedOff, Asserted})
"""Those that begin a case: shown twice, they would begin it anew."""


class Case(Struct, eq=False):
    """One item in one agent's hands.

    Attributes
    ----------
    item, agent, run
        What, whose, and in which run.
    given
        Whether it was assigned or handed to the agent; it chose the others itself.
    type
        What the operator called it; empty where nobody did.
    acts
        What the agent did about it, in words: ``complete``, ``hand-off``, ``flag``, ``escalate``,
        ``verify``, and the values of its recommendations and votes.
    raised
        Whether anybody raised it with a human: flagged or escalated it.
    done
        Whether its holder completed it.
    over, told
        Whether it is over, and was returned.
    late
        Whether its type came only after that.
    """

    item: str
    agent: str
    run: str
    given: bool
    type: str = ""
    acts: set[str] = field(default_factory=set)
    raised: bool = False
    done: bool = False
    over: bool = False
    told: bool = False
    late: bool = False


class Cases(Reader[list[Case]]):
    """Follows cases and returns each when it is over, and once more where its type comes late.

    A case is returned as it stands then; what becomes known later does not change it.

    Parameters
    ----------
    most : int
        Cases that are open at the same time, and items kept in mind afterwards. Of more, the
        oldest are let go.

    Attributes
    ----------
    lost : int
        Cases that were let go before they were over.
    """

    def __init__(self, most: int = MOST) -> None:
        self.key = (Cases, most)
        self._open = Recent[tuple[str, str], Case](most)
        self._holders = Recent[str, list[str]](most)
        self._queues = Recent[str, deque[Case]](most)  # by agent, in the order of opening
        self._done = Recent[str, str](most)  # by agent: the item that it completed last
        self._over = Recent[str, list[Case]](most)
        self._types = Recent[str, str](most)
        self._raised = Recent[str, None](most)
        self._tasks = Recent[str, str](most)
        self._shown = Recent[str, None](2 * most)
        self._takes: dict[type[BaseEvent], Callable[[Any], list[Case]]] = {
            Asserted: self._say, Escalated: self._mark, Flagged: self._mark, HandedOff: self._hand,
            OutcomeObserved: self._outcome, RunEnded: self._end, TaskAssigned: self._assign,
            TaskCompleted: self._complete, Verified: self._mark,
        }  # fmt: skip

    @property
    def lost(self) -> int:
        """Cases that were let go before they were over."""
        return self._open.lost

    def take(self, event: BaseEvent) -> list[Case]:
        """Take the next event; return the cases that are over now, or whose type came late."""
        kind = type(event)
        if kind in _GIVES:
            if event.id in self._shown:
                return []
            self._shown[event.id] = None
        return self._takes[kind](event)

    # -- opening and closing -----------------------------------------------------------------------

    def _hold(self, item: str, agent: str, run: str, *, given: bool) -> list[Case]:
        """Put an item into an agent's hands, unless it is there; what it held too long is over."""
        if not item or not agent or (item, agent) in self._open:
            return []
        holders = self._holders.get(item)
        if holders is None:
            holders = self._holders[item] = []
        if len(holders) >= HOLDERS:
            return []
        holders.append(agent)
        case = Case(item, agent, run, given, self._types.get(item, ""))
        case.raised = item in self._raised
        self._open[item, agent] = case
        queue = self._queues.get(agent)
        if queue is None:
            queue = self._queues[agent] = deque()
        queue.append(case)
        return self._close((queue[0],)) if len(queue) > PATIENCE else []

    def _close(self, cases: Sequence[Case]) -> list[Case]:
        """End cases; return those that can be told now."""
        for case in cases:
            case.over = True
            self._let_go(case)
            self._over[case.item] = [*self._over.get(case.item, ()), case][-HOLDERS:]
        return self._told(cases)

    def _told(self, cases: Iterable[Case]) -> list[Case]:
        """Return their agents' cases that are over: none before one that came earlier."""
        told = []
        for each in cases:
            queue = self._queues.get(each.agent)
            while queue and queue[0].over:
                case = queue.popleft()
                case.told = True
                told.append(copy(case))
        return told

    def _let_go(self, case: Case) -> None:
        self._open.pop((case.item, case.agent), None)
        holders = self._holders.pop(case.item, [])
        if holders != [case.agent]:
            left = [agent for agent in holders if agent != case.agent]
            if left:
                self._holders[case.item] = left

    def _held(self, item: str) -> list[Case]:
        """Return the open cases of an item."""
        holders = self._holders.get(item)
        if holders is None:
            return []
        cases = [self._open.get((item, agent)) for agent in holders]
        return [case for case in cases if case is not None]

    def _end(self, event: RunEnded) -> list[Case]:
        """Close what the run left; if it was cut off, forget what was not completed."""
        cases = [case for case in self._open.values() if case.run == event.run]
        if event.outcome in ("completed", "failed"):
            return self._close(cases)
        for case in cases:
            if not case.done:
                self._let_go(case)
                queue = self._queues.get(case.agent)
                if queue is not None and case in queue:
                    queue.remove(case)
        told = self._close([case for case in cases if case.done])
        return told + self._told(cases)

    def _outcome(self, event: OutcomeObserved) -> list[Case]:
        if event.agent:  # no agent closes another's case
            return []
        if not event.about.startswith(CASE):
            held = self._held(event.about)
            return self._close(held) if held else []
        item, kind = event.about.removeprefix(CASE), event.value
        if not isinstance(kind, str) or item in self._types:
            return []
        self._types[item] = kind
        late = []
        for case in (*self._held(item), *self._over.get(item, ())):
            case.type, case.late = kind, case.told
            if case.late:
                late.append(copy(case))
        return late

    # -- what agents do ----------------------------------------------------------------------------

    def _assign(self, event: TaskAssigned) -> list[Case]:
        return self._hold(event.task, event.to, event.run, given=True)

    def _hand(self, event: HandedOff) -> list[Case]:
        if not event.agent:
            return []
        told: list[Case] = []
        case = self._open.get((event.task, event.agent))
        if case is not None:
            case.acts.add("hand-off")
            told = self._close((case,))
        return told + self._hold(event.task, event.to, event.run, given=True)

    def _complete(self, event: TaskCompleted) -> list[Case]:
        """Remember what was completed; what the agent completed before it is over."""
        agent, item = event.agent, event.task
        if not agent or not item:
            return []
        self._tasks[event.id] = item
        before = self._open.get((self._done.get(agent, item), agent))
        told = self._close((before,)) if before is not None and before.item != item else []
        self._done[agent] = item
        told += self._hold(item, agent, event.run, given=False)
        case = self._open.get((item, agent))
        if case is not None:
            case.done = True
            self._note((item,), agent, "complete")
        return told

    def _mark(self, event: Flagged | Verified | Escalated) -> list[Case]:
        """Note a check, or raise something with a human: a task, a subject, the task of that."""
        names = [event.task]
        if not isinstance(event, Escalated):
            names += [event.subject, self._tasks.get(event.subject, "")]
        if event.agent:
            act = _ACTS[type(event)]
            self._note(names, event.agent, act, raises=act != "verify")
        return []

    def _say(self, event: Asserted) -> list[Case]:
        """Note a recommendation or a vote; one out of the blue is a case, too."""
        agent, value = event.agent, event.value
        act = "" if event.act == "assessment" or value is None else _word(str(value))
        if not agent or not act:
            return []
        raises = act == "escalate"
        if self._note((event.task, event.about), agent, act, raises=raises):
            return []
        item = event.about or event.task or event.id
        told = self._hold(item, agent, event.run, given=False)
        opened = self._open.get((item, agent))
        if opened is None:
            return told
        opened.acts.add(act)
        opened.raised = opened.raised or raises
        return told + self._close((opened,))

    def _note(self, items: Sequence[str], agent: str, act: str, *, raises: bool = False) -> bool:
        """Note an act on items, some without a name; return whether the agent held any."""
        held = False
        for item in items:
            case = self._open.get((item, agent))
            if case is not None:
                held = True
                if len(case.acts) < ACTS:
                    case.acts.add(act)
        for item in filter(None, items if raises else ()):
            self._raised[item] = None
            for case in (*self._held(item), *self._over.get(item, ())):
                case.raised = True
        return held


@lru_cache(1024)
def _word(said: str) -> str:
    """Return in a word what a recommendation or a vote says."""
    return "-".join(said.lower().split())[:128]
