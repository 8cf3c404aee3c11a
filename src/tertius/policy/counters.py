"""How often, and how much: counters over windows of time, each within bounded memory.

A window is kept in slots, and a slot counts until the last instant in it has left the window. So a
count may be too high by what one slot holds, never too low.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Annotated, Final, Literal

from msgspec import Meta

from tertius.core.errors import NotEvaluatedError
from tertius.core.grants import Seconds
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.request import Action
from tertius.policy.occurrence import Occurrence

SLOTS: Final = 32
MAX_KEYS: Final = 65_536
MAX_KEYS_PER_AGENT: Final = 4_096
NANOSECONDS: Final = 1_000_000_000
FOREVER: Final = 2**64  # nanoseconds; no time is later

Per = Literal["agent", "peer", "pair", "resource", "channel", "task", "run", "action"]
Key = tuple[str, ...]


class CounterError(NounError):
    """A counter that counts nothing, or has a name that rules cannot read."""


class CounterFullError(NotEvaluatedError):
    """A counter has no room for another key, or cannot be told; the request is forbidden."""


class Counter(Noun, frozen=True, kw_only=True):
    """What is counted, and apart for whom.

    Parameters
    ----------
    name
        Rules read it as ``context.counts.<name>``: a letter, then letters, digits, ``_``.
    actions
        Which acts count; empty means all.
    resources
        Which resources count; empty means all.
    per
        What has a count of its own. ``pair`` is the unordered pair of agent and peer. Empty: one
        count for everybody.
    group
        Name of a group of agents: only their acts count, and they share one count.
    window
        Seconds that an act counts for; None for ever.
    amount
        Dotted path of an argument whose whole number is summed; None counts acts.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
    actions: tuple[Action, ...] = ()
    resources: tuple[ProperName, ...] = ()
    per: tuple[Per, ...] = ("agent",)
    group: ProperName | None = None
    window: Seconds | None = None
    amount: Annotated[str, Meta(min_length=1, max_length=256)] | None = None

    def __post_init__(self) -> None:
        if not (self.name.isidentifier() and self.name.isascii() and self.name[0] != "_"):
            raise CounterError(f"bad counter name `{ascii(self.name[:40])[1:-1]}`")
        require_names(CounterError, resources=self.resources, group=self.group)
        require_distinct(CounterError, actions=self.actions, resources=self.resources, per=self.per)


BUILT_IN: Final[Mapping[str, Counter]] = {
    counter.name: counter
    for counter in (
        Counter(name="agent_minute", per=("agent", "action"), window=60.0),
        Counter(name="agent_hour", per=("agent", "action"), window=3600.0),
        Counter(name="agent_day", per=("agent", "action"), window=86400.0),
        Counter(name="resource_hour", per=("agent", "action", "resource"), window=3600.0),
        Counter(name="pair_hour", per=("pair", "action"), window=3600.0),
        Counter(name="task_total", per=("run", "task", "action")),
    )
}
"""The counters that every constitution may read; their meaning is fixed here, not by an author of
conditions."""


class _Window:
    """One key's count: what each slot holds, and their sum."""

    __slots__ = ("begins", "ends", "newest", "slots", "sum")

    def __init__(self) -> None:
        self.slots: deque[list[int]] = deque()  # slot and count, oldest first
        self.sum = 0
        self.newest = -1  # the last slot
        self.begins = self.ends = 0  # and its time

    def add(self, slot: int, amount: int, oldest: int) -> int:
        """Count in a slot, and return the total from the oldest slot on."""
        for each in reversed(self.slots):
            if each[0] == slot:
                each[1] += amount
                self.sum += amount
                return self.total(oldest)
            if each[0] < slot:
                break
        if amount > 0:  # what is taken back after its slot has passed counts no more anyway
            self.newest = max(slot, self.newest)
            self.slots.append([self.newest, amount])
            self.sum += amount
        return self.total(oldest)

    def total(self, oldest: int) -> int:
        slots = self.slots
        while slots and slots[0][0] < oldest:
            self.sum -= slots.popleft()[1]
        if not slots:
            self.newest, self.ends = -1, 0
        return self.sum


