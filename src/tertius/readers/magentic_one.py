"""How Magentic-One writes a message: speaker and addressee stand together in `role`.

===========================  ==========================================================
role                         turn
===========================  ==========================================================
``X (-> Y)``                 a message of X to Y
``X (thought)``              a thought of X, sent to nobody
``X (termination ...)``      what whoever ran it saw at the end
``X (anything else)``        a message of X to nobody that is known
``X``                        a message of X; only the framework's rule tells to whom
===========================  ==========================================================

References
----------
`autogen_magentic_one` 0.0.1, ``agents/orchestrator.py``.
"""

from __future__ import annotations

import re
from typing import Any

from tertius.readers.turns import Turn, executed

MAX_ROLE = 512  # characters; a longer role is taken as a name, whole

_ROLE = re.compile(r"(?P<who>.+?) \((?:-> (?P<to>.+)|(?P<what>[^()]+))\)", re.DOTALL)


def turn(item: dict[str, Any]) -> Turn:
    """Return the turn of one message, as far as its `role` and `content` are texts.

    Examples
    --------
    >>> told = turn({"role": "Orchestrator (-> WebSurfer)", "content": "open the page"})
    >>> told.who, told.to, told.what
    ('Orchestrator', ('WebSurfer',), 'message')
    """
    role, text = item.get("role"), item.get("content")
    role, text = role if isinstance(role, str) else "", text if isinstance(text, str) else None
    found = _ROLE.fullmatch(role) if len(role) <= MAX_ROLE else None
    if found is None:
        return Turn(who=role, text=text, ok=executed(role, text))
    who, to, what = found["who"], found["to"], found["what"]
    if what in ("thought", "termination condition"):
        return Turn(who=who, text=text, what="thought" if what == "thought" else "end")
    return Turn(who=who, to=(to,) if to else (), text=text)
