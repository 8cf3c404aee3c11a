"""Secret arguments as people see them: a mask and the beginning of a digest, never the value."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from msgspec import Raw, json

from tertius.core.digest import digest
from tertius.core.request import Request

SHOWN: Final = 12  # hex digits of the digest


def masked(request: Request, secret: Collection[str]) -> Any:
    """Return the arguments of a request, ready to be written as JSON, with what is secret masked.

    Parameters
    ----------
    secret
        Dotted paths, as a manifest writes them. A path means every value that it can be read to
        name: through lists, and whether a dot divides two names or stands in one. Where the
        arguments are no object, any path masks the whole.

    Notes
    -----
    Linear in the size of the arguments. A mask is written without quotes, so no value can pretend
    to be one. The digest is salted with the request's own salt, so it
    cannot be guessed from the card; whoever is handed value and salt can check it. It cannot see
    a secret that stands in an argument of another name as well.

    Examples
    --------
    >>> salt, data = bytes(32), b'{"pin":"1234","to":"ann"}'
    >>> from tertius.core.request import Principal, PrincipalChain
    >>> asked = Request(id="q", time=1, run="r", agent="a", action="tool.call", resource="pay",
    ...     chain=PrincipalChain(links=(Principal(name="dean", kind="person"),)),
    ...     arguments=data, salt=salt, digest=digest("content", data, salt=salt))
    >>> json.encode(masked(asked, ["pin"])).decode()
    '{"pin":(secret cc50103dde25),"to":"ann"}'
    """

    def mask(path: str, value: Any) -> Raw:
        data = path.encode() + b"\0" + json.encode(value, order="sorted")
        return Raw(f"(secret {digest('secret', data, salt=request.salt)[:SHOWN]})")

    return without(request.decoded(), secret, mask)


def without(value: Any, secret: Collection[str], mask: Callable[[str, Any], Any]) -> Any:
    """Return arguments in which `mask`, given path and value, stands for everything secret.

    Examples
    --------
    >>> given = {"pin": "1234", "to": [{"iban": "DE77", "name": "ann"}]}
    >>> without(given, ["pin", "to.iban"], lambda path, value: "***")
    {'pin': '***', 'to': [{'iban': '***', 'name': 'ann'}]}
    """
    if secret and not isinstance(value, dict):
        return mask("", value)
    return _without(value, "", secret, mask)


def _without(
    value: Any, path: str, secret: Collection[str], mask: Callable[[str, Any], Any]
) -> Any:
    if path in secret:
        return mask(path, value)
    if isinstance(value, dict):
        head = f"{path}." if path else ""
        return {n: _without(each, f"{head}{n}", secret, mask) for n, each in value.items()}
    if isinstance(value, list):
        return [_without(each, path, secret, mask) for each in value]
    return value
