"""The history of a group, and beside it whatever else is taken before an act is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol

from tertius.core.events import BaseEvent
from tertius.core.request import Request
from tertius.policy.conditions_document import Conditions
from tertius.policy.history import Contents, History
from tertius.policy.occurrence import decoded
from tertius.policy.places import Place


class Beside(Protocol):
    """What is taken before an act is judged, such as a share of a common resource.

    It refuses by its own vote, never by raising.
    """

    def reserve(self, request: Request, time: int) -> None:
        """Take what the act needs at a time (UTC nanoseconds), if it can be had."""
        ...

    def commit(self, request: Request) -> None:
        """Keep it: the act was permitted and recorded."""
        ...

    def release(self, request: Request) -> None:
        """Give it back: the act does not happen."""
        ...

    def observe(self, event: BaseEvent) -> None:
        """Hear an event as it enters the log."""
        ...

    def rebuild(self, event: BaseEvent, arguments: Callable[[], Any], time: int) -> None:
        """Hear the next event of a log, after a restart; `arguments` are None once erased."""
        ...

    def rebuilt(self) -> None:
        """Hear that the log is at its end."""
        ...


class Reservations(History):
    """A history that takes more than counts.

    Parameters
    ----------
    conditions, read, families
        As for `tertius.policy.history.History`.
    beside
        What else is reserved with every act, and kept or released with it.
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        read: Iterable[str] = (),
        families: Mapping[str, str] | None = None,
        beside: Iterable[Beside] = (),
    ) -> None:
        super().__init__(conditions, read=read, families=families)
        self._beside = tuple(beside)

    def reserve(self, request: Request, time: int, place: Place | None = None) -> None:
        """Count an act that is about to be judged, and take what it needs."""
        super().reserve(request, time, place)
        try:
            for each in self._beside:
                each.reserve(request, self.moment(request))
        except BaseException:  # what is counted half must not stay counted
            self.release(request)
            raise

    def commit(self, request: Request) -> None:
        """Keep the count of an act that was permitted and recorded, and what it took."""
        super().commit(request)
        for each in self._beside:
            each.commit(request)

    def release(self, request: Request) -> None:
        """Take back the count of an act that does not happen, and give back what it took."""
        super().release(request)
        for each in self._beside:
            each.release(request)

    def observe(self, event: BaseEvent) -> None:
        """Take in an event as it enters the log."""
        super().observe(event)
        for each in self._beside:
            each.observe(event)

    def rebuild(self, events: Iterable[BaseEvent], contents: Contents = lambda event: None) -> None:
        """Count what a log holds, after a restart."""
        super().rebuild(self._heard(events, contents), contents)
        for each in self._beside:
            each.rebuilt()

    def _heard(self, events: Iterable[BaseEvent], contents: Contents) -> Iterator[BaseEvent]:
        """Give every event on, after all beside heard it."""
        time = 0
        for event in events:
            time = max(time, event.time)
            for each in self._beside:
                each.rebuild(event, partial(_arguments, contents, event), time)
            yield event


def history_of(
    conditions: Conditions,
    *,
    read: Iterable[str],
    families: Mapping[str, str],
    beside: Iterable[Beside],
) -> History:
    """Return a history, with what is reserved beside it where there is anything."""
    others = tuple(beside)
    if not others:  # half the time of a decision's counting
        return History(conditions, read=read, families=families)
    return Reservations(conditions, read=read, families=families, beside=others)


def _arguments(contents: Contents, event: BaseEvent) -> Any:
    return decoded(contents(event))
