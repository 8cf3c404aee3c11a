"""What must not come together, what must wait, and who may not approve of whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from tertius.policy.conditions_document import Conditions, Delay, SplitTask
from tertius.policy.counters import Counter, CounterFullError, CounterStore, Key, keyed
from tertius.policy.occurrence import Occurrence

MAX_FIRSTS: Final = 65_536
NANOSECONDS: Final = 1_000_000_000


class Objection(NamedTuple):
    """Why an act may not happen now: the rule, and words a person can read."""

    rule: str
    why: str


class Sequences:
    """The acts so far, as far as an order is demanded of them.

    Notes
    -----
    Bounded by the counters it is made of. Acts under way count as done, so that two halves of a
    forbidden whole cannot slip through together.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._splits = [
            (rule, [_step_store(rule) for _ in rule.steps]) for rule in conditions.splits
        ]
        self._delays = [(rule, _Firsts()) for rule in conditions.delays]
        self._approvals: CounterStore | None = None
        self._kinds = conditions.approvals
        if not conditions.reciprocal_approvals:
            self._approvals = CounterStore(
                Counter(name="approvals", actions=self._kinds, per=("run", "agent", "peer"))
            )

    def concerns(self, act: Occurrence) -> bool:
        """Whether an act under way is of any account here."""
        return bool(self._touched(act))

    def add(self, act: Occurrence, time: int) -> None:
        """Take in an act that is under way.

        Raises
        ------
        CounterFullError
            There is no room for it; nothing was taken in.
        """
        done: list[CounterStore] = []
        try:
            for store in self._touched(act):
                store.add(act, time, 1)
                done.append(store)
        except CounterFullError:
            for store in done:
                store.add(act, time, -1)
            raise

    def remove(self, act: Occurrence, time: int) -> None:
        """Take an act back that does not happen."""
        for store in self._touched(act):
            store.add(act, time, -1)

    def settle(self, act: Occurrence, time: int) -> None:
        """Let the waiting begin that an act starts, once it is permitted and recorded."""
        for delay, firsts in self._delays:
            if delay.after.fits(act):
                firsts.note(_key(delay, act), time)

    def objections(
        self, act: Occurrence, time: int, author: Callable[[str], str | None]
    ) -> list[Objection]:
        """Return what stands against an act; `author` tells who made an event."""
        found = [
            Objection(rule.id, rule.why)
            for rule, stores in self._splits
            if self._completes(rule, stores, act, time)
        ]
        for delay, firsts in self._delays:
            if delay.act.fits(act) and not firsts.ripe(delay, act, time):
                found.append(Objection(delay.id, delay.why))
        return found + self._reciprocal(act, time, author)

    def forget(self, run: str) -> None:
        """Drop what belongs to a run that ended."""
        for _, stores in self._splits:
            for store in stores:
                store.forget(run)
        for delay, firsts in self._delays:
            firsts.forget(delay, run)
        if self._approvals is not None:
            self._approvals.forget(run)

    def _touched(self, act: Occurrence) -> list[CounterStore]:
        stores = [
            store
            for rule, stores in self._splits
            for step, store in zip(rule.steps, stores, strict=True)
            if step.fits(act)
        ]
        if self._approvals is not None and act.action in self._kinds and act.peer:
            stores.append(self._approvals)
        return stores

    def _completes(
        self, rule: SplitTask, stores: list[CounterStore], act: Occurrence, time: int
    ) -> bool:
        fits = [step.fits(act) for step in rule.steps]
        return any(fits) and all(
            mine or store.total(act, time) > 0 for mine, store in zip(fits, stores, strict=True)
        )

    def _reciprocal(
        self, act: Occurrence, time: int, author: Callable[[str], str | None]
    ) -> list[Objection]:
        if self._approvals is None or act.action not in self._kinds:
            return []
        maker = author(act.resource) if act.resource else act.peer
        rule = "reciprocal-approval"
        if not maker:
            return [Objection(rule, "nobody knows who made what would be approved")]
        if act.peer and act.peer != maker:
            return [Objection(rule, "what would be approved was made by somebody else")]
        if maker == act.agent:
            return [Objection(rule, "an agent may not approve of itself")]
        back = msgspec.structs.replace(act, agent=maker, peer=act.agent)
        if self._approvals.total(back, time) > 0:
            return [Objection(rule, "two agents may not approve of each other in one run")]
        return []


class _Firsts:
    """When something first happened, for each key."""

    def __init__(self) -> None:
        self._times: dict[Key, int] = {}

    def note(self, key: Key, time: int) -> None:
        if len(self._times) < MAX_FIRSTS:  # one that is not noted never ripens
            self._times.setdefault(key, time)

    def ripe(self, delay: Delay, act: Occurrence, time: int) -> bool:
        first = self._times.get(_key(delay, act))
        return first is not None and time - first >= int(delay.seconds * NANOSECONDS)

    def forget(self, delay: Delay, run: str) -> None:
        if "run" in delay.per:
            place = delay.per.index("run")
            for key in [key for key in self._times if key[place] == run]:
                del self._times[key]


def _step_store(rule: SplitTask) -> CounterStore:
    return CounterStore(Counter(name="step", per=rule.per, window=rule.window))


def _key(delay: Delay, act: Occurrence) -> Key:
    return keyed(delay.per)(act)
