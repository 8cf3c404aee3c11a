"""Messages in a fixed form, such as an orchestrator's bookkeeping, which repeat only the form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

LEAST = 3  # fields that make a form
SHARE = 0.5  # of a text that is fields; of its values that another repeats

_FIELD = re.compile(r'"(?P<key>\w[\w -]*)"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)"')


def only_form(texts: Sequence[str]) -> bool:
    r"""Whether texts share only the fields of one form: no two have half of their values alike.

    Examples
    --------
    >>> form = '{{"done": "{}", "next": "{}", "why": "{}"}}'
    >>> first, other = form.format("no", "bob", "start"), form.format("yes", "cat", "end")
    >>> only_form([first, other]), only_form([first, other, first]), only_form(["so", "so"])
    (True, False, False)
    """
    if len(texts) < 2:
        return False
    forms = [list(_FIELD.finditer(text)) for text in texts]
    for text, fields in zip(texts, forms, strict=True):
        if len(fields) < LEAST or sum(len(each[0]) for each in fields) < SHARE * len(text):
            return False
    values = [{(each["key"], each["value"].casefold()) for each in fields} for fields in forms]
    return all(len(a & b) < SHARE * max(len(a), len(b)) for a, b in combinations(values, 2))
