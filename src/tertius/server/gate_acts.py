"""Which acts were permitted to whom, and whether what a process tells of them is borne out.

An agent's process tells what happened; the gate beside it did not see it. What is told counts as
known only where it says exactly what was permitted; anything else is kept as merely asserted, and
so meets no quorum, settles no determination and passes on no authority.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tertius.core.events import (
    Accepted,
    Asserted,
    BaseEvent,
    Claimed,
    Delegated,
    HandedOff,
    Identity,
    MemoryRead,
    MemoryWritten,
    MessageConsumed,
    MessageDelivered,
    MessageSent,
    ModelCalled,
    Rated,
    ResourceClaimed,
    ResourceReleased,
    TaskAssigned,
    ToolCalled,
    ToolReturned,
    Verified,
)
from tertius.core.request import Request
from tertius.policy.occurrence import happened, requested
from tertius.server.gate_callers import Caller, Peer

MAX_ACTS: Final = 4096  # of one user: running, and ended of late
MAX_TOLD: Final = 64  # events about one act
MASK: Final = "(secret)"  # in the place of an argument that is not recorded

_TELLABLE: Final = (
    ModelCalled, MessageSent, MessageDelivered, MessageConsumed, ToolCalled, ToolReturned,
    MemoryWritten, MemoryRead, ResourceClaimed, ResourceReleased, HandedOff, Delegated,
    TaskAssigned, Accepted, Rated, Asserted, Verified, Claimed,
)  # fmt: skip
_OURS: Final = ("decided", "unasked", "probe", "started")  # and numbers: the steps of an escalation
_RESULTS: Final = (ModelCalled, ToolReturned, MemoryRead)  # what they hold nobody could permit
_SAID: Final[Mapping[type[BaseEvent], Mapping[str, str]]] = {
    Asserted: {"act": "kind", "value": "value"},
    Claimed: {"value": "value"},
    Rated: {"score": "score"},
    ResourceClaimed: {"amount": "amount"},
    ResourceReleased: {"amount": "amount"},
    Verified: {"result": "result"},
}
"""Of each kind, which field repeats which argument of its request."""


class Act:
    """One permitted request, whose it is, and what was told of it."""

    def __init__(self, request: Request, caller: Caller, peer: Peer, *, resumed: bool) -> None:
        self.request, self.caller, self.peer = request, caller, peer
        self.resumed = resumed
        self.running = True
        self.told: set[str] = set()


class Acts:
    """The acts that were permitted of late.

    Notes
    -----
    Thread-safe and bounded: of each user `MAX_ACTS`, of which the oldest that has ended makes
    room. Nothing outlives the gate's process.
    """

    def __init__(self) -> None:
        self._acts: dict[str, Act] = {}
        self._of_user: defaultdict[int, OrderedDict[str, Act]] = defaultdict(OrderedDict)
        self._lock = threading.Lock()

    def room(self, caller: Caller) -> bool:
        """Whether a user may start another act; make room if need be."""
        with self._lock:
            own = self._of_user[caller.uid]
            if len(own) < MAX_ACTS:
                return True
            old = next((name for name, act in own.items() if not act.running), None)
            if old is None:
                return False
            del own[old], self._acts[old]
            return True

    def start(self, act: Act) -> None:
        """Keep an act that was permitted."""
        with self._lock:
            own = self._of_user[act.caller.uid]
            own[act.request.id] = self._acts[act.request.id] = act

    def end(self, caller: Caller, request: str) -> bool:
        """Mark a user's act as ended; False if it has none of that name that runs."""
        with self._lock:
            act = self._of_user[caller.uid].get(request)
            if act is None or not act.running:
                return False
            act.running = False
            return True

    def running(self, peer: Peer) -> list[Act]:
        """Return what a process was permitted and has not told the end of."""
        with self._lock:
            own = self._of_user[peer.uid].values()
            return [act for act in own if act.running and act.peer == peer]

    def objection(self, caller: Caller, event: BaseEvent) -> str:
        """Say why a user may not tell of this event; empty where it may, and then it is kept.

        Its id lies under that of a permitted request, and every id is told once: what one agent
        tells can neither take another's place nor make the log hold an id twice.
        """
        if not isinstance(event, _TELLABLE):
            return f"`{event.__struct_config__.tag}` is not an agent's to tell"
        act = self.behind(event)
        if act is None:
            return f"`{event.id}` lies under no permitted request; name it `<request>/<what>`"
        what = event.id[len(act.request.id) + 1 :].partition("/")[0]
        if what in _OURS or what.isdigit():
            return f"`{event.id}` is a name of the gate's own events"
        if not _may_tell(caller, act, event):
            return f"`{event.id}` tells of what another did"
        with self._lock:
            if event.id in act.told:
                return f"`{event.id}` was told before"
            if len(act.told) >= MAX_TOLD:
                return f"more than {MAX_TOLD} events about request `{act.request.id}`"
            act.told.add(event.id)
        return ""

    def identity(self, caller: Caller, event: BaseEvent, content: bytes | None) -> Identity:
        """Return how well what is told is known."""
        act = self.behind(event)
        if act is None or event.agent not in caller.agents:
            return "asserted"
        if isinstance(event, MessageDelivered | MessageConsumed):
            sent = act.request
            pair = (sent.agent, sent.peer)
            ok = sent.action in ("message.send", "hand_off")
            return caller.identity if ok and pair == (event.sender, event.agent) else "asserted"
        return caller.identity if borne_out(event, content, act.request) else "asserted"

    def behind(self, event: BaseEvent) -> Act | None:
        """Return the act under whose name an event's id lies."""
        name = event.id
        while "/" in name:
            name = name.rpartition("/")[0]
            if name in self._acts:
                return self._acts.get(name)
        return None


