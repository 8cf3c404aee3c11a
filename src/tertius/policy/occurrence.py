"""One act in the past, in the words of a request: whoever counts needs no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from tertius.core.errors import NotEvaluatedError
from tertius.core.events import BaseEvent
from tertius.core.request import Action, Request


class AmountError(NotEvaluatedError):
    """An argument that is to be summed is missing, erased, or no whole number from 0 up."""


class Occurrence(Struct, frozen=True, kw_only=True):
    """One act: who did what to what or whom, in which task and run; empty where it has none."""

    agent: str
    action: Action
    resource: str = ""
    peer: str = ""
    channel: str = ""
    task: str = ""
    run: str = ""


def requested(request: Request) -> Occurrence:
    """Return the act that a request asks for."""
    return Occurrence(
        agent=request.agent,
        action=request.action,
        resource=request.resource or "",
        peer=request.peer or "",
        channel=request.channel or "",
        task=request.task or "",
        run=request.run,
    )


def happened(event: BaseEvent) -> tuple[Occurrence, ...]:
    """Return the acts that an event records: one for each receiver, none for other kinds.

    A `claimed` event of its owner is how a determination is recorded.
    """
    kind = str(event.__struct_config__.tag)
    if kind not in _ACTS:
        return ()
    action, resource, peer = _ACTS[kind]
    peers = getattr(event, peer) if peer else ""
    return tuple(
        Occurrence(
            agent=event.agent,
            action=action,
            resource=str(getattr(event, resource)) if resource else "",
            peer=str(each),
            channel=str(getattr(event, "channel", "")),
            task=event.task,
            run=event.run,
        )
        for each in (peers if isinstance(peers, tuple) and peers else (peers or "",))
    )


def amount_of(arguments: Callable[[], Any], path: str) -> int:
    """Return the whole number at a dotted path of the arguments.

    Raises
    ------
    AmountError
        There is none, it is negative, or the arguments are gone.
    """
    value = arguments()
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if type(value) is not int or value < 0:
        raise AmountError(f"argument `{path}` is summed; expected a whole number from 0 up")
    return value


def decoded(content: bytes | None) -> Any:
    """Return arguments from the bytes that an event's content commits to; None once erased."""
    return None if content is None else msgspec.json.decode(content)


_ACTS: Final[dict[str, tuple[Action, str, str]]] = {
    "model.called": ("model.call", "model", ""),
    "message.sent": ("message.send", "", "recipients"),
    "tool.called": ("tool.call", "tool", ""),
    "memory.written": ("memory.write", "store", ""),
    "memory.read": ("memory.read", "store", ""),
    "resource.claimed": ("resource.claim", "resource", ""),
    "resource.released": ("resource.release", "resource", ""),
    "handed.off": ("hand_off", "", "to"),
    "delegated": ("delegate", "", "to"),
    "task.assigned": ("task.assign", "", "to"),
    "accepted": ("accept", "subject", ""),
    "rated": ("rate", "item", "ratee"),
    "asserted": ("assert", "about", ""),
    "verified": ("verify", "subject", ""),
    "claimed": ("determine", "about", ""),
    "acted": ("act", "", ""),
}
