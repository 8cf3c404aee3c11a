"""A dictionary that never holds more than so many entries."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_set = OrderedDict.__setitem__  # a lookup of `super` for each entry would cost a third more


class Recent(OrderedDict[K, V]):
    """Keeps the entries that were set last, at most `most`; of more, the oldest is let go.

    Parameters
    ----------
    most
        Entries held at the same time, at least 1.

    Attributes
    ----------
    lost
        How many were let go: whoever looks for one of them must say that it could not tell.

    Examples
    --------
    >>> kept = Recent[str, int](2)
    >>> kept["a"], kept["b"], kept["c"] = 1, 2, 3
    >>> list(kept), kept.lost
    (['b', 'c'], 1)
    """

    __slots__ = ("lost", "most")

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.lost = 0

    def __setitem__(self, key: K, value: V) -> None:
        held = len(self)
        _set(self, key, value)
        if len(self) == held:
            self.move_to_end(key)
        elif held >= self.most:
            self.popitem(last=False)  # a plain dict would look for its first entry ever longer
            self.lost += 1