class CounterStore:
    """The counts of one counter.

    Notes
    -----
    At most `MAX_KEYS` keys of `SLOTS` + 1 numbers, and at most `MAX_KEYS_PER_AGENT` that one agent
    opened: who floods is refused first. Keys whose window has passed are dropped.
    """

    def __init__(self, counter: Counter, members: frozenset[str] | None = None) -> None:
        self.counter = counter
        self._members = members
        self._actions = frozenset(counter.actions)
        self._resources = frozenset(counter.resources)
        self._key = keyed(counter.per)
        self._timeless = counter.window is None
        width = counter.window if counter.window is not None else 0.0
        self._slot = FOREVER if self._timeless else max(1, int(width * NANOSECONDS) // SLOTS)
        self._windows: dict[Key, _Window] = {}
        self._opened: dict[str, int] = {}
        self._opener: dict[Key, str] = {}
        self._purged = -1

    def __len__(self) -> int:
        return len(self._windows)

    def concerns(self, act: Occurrence) -> bool:
        """Whether this act counts here."""
        return (
            (not self._actions or act.action in self._actions)
            and (not self._resources or act.resource in self._resources)
            and (self._members is None or act.agent in self._members)
        )

    def total(self, act: Occurrence, time: int) -> int:
        """Return the count of the act's key at a time; an act that does not count here reads 0."""
        if not self.concerns(act):
            return 0
        window = self._windows.get(self._key(act))
        return 0 if window is None else window.total(self._oldest(time))

    def key(self, act: Occurrence) -> Key | None:
        """Return whose count an act belongs to, None where it does not count here."""
        return self._key(act) if self.concerns(act) else None

    def add(self, act: Occurrence, time: int, amount: int, key: Key | None = None) -> int:
        """Count an act, or take it back with a negative amount; return the count then.

        Parameters
        ----------
        key
            Whose count it belongs to, where that is known already.

        Raises
        ------
        CounterFullError
            There is no room for another key.
        """
        if key is None:
            key = self._key(act)
        window = self._windows.get(key)
        if window is None:
            window = self._open(key, act.agent, time)
        elif window.begins <= time < window.ends:  # nearly always: the slot that came last
            window.slots[-1][1] += amount
            window.sum += amount
            return window.sum
        slot = self._at(time)
        count = window.add(slot, amount, slot - SLOTS)
        if window.newest == slot:
            window.begins = slot * self._slot
            window.ends = window.begins + self._slot
        return count

    def forget(self, run: str) -> None:
        """Drop what belongs to a run that ended and to no window of time."""
        if "run" in self.counter.per and self.counter.window is None:
            place = self.counter.per.index("run")
            for key in [key for key in self._windows if key[place] == run]:
                self._drop(key)

    def _at(self, time: int) -> int:
        return time // self._slot

    def counts_since(self, time: int) -> int:
        """Return from when on, in UTC nanoseconds, an act still counts at a time."""
        return self._oldest(time) * self._slot

    def _oldest(self, time: int) -> int:
        return 0 if self._timeless else time // self._slot - SLOTS

    def _open(self, key: Key, agent: str, time: int) -> _Window:
        if self._full(agent) and self._at(time) != self._purged:
            self._purged = self._at(time)  # at most once in a slot, so that a flood costs little
            self._purge(time)
        if self._full(agent):
            raise CounterFullError(f"counter `{self.counter.name}` has no room for another key")
        self._opener[key] = agent
        self._opened[agent] = self._opened.get(agent, 0) + 1
        self._windows[key] = window = _Window()
        return window

    def _full(self, agent: str) -> bool:
        mine = self._opened.get(agent, 0)
        return len(self._windows) >= MAX_KEYS or mine >= MAX_KEYS_PER_AGENT

    def _purge(self, time: int) -> None:
        oldest = self._oldest(time)
        for key in [key for key, window in self._windows.items() if window.newest < oldest]:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        del self._windows[key]
        opener = self._opener.pop(key)
        self._opened[opener] -= 1
        if not self._opened[opener]:
            del self._opened[opener]


def check_names(counters: Iterable[Counter]) -> None:
    """Refuse a counter that takes the name of a built-in one, or of another.

    Raises
    ------
    CounterError
        It does.
    """
    seen = set(BUILT_IN)
    for counter in counters:
        if counter.name in seen:
            raise CounterError(f"a second counter named `{counter.name}`")
        seen.add(counter.name)


@cache
def keyed(per: tuple[Per, ...]) -> Callable[[Occurrence], Key]:
    r"""Return what tells whose count an act belongs to.

    Examples
    --------
    >>> keyed(("pair", "task"))(Occurrence(agent="b", peer="a", action="rate", task="t"))
    ('a\x00b', 't')
    """
    if "pair" in per or not per:
        return lambda act: tuple([_part(act, part) for part in per])
    if len(per) > 1:
        return attrgetter(*per)
    only = attrgetter(per[0])
    return lambda act: (only(act),)


def _part(act: Occurrence, part: Per) -> str:
    if part == "pair":
        return "\0".join(sorted((act.agent, act.peer)))
    return str(getattr(act, part))
