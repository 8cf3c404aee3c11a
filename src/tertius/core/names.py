"""Names of agents, tools, stores, channels, runs and events: one alphabet, compared exactly."""

from __future__ import annotations

import difflib
import hashlib
import re
import string
from collections.abc import Iterable

from tertius.core.errors import CallerError

MAX_NAME = 128
NAME_PATTERN = r"^[A-Za-z0-9._:/-]{1,128}$"
NAME_BYTES = (string.ascii_letters + string.digits + "._:/-").encode()

_NAME = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_FOREIGN = re.compile(r"[^A-Za-z0-9._:/-]+")


class BadNameError(CallerError):
    """A name holds a character outside the alphabet, or is empty or too long."""


def is_name(text: str) -> bool:
    """Tell whether `text` is a name: 1 to 128 characters of ``[A-Za-z0-9._:/-]``.

    Examples
    --------
    >>> is_name("Computer_terminal"), is_name("two words"), is_name("")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None


def are_names(texts: list[str]) -> bool:
    """Tell whether all of `texts` are names; quicker than asking for each.

    Examples
    --------
    >>> are_names(["ops-3", "mail.send"]), are_names(["ops-3", ""]), are_names(["two words"])
    (True, False, False)
    """
    try:
        text = "".join(texts)
    except TypeError:  # one of them is no text at all
        return False
    if not text.isascii() or text.encode().translate(None, NAME_BYTES):
        return False
    lengths = [len(each) for each in texts]
    return min(lengths) > 0 and max(lengths) <= MAX_NAME


def check_name(text: str, what: str = "name") -> str:
    """Return `text` unchanged if it is a name.

    Raises
    ------
    BadNameError
        If it is not; the message shows the text with every foreign character escaped.

    Examples
    --------
    >>> check_name("ops-3", "agent")
    'ops-3'
    """
    if not is_name(text):
        shown = ascii(text[:40])[1:-1]
        raise BadNameError(
            f"bad {what} `{shown}`; expected 1 to {MAX_NAME} characters of A-Z a-z 0-9 . _ : / -"
        )
    return text


def alias(text: str) -> str:
    """Turn any text into a name, the same one every time.

    Text that already is a name stays as it is. Anything else keeps its legal characters and
    gets eight hex digits of its SHA-256, so that two texts never share an alias by accident.

    Examples
    --------
    >>> alias("WebSurfer")
    'WebSurfer'
    >>> alias("Web Surfer")
    'Web-Surfer-83a3f0c5'

    Notes
    -----
    Cannot see that two spellings mean one agent: near-duplicates stay apart.
    """
    if is_name(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = _FOREIGN.sub("-", text).strip("-")[: MAX_NAME - 9]
    return f"{stem}-{digest}" if stem else digest


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the closest known word, or the first few, or nothing.

    Examples
    --------
    >>> nearest("tol", ["tool", "agent"])
    '; did you mean `tool`'
    >>> nearest("zzz", ["tool", "agent"])
    '; expected one of `agent`, `tool`'
    """
    words = sorted(set(known))
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`"
    if not words:
        return ""
    more = ", ..." if len(words) > 8 else ""
    return "; expected one of " + ", ".join(f"`{w}`" for w in words[:8]) + more


def is_slip(word: str, known: Iterable[str]) -> bool:
    """Tell whether `word` is so near to a known one that somebody most likely misspelt it.

    Examples
    --------
    >>> is_slip("refund.pay", ["refunds.pay"]), is_slip("mail.send", ["mail.read"])
    (True, False)
    """
    return bool(difflib.get_close_matches(word, list(known), n=1, cutoff=0.85))


def derived(source: str, number: int) -> str:
    """Return the id of the event at `number`, from 1, that a mapping makes of the event `source`.

    Examples
    --------
    >>> derived("run/7", 2)
    'run/7/means-2'
    """
    tail = f"/means-{number}"
    if len(source) + len(tail) <= MAX_NAME:
        return source + tail
    mark = hashlib.sha256(source.encode()).hexdigest()[:16]
    return f"{source[: MAX_NAME - len(tail) - 17]}.{mark}{tail}"


def is_derived(name: str, source: str) -> bool:
    """Tell whether a mapping made the event `name` of `source`: it is what that one means.

    Examples
    --------
    >>> is_derived("run/7/means-2", "run/7"), is_derived("run/8", "run/7")
    (True, False)
    """
    number = name.rpartition("/means-")[2]
    return number.isdecimal() and len(number) < 9 and name == derived(source, int(number))
