"""Which acts a log says were started: permitted at once, or let go by a ruling."""

from __future__ import annotations

from typing import Final, NamedTuple, cast

from tertius.core.events import BaseEvent
from tertius.core.oversight_events import Decided, Ruled
from tertius.core.request import Action
from tertius.policy.occurrence import Occurrence

MAX_ASKED: Final = 65_536
_DECIDED: Final = "/decided"


class Start(NamedTuple):
    """One act that was started: its decision's id, when, and what it was.

    `act` is None where the decision does not say: it may have been anything.
    """

    decided: str
    time: int
    agent: str
    act: Occurrence | None


class Starts:
    """Hears a log from its beginning and tells of every act that the gate let start.

    Notes
    -----
    At most `MAX_ASKED` questions are remembered; an act that was let go by a ruling on an older
    one is not told, and counts once its own event is heard. In shadow mode a refused act starts
    all the same, and is not told here either.

    Examples
    --------
    >>> starts = Starts()
    >>> starts.hear(Decided(id="q1/decided", time=5, run="r", agent="a", request="0" * 64,
    ...     action="rate", peer="b", outcome="escalate"))
    >>> start = starts.hear(Ruled(id="q1/2", time=9, run="r", escalation="q1", ruling="started"))
    >>> (start.decided, start.time, start.act.peer)
    ('q1/decided', 9, 'b')
    """

    def __init__(self) -> None:
        self._asked: dict[str, Decided] = {}

    def hear(self, event: BaseEvent) -> Start | None:
        """Take in the next event; return the start that it tells of, if it does."""
        if isinstance(event, Decided):
            if event.outcome == "permit":
                return Start(event.id, event.time, event.agent, _act(event))
            if event.outcome == "escalate" and event.action and event.id.endswith(_DECIDED):
                self._asked[event.id.removesuffix(_DECIDED)] = event
                if len(self._asked) > MAX_ASKED:
                    del self._asked[next(iter(self._asked))]
        elif isinstance(event, Ruled):
            return self._ruled(event)
        return None

    def _ruled(self, event: Ruled) -> Start | None:
        if event.ruling in ("approved", "late"):  # it goes on
            return None
        asked = self._asked.pop(event.escalation, None)
        if asked is None or event.ruling != "started":
            return None
        return Start(asked.id, event.time, asked.agent, _act(asked))


def _act(event: Decided) -> Occurrence | None:
    if not event.action:
        return None
    return Occurrence(
        agent=event.agent,
        action=cast("Action", event.action),
        resource=event.resource,
        peer=event.peer,
        channel=event.channel,
        task=event.task,
        run=event.run,
    )
