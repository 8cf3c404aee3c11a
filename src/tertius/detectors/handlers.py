"""Which method of a detector takes which kind of event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeAlias, TypeVar

from tertius.core.events import BaseEvent
from tertius.core.kinds import KINDS

P = ParamSpec("P")
R = TypeVar("R")

Handlers: TypeAlias = dict[type[BaseEvent], Callable[P, R]]


def handlers(detector: object, kinds: Iterable[str]) -> dict[type[BaseEvent], Any]:
    """Return for each kind its own method, ``on_message_sent``, or ``on_any`` where it has none.

    Raises
    ------
    AttributeError
        A kind has neither.

    Examples
    --------
    >>> class Counts:
    ...     def on_any(self, event):
    ...         return 1
    >>> sorted(kind.__name__ for kind in handlers(Counts(), ["rated", "message.sent"]))
    ['MessageSent', 'Rated']
    """
    found = {}
    for kind in kinds:
        own = getattr(detector, f"on_{kind.replace('.', '_')}", None)
        found[KINDS[kind]] = own or detector.on_any  # type: ignore[attr-defined]
    return found
