"""The emergency door of a standing gate: opened by a signed file, told to the log, reviewed after.

The door is at `policy/break-glass.signed.json`. It is looked for when the gate starts, and whenever
`Emergency.open` is called.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tertius.core.errors import TertiusError
from tertius.core.events import Time
from tertius.core.kinds import Event
from tertius.core.oversight_events import PolicyChanged
from tertius.escalation.approvers import Register
from tertius.policy.break_glass import Door, DoorClosedError, Doorway, NotPreparedError, open_door
from tertius.policy.files import read_file
from tertius.runtime.in_force import InForce
from tertius.runtime.places import Places

SUBJECT = "break-glass"


class Owed(Struct, frozen=True, kw_only=True):
    """An opening that nobody has reviewed yet: its digest, when, and what the log says of it."""

    opening: str
    time: Time
    said: str


class Emergency:
    """The door of one gate.

    Parameters
    ----------
    places, policy
        Where the signed opening lies, and what is in force.
    doorway
        What the layers ask.

    Notes
    -----
    An opening is in the log before the first act that it lifts. It is told once, also over
    restarts, and the door closes when the constitution says, whatever happens to the file.
    """

    def __init__(self, places: Places, policy: InForce, doorway: Doorway) -> None:
        self._path = places.signed("break-glass")
        self._policy = policy
        self._doorway = doorway
        self._told: dict[str, Owed] = {}

    def hear(self, event: Event) -> None:
        """Remember an opening that is in the log."""
        if (
            isinstance(event, PolicyChanged)
            and (event.subject, event.change) == (SUBJECT, "widen")
            and event.digest
        ):
            self._told[event.digest] = Owed(
                opening=event.digest, time=event.time, said=event.reason
            )

    @property
    def owed(self) -> tuple[Owed, ...]:
        """The openings that nobody has reviewed yet, oldest first."""
        seen = self._policy.reviewed
        return tuple(each for each in self._told.values() if each.opening not in seen)

    def open(self, observe: Callable[[Event], None], *, time: int) -> Door:
        """Open the door that was signed.

        Parameters
        ----------
        observe
            Takes the opening into the log.
        time
            UTC nanoseconds.

        Raises
        ------
        TertiusError
            As `open_door` says; the door stays as it was.
        """
        policy = self._policy
        door = open_door(
            read_file(self._path),
            _keys(policy.register),
            policy.constitution.break_glass,
            constitution=policy.constitution_digest,
            time=time,
        )
        if door.digest not in self._told:
            opened = _opened(door, time)
            observe(opened)
            self.hear(opened)
        self._doorway.open(door)
        return door

    def at_start(self, observe: Callable[[Event], None], *, time: int, number: int) -> None:
        """Open a door that was left for the start; one that cannot be opened stops no gate."""
        if not self._path.exists():
            return
        try:
            self.open(observe, time=time)
        except DoorClosedError:
            return
        except TertiusError as error:
            observe(
                PolicyChanged(
                    id=f"break-glass/refused/{number}", time=time, run="policy", subject=SUBJECT,
                    change="revoke", reason=f"refused: {error}"[:1000],
                )
            )  # fmt: skip


def _keys(register: Register | None) -> dict[bytes, str]:
    if register is None:
        raise NotPreparedError("nobody is enrolled, so nobody may break glass")
    return {bytes.fromhex(key): each.person for each in register.people for key in each.keys}


def _opened(door: Door, time: int) -> PolicyChanged:
    scope = ", ".join(sorted(door.scope))
    said = f"opened by {', '.join(door.people)} for {scope}: {door.reason}"
    return PolicyChanged(
        id=f"break-glass/{door.digest[:32]}",
        time=time,
        run="policy",
        subject=SUBJECT,
        change="widen",
        pause=door.closes - time,
        digest=door.digest,
        reason=said[:1000],
    )
