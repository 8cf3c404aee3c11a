"""Agents written by hand: plain Python that calls functions, sends messages and keeps notes.

Hand the group's tools and stores to `ByHand.attach`, then let every agent act through the member
that `ByHand.agent` gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

from msgspec import Struct

from tertius.core.coverage import Coverage, Surface
from tertius.core.errors import CallerError
from tertius.core.ports.adapter import Gate
from tertius.core.request import PrincipalChain
from tertius.log.clock import Ratchet
from tertius.policy.circuit import MAILBOX
from tertius.runtime.commons import Commons, Door, Store
from tertius.runtime.member import Member
from tertius.runtime.tool import Tool, ToolError, tool_of

MAIL: Final = Surface(kind="message", name=MAILBOX)
"""What members send each other; there is no other way for messages here."""

F = TypeVar("F", bound=Callable[..., Any])


class NotAttachedError(CallerError):
    """Agents act only once the gate stands around their group."""


class Crew(Struct, frozen=True, kw_only=True):
    """A group of hand-written agents, as `ByHand.attach` takes it.

    Parameters
    ----------
    tools
        Functions, by the name under which manifests grant them; or `Tool` values.
    stores
        Memory that the agents share, by name: anything that behaves like a dictionary.
    others
        Surfaces that are known and not handed over, such as a folder both agents can write, with
        `why`. They stop the start unless somebody accepted them by name.
    """

    tools: Mapping[str, Callable[..., Any] | Tool] = {}
    stores: Mapping[str, Store] = {}
    others: tuple[Surface, ...] = ()


class ByHand:
    """The adapter for agents written by hand.

    Parameters
    ----------
    ungoverned
        Keys of surfaces that somebody accepted as ungoverned, such as ``tool:shell``.
    clock
        UTC nanoseconds, for events after their decision; None for a ratchet of its own.

    Notes
    -----
    An agent's name is bound when its member is made, and no argument of a call can change it. A
    path that the crew does not name is on neither list of the coverage: the adapter cannot know.
    Messages reach members of the same `ByHand` alone: none crosses to another process.

    Examples
    --------
    >>> hands = ByHand()
    >>> with hands.agent("tutor", run="r1", chain=None):
    ...     pass
    Traceback (most recent call last):
    ...
    tertius.adapters.by_hand.NotAttachedError: no gate stands around these agents; call `attach` \
first
    """

    name: Final = "by_hand"

    def __init__(
        self, *, ungoverned: Collection[str] = (), clock: Callable[[], int] | None = None
    ) -> None:
        self._accepted = frozenset(ungoverned)
        self._clock = clock or Ratchet()
        self._commons: Commons | None = None

    def attach(self, target: Any, gate: Gate) -> Coverage:
        """Put the gate around a `Crew`, and say what it covers.

        Raises
        ------
        CallerError
            `target` is no crew, a function cannot be a tool, or the gate is no full one.
        UngovernedError
            Something passes outside the gate, and nobody named it.
        """
        if not isinstance(target, Crew):
            raise CallerError(f"a `{type(target).__name__}` is no crew; expected a `Crew`")
        if not isinstance(gate, Door):
            raise CallerError("this gate takes no plain values; expected `tertius.runtime.gate`'s")
        tools = [
            each if isinstance(each, Tool) else tool_of(name, each)
            for name, each in target.tools.items()
        ]
        coverage = Coverage(
            adapter=self.name,
            level=gate.level,
            governed=(
                MAIL,
                *(Surface(kind="tool", name=tool.name) for tool in tools),
                *(Surface(kind="memory", name=name) for name in target.stores),
            ),
            ungoverned=target.others,
        )
        coverage.require_named(self._accepted)
        self._commons = Commons(gate, tools=tools, stores=target.stores, clock=self._clock)
        return coverage

    def detach(self) -> None:
        """Let nobody act any more; calling it twice is the same as once."""
        self._commons = None

    @contextmanager
    def agent(
        self, name: str, *, run: str, chain: PrincipalChain, task: str | None = None
    ) -> Iterator[Member]:
        """Give the member through which one agent acts, in one task.

        Parameters
        ----------
        name
            The agent, as its manifest names it.
        run, task
            To which its acts belong.
        chain
            For whom it acts.

        Raises
        ------
        NotAttachedError
            No gate stands around the group.
        ToolError
            A tool is not the one that was reviewed for this agent.
        """
        if self._commons is None:
            raise NotAttachedError("no gate stands around these agents; call `attach` first")
        for tool in self._commons.tools:
            _require_reviewed(self._commons, name, tool)
        yield Member(self._commons, name, run=run, chain=chain, task=task)


def governed(
    member: Member, *, tool: str | None = None, secret: tuple[str, ...] = ()
) -> Callable[[F], F]:
    """Make a function a tool of one agent: each call of it asks the gate.

    Parameters
    ----------
    member
        Who calls it; fixed here, so that no call can be taken for another agent's.
    tool
        Under which name manifests grant it; left out, the function's own.
    secret
        Parameters to be masked wherever they are recorded.

    Returns
    -------
    callable
        For a plain function a plain one, for an async one an async one. What runs are the judged
        arguments, decoded anew; a refusal raises `NotPermittedError`.

    Raises
    ------
    ToolError
        The function cannot be a tool, or is not the one that was reviewed.
    """

    def wrap(function: F) -> F:
        made = tool_of(tool or function.__name__, function, secret=secret)
        _require_reviewed(member.commons, member.agent, made)
        member.commons.add(made)

        @functools.wraps(function)
        def plain(*given: Any, **named: Any) -> Any:
            return member.call(made.name, **made.arguments(*given, **named))

        @functools.wraps(function)
        async def awaited(*given: Any, **named: Any) -> Any:
            return await member.acall(made.name, **made.arguments(*given, **named))

        return cast(F, awaited if made.awaited else plain)

    return wrap


def _require_reviewed(commons: Commons, agent: str, tool: Tool) -> None:
    pinned = commons.gate.schema_of(agent, tool.name)
    if pinned is not None and pinned != tool.schema:
        raise ToolError(
            f"tool `{tool.name}` takes other arguments than those reviewed for `{agent}`; "
            f"review it and pin schema {tool.schema}"
        )
