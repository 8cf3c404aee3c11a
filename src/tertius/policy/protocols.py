"""Protocols of conversations: what is said on an edge that follows one comes in its order.

A step is reserved before it is judged, so that two answers at once are never both the next one.
What was said is rebuilt from the log after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Final, NamedTuple

import msgspec

from tertius.core.decision import Layer, Vote
from tertius.core.events import (
    BaseEvent,
    Delegated,
    HandedOff,
    MessageConsumed,
    MessageSent,
    RunEnded,
    TaskAssigned,
)
from tertius.core.manifest import Manifest
from tertius.core.outcome import Outcome
from tertius.core.request import Action, Request
from tertius.policy.conversation import ORDERED, SPOKEN, Conversation, Objection, said
from tertius.policy.occurrence import happened
from tertius.policy.protocol_edges import Edges
from tertius.policy.starts import Starts

MAX_CONVERSATIONS: Final = 65_536
MAX_OPENED: Final = 4_096  # by one agent, so that who floods is refused first

_SAYS: Final = (MessageSent, HandedOff, TaskAssigned, Delegated)


class _Place(NamedTuple):
    """Which conversation: `one` and `other` are in order, so that both directions are one."""

    run: str
    task: str
    one: str
    other: str
    protocol: str
    name: str


class _Turn(NamedTuple):
    """A step that is being judged; `place` is None where it cannot be told which one it is."""

    place: _Place | None
    type: str
    time: int
    objection: Objection | None


class Protocols:
    """The layer of protocols, as part of what a manifest says of its peers.

    Parameters
    ----------
    manifests
        All in force.
    decision_of
        The id of the event that records the decision on a request: whoever records the act cites
        it, and so a receipt is found to belong to its step.

    Raises
    ------
    ProtocolError
        Two manifests describe a protocol of one name differently.

    Notes
    -----
    An edge follows a protocol when either end says so. A conversation is that of two agents, in
    one run and task, under the name in the message's field ``conversation``. Each step comes once.
    A step that awaits a receipt holds up the next until the receiver's ``message.consumed`` is on
    record. Memory is bounded; a conversation beyond the bounds is refused. Cannot see whether a
    message is of the type that it states. After a restart, nothing can be said in a task of which a
    content was erased, or a permitted step never recorded.
    """

    layer: Final[Layer] = "manifest"

    def __init__(
        self, manifests: Iterable[Manifest], *, decision_of: Callable[[Request], str]
    ) -> None:
        self._decision_of = decision_of
        self._edges = Edges(manifests)
        self._open: dict[_Place, Conversation] = {}
        self._opener: dict[_Place, str] = {}
        self._opened: dict[str, int] = {}
        self._turns: dict[tuple[str, str], _Turn] = {}
        self._marks: dict[str, _Place] = {}  # steps that want a receipt, by their event
        self._untold: dict[str, _Place] = {}  # the same by decision, until that event is heard
        self._lost: set[_Place] = set()
        self._starts = Starts()
        self._unheard: dict[str, _Place] = {}  # by decision: started, and not yet on record
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Whether any edge follows a protocol."""
        return bool(self._edges)

    def __len__(self) -> int:
        return len(self._open)

    # -- judging -----------------------------------------------------------------------------------

    def judge(self, request: Request) -> Vote:
        """Forbid what is out of order; abstain otherwise."""
        names = self._edges.followed(request)
        if not names:
            return _UNBOUND
        with self._lock:
            turn = self._turns.get((request.run, request.id))
            if turn is None:
                turn = self._turn(request, request.time, names)
        if turn.objection is None:
            return _IN_ORDER
        code, why = turn.objection
        return Vote(
            layer=self.layer,
            outcome=Outcome.FORBID,
            rule=f"{code}:protocol",
            reason=f"protocol `{'`, `'.join(names)}`: {why}"[:1000],
        )

    def reserve(self, request: Request, time: int) -> None:
        """Take the turn in a conversation, if the step may be said at this time."""
        names = self._edges.followed(request)
        if not names:
            return
        with self._lock:
            turn = self._turn(request, time, names)
            key = (request.run, request.id)
            self._turns[key] = turn
            if turn.place is not None and turn.objection is None:
                self._conversation(turn.place, request.agent).busy = key

    def commit(self, request: Request) -> None:
        """Take in a step that was permitted."""
        key = (request.run, request.id)
        if key not in self._turns:
            return
        with self._lock:
            turn = self._turns.pop(key)
            if turn.place is None:
                return
            talk = self._conversation(turn.place, request.agent)
            if talk.busy == key:
                talk.busy = None
            decided = self._decision_of(request)
            if self._say(talk, turn.type, turn.time, decided, str(request.peer)):
                self._untold[decided] = turn.place

    def release(self, request: Request) -> None:
        """Give back the turn of a step that is not said."""
        key = (request.run, request.id)
        if key not in self._turns:
            return
        with self._lock:
            turn = self._turns.pop(key)
            talk = self._open.get(turn.place) if turn.place is not None else None
            if turn.place is None or talk is None or talk.busy != key:
                return
            talk.busy = None
            if not talk.begun:
                self._drop(turn.place)

    # -- hearing -----------------------------------------------------------------------------------

    def observe(self, event: BaseEvent) -> None:
        """Hear an event: a receipt, the record of a step that awaits one, the end of a run."""
        if isinstance(event, RunEnded):
            with self._lock:
                self._forget(event.run)
        elif event.identity == "asserted":
            return
        elif isinstance(event, MessageConsumed):
            with self._lock:
                self._acknowledge(event)
        elif isinstance(event, _SAYS) and self._untold:
            with self._lock:
                decided = next((c.id for c in event.causes if c.id in self._untold), None)
                if decided is not None:
                    place = self._untold.pop(decided)
                    self._marks[event.id] = place
                    self._open[place].owed = event.id

    def rebuild(self, event: BaseEvent, arguments: Callable[[], Any], time: int) -> None:
        """Take in an event of the log, after a restart; `arguments` are None once erased."""
        start = self._starts.hear(event)
        if start is not None and start.act is not None:
            act = start.act
            for name in self._edges.between(act.agent, act.peer, act.action):
                place = _place(act.run, act.task, act.agent, act.peer, name)
                if len(self._unheard) < MAX_CONVERSATIONS:
                    self._unheard[start.decided] = place
                else:
                    self._lost.add(place)
        elif not isinstance(event, _SAYS):
            self.observe(event)
        elif event.identity != "asserted":
            decided = next((c.id for c in event.causes if c.id in self._unheard), "")
            self._unheard.pop(decided, None)  # one event tells of one step
            via = event.via if isinstance(event, MessageSent) else "message"
            for act in happened(event):
                edge = (act.agent, act.peer, act.action, via, act.channel or None)
                for name in self._edges.on(*edge):
                    with self._lock:
                        place = _place(event.run, event.task, act.agent, act.peer, name)
                        self._recall(place, act.action, event, arguments, time, act.peer)

    def rebuilt(self) -> None:
        """Give up the conversations in which a permitted step was never recorded."""
        with self._lock:
            self._lost.update(self._unheard.values())
            self._unheard.clear()

    def _recall(
        self,
        place: _Place,
        action: Action,
        event: BaseEvent,
        arguments: Callable[[], Any],
        time: int,
        receiver: str,
    ) -> None:
        content = _content(arguments) if action in SPOKEN else None
        read = said(action, content)
        if isinstance(read, Objection):
            if content is None:
                self._lost.add(place)
            return
        place = place._replace(name=read.conversation)
        talk = self._conversation(place, event.agent)
        if self._say(talk, read.type, time, event.id, receiver):
            self._marks[event.id] = place

    # -- state -------------------------------------------------------------------------------------

    def _turn(self, request: Request, time: int, names: tuple[str, ...]) -> _Turn:
        def refused(code: Any, why: str) -> _Turn:
            return _Turn(None, "", time, Objection(code, why))

        if len(names) > 1:
            return refused("denied", "the edge follows more than one")
        if request.action not in ORDERED:
            return refused("not-granted", f"`{request.action}` cannot be put in an order")
        read = said(request.action, request.decoded() if request.action in SPOKEN else None)
        if isinstance(read, Objection):
            return _Turn(None, "", time, read)
        base = _place(request.run, request.task or "", request.agent, str(request.peer), names[0])
        if base in self._lost:
            return refused("denied", "what was said before was erased; begin another task")
        place = base._replace(name=read.conversation)
        talk = self._open.get(place)
        if talk is None:
            if self._full(request.agent):
                return refused("denied", "too many conversations are open")
            talk = Conversation(self._edges.protocols[names[0]])
        return _Turn(place, read.type, time, talk.objection(read, request.agent, time))

    def _conversation(self, place: _Place, opener: str) -> Conversation:
        talk = self._open.get(place)
        if talk is None:
            talk = self._open[place] = Conversation(self._edges.protocols[place.protocol])
            self._opener[place] = opener
            self._opened[opener] = self._opened.get(opener, 0) + 1
        return talk

    def _full(self, agent: str) -> bool:
        return len(self._open) >= MAX_CONVERSATIONS or self._opened.get(agent, 0) >= MAX_OPENED

    def _say(self, talk: Conversation, type: str, time: int, mark: str, receiver: str) -> bool:
        """Take in a step; tell whether it wants a receipt, which then belongs to `mark`."""
        talk.say(type, time)
        step = talk.step(type)
        if step is None or not step.acknowledged:
            return False
        self._unmark(talk)
        talk.owed, talk.owed_by = mark, receiver
        return True

    def _unmark(self, talk: Conversation) -> None:
        self._marks.pop(talk.owed, None)
        self._untold.pop(talk.owed, None)

    def _acknowledge(self, event: MessageConsumed) -> None:
        place = self._marks.get(event.message)
        talk = None if place is None else self._open.get(place)
        if talk is not None and talk.owed_by == event.agent:
            del self._marks[event.message]
            talk.owed = talk.owed_by = ""

    def _drop(self, place: _Place) -> None:
        self._unmark(self._open.pop(place))
        opener = self._opener.pop(place)
        self._opened[opener] -= 1
        if not self._opened[opener]:
            del self._opened[opener]

    def _forget(self, run: str) -> None:
        for place in [place for place in self._open if place.run == run]:
            self._drop(place)
        self._lost = {place for place in self._lost if place.run != run}
        self._turns = {key: turn for key, turn in self._turns.items() if key[0] != run}


def _place(run: str, task: str, sender: str, receiver: str, protocol: str) -> _Place:
    one, other = sorted((sender, receiver))
    return _Place(run, task, one, other, protocol, "")


def _content(arguments: Callable[[], Any]) -> Any:
    """Return what a record holds, None where nobody can read it any more."""
    try:
        return arguments()
    except msgspec.DecodeError:
        return None


def _abstain(reason: str) -> Vote:
    return Vote(layer="manifest", outcome=Outcome.ABSTAIN, rule="protocol", reason=reason)


_UNBOUND: Final = _abstain("no protocol is followed here")
_IN_ORDER: Final = _abstain("the step is in order")
