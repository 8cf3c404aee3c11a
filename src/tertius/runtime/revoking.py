"""What is taken back while a gate stands: a newer revocation list is in force about a second later.

A list that cannot be read, does not verify, is older than one that was seen or has gone closes the
gate: nothing is permitted until one that holds is in force. Other documents are read at the start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from tertius.core.decision import Layer, Vote
from tertius.core.errors import TertiusError
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Request
from tertius.log.commit import LogFullError, LogStoppedError
from tertius.policy.files import read_file
from tertius.policy.revocation import Revoked
from tertius.policy.versions import Versions, remember
from tertius.runtime.gate import Clock
from tertius.runtime.in_force import InForce, read_revoked
from tertius.runtime.layers import Layers
from tertius.runtime.places import Places
from tertius.runtime.policies import Policies
from tertius.runtime.soundness import revoked_strangers

EVERY: Final = 1.0
"""Seconds between two looks."""
CLOSED: Final = Revoked(fresh_until=0)
"""Under this list nothing is permitted: it is too old for everything, whatever it says of why."""
_LOGGER: Final = logging.getLogger(__name__)

SUBJECT: Final = "revocations"


class Revoking:
    """Looks whether the revocation list changed, and puts the new one in force.

    Parameters
    ----------
    places, policy, layers
        Where the list lies, what is in force, and what it comes to.
    load
        Puts policies in force: `Gate.load`.
    clock
        UTC nanoseconds.
    start
        A number that no earlier start of this gate had.

    Notes
    -----
    What was permitted and has begun goes on; what was approved and has not begun is judged again
    when it begins, under the list of then. A change is in the log before the first decision under
    it. An error of any kind closes, whether in what is read, in remembering it, or in putting it in
    force; it is told once, and the next look tries again.
    """

    def __init__(
        self,
        places: Places,
        policy: InForce,
        layers: Layers,
        load: Callable[[Policies, PolicyChanged], None],
        *,
        clock: Clock,
        start: int,
    ) -> None:
        self._places, self._policy, self._layers, self._load = places, policy, layers, load
        self._clock, self._start, self._changes = clock, start, 0
        self._versions = policy.versions
        self._held = layers.policies(epoch=start)
        self._path = places.signed("revocations")
        self._seen: bytes | None = b""  # no list is empty: the first look reads what is there
        self._refused = ""

    def look(self) -> bool:
        """Look once; return whether anything was put in force.

        Raises
        ------
        LogStoppedError, LogFullError
            The log cannot take the change; then the gate permits nothing anyway.
        """
        try:
            found = read_file(self._path) if self._path.exists() else None
            if found == self._seen and not self._refused:
                return False
            revoked, versions = read_revoked(
                self._places, self._policy, versions=self._versions, time=self._clock()
            )
            changed = versions != self._versions or bool(self._refused)
            if changed:
                remember(self._places.versions, versions, outside=self._places.policy)
                self._put(revoked, versions)
        except (LogStoppedError, LogFullError):
            raise
        except Exception as error:  # whatever it is: what is revoked is not known, or not in force
            return self._close(error)
        if self._refused:
            _LOGGER.warning("the gate is open again: a list of revocations that holds is in force")
        if changed:
            self._warn(versions)
        self._seen, self._versions, self._refused = found, versions, ""
        return changed

    def _warn(self, versions: Versions) -> None:
        """Say which revoked names nobody bears; the gate says so at its start, too."""
        before = set(self._versions.revoked)
        new = tuple(each for each in versions.revoked if each not in before)
        for flaw in revoked_strangers(replace(self._policy.whole, revoked=new)):
            _LOGGER.warning("%s: %s", flaw.place, flaw.said)

    def _close(self, error: Exception) -> bool:
        """Permit nothing, and say why, once for each reason."""
        why = str(error) if isinstance(error, TertiusError) else type(error).__name__
        if why == self._refused:
            return False
        said = f"refused: {why}; nothing is permitted until a list that holds is in force"
        try:
            self._put(replace(CLOSED, stale=why), self._versions, refused=said)
        except (LogStoppedError, LogFullError):
            raise
        except Exception:  # the layers take no list at all: what was in force, behind a shut door
            shut = replace(self._held, layers=(*self._held.layers, Shut(why)))
            self._exchange(shut, refused=said)
        self._refused = why
        _LOGGER.error(
            "the gate is closed, nothing is permitted until a list of revocations holds: %s", why
        )
        return True

    def _put(self, revoked: Revoked, versions: Versions, *, refused: str = "") -> None:
        """Put in force what the layers come to under a list."""
        self._layers.revoke(revoked)
        policies = self._layers.policies(epoch=self._start)
        self._exchange(policies, versions=versions, refused=refused)
        self._held = policies

    def _exchange(
        self, policies: Policies, *, versions: Versions | None = None, refused: str = ""
    ) -> None:
        """Put policies in force, under an epoch of their own, and record why."""
        self._changes += 1
        known = None if refused or versions is None else versions.last(SUBJECT)
        change = PolicyChanged(
            id=f"revocations/{self._start}/{self._changes}",
            time=self._clock(),
            run="policy",
            subject=SUBJECT,
            change="revoke" if refused else "load",
            version=None if known is None else known.version,
            digest="" if known is None else known.digest,
            reason=refused[:1000],
        )
        self._load(replace(policies, epoch=self._start + self._changes), change)


class Shut:
    """A layer that permits nothing, and why."""

    layer: Layer = "manifest"

    def __init__(self, why: str) -> None:
        self._why = why

    def judge(self, request: Request) -> Vote:
        """Forbid."""
        return Vote(
            layer="manifest",
            outcome=Outcome.FORBID,
            rule="denied:revoked",
            reason=f"nobody knows what is revoked: {self._why}"[:1000],
        )
