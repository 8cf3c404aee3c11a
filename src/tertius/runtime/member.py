"""One agent at work: every act asks the gate, runs what was judged, and is recorded behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal

from tertius.core.decision import DenialCode
from tertius.core.errors import CallerError
from tertius.core.events import ChannelKind, Identity
from tertius.core.outcome import Outcome
from tertius.core.request import Action, PrincipalChain, Request
from tertius.escalation.telling import started_id
from tertius.runtime.commons import Commons, Message
from tertius.runtime.denied import NeedsHumanError, NotPermittedError
from tertius.runtime.doing import Doer


class Member:
    """One agent in one task.

    Parameters
    ----------
    commons
        What it shares with its group, the gate among it.
    agent, run, task
        Names; `task` None when what it does belongs to none.
    chain
        For whom it acts.
    identity
        How the agent's name is known. Whoever makes the member fixes it, hence ``bound``.

    Raises
    ------
    NotPermittedError
        From every act that policy forbids; it tells one of four codes. `NeedsHumanError` carries
        the question's id for `resume`.

    Notes
    -----
    What runs are the decision's own arguments, decoded from what was judged; a value changed
    after the call has no effect. Every act cites its decision, and all that the agent read before
    (`tertius.runtime.context`). A new task is a new member: it begins with an empty context, so
    give it to an agent whose own context is new too. Thread-safe. It holds against what a model
    chooses; code that calls a tool's function itself goes round it.
    """

    def __init__(
        self,
        commons: Commons,
        agent: str,
        *,
        run: str,
        chain: PrincipalChain,
        task: str | None = None,
        identity: Identity = "bound",
    ) -> None:
        self.agent, self.run, self.task, self.chain = agent, run, task, chain
        self.identity: Identity = identity
        self.commons = commons
        self._doer = Doer(commons, agent, run=run, task=task, chain=chain, identity=identity)

    @property
    def seen(self) -> tuple[str, ...]:
        """Ids of what the agent read and did last: evidence that it may cite."""
        return self._doer.seen

    # -- acts --------------------------------------------------------------------------------------

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool and return its result."""
        request = self._permitted("tool.call", self._bound(tool, arguments), resource=tool)
        return self._doer.do(request)

    async def acall(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool, async or not, and return its result."""
        bound = self._bound(tool, arguments)
        request = await asyncio.to_thread(self._permitted, "tool.call", bound, resource=tool)
        return await self._doer.ado(request)

    def send(self, to: str, content: Any, *, channel: str | None = None) -> str:
        """Send a message, within this process, and return the id of its event."""
        made: str = self._act("message.send", content, peer=to, channel=channel)
        return made

    def receive(self) -> Message | None:
        """Take the oldest message that waits for this agent; None when there is none."""
        message = self.commons.collect(self.agent)
        if message is not None:
            self._doer.consume(message)
        return message

    def remember(self, store: str, key: str, value: Any) -> str:
        """Write a value to a store and return the id of its event."""
        self.commons.store(store)
        made: str = self._act("memory.write", value, resource=store, key=key)
        return made

    def recall(self, store: str, key: str) -> Any:
        """Return a value from a store; None where there is none."""
        self.commons.store(store)
        return self._act("memory.read", {}, resource=store, key=key)

    def hand_off(self, to: str, content: Any) -> str:
        """Pass control to a peer, with a message; return the id of its event."""
        made: str = self._act("hand_off", content, peer=to)
        return made

    def determine(self, name: str, value: Any, **more: Any) -> str:
        """Settle a question that this agent's role owns; return the event that others may cite."""
        made: str = self._act("determine", {"value": value, **more}, resource=name)
        return made

    def state(
        self,
        about: str,
        value: Any,
        *,
        to: str,
        kind: Literal["recommendation", "assessment", "vote"] = "assessment",
        evidence: Sequence[str] = (),
    ) -> str:
        """Recommend, assess or vote, towards a peer; return the id of its event."""
        arguments = {"kind": kind, "value": value, "evidence": list(evidence)}
        made: str = self._act("assert", arguments, resource=about, peer=to)
        return made

    def verify(self, subject: str, result: str, *, of: str, evidence: Sequence[str] = ()) -> str:
        """Say what checking a peer's event came to: confirmed, contradicted or unclear."""
        arguments = {"result": result, "evidence": list(evidence)}
        made: str = self._act("verify", arguments, resource=subject, peer=of)
        return made

    def accept(self, subject: str, *, of: str) -> str:
        """Approve of what a peer made, an event's id; return the id of the approval's event."""
        made: str = self._act("accept", {}, resource=subject, peer=of)
        return made

    def claim(self, resource: str, amount: int = 1, *, unit: str = "") -> str:
        """Draw on a shared resource; return the id of the event."""
        arguments = {"amount": amount, "unit": unit}
        made: str = self._act("resource.claim", arguments, resource=resource)
        return made

    def release(self, resource: str, amount: int = 1, *, unit: str = "") -> str:
        """Say that an amount of a shared resource is free again; return the id of the event."""
        arguments = {"amount": amount, "unit": unit}
        made: str = self._act("resource.release", arguments, resource=resource)
        return made

    @contextmanager
    def holding(self, resource: str, amount: int = 1, *, unit: str = "") -> Iterator[None]:
        """Hold an amount of a shared resource for the length of a block."""
        self.claim(resource, amount, unit=unit)
        try:
            yield
        finally:
            self.release(resource, amount, unit=unit)

    def delegate(
        self, to: str, *, actions: Sequence[Action], tools: Sequence[str] = (), lifetime: float,
        depth: int = 0,
    ) -> PrincipalChain:  # fmt: skip
        """Pass on authority for some seconds; return the chain with which the peer acts."""
        arguments = {
            "actions": list(actions), "tools": list(tools), "lifetime": lifetime, "depth": depth,
        }  # fmt: skip
        made: PrincipalChain = self._act("delegate", arguments, peer=to)
        return made

    def resume(self, escalation: str) -> Any:
        """Run the act that a ruling permitted: exactly what people saw, and once.

        Raises
        ------
        NeedsHumanError
            Nobody has said yes so far, or nobody will.
        NotPermittedError
            It is another agent's, or a layer forbids it now.
        """
        return self._doer.do(self._resumed(escalation))

    async def aresume(self, escalation: str) -> Any:
        """Run the act that a ruling permitted, where it is an async tool."""
        request = await asyncio.to_thread(self._resumed, escalation)
        return await self._doer.ado(request)

    # -- asking ------------------------------------------------------------------------------------

    def _act(self, action: Action, arguments: Any, **target: Any) -> Any:
        return self._doer.do(self._permitted(action, arguments, **target))

    def _permitted(
        self,
        action: Action,
        arguments: Any,
        *,
        resource: str | None = None,
        peer: str | None = None,
        key: str | None = None,
        channel: str | None = None,
    ) -> Request:
        """Return the request as it was judged, once it is permitted."""
        asked = self.commons.gate.ask(
            self.agent, action, arguments, run=self.run, chain=self.chain, resource=resource,
            peer=peer, key=key, channel=channel, via=_VIA.get(action, "message"), task=self.task,
            identity=self.identity,
        )  # fmt: skip
        request, decision = asked.request, asked.decision
        if request is None or decision.obeyed is Outcome.FORBID:
            raise NotPermittedError(_code(decision.code))
        if decision.obeyed is Outcome.ESCALATE:
            raise NeedsHumanError(request.id)
        if decision.arguments != request.arguments:
            raise NotPermittedError("denied")  # a gate that answers another question
        return request

    def _resumed(self, escalation: str) -> Request:
        found = self.commons.gate.granted(escalation)
        if found is None:
            raise NeedsHumanError(escalation)
        token, request = found
        mine = (self.agent, self.run, self.chain)
        if (request.agent, request.run, request.chain) != mine or not self._doer.knows(
            request.action
        ):
            raise NotPermittedError("denied")
        try:
            self.commons.gate.resume(token, request)
        except CallerError as error:
            raise NotPermittedError("denied") from error
        self._doer.ruled(started_id(escalation))
        return request

    def _bound(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """Return a call's arguments, defaults filled in; what does not fit is for the gate."""
        known = self.commons.tool(tool)
        try:
            return dict(arguments) if known is None else known.arguments(**arguments)
        except TypeError:
            return dict(arguments)


_VIA: Final[Mapping[Action, ChannelKind]] = {
    "tool.call": "tool",
    "memory.write": "memory",
    "memory.read": "memory",
}


def _code(code: DenialCode | None) -> DenialCode:
    return "denied" if code is None else code
