"""One agent at work, from a coroutine: the same acts, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from tertius.core.request import Action, PrincipalChain
from tertius.runtime.commons import Message
from tertius.runtime.member import Member


class AsyncMember:
    """The acts of a `Member`, awaited.

    Notes
    -----
    The gate is asked in a thread, because a decision may wait for the disk; a tool runs in the
    caller's own loop. Everything else is as `tertius.runtime.member.Member` says.
    """

    def __init__(self, member: Member) -> None:
        self.member = member

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool, async or not, and return its result."""
        return await self.member.acall(tool, **arguments)

    async def send(self, to: str, content: Any, *, channel: str | None = None) -> str:
        """Send a message and return the id of its event."""
        return await asyncio.to_thread(self.member.send, to, content, channel=channel)

    async def receive(self) -> Message | None:
        """Take the oldest message that waits; None when there is none."""
        return await asyncio.to_thread(self.member.receive)

    async def remember(self, store: str, key: str, value: Any) -> str:
        """Write a value to a store and return the id of its event."""
        return await asyncio.to_thread(self.member.remember, store, key, value)

    async def recall(self, store: str, key: str) -> Any:
        """Return a value from a store; None where there is none."""
        return await asyncio.to_thread(self.member.recall, store, key)

    async def hand_off(self, to: str, content: Any) -> str:
        """Pass control to a peer, with a message; return the id of its event."""
        return await asyncio.to_thread(self.member.hand_off, to, content)

    async def determine(self, name: str, value: Any, **more: Any) -> str:
        """Settle a question that this agent's role owns; return the event that others may cite."""
        return await asyncio.to_thread(self.member.determine, name, value, **more)

    async def state(
        self,
        about: str,
        value: Any,
        *,
        to: str,
        kind: Literal["recommendation", "assessment", "vote"] = "assessment",
        evidence: Sequence[str] = (),
    ) -> str:
        """Recommend, assess or vote, towards a peer; return the id of its event."""
        said = self.member.state
        return await asyncio.to_thread(said, about, value, to=to, kind=kind, evidence=evidence)

    async def verify(
        self, subject: str, result: str, *, of: str, evidence: Sequence[str] = ()
    ) -> str:
        """Say what checking a peer's event came to."""
        verify = self.member.verify
        return await asyncio.to_thread(verify, subject, result, of=of, evidence=evidence)

    async def accept(self, subject: str, *, of: str) -> str:
        """Approve of what a peer made; return the id of the approval's event."""
        return await asyncio.to_thread(self.member.accept, subject, of=of)

    async def claim(self, resource: str, amount: int = 1, *, unit: str = "") -> str:
        """Draw on a shared resource; return the id of the event."""
        return await asyncio.to_thread(self.member.claim, resource, amount, unit=unit)

    async def release(self, resource: str, amount: int = 1, *, unit: str = "") -> str:
        """Say that an amount of a shared resource is free again; return the id of the event."""
        return await asyncio.to_thread(self.member.release, resource, amount, unit=unit)

    @asynccontextmanager
    async def holding(
        self, resource: str, amount: int = 1, *, unit: str = ""
    ) -> AsyncIterator[None]:
        """Hold an amount of a shared resource for the length of a block."""
        await self.claim(resource, amount, unit=unit)
        try:
            yield
        finally:
            await self.release(resource, amount, unit=unit)

    async def delegate(
        self,
        to: str,
        *,
        actions: Sequence[Action],
        tools: Sequence[str] = (),
        lifetime: float,
        depth: int = 0,
    ) -> PrincipalChain:
        """Pass on authority for some seconds; return the chain with which the peer acts."""
        give = self.member.delegate
        return await asyncio.to_thread(
            give, to, actions=actions, tools=tools, lifetime=lifetime, depth=depth
        )

    async def resume(self, escalation: str) -> Any:
        """Run the act that a ruling permitted, once."""
        return await self.member.aresume(escalation)
