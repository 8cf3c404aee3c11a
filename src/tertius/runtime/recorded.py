"""What may be recorded of a call: its arguments, without what the manifest marks as secret."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from tertius.core.events import ToolCalled
from tertius.core.kinds import Event
from tertius.escalation.masked import without
from tertius.runtime.tool import MASK


def recordable(
    event: Event, contents: tuple[bytes, ...], secret: Callable[[str, str], Collection[str]]
) -> tuple[bytes, ...]:
    """Return the contents of an event as they may be recorded.

    Parameters
    ----------
    secret
        Gives the secret arguments of an agent's tool.
    """
    if contents and isinstance(event, ToolCalled):
        hidden = secret(event.agent, event.tool)
        return (without_secrets(contents[0], hidden),) if hidden else contents
    return contents


def without_secrets(content: bytes, secret: Collection[str]) -> bytes:
    """Return the recorded arguments of a call with every secret masked.

    Parameters
    ----------
    content
        JSON, as whoever tells of the call hands it in.
    secret
        Dotted paths. What is no JSON is masked whole.

    Notes
    -----
    It cannot see a secret that the tool repeats in its result.

    Examples
    --------
    >>> without_secrets(b'{"pin":"1234","to":"ann"}', ["pin"])
    b'{"pin":"(secret)","to":"ann"}'
    """
    try:
        value = msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError):
        value = None
    return msgspec.json.encode(without(value, secret, lambda path, value: MASK))
