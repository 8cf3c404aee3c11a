"""How many bytes an object holds on to."""

from __future__ import annotations

import gc
import sys


def held(root: object) -> int:
    """Return the bytes of all that an object refers to, as far as it is its own.

    Notes
    -----
    Classes, functions, modules and whatever a module holds are left out. Values shared with the
    caller, such as the names in events, are counted, so it is an upper bound.
    """
    seen: set[int] = set()
    waiting: list[object] = [root]
    total = 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type) or (callable(each) and each is not root):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        waiting += (other for other in gc.get_referents(each) if type(other).__name__ != "module")
    return total
