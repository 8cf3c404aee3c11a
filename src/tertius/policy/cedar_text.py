"""One Cedar rule as text: bounded before any parser sees it, and the place of what is wrong.

Cedar's parser and type checker recurse, and end the whole process with a segmentation fault on a
rule of some 700 nested brackets, 1,300 operators, or as many look-ups such as `x["a"]["a"]`. What
is longer than the bounds here is refused before they see it. Text is cut into words as Cedar cuts
it, or brackets could hide: a comment ends at a carriage return too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import cedarpy
from cedarpy import pst

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.policy.declared_arguments import place

MAX_TEXT: Final = 16_384  # characters of one rule
MAX_NESTING: Final = 48
MAX_OPERATORS: Final = 256

_TOKEN = re.compile(
    r"(?P<blank>\s+|//[^\n\r]*)"
    r'|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<operator>&&|\|\||==|!=|<=|>=|[-+*!<>.]|\b(?:if|in|has|like|is|when|unless)\b)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<word>[A-Za-z0-9_]+)|(?P<other>.)",
    re.DOTALL,
)
_QUOTED = re.compile(r"`([^`]*)`")
_UNFINISHED = "unexpected end of input"


class CedarError(CallerError):
    """A rule, or a set of rules, that cannot be put in force."""


def parse_rule(rule: str, text: str) -> pst.Template:
    """Parse exactly one static rule.

    Parameters
    ----------
    rule
        Its id, for messages.
    text
        Cedar, at most `MAX_TEXT` characters.

    Raises
    ------
    CedarError
        With rule, line and column: no Cedar, no rule, more than one, a template, or too large.

    Examples
    --------
    >>> parse_rule("k1", "forbid (principal, action, resource);").effect
    'forbid'
    >>> parse_rule("k1", "forbid (principal, action, resource) when { 1 > > 2 };")
    Traceback (most recent call last):
    ...
    tertius.policy.cedar_text.CedarError: rule `k1`:1:49: unexpected token `>`
    """
    _bounded(rule, text)
    try:
        parsed = cedarpy.PolicySet.from_str(text).to_pst()
    except ValueError as error:
        syntax = "unexpected" in str(error)
        at = _first_wrong(text) if syntax else _named(text, str(error))[0]
        raise CedarError(f"rule `{rule}`:{place(text, at)}: {_line(str(error))}") from error
    if parsed.templates:
        raise CedarError(f"rule `{rule}` is a template and never fires; fill its slots")
    if len(parsed.static_policies) != 1:
        count = len(parsed.static_policies)
        raise CedarError(f"rule `{rule}` holds {count} Cedar policies; expected exactly one")
    return next(iter(parsed.static_policies.values()))


def check_rule(rule: str, text: str, schema: cedarpy.Schema, names: tuple[str, ...]) -> None:
    """Type-check one rule against a schema.

    `names` are all the words that a rule can use, for the hint.

    Raises
    ------
    CedarError
        With rule, line and column of the word that is wrong.
    """
    for error in cedarpy.validate_policies(text, schema).errors:
        what = _line(error.error).removeprefix(f"for policy `{error.policy_id}`, ")
        at, word = _named(text, what)
        hint = nearest(word, names) if word and word not in names else ""
        raise CedarError(f"rule `{rule}`:{place(text, at)}: {what}{hint}")


def _bounded(rule: str, text: str) -> None:
    """Refuse what could make the parser overflow its stack."""
    if len(text) > MAX_TEXT:
        raise CedarError(f"rule `{rule}` is longer than {MAX_TEXT} characters; split it")
    depth = operators = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        depth += (kind == "open") - (kind == "close")
        operators += kind in ("operator", "open")  # `x["a"]` and `when { }` go one deeper each time
        if depth > MAX_NESTING or operators > MAX_OPERATORS:
            where = f"rule `{rule}`:{place(text, match.start())}"
            raise CedarError(
                f"{where}: more than {MAX_NESTING} nested brackets or {MAX_OPERATORS} operators"
            )


def _first_wrong(text: str) -> int:
    """Return where the first token begins that no rule could go on with."""
    ends = [m.end() for m in _TOKEN.finditer(text) if m.lastgroup != "blank"]
    starts = [m.start() for m in _TOKEN.finditer(text) if m.lastgroup != "blank"]
    low = _lowest(len(ends), lambda n: not _may_go_on(text[: ends[n - 1]]))
    return starts[low - 1] if 0 < low <= len(starts) else len(text)


def _lowest(count: int, holds: Callable[[int], bool]) -> int:
    """Return the least n in 1..count for which `holds`, count + 1 when it never does."""
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _may_go_on(prefix: str) -> bool:
    try:
        cedarpy.PolicySet.from_str(prefix)
    except ValueError as error:
        return _UNFINISHED in str(error)
    return True


def _named(text: str, problem: str) -> tuple[int, str]:
    """Return place and spelling of the word that a message quotes, as far as the text has it."""
    for quoted in _QUOTED.findall(problem):
        word = quoted.rsplit("::", 1)[-1].strip('"')
        if word == quoted:
            word = quoted.rsplit(".", 1)[-1]
        for spelled in (quoted, word):
            at = text.find(spelled) if spelled else -1
            if at >= 0:
                return at, word
    return 0, ""


def _line(message: str) -> str:
    """Return a message as one line that can be shown anywhere."""
    return " ".join(message.split())[:200].encode("ascii", "backslashreplace").decode()
