"""Cross-check: a claim counts only once several players vouch for it of their own knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.environments.wrappers.talk import TalkAround, TalkSettings


class CrossCheckSettings(TalkSettings, frozen=True, kw_only=True):
    """What can be chosen: everything of `TalkSettings`, and two things more.

    Parameters
    ----------
    confirmations
        How many players must have said the same before it counts, the first one included: 1 to
        1,000. 1 lets everything through.
    unconfirmed
        ``hold`` keeps what is not confirmed until it is; ``mark`` delivers it marked.
    """

    confirmations: Annotated[int, Meta(ge=1, le=1000)] = 2
    unconfirmed: Literal["hold", "mark"] = "hold"


class CrossCheck(TalkAround[CrossCheckSettings]):
    """Talk in which a reader hears a claim only after `confirmations` independent senders.

    Notes
    -----
    Two messages are the same claim if their texts are, but for case and white space. A sender is
    independent if nobody had told it the claim before: who repeats what it heard confirms nothing.
    Liars who agree beforehand on a text, off the channel, pass; so does a lie in new words each
    time under ``mark``, as unconfirmed. Works around any world in which players do not yet talk.

    References
    ----------
    Echoed reports counted once: Degroot, JASA 69 (1974), whose averaging counts them again; k
    matching reports against liars: Lamport, Shostak and Pease, ACM TOPLAS 4 (1982).
    """

    name = "cross_check"
    Settings: ClassVar[type[Noun]] = CrossCheckSettings
    neutral: ClassVar[Mapping[str, Value]] = {"confirmations": 1}

    def begin(self) -> None:
        """Nobody has heard or vouched for anything."""
        super().begin()
        self.memory |= {"told": {name: [] for name in self.seats}, "vouched": {}}

    def own(self, agent: str, text: str) -> bool:
        """Tell whether nobody told it to `agent`."""
        return _claim(text) not in self.memory["told"][agent]

    def arrived(self, agent: str, message: dict[str, Any], own: bool) -> dict[str, Any] | None:
        """Count the sender, and let the claim through once there are enough."""
        claim, sender = _claim(message["text"]), message["from"]
        vouched = self.memory["vouched"].setdefault(agent, {}).setdefault(claim, [])
        if own and sender not in vouched:
            vouched.append(sender)
        confirmed = len(vouched) >= self.settings.confirmations
        if not confirmed and self.settings.unconfirmed == "hold":
            return None
        if claim not in self.memory["told"][agent]:
            self.memory["told"][agent].append(claim)
        return {**message, "confirmed": confirmed}

    def _line(self, message: Mapping[str, Any]) -> str:
        doubt = "" if message.get("confirmed", True) else " (unconfirmed)"
        return super()._line(message) + doubt


def _claim(text: str) -> str:
    return " ".join(text.casefold().split())
