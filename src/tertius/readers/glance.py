"""What the first bytes of a JSON file show: the keys of its first object, whatever their order."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from tertius.readers.source import BOM

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*+)(?:"\s*(:?)|\Z)|([{}\[\]])', re.DOTALL)
_NOTHING_BEFORE = re.compile(rb"\s*(\[\s*)?\{")


class Glance(Struct, frozen=True, kw_only=True):
    """The keys of the first object that are in sight, and whether it stands in a list."""

    listed: bool = False
    keys: frozenset[str] = frozenset()


@lru_cache(maxsize=4)  # every reader asks about the same head
def glance(head: bytes) -> Glance:
    """Return what the first object of a JSON document, or of its list, or of its lines shows.

    Parameters
    ----------
    head
        The first bytes; they may end anywhere, and may be anything.

    Notes
    -----
    One pass over the bytes, about 1 ms for 64 KiB. It does not check that they are JSON, and it
    cannot see keys that stand behind a value larger than the head.

    Examples
    --------
    >>> seen = glance(b'[{"run": {"inner": 1}, "traj": [{"role": "us')
    >>> seen.listed, sorted(seen.keys)
    (True, ['run', 'traj'])
    """
    body = head.removeprefix(BOM)
    found = _NOTHING_BEFORE.match(body)
    if found is None:
        return Glance()
    keys, depth = set[str](), 1
    for token in _TOKEN.finditer(body, found.end()):
        text, colon, bracket = token.groups()
        if bracket is not None:
            depth += 1 if bracket in b"{[" else -1
            if not depth:
                break
        elif colon and depth == 1:
            keys.add(text.decode("utf-8", "replace"))
    return Glance(listed=found[1] is not None, keys=frozenset(keys))
