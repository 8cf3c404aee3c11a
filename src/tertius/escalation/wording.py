"""The words on a card for what the machine calls by a name: acts, identities, levels, spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tertius.core.escalation import EscalationState
from tertius.core.events import Identity
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Action, Request

_ACTS: Final[Mapping[Action, tuple[str, str]]] = {
    "message.send": ("send a message to", "to"),
    "model.call": ("call the model", "for"),
    "tool.call": ("call the tool", "for"),
    "memory.read": ("read from the store", "for"),
    "memory.write": ("write to the store", "for"),
    "resource.claim": ("claim a share of", "for"),
    "resource.release": ("give back its share of", "for"),
    "hand_off": ("hand over to", "to"),
    "delegate": ("pass its authority on to", "to"),
    "task.assign": ("assign the task", "to"),
    "determine": ("settle", "for"),
    "assert": ("make a statement about", "to"),
    "accept": ("approve of", "made by"),
    "rate": ("rate", "made by"),
    "verify": ("say whether a check confirms", "made by"),
    "act": ("act on", "towards"),
    "declassify": ("lower the label of", "for"),
    "endorse": ("raise the trust in", "for"),
    "policy.propose": ("change the policy of", "for"),
}
"""What is done, and the word between what it is done to and who stands at the other end."""

_IN_PROCESS: Final[Mapping[Identity, str]] = {
    "bound": "name set by the agents' own process",
    "authenticated": "name proved by a credential",
    "framework": "name told by the agents' framework",
    "asserted": "name merely claimed",
}
_BESIDE: Final[Mapping[Identity, str]] = {
    **_IN_PROCESS,
    "bound": "the operating system vouches for its user",
    "framework": "the operating system vouches for its user, who runs other agents too",
}
"""Behind a socket the kernel tells the user, and the process behind it which agent."""

_LEVELS: Final[Mapping[EnforcementLevel, str]] = {
    EnforcementLevel.IN_PROCESS: "in the agents' own process, where code could go round it",
    EnforcementLevel.SIDECAR: "beside the agents; their code could go round it, not change it",
    EnforcementLevel.GATEWAY: "the only way to the tool",
}


def doing(request: Request) -> str:
    """Say what a request is about, without its arguments.

    Examples
    --------
    >>> from types import SimpleNamespace as Made
    >>> doing(Made(action="tool.call", resource="refunds.pay", peer=None))
    'call the tool refunds.pay'
    >>> doing(Made(action="accept", resource="e17", peer="ann"))
    'approve of e17 made by ann'
    """
    act, between = _ACTS[request.action]
    names = f" {between} ".join(name for name in (request.resource, request.peer) if name)
    return f"{act} {names}"


def known_by(identity: Identity, level: EnforcementLevel) -> str:
    """Say how an agent's name is known, which depends on where the gate stands."""
    return (_IN_PROCESS if level is EnforcementLevel.IN_PROCESS else _BESIDE)[identity]


def principal_known_by(identity: Identity, level: EnforcementLevel) -> str:
    """Say how the name of who an agent acts for is known: beside the agents, they told it."""
    if level is EnforcementLevel.IN_PROCESS or identity in ("authenticated", "asserted"):
        return _IN_PROCESS[identity]
    return "name told by the agents' process"


def too_late(state: EscalationState, choice: str, *, halted: bool) -> str:
    """Say what can still be done when an answer comes after another has settled the question."""
    if halted:
        return (
            "; the kill switch is thrown and nothing can be approved, after "
            "`tertius kill --reset` the agent has to ask again"
        )
    if choice == "approve" or state not in (EscalationState.GRANTED, EscalationState.STARTED):
        return ""
    if state is EscalationState.STARTED:
        return "; it runs already, only its consequences can be mended"
    return (
        "; a no takes no yes back, but until it starts `tertius kill` makes it void, and so does "
        "an approvers list without a key that approved"
    )


def standing(level: EnforcementLevel) -> str:
    """Say where a gate stands, and what that is worth."""
    return _LEVELS[level]


def span(nanoseconds: int) -> str:
    """Return a length of time, exactly.

    Examples
    --------
    >>> [span(n * 1_000_000_000) for n in (45, 600, 5_430, 90_000)]
    ['45 s', '10 min', '1 h 30 min 30 s', '1 d 1 h']
    >>> span(1_500_000_000)
    '1.5 s'
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        whole, seconds = divmod(seconds, length)
        if whole:
            parts.append(f"{whole} {unit}")
    if seconds or rest or not parts:
        fraction = f".{rest:09}".rstrip("0") if rest else ""
        parts.append(f"{seconds}{fraction} s")
    return " ".join(parts)
