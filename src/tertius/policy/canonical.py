"""Arguments as they are judged: parsed once, strictly, and written in one way only (RFC 8785).

What comes in, JSON bytes or Python values, becomes the canonical bytes that a `Request` carries.
They are judged, digested and recorded, and only what is decoded from them runs, so it does not
matter what an agent, a framework or a second JSON reader would have made of the original.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
import rfc8785

from tertius.core.decode import EventError, strict_json
from tertius.core.digest import digest
from tertius.core.errors import CallerError

MAX_BYTES: Final = 262_144
MAX_DEPTH: Final = 32
MAX_MEMBERS: Final = 10_000
MAX_WHOLE: Final = 2**53 - 1

_sorted = msgspec.json.Encoder(order="sorted").encode
_plain = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class ArgumentsError(CallerError, ValueError):
    """Arguments that have no meaning, more than one, or too much of it; never quotes a value."""


def canonical_bytes(value: Any) -> bytes:
    """Return Python values as RFC 8785 bytes.

    Parameters
    ----------
    value
        Exactly `dict`, `list`, `str`, `int`, `float`, `bool` or None, nested at most 32 deep,
        with at most 10,000 values.

    Raises
    ------
    ArgumentsError
        Any other type (a tuple and an enumeration too), a key that is no text, NaN, an infinity,
        a whole number beyond 2**53 - 1, a lone surrogate, or more than 262,144 bytes.

    Notes
    -----
    About 4 us for 400 bytes. 1.0 becomes 1, and so do their digests: hence the decoded copy runs.
    A whole number that needs an exponent (1e21 and above) stays a float and is allowed.
    msgspec writes the bytes where every key is ASCII and every float one that it spells as
    RFC 8785 does; anything else is written by `rfc8785`.

    References
    ----------
    RFC 8785; security contract, section 4.

    Examples
    --------
    >>> canonical_bytes({"b": 1.0, "a": [True, "é"]}).decode()
    '{"a":[true,"é"],"b":1}'
    >>> canonical_bytes({"a": float("nan")})
    Traceback (most recent call last):
    ...
    tertius.policy.canonical.ArgumentsError: a number that is not finite; JSON has none
    """
    easy = _check_flat(value) or _check(value)
    try:
        data = _sorted(value) if easy else rfc8785.dumps(value)
    except (UnicodeEncodeError, rfc8785.CanonicalizationError) as error:
        raise ArgumentsError("a lone surrogate is no text; expected Unicode") from error
    if len(data) > MAX_BYTES:
        raise ArgumentsError(f"{len(data)} bytes; expected at most {MAX_BYTES}")
    return data


def canonical_json(raw: bytes) -> bytes:
    """Return foreign JSON bytes as RFC 8785 bytes.

    Raises
    ------
    ArgumentsError
        Broken JSON, invalid UTF-8, a duplicate key, or whatever `canonical_bytes` refuses.

    Notes
    -----
    A duplicate key cannot hide: the quick reader keeps the last of two, so what it read is
    written again and must be the text that came in, white space apart; where it is not, the slow
    reader looks at every pair.

    Examples
    --------
    >>> canonical_json(b'{"b": 2, "a": 1e0}')
    b'{"a":1,"b":2}'
    >>> canonical_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    tertius.policy.canonical.ArgumentsError: duplicate key
    """
    if len(raw) > MAX_BYTES:
        raise ArgumentsError(f"{len(raw)} bytes; expected at most {MAX_BYTES}")
    try:
        tree = _decode(raw)
        again = _plain(tree)
        if again != raw and again != msgspec.json.format(raw, indent=-1):
            tree = _slowly(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        tree = _slowly(raw)
    return canonical_bytes(tree)


def schema_digest(schema: Any) -> str:
    """Return the digest under which a manifest pins a tool's input schema.

    Examples
    --------
    >>> schema_digest({"type": "object", "properties": {}})[:16]
    'ed7cf0675a66f95f'
    """
    return digest("schema", canonical_bytes(schema))


def _slowly(raw: bytes) -> Any:
    try:
        return strict_json(raw)
    except EventError as error:
        problem = error.problem.partition(" `")[0]  # what stands in the arguments is not repeated
        place = "" if error.offset is None else f" at offset {error.offset}"
        raise ArgumentsError(f"{problem}{place}") from error


def _check_flat(tree: Any) -> bool:
    """Tell whether msgspec writes a value as RFC 8785 does; sure only of what most arguments are.

    That is one mapping of names in ASCII to texts, truths, and whole numbers that all can read.
    """
    if type(tree) is not dict or len(tree) >= MAX_MEMBERS:
        return False
    for node in tree.values():
        kind = type(node)
        if kind is str or kind is bool or node is None:
            continue
        if kind is not int or not -MAX_WHOLE <= node <= MAX_WHOLE:
            return False
    try:
        return "".join(tree).isascii()
    except TypeError:
        return False


def _check(tree: Any) -> bool:
    """Refuse what is no plain JSON; tell whether msgspec writes it as RFC 8785 does.

    Level by level, so that neither depth nor a value that holds itself can exhaust anything.
    """
    easy = True
    members = 1
    level = [tree]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is str or kind is bool or node is None:
                continue
            if kind is int:
                if not -MAX_WHOLE <= node <= MAX_WHOLE:
                    raise ArgumentsError("a whole number beyond 2**53 - 1; write it as text")
            elif kind is dict:
                try:
                    easy = "".join(node).isascii() and easy
                except TypeError as error:
                    raise ArgumentsError("a key that is no text; JSON has no other") from error
                below += node.values()
            elif kind is list:
                below += node
            elif kind is float:
                easy = _plain_float(node) and easy
            else:
                raise ArgumentsError(
                    f"a value of type `{kind.__name__[:60]}`; expected plain JSON: "
                    "dict, list, str, int, float, bool or None"
                )
        if not below:
            return easy
        members += len(below)
        if members > MAX_MEMBERS:
            raise ArgumentsError(f"more than {MAX_MEMBERS} values; ask for less at once")
        level = below
    raise ArgumentsError(f"nested deeper than {MAX_DEPTH}; expected a flatter value")


def _plain_float(number: float) -> bool:
    if not math.isfinite(number):
        raise ArgumentsError("a number that is not finite; JSON has none")
    if not number.is_integer():
        return abs(number) >= 1e-4
    if MAX_WHOLE < abs(number) < 1e21:  # would be written, and read again, as a whole number
        raise ArgumentsError("a whole number beyond 2**53 - 1; write it as text")
    return False
