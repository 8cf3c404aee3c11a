"""What kinds of tools and messages a record holds: a bounded sketch, for proposing rules.

Kept are, for each tool and direction, how often it came, the keys of its arguments or results, and
a few whole examples; for messages, those that are JSON by their keys, and those whose wording one
of a few cues finds. What does not fit into the bounds is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct, field

from tertius.core.events import MessageSent, ToolCalled, ToolReturned
from tertius.core.kinds import Event
from tertius.core.ports.reader import Recorded
from tertius.runtime.pick import read_json
from tertius.runtime.vocabulary import CUES

MAX_SHAPES = 500
MAX_KEYS = 24
MAX_EXAMPLES = 12
MAX_VALUES = 12  # distinct short values remembered of a key
MAX_CONTENT = 16_384  # bytes of a content that is looked at
MAX_WORDING = 4_096  # bytes of a message that are searched for cues
MAX_MESSAGES = 20_000  # messages that are looked into; of further ones only the number is known
MAX_PARSED = 500  # contents of one tool that are read as JSON


class Key(Struct, kw_only=True):
    """One key of JSON objects: how often it was there, with which types and short values."""

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    low: float | None = None
    high: float | None = None

    def see(self, value: Any) -> None:
        """Count one value."""
        self.count += 1
        self.types[type(value).__name__] += 1
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number:
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)
        if isinstance(value, bool) or (isinstance(value, str) and len(value) <= 24):
            word = str(value).lower() if isinstance(value, bool) else value
            if word in self.values or len(self.values) < MAX_VALUES:
                self.values[word] += 1
            else:
                self.values["..."] += 1


class Shape(Struct, kw_only=True):
    """Events that look alike: a kind, and a tool's name, keys in common, or a cue."""

    kind: str
    name: str
    count: int = 0
    parsed: int = 0
    keys: dict[str, Key] = field(default_factory=dict)
    examples: list[tuple[Event, bytes | None]] = field(default_factory=list)


class Sketch:
    """A bounded summary of what was seen.

    Notes
    -----
    At most 500 tools and message shapes with 12 examples of 16 KiB each, so below 100 MB in the
    worst case and mostly below one. Beyond 500 contents of one tool,
    and 20,000 messages, only the counts grow.
    """

    def __init__(self) -> None:
        self.shapes: dict[tuple[str, str], Shape] = {}
        self.kinds: Counter[str] = Counter()
        self.beyond = 0  # events of shapes for which there was no room
        self._messages = 0

    def see(self, event: Event, content: bytes | None) -> None:
        """Take one event of the record."""
        kind = str(event.__struct_config__.tag)
        self.kinds[kind] += 1
        if isinstance(event, ToolCalled | ToolReturned):
            self._keep(kind, event.tool, event, content)
        elif isinstance(event, MessageSent) and content is not None:
            self._message(kind, event, content[:MAX_CONTENT])

    def _message(self, kind: str, event: MessageSent, content: bytes) -> None:
        self._messages += 1
        if self._messages > MAX_MESSAGES:
            self.beyond += 1
            return
        if content.startswith((b"{", b" ", b"\n")) or b"```" in content:
            whole = read_json(content)
            if isinstance(whole, dict):
                words = sorted(str(key) for key in whole)[:MAX_KEYS]
                self._keep(kind, "{" + ", ".join(words)[:200] + "}", event, content)
                return
        plain = content[:MAX_WORDING].lower()
        for cue in CUES:
            if any(needle in plain for needle in cue.needles) and cue.pattern.search(
                content[:MAX_WORDING].decode("utf-8", "replace")
            ):
                self._keep(kind, cue.name, event, content)

    def _keep(self, kind: str, name: str, event: Event, content: bytes | None) -> None:
        shape = self.shapes.get((kind, name))
        if shape is None:
            if len(self.shapes) >= MAX_SHAPES:
                self.beyond += 1
                return
            shape = self.shapes[kind, name] = Shape(kind=kind, name=name)
        shape.count += 1
        if len(shape.examples) < MAX_EXAMPLES:
            kept = None if content is None or len(content) > MAX_CONTENT else content
            shape.examples.append((event, kept))
        if content is None or shape.parsed >= MAX_PARSED or len(content) > MAX_CONTENT:
            return
        whole = read_json(content)
        if isinstance(whole, dict):
            shape.parsed += 1
            for key, value in whole.items():
                if key in shape.keys or len(shape.keys) < MAX_KEYS:
                    shape.keys.setdefault(key, Key()).see(value)


_Other = TypeVar("_Other")


def sketched(records: Iterable[Recorded | _Other], sketch: Sketch) -> Iterator[Recorded | _Other]:
    """Give `records` on as they are, each event shown to the sketch."""
    for record in records:
        if isinstance(record, Recorded):
            sketch.see(record.event, record.contents[0] if record.contents else None)
        yield record
