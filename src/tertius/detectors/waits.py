"""Who holds what and who waits for what, as claims, releases and a keeper's word tell.

Whoever keeps a resource says that an agent waits for it:
``outcome.observed(about="wait/<resource>", agent=<who>)``; the wait ends when the agent claims the
resource, or with ``value=False``. ``about="refused/<resource>"`` says that it was turned away: it
may ask again, and is free to do something else meanwhile.
"""

from __future__ import annotations

from tertius.core.events import OutcomeObserved, ResourceClaimed, ResourceReleased
from tertius.detectors.per_run import Run

WAIT, REFUSED = "wait/", "refused/"
MOST = 1024  # holdings, and waits, of one run
ROUNDING = 1e-9


class Wait:
    """One agent's wait for one resource.

    Attributes
    ----------
    event, place, time
        With which event it began, where that stands in the run, and when (0: not known).
    blocked
        Whether it can do nothing else meanwhile.
    passed
        How often others were given the resource since, and the latest such events.
    """

    __slots__ = ("blocked", "claims", "event", "passed", "place", "time", "told")

    def __init__(self, event: OutcomeObserved, place: int, *, blocked: bool) -> None:
        self.event, self.place, self.time = event.id, place, event.time
        self.blocked, self.told = blocked, False
        self.passed = 0
        self.claims: list[str] = []


class Holding:
    """What one agent has of one resource, and the claim with which it began."""

    __slots__ = ("amount", "event", "place")

    def __init__(self, event: str, place: int) -> None:
        self.event, self.place = event, place
        self.amount = 0.0


class Waits(Run):
    """The state of one run: holdings by resource and agent, waits by agent and resource."""

    __slots__ = ("held", "lost", "place", "waiting")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.held: dict[str, dict[str, Holding]] = {}
        self.waiting: dict[tuple[str, str], Wait] = {}
        self.place = self.lost = 0

    def restart(self) -> None:
        """Nobody holds anything, nobody waits."""
        self.held.clear()
        self.waiting.clear()

    def claim(self, event: ResourceClaimed) -> None:
        """Give a resource to an agent; its wait is over."""
        self.place += 1
        self.waiting.pop((event.agent, event.resource), None)
        holders = self.held.setdefault(event.resource, {}) if len(self.held) < MOST else {}
        if event.agent not in holders:
            if len(holders) >= MOST:
                self.lost += 1
                return
            holders[event.agent] = Holding(event.id, self.place)
        holders[event.agent].amount += max(0.0, float(event.amount))

    def release(self, event: ResourceReleased) -> None:
        """Take back what an agent gives back."""
        self.place += 1
        holders = self.held.get(event.resource, {})
        holding = holders.get(event.agent)
        if holding is None:
            return
        holding.amount -= max(0.0, float(event.amount))
        if holding.amount <= ROUNDING:
            del holders[event.agent]
            if not holders:
                del self.held[event.resource]

    def wait(self, event: OutcomeObserved) -> tuple[str, Wait] | None:
        """Begin or end a wait; return the resource and a wait that is new."""
        about = event.about
        prefix = WAIT if about.startswith(WAIT) else REFUSED
        resource = about.removeprefix(prefix)
        if resource == about or not event.agent or not resource:
            return None
        self.place += 1
        key = (event.agent, resource)
        if event.value is False:
            self.waiting.pop(key, None)
            return None
        if key in self.waiting:
            self.waiting[key].blocked |= prefix == WAIT
            return None
        if len(self.waiting) >= MOST:
            self.lost += 1
            return None
        found = self.waiting[key] = Wait(event, self.place, blocked=prefix == WAIT)
        return resource, found
