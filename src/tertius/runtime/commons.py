"""What the agents of one group share: the gate, their tools, their stores and their mail."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final, Protocol, runtime_checkable

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.escalation import Token
from tertius.core.events import ChannelKind, Identity
from tertius.core.kinds import Event
from tertius.core.names import check_name, nearest
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Action, PrincipalChain, Request
from tertius.runtime.gate import Asked
from tertius.runtime.tool import Tool

MAX_MAIL: Final = 4096  # messages that wait for one agent

Store = MutableMapping[str, Any]


class FullMailboxError(CallerError):
    """More messages wait for an agent than are kept."""


@runtime_checkable
class Door(Protocol):
    """The gate, as whoever acts for an agent sees it."""

    @property
    def level(self) -> EnforcementLevel:
        """Where the gate stands."""
        ...

    def ask(
        self,
        agent: str,
        action: Action,
        arguments: Any,
        *,
        run: str,
        chain: PrincipalChain,
        resource: str | None = None,
        peer: str | None = None,
        key: str | None = None,
        channel: str | None = None,
        via: ChannelKind = "message",
        task: str | None = None,
        identity: Identity = "asserted",
    ) -> Asked:
        """Make a request of plain values and ask."""
        ...

    def observe(self, event: Event, contents: tuple[bytes, ...] = ()) -> None:
        """Record what happened."""
        ...

    def ended(self, request: str, *, ok: bool) -> None:
        """Hear how the act of a permitted request ended."""
        ...

    def granted(self, escalation: str) -> tuple[Token, Request] | None:
        """Return the permission that a ruling opened, and for what."""
        ...

    def resume(self, token: Token, request: Request) -> None:
        """Use that permission, once."""
        ...

    def schema_of(self, agent: str, tool: str) -> str | None:
        """Return the digest of the input schema that an agent's grant of a tool pins."""
        ...


class Message(Struct, frozen=True, kw_only=True):
    """One message on its way: `id` is the event in which it was sent, `delivered` its arrival."""

    id: str
    delivered: str
    sender: str
    content: Any
    channel: str = ""


class Commons:
    """What the agents of one group share.

    Parameters
    ----------
    gate
        Asked before every act.
    tools, stores
        By the name under which manifests grant them.
    clock
        UTC nanoseconds, for events that come after their decision.

    Notes
    -----
    Thread-safe, as far as the stores are. Mail that waits is lost when the process ends; the log
    then has its sending and no consumption. At most `MAX_MAIL` messages wait for one agent.
    """

    def __init__(
        self,
        gate: Door,
        *,
        tools: Iterable[Tool] = (),
        stores: Mapping[str, Store] | None = None,
        clock: Callable[[], int],
    ) -> None:
        self.gate = gate
        self.clock = clock
        self.stores = {check_name(name, "store"): s for name, s in (stores or {}).items()}
        self._tools: dict[str, Tool] = {}
        for each in tools:
            self.add(each)
        self._mail: defaultdict[str, deque[Message]] = defaultdict(deque)
        self._written: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def add(self, tool: Tool) -> None:
        """Take in a tool.

        Raises
        ------
        CallerError
            Another one has its name.
        """
        if self._tools.setdefault(tool.name, tool) != tool:
            raise CallerError(f"a second tool named `{tool.name}`; one name is one tool")

    def tool(self, name: str) -> Tool | None:
        """Return the tool of a name, None if there is none."""
        return self._tools.get(name)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools."""
        return tuple(self._tools.values())

    def store(self, name: str) -> Store:
        """Return a store.

        Raises
        ------
        CallerError
            There is none of that name.
        """
        try:
            return self.stores[name]
        except KeyError:
            raise CallerError(f"no store `{name}`{nearest(name, self.stores)}") from None

    def post(self, to: str, message: Message) -> None:
        """Put a message where its receiver finds it.

        Raises
        ------
        FullMailboxError
            There is no room.
        """
        with self._lock:
            if len(self._mail[to]) >= MAX_MAIL:
                raise FullMailboxError(f"{MAX_MAIL} messages wait for `{to}`; let it receive them")
            self._mail[to].append(message)

    def collect(self, agent: str) -> Message | None:
        """Take the oldest message that waits for an agent."""
        with self._lock:
            return self._mail[agent].popleft() if self._mail[agent] else None

    def wrote(self, store: str, key: str, event: str) -> None:
        """Remember which event wrote a key."""
        with self._lock:
            self._written[store, key] = event

    def writer(self, store: str, key: str) -> str | None:
        """Return the event that wrote a key last, None where that is not known."""
        return self._written.get((store, key))
