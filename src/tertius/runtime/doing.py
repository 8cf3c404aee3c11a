"""What a permitted act brings about, and how it is recorded: the second half of every act."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from tertius.core.errors import CallerError
from tertius.core.events import (
    Accepted,
    Asserted,
    Cause,
    Claimed,
    Delegated,
    HandedOff,
    Identity,
    MemoryRead,
    MemoryWritten,
    MessageConsumed,
    MessageDelivered,
    MessageSent,
    ResourceClaimed,
    ResourceReleased,
    ToolCalled,
    ToolReturned,
    Verified,
)
from tertius.core.kinds import Event
from tertius.core.request import Action, Principal, PrincipalChain, Request
from tertius.policy.canonical import ArgumentsError, canonical_bytes
from tertius.policy.delegation import NANOSECONDS, Scope, scope_text
from tertius.runtime.commons import Commons, Message
from tertius.runtime.context import Context
from tertius.runtime.decided import decided_id
from tertius.runtime.tool import Tool


class AwaitedToolError(CallerError):
    """An async tool was called without awaiting it."""


class Doer:
    """Brings about what one agent was permitted, from the judged arguments and nothing else.

    Parameters
    ----------
    commons
        What its group shares.
    agent, run, task, chain, identity
        As every event names them.

    Notes
    -----
    Each act cites its decision and all that the agent read before. What cannot be recorded does
    not happen; only the return of a tool, which has run by then, raises afterwards.
    """

    def __init__(
        self,
        commons: Commons,
        agent: str,
        *,
        run: str,
        task: str | None,
        chain: PrincipalChain,
        identity: Identity,
    ) -> None:
        self.agent, self.run, self.task, self.chain = agent, run, task, chain
        self.commons, self.identity = commons, identity
        self._context = Context()
        self._since = 0

    @property
    def seen(self) -> tuple[str, ...]:
        """The events that the next act will rest on."""
        return self._context.ends

    def knows(self, action: Action) -> bool:
        """Whether acts of this kind can be brought about here."""
        return action in _EFFECTS

    def consume(self, message: Message) -> None:
        """Let a delivered message enter the context that the agent acts on."""
        causes: tuple[Cause, ...] = (Cause(id=message.delivered, basis="observed"),)
        if self._context.full:
            causes = self._context.causes(message.delivered)
        fields = self._fields(f"{message.delivered}/consumed", self.commons.clock(), causes)
        event = MessageConsumed(
            **fields, sender=message.sender, message=message.id, channel=message.channel
        )
        self._did(event)

    def ruled(self, event: str) -> None:
        """Let the next act rest on a ruling, and come after it: it was asked for before."""
        self._context.read(event)
        self._since = self.commons.clock()

    def do(self, request: Request) -> Any:
        """Bring about what was permitted, and tell how it ended."""
        try:
            result = _EFFECTS[request.action](self, request)
        except BaseException:
            self.commons.gate.ended(request.id, ok=False)
            raise
        self.commons.gate.ended(request.id, ok=True)
        return result

    async def ado(self, request: Request) -> Any:
        """Bring about what was permitted, awaiting a tool that is async."""
        if request.action != "tool.call":
            return self.do(request)
        try:
            tool = self._known_tool(request)
            with self._calling(request, tool) as result:
                found = tool.function(**request.decoded())
                result.append(await found if tool.awaited else found)
        except BaseException:
            self.commons.gate.ended(request.id, ok=False)
            raise
        self.commons.gate.ended(request.id, ok=True)
        return result[0]

    def _call(self, request: Request) -> Any:
        tool = self._known_tool(request)
        if tool.awaited:
            raise AwaitedToolError(f"tool `{tool.name}` is async; call it with `acall`")
        with self._calling(request, tool) as result:
            result.append(tool.function(**request.decoded()))
        return result[0]

    def _known_tool(self, request: Request) -> Tool:
        tool = self.commons.tool(request.resource or "")
        if tool is None:
            raise CallerError(f"tool `{request.resource}` is granted, and nobody provides it")
        return tool

    @contextmanager
    def _calling(self, request: Request, tool: Tool) -> Iterator[list[Any]]:
        """Record a call before it runs, and its result or failure when it has."""
        causes = self._causes(request)
        name = f"{request.id}/called"
        fields = self._fields(name, self._moment(request), causes)
        called = ToolCalled(**fields, tool=tool.name, call=name)
        self._tell(called, tool.shown(request.decoded()))
        result: list[Any] = []
        ok = False
        try:
            yield result
            ok = True
        finally:
            back = f"{request.id}/returned"
            why = (Cause(id=name, basis="observed"),)
            fields = self._fields(back, self.commons.clock(), why)
            told = result[0] if ok else {"failed": True}
            self._tell(ToolReturned(**fields, tool=tool.name, call=name, ok=ok), told)
            self._context.did(back, causes)

    def _send(self, request: Request) -> str:
        peer = str(request.peer)
        fields = self._next(request, "sent")
        event = MessageSent(**fields, recipients=(peer,), channel=request.channel or "")
        self._did(event, request.decoded())
        self._deliver(event.id, request)
        return event.id

    def _hand_off(self, request: Request) -> str:
        event = HandedOff(**self._next(request, "handed-off"), to=str(request.peer))
        self._did(event, request.decoded())
        self._deliver(event.id, request)
        return event.id

    def _deliver(self, sent: str, request: Request) -> None:
        peer, channel = str(request.peer), request.channel or ""
        fields = self._fields(
            f"{request.id}/delivered", self.commons.clock(), (Cause(id=sent, basis="observed"),)
        )
        event = MessageDelivered(
            **{**fields, "agent": peer}, sender=self.agent, message=sent, channel=channel
        )
        self._tell(event)
        self.commons.post(peer, Message(id=sent, delivered=event.id, sender=self.agent,
                                        content=request.decoded(), channel=channel))  # fmt: skip

    def _remember(self, request: Request) -> str:
        store, key = str(request.resource), request.key or ""
        event = MemoryWritten(**self._next(request, "written"), store=store, key=key[:128])
        self._did(event, request.decoded())
        self.commons.store(store)[key] = request.decoded()
        self.commons.wrote(store, key, event.id)
        return event.id

    def _recall(self, request: Request) -> Any:
        store, key = str(request.resource), request.key or ""
        value = copy.deepcopy(self.commons.store(store).get(key))
        writer = self.commons.writer(store, key)
        fields = self._next(request, "read", *(() if writer is None else (writer,)))
        self._did(MemoryRead(**fields, store=store, key=key[:128]), value)
        return value

    def _determine(self, request: Request) -> str:
        value = request.decoded().get("value")
        event = Claimed(
            **self._next(request, "determined"), about=str(request.resource), value=_plain(value)
        )
        self._did(event, request.decoded())
        return event.id

    def _state(self, request: Request) -> str:
        said = request.decoded()
        event = Asserted(
            **self._next(request, "stated", declared=said["evidence"]), act=said["kind"],
            about=str(request.resource), value=_plain(said["value"]),
            evidence=tuple(said["evidence"]),
        )  # fmt: skip
        self._did(event, said)
        return event.id

    def _verify(self, request: Request) -> str:
        said, subject = request.decoded(), str(request.resource)
        fields = self._next(request, "verified", declared=(subject, *said["evidence"]))
        event = Verified(
            **fields, subject=subject, result=said["result"], evidence=tuple(said["evidence"])
        )
        self._did(event, said)
        return event.id

    def _accept(self, request: Request) -> str:
        subject = str(request.resource)
        event = Accepted(**self._next(request, "accepted", declared=(subject,)), subject=subject)
        self._did(event, request.decoded())
        return event.id

    def _claim(self, request: Request) -> str:
        event = ResourceClaimed(**self._next(request, "claimed"), **_drawn(request))
        self._did(event)
        return event.id

    def _release(self, request: Request) -> str:
        event = ResourceReleased(**self._next(request, "released"), **_drawn(request))
        self._did(event)
        return event.id

    def _delegate(self, request: Request) -> PrincipalChain:
        said = request.decoded()
        above = self.chain.links[-1].delegation
        expires = request.time + int(said["lifetime"] * NANOSECONDS)
        scope = Scope(
            actions=tuple(said["actions"]), tools=tuple(said["tools"]), depth=said["depth"]
        )
        fields = self._next(request, "delegated", *(() if above is None else (above,)))
        event = Delegated(**fields, to=str(request.peer), scope=scope_text(scope), expires=expires)
        self._did(event)
        link = Principal(
            name=self.agent, kind="agent", identity=self.identity, delegation=event.id,
            expires=expires,
        )  # fmt: skip
        return PrincipalChain(links=(*self.chain.links, link))

    # -- events ------------------------------------------------------------------------------------

    def _causes(
        self, request: Request, *more: str, declared: Sequence[str] = ()
    ) -> tuple[Cause, ...]:
        return self._context.causes(decided_id(request), *more, declared=declared)

    def _next(
        self, request: Request, what: str, *more: str, declared: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the fields that the event of a permitted act shares with all others."""
        causes = self._causes(request, *more, declared=declared)
        return self._fields(f"{request.id}/{what}", self._moment(request), causes)

    def _moment(self, request: Request) -> int:
        return max(request.time, self._since)

    def _fields(self, name: str, time: int, causes: tuple[Cause, ...]) -> dict[str, Any]:
        return {
            "id": name,
            "time": time,
            "run": self.run,
            "agent": self.agent,
            "task": self.task or "",
            "party": self.chain.links[0].name,
            "causes": causes,
            "identity": self.identity,
        }

    def _did(self, event: Event, content: Any = None) -> None:
        self._tell(event, content)
        self._context.did(event.id, event.causes)

    def _tell(self, event: Event, content: Any = None) -> None:
        if "content" in event.__struct_fields__ and not isinstance(event, MessageDelivered):
            self.commons.gate.observe(event, (_bytes(content),))
        else:
            self.commons.gate.observe(event)


_EFFECTS: Final[Mapping[Action, Callable[[Doer, Request], Any]]] = {
    "tool.call": Doer._call,
    "message.send": Doer._send,
    "hand_off": Doer._hand_off,
    "memory.write": Doer._remember,
    "memory.read": Doer._recall,
    "determine": Doer._determine,
    "assert": Doer._state,
    "verify": Doer._verify,
    "accept": Doer._accept,
    "delegate": Doer._delegate,
    "resource.claim": Doer._claim,
    "resource.release": Doer._release,
}


def _drawn(request: Request) -> dict[str, Any]:
    """Return what is claimed or released, and how much of it."""
    said = request.decoded()
    return {"resource": str(request.resource), "amount": said["amount"], "unit": said["unit"]}


def _plain(value: Any) -> Any:
    """Return a value as an event may hold it: short text, a number or a truth; otherwise None."""
    if isinstance(value, str):
        return value if len(value) <= 1000 else None
    return value if isinstance(value, bool | int | float) else None


def _bytes(content: Any) -> bytes:
    """Return content as the log keeps it; of what is no JSON only the type is kept."""
    try:
        return canonical_bytes(content)
    except ArgumentsError:
        return canonical_bytes({"unrecorded": type(content).__name__})
