"""The same agents without a gate: whatever one of them tries happens."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from tertius.core.request import Action
from tertius.runtime.commons import Message


class BareCommons:
    """What the agents share: tools, one store, mail."""

    def __init__(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        self.tools = tools
        self.stores: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.mail: defaultdict[str, deque[Message]] = defaultdict(deque)
        self.made = 0


class BareMember:
    """One agent; `allowed` is a list of tools that somebody keeps in a plain file, None for all."""

    def __init__(
        self, commons: BareCommons, agent: str, allowed: Sequence[str] | None = None
    ) -> None:
        self._commons, self.agent, self._allowed = commons, agent, allowed

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool."""
        if self._allowed is not None and tool not in self._allowed:
            raise PermissionError(f"`{tool}` is not on the list of `{self.agent}`")
        return self._commons.tools[tool](**arguments)

    def send(self, to: str, content: Any) -> str:
        """Send a message."""
        name = self._name("sent")
        message = Message(id=name, delivered=name, sender=self.agent, content=content)
        self._commons.mail[to].append(message)
        return name

    def receive(self) -> Message | None:
        """Take the oldest message that waits."""
        waiting = self._commons.mail[self.agent]
        return waiting.popleft() if waiting else None

    def remember(self, store: str, key: str, value: Any) -> str:
        """Write a value to a store."""
        self._commons.stores[store][key] = value
        return self._name("written")

    def recall(self, store: str, key: str) -> Any:
        """Return a value from a store."""
        return self._commons.stores[store].get(key)

    def determine(self, name: str, value: Any, **more: Any) -> str:
        """Settle a question."""
        return self._name("determined")

    def state(
        self,
        about: str,
        value: Any,
        *,
        to: str,
        kind: Literal["recommendation", "assessment", "vote"] = "assessment",
        evidence: Sequence[str] = (),
    ) -> str:
        """Recommend, assess or vote."""
        return self._name("stated")

    def verify(self, subject: str, result: str, *, of: str, evidence: Sequence[str] = ()) -> str:
        """Say what checking a peer's event came to."""
        return self._name("verified")

    def accept(self, subject: str, *, of: str) -> str:
        """Approve of what a peer made."""
        return self._name("accepted")

    def delegate(
        self,
        to: str,
        *,
        actions: Sequence[Action],
        tools: Sequence[str] = (),
        lifetime: float,
        depth: int = 0,
    ) -> Any:
        """Pass on authority; nobody looks at it."""
        return None

    def resume(self, escalation: str) -> Any:
        """Nothing ever waits here."""
        raise PermissionError("nothing waits for anybody")

    def _name(self, what: str) -> str:
        self._commons.made += 1
        return f"e{self._commons.made}/{what}"
