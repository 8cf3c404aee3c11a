"""The Attributor port: a run in, who answers for it out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from tertius.core.blame import Blame, Method
from tertius.core.finding import CouldNotTell
from tertius.core.kinds import Event


class Case(Struct, frozen=True, kw_only=True):
    """What an attributor is asked about: a run, and the events that show that it failed.

    It never holds the truth log.
    """

    run: str
    failure: tuple[str, ...]


class Attributor(Protocol):
    """One method of saying who did it.

    Notes
    -----
    It must be able to answer `CouldNotTell`, and is measured against the content-free prior.
    """

    @property
    def name(self) -> str:
        """Name in the family's table."""
        ...

    @property
    def method(self) -> Method:
        """The class of method; an answer never claims a stronger one."""
        ...

    def attribute(self, case: Case, events: Iterable[Event]) -> Blame | CouldNotTell:
        """Rank suspects for one case, from the record alone."""
        ...
