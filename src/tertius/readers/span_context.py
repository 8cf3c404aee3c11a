"""What is in the context of whoever acts next: what came before, and what rests on it."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import TypeVar

from tertius.core.events import Cause
from tertius.core.names import alias
from tertius.readers.span import Span

MAX_PENDING = 64  # causes of one event that came back from steps; older ones are let go
MAX_ECHOES = 64  # outputs remembered, to find them again in an input
ECHO_LENGTH = range(12, 20_001)  # characters of an output that is looked for
MAX_LINKED = 100_000  # spans remembered, to find them again in a link

K = TypeVar("K")
V = TypeVar("V")


@lru_cache(maxsize=16384)
def named(text: str, limit: int = 128) -> str:
    """Return the legal name for a foreign one; an empty one stays empty, for not known."""
    if not text:
        return ""
    name = alias(text)
    return name if len(name) <= limit else f"{name[: limit - 9]}-{alias(text + ' ')[-8:]}"


class Frame:
    """The inside of an agent at work, a tool call, or the trace itself.

    `base` is what the frame rests on: what set it going, then its latest model call. `pending` is
    what came back since. A model call reads all of it. Other steps rest on the model call that
    chose them; where no model chose, on the steps that ended before them.
    """

    __slots__ = ("base", "handed", "owned", "pending", "prompted", "taken", "thought", "tool")

    def __init__(
        self, *, owned: bool, base: str = "", taken: list[Cause] | None = None, tool: str = ""
    ) -> None:
        self.owned = owned  # by an agent or a tool, which the trace declares
        self.base = base
        self.pending: list[Cause] = []
        self.taken = taken or []
        self.tool = tool
        self.thought = self.handed = self.prompted = False

    def all(self) -> list[Cause]:
        """Return everything in the frame, up to what other causes already reach."""
        base = [Cause(id=self.base)] if self.base else []
        return [*base, *self.held()]

    def held(self) -> list[Cause]:
        """Return what came back since the base."""
        if self.owned:
            return list(self.pending)
        return [Cause(id=cause.id, basis="inferred") for cause in self.pending]

    def step(self) -> tuple[list[Cause], list[Cause]]:
        """Return what a step rests on, and which of it no later step needs to name."""
        base = [Cause(id=self.base)] if self.base else []
        if self.thought:
            return base, []
        taken = list(self.pending)
        return [*base, *(Cause(id=cause.id, basis="inferred") for cause in taken)], taken

    def returns(self, taken: list[Cause], result: list[Cause]) -> None:
        """Note that a step has ended, with these results."""
        gone = {cause.id for cause in taken}
        kept = [cause for cause in self.pending if cause.id not in gone]
        self.pending = [*kept, *result][-MAX_PENDING:]

    def thinks(self, event: str) -> None:
        """Note a model call, which has read all there was."""
        self.base, self.thought, self.pending, self.prompted = event, True, [], True


class Context:
    """What was told so far, over all traces: for links, echoes and stores. Bounded."""

    def __init__(self) -> None:
        self._spans: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()
        self._said: OrderedDict[str, str] = OrderedDict()
        self._stores: OrderedDict[tuple[str, str], str] = OrderedDict()

    def told(self, span: Span, event: str, who: str, text: str | None) -> None:
        """Note an event of a span, and what it says."""
        _put(self._spans, (span.trace, span.id), (event, who), MAX_LINKED)
        if text is not None and len(text) in ECHO_LENGTH:
            self._said.pop(text, None)
            _put(self._said, text, event, MAX_ECHOES)

    def forget_echoes(self) -> None:
        """Begin another trace: what was said in the last is not looked for in it."""
        self._said.clear()
        self._stores.clear()

    def links(self, span: Span) -> list[Cause]:
        """Return the latest events of the spans that this one links to."""
        found = [self._spans.get(link) for link in span.links[:MAX_PENDING]]
        return [Cause(id=known[0]) for known in found if known is not None]

    def linked(self, span: Span) -> str:
        """Return the agent of the first span that this one links to."""
        found = [self._spans.get(link) for link in span.links[:MAX_PENDING]]
        return next((known[1] for known in found if known is not None and known[1]), "")

    def echoes(self, text: str) -> list[Cause]:
        """Return the longest earlier output that `text` repeats word for word."""
        if len(text) not in ECHO_LENGTH:
            return []
        found = max((said for said in self._said if said in text), key=len, default=None)
        if found is None:
            return []
        score = round(len(found) / len(text), 3)
        return [Cause(id=self._said[found], basis="inferred", score=score)]

    def wrote(self, store: str, key: str, event: str) -> None:
        """Note what was written last under a key."""
        _put(self._stores, (store, key), event, MAX_LINKED)

    def written(self, store: str, key: str) -> list[Cause]:
        """Return what was written last under a key."""
        event = self._stores.get((store, key))
        return [] if event is None else [Cause(id=event)]


def _put(table: OrderedDict[K, V], key: K, value: V, limit: int) -> None:
    table[key] = value
    while len(table) > limit:
        table.popitem(last=False)
