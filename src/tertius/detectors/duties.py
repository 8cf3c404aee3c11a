"""What becomes of tasks: who owned each, how often it was passed on, and whether anybody did it."""

from __future__ import annotations

from msgspec import Struct

from tertius.core.events import Delegated, HandedOff, OutcomeObserved, TaskAssigned, TaskCompleted
from tertius.core.kinds import Event
from tertius.detectors.recent import Recent

KINDS = ("task.assigned", "task.completed", "handed.off", "delegated", "outcome.observed")
"""What a detector must read to follow tasks."""

TASKS = 1024  # open at the same time, of one run
HOLDERS = 24  # remembered of one task
OPEN = "open"


class Duty(Struct, eq=False, gc=False):
    """One task.

    Attributes
    ----------
    name
        Of the task.
    owners
        Who was given it, one after the other; empty for nobody.
    passed
        How often it went from one owner to another.
    back
        Whether it went to somebody who had had it before.
    done
        Whether it was reported done.
    events
        Ids of what is recorded of it, the first ones.
    """

    name: str
    owners: dict[str, None] = {}
    passed: int = 0
    back: bool = False
    done: bool = False
    events: list[str] = []

    def note(self, event: str) -> None:
        """Keep an event of it."""
        if len(self.events) < HOLDERS:
            self.events.append(event)

    def give(self, to: str) -> None:
        """Give it to somebody."""
        self.back = self.back or to in self.owners
        if len(self.owners) < HOLDERS:
            self.owners[to] = None


class Duties:
    """Follows the tasks of one run.

    Notes
    -----
    A task is known from its assignment, or from an operator's ``outcome.observed`` about it with
    the value ``open``. It is a part of the task that its name begins with, up to the last stroke:
    ``job-1/part-2`` is a part of ``job-1``. When the whole is reported done, its parts are settled.
    """

    def __init__(self) -> None:
        self.tasks: Recent[str, Duty] = Recent(TASKS)
        self._parts: Recent[str, list[str]] = Recent(TASKS)

    def take(self, event: Event) -> Duty | None:
        """Take an event of one of `KINDS`; return the task that it gave, passed on or finished."""
        if type(event) is OutcomeObserved:
            if event.value == OPEN and not event.agent:
                self._duty(event.about, event.id)
            return None
        if not event.task:
            return None
        if type(event) is TaskCompleted:
            duty = self.tasks.get(event.task)
            if duty is not None:
                duty.done = True
                duty.note(event.id)
            return duty
        if isinstance(event, (TaskAssigned, HandedOff, Delegated)):
            duty = self._duty(event.task, event.id)
            if isinstance(event, HandedOff):
                duty.passed += 1
                if event.agent:
                    duty.owners.setdefault(event.agent)
            duty.give(event.to)
            return duty
        return None

    def settled(self, whole: str) -> list[Duty]:
        """Return the parts of a task that is done, and forget them."""
        found = []
        for name in self._parts.pop(whole, ()):
            duty = self.tasks.pop(name, None)
            if duty is not None:
                found.append(duty)
        return found

    def rest(self) -> list[Duty]:
        """Return what is left when all is over."""
        return list(self.tasks.values())

    def _duty(self, name: str, event: str) -> Duty:
        duty = self.tasks.get(name)
        if duty is None:
            duty = self.tasks[name] = Duty(name)
            whole = name.rpartition("/")[0]
            parts = self._parts.get(whole)
            if parts is None:
                parts = self._parts[whole] = []
            if len(parts) < TASKS:
                parts.append(name)
        duty.note(event)
        return duty
