"""The Replayer port: play a recorded run again with one thing changed."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from tertius.core.events import Text
from tertius.core.finding import CouldNotTell
from tertius.core.names import nearest
from tertius.core.noun import Noun, NounError, ProperName, require_names
from tertius.core.ports.system import SystemRun

Swapped = Literal["player", "message", "memory", "channel"]
SWAPS: tuple[str, ...] = get_args(Swapped)


class InterventionError(NounError):
    """A change that is none."""


class Intervention(Noun, frozen=True, kw_only=True):
    """One thing that is different in the replay.

    Parameters
    ----------
    swaps
        What is replaced: a player, a message, a memory entry or a channel.
    target
        Its name, or the id of the event that brought it.
    replacement
        Name of the player put in its place, or id of the event whose content is; None removes it.
    at
        Id of the event before which the change takes hold; None: from the start.
    why
        What the replay is to show, in words.
    """

    swaps: Swapped
    target: ProperName
    replacement: ProperName | None = None
    at: ProperName | None = None
    why: Text = ""

    def __post_init__(self) -> None:
        if self.swaps not in SWAPS:
            shown = ascii(self.swaps)[1:-1][:40]
            raise InterventionError(f"no kind of thing `{shown}` to swap{nearest(shown, SWAPS)}")
        require_names(
            InterventionError, target=self.target, replacement=self.replacement, at=self.at
        )
        if self.target == self.replacement:
            raise InterventionError(f"`{self.target}` would replace itself; nothing would change")


class Replayer(Protocol):
    """What can play runs of one kind of system again.

    Notes
    -----
    Everything not named by the intervention keeps its randomness. Replay over erased content, or
    of a system whose randomness is not ours, is `CouldNotTell`.
    """

    @property
    def name(self) -> str:
        """Name by which results refer to it."""
        ...

    def replay(
        self, run: str, interventions: tuple[Intervention, ...], *, repeats: int = 1
    ) -> tuple[SystemRun, ...] | CouldNotTell:
        """Play the run again `repeats` times under the interventions.

        No interventions at all must give back the recorded run.
        """
        ...