def borne_out(event: BaseEvent, content: bytes | None, request: Request) -> bool:
    """Whether an event says exactly what its request was permitted for.

    Notes
    -----
    It compares who, where, what and with which values, and the content with the arguments, of
    which some may be masked. Whether it happened at all it cannot see.
    """
    if isinstance(event, ToolReturned):
        mine = (event.agent, event.run, event.task, event.tool)
        return request.action == "tool.call" and mine == (
            request.agent, request.run, request.task or "", request.resource
        )  # fmt: skip
    asked, done = requested(request), happened(event)
    if len(done) != 1 or any(
        (getattr(done[0], field) or getattr(asked, field)) != getattr(asked, field)
        for field in ("agent", "action", "resource", "peer", "channel", "run")
    ):
        return False
    if done[0].task != asked.task:
        return False
    arguments = request.decoded()
    named: Mapping[str, Any] = arguments if isinstance(arguments, dict) else {}
    for field, argument in _SAID.get(type(event), {}).items():
        if not _same(getattr(event, field), named.get(argument)):
            return False
    if isinstance(event, MemoryRead | MemoryWritten) and event.key != (request.key or "")[:128]:
        return False
    if isinstance(event, Delegated):
        return _within(event, named, request.time)
    return content is None or isinstance(event, _RESULTS) or _shows(content, arguments)


def _may_tell(caller: Caller, act: Act, event: BaseEvent) -> bool:
    """Whoever acted tells of it and of its arrival; the receiver tells that it came and was read.

    Of an arrival the sender's process may tell in the receiver's name; it is then asserted.
    """
    if isinstance(event, MessageDelivered | MessageConsumed) and event.agent == act.request.peer:
        sender = act.caller.uid == caller.uid and isinstance(event, MessageDelivered)
        return sender or event.agent in caller.agents
    return act.caller.uid == caller.uid and event.agent in caller.agents


def _within(event: Delegated, named: Mapping[str, Any], time: int) -> bool:
    """Whether a delegation passes on no more than was asked for."""
    try:
        scope = msgspec.json.decode(event.scope)
        lasts = time + int(named["lifetime"] * 1_000_000_000)
        return (
            set(scope.get("actions", ())) <= set(named.get("actions", ()))
            and set(scope.get("tools", ())) <= set(named.get("tools", ()))
            and scope.get("depth", 0) <= named.get("depth", 0)
            and 0 < event.expires <= lasts
        )
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError):
        return False


def _same(told: Any, asked: Any) -> bool:
    """Whether a field repeats an argument; what no field can hold is told as None."""
    if told is None:
        return isinstance(asked, dict | list | None) or (
            isinstance(asked, str) and len(asked) > 1000
        )
    return type(told) is type(asked) and bool(told == asked)


def _shows(content: bytes, arguments: Any) -> bool:
    """Whether a content is the arguments, some of them masked."""
    try:
        shown = msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError):
        return False
    if isinstance(shown, dict) and isinstance(arguments, dict):
        return shown.keys() == arguments.keys() and all(
            value == MASK or _equal(value, arguments[name]) for name, value in shown.items()
        )
    return _equal(shown, arguments)


def _equal(one: Any, other: Any) -> bool:
    return bool(
        msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    )
