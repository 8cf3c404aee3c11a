"""One conversation: what was said in it so far, and what may be said next."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from tertius.core.decision import DenialCode
from tertius.core.grants import Protocol, Step
from tertius.core.request import Action

NANOSECONDS: Final = 1_000_000_000
SPOKEN: Final[tuple[Action, ...]] = ("message.send", "hand_off", "task.assign")
"""Acts whose content says which step they are."""
ORDERED: Final[tuple[Action, ...]] = (*SPOKEN, "delegate")
"""Acts that a protocol can put in an order, because the log says who received them."""


class Objection(NamedTuple):
    """Why something may not be said now, and what the agent is told."""

    code: DenialCode
    why: str


class Said(NamedTuple):
    """Which step an act is, in which conversation, and on which state it was made.

    `version` is None for an act that has no room to state one.
    """

    type: str
    conversation: str = ""
    version: int | None = None


def said(action: Action, content: Any) -> Said | Objection:
    """Read a step from the content of an act: its fields `type`, `conversation` and `version`.

    Examples
    --------
    >>> said("message.send", {"type": "offer", "conversation": "c1", "version": 1, "price": 9})
    Said(type='offer', conversation='c1', version=1)
    >>> said("message.send", "I offer 9").why
    'a message on this edge is an object with `type` and `version`'
    """
    if action not in SPOKEN:
        return Said(action)
    if not isinstance(content, dict):
        return _malformed("a message on this edge is an object with `type` and `version`")
    kind, name, version = (content.get(f) for f in ("type", "conversation", "version"))
    if type(kind) is not str:
        return _malformed("a message on this edge states its `type`")
    if name is not None and (type(name) is not str or len(name) > 128):
        return _malformed("`conversation` is a short text")
    if type(version) is not int:
        return _malformed("a message on this edge states the `version` it was written on")
    return Said(kind, name or "", version)


class Conversation:
    """A conversation of two agents under a protocol.

    Parameters
    ----------
    protocol
        Its steps; each is said once.

    Notes
    -----
    The state's version begins at the protocol's and rises with every step, so that whoever wrote
    without having seen the last step states an older one. Holds one time for each step. Cannot
    see whether the content means what its type says.
    """

    __slots__ = ("_at", "_steps", "busy", "first", "owed", "owed_by")

    def __init__(self, protocol: Protocol) -> None:
        self._steps = {step.type: step for step in protocol.steps}
        self._at: dict[str, int] = {}  # when each step was said
        self.first = protocol.version
        self.busy: object = None  # whose turn is being judged
        self.owed = ""  # the event that wants a receipt
        self.owed_by = ""  # and who owes it

    @property
    def version(self) -> int:
        """Version of the shared state."""
        return self.first + len(self._at)

    @property
    def begun(self) -> bool:
        """Whether anything was said."""
        return bool(self._at)

    def step(self, type: str) -> Step | None:
        """Return a step of the protocol, None if it has none of that type."""
        return self._steps.get(type)

    def objection(self, said: Said, sender: str, time: int) -> Objection | None:
        """Return why a step may not be said at a time (UTC nanoseconds), None if it may."""
        step = self._steps.get(said.type)
        if step is None:
            return Objection("bad-argument", f"no step is of type `{said.type[:64]}`")
        if self.busy is not None:
            return Objection("denied", "another step is being judged")
        if step.sender != sender:
            return Objection("not-granted", f"`{step.type}` is for `{step.sender}` to say")
        if step.type in self._at:
            return Objection("denied", f"`{step.type}` was said before")
        missing = next((each for each in step.after if each not in self._at), None)
        if missing is not None:
            return Objection("denied", f"`{step.type}` comes after `{missing}`, which was not said")
        if self.owed:
            return Objection("denied", f"`{self.owed_by}` has not acknowledged the last step")
        if said.version is not None and said.version != self.version:
            told = f"it was written on version {said.version}; the state is at {self.version}"
            return Objection("denied", told)
        return self._late(step, time)

    def say(self, type: str, time: int) -> None:
        """Take in a step that was said; one that the protocol does not know changes nothing."""
        if type in self._steps:
            self._at.setdefault(type, time)

    def _late(self, step: Step, time: int) -> Objection | None:
        if step.deadline is None or not step.after:
            return None
        since = max(self._at[each] for each in step.after)
        if time - since <= int(step.deadline * NANOSECONDS):
            return None
        told = f"`{step.type}` was due within {step.deadline:g} s of what it comes after"
        return Objection("denied", told)


def _malformed(why: str) -> Objection:
    return Objection("bad-argument", why)
