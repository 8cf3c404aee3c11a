"""Where a path or an address leads, read so that no second reader could take it otherwise.

Whatever two programs might understand differently is refused, never guessed.
"""

from __future__ import annotations

import re

MAX_ROUNDS = 8

_ADDRESS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?#][\x21-\x5b\x5d-\x7e\x80-\U0010ffff]*)?"
)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")  # nothing in it to resolve
_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80, "ftp": 21}


def paths_meant(text: str) -> list[str] | None:
    """Return every absolute path that `text` could mean, dot segments resolved.

    A percent escape may be decoded never, once or several times by whoever opens the path, so
    each reading counts.

    Returns
    -------
    list of str or None
        None when it is not absolute, climbs above the root, holds a control character or a
        backslash, is no UTF-8 once decoded, or has more than 8 layers of escapes.

    Notes
    -----
    Cannot see links: what the file system makes of ``..`` behind one is its own affair.

    Examples
    --------
    >>> paths_meant("/data/aid/./x.csv")
    ['/data/aid/x.csv']
    >>> paths_meant("/data/%252e%252e/etc")
    ['/data/%252e%252e/etc', '/data/%2e%2e/etc', '/etc']
    >>> paths_meant("/../etc") is None, paths_meant("data") is None
    (True, True)
    """
    if _PLAIN.fullmatch(text):
        return [text]
    found = []
    for _ in range(MAX_ROUNDS):
        path = _without_dots(text)
        if path is None:
            return None
        found.append(path)
        if "%" not in text:
            return found
        try:
            decoded = _ESCAPE.sub(_byte, text.encode()).decode("utf-8")
        except UnicodeError:
            return None
        if decoded == text:
            return found
        text = decoded
    return None


def is_settled(key: str) -> bool:
    """Tell whether a key under a granted prefix stays there even if a store takes it for a path.

    Examples
    --------
    >>> is_settled("aid/2026/x"), is_settled("aid/../grades"), is_settled("aid/%2e%2e/grades")
    (True, False, False)
    """
    if "%" not in key and "\\" not in key and "./" not in key and not key.endswith("."):
        return True
    meant = paths_meant("/" + key)
    return meant is not None and all(path == "/" + key for path in meant)


def address(text: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of a URL; None where readers of URLs disagree.

    Notes
    -----
    Refused: user names before the host, backslashes, spaces and control characters, hosts outside
    ASCII or in brackets, empty ports, and a scheme without a usual port that names none. Scheme
    and host come back in lower case.

    References
    ----------
    RFC 3986, section 3; the disagreements are those of "A New Era of SSRF" (Tsai 2017).

    Examples
    --------
    >>> address("https://Ledger.example.org/pay?x=1")
    ('https', 'ledger.example.org', 443)
    >>> address("https://ledger.example.org@evil.example/") is None
    True
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"]) if found["port"] else _PORTS.get(scheme)
    return None if port is None or not 0 < port < 65_536 else (scheme, host, port)


def _without_dots(path: str) -> str | None:
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        return None
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not kept:
                return None
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept)


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escape[1].decode())
