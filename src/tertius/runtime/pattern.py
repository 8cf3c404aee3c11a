"""Regular expressions that take linear time whatever the text, for patterns read in configuration.

Python's own engine goes back and forth over the text: one careless pattern and one hostile message
hold it up for hours. RE2 does not, at the price of look-around and back-references.
"""

from __future__ import annotations

import re2  # type: ignore[import-untyped]  # it ships no types

from tertius.core.errors import CallerError

MAX_PATTERN = 300  # characters
MAX_TEXT = 4_000  # characters that are looked at
MAX_MEMORY = 1_000_000  # bytes that a compiled pattern may take

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = MAX_MEMORY


class PatternError(CallerError):
    """A regular expression that is broken, too long, or needs going back over the text."""


class Pattern:
    r"""A regular expression with named groups.

    Parameters
    ----------
    source
        RE2 syntax, at most 300 characters: no look-around and no back-references. Flags
        ``(?ims)`` may stand at its beginning.

    Raises
    ------
    PatternError
        It says what is not allowed.

    Notes
    -----
    Looks at the first 4,000 characters, in time proportional to them. Outside of character
    classes such as ``\pL`` only ASCII counts as a letter or digit.

    References
    ----------
    RE2, "Syntax". R. Cox, "Regular Expression Matching Can Be Simple And Fast" (2007).

    Examples
    --------
    >>> Pattern(r"rate (?P<who>\w+) (?P<score>\d)/5").search("I rate coder 4/5.")
    {'who': 'coder', 'score': '4'}
    >>> Pattern(r"(a)\1")
    Traceback (most recent call last):
    ...
    tertius.runtime.pattern.PatternError: no regular expression: invalid escape sequence...
    """

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise PatternError(f"{len(source)} characters; a pattern has at most {MAX_PATTERN}")
        try:
            self._compiled = re2.compile(source, _OPTIONS)
        except (re2.error, UnicodeEncodeError) as error:
            raise PatternError(f"no regular expression: {_told(error)}") from error
        self.source = source
        numbers: dict[str, int] = self._compiled.groupindex
        self.groups: tuple[str, ...] = tuple(sorted(numbers, key=lambda name: numbers[name]))

    def search(self, text: str) -> dict[str, str] | None:
        """Return the named groups of the first match, those that took part; None without one."""
        try:
            found = self._compiled.search(text[:MAX_TEXT])
        except UnicodeEncodeError:  # a lone surrogate is no text
            return None
        if found is None:
            return None
        values = ((name, found.group(name)) for name in self.groups)
        return {name: value for name, value in values if value is not None}


def _told(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
