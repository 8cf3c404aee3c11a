"""Which detectors have nothing to read in a record, and what a mapping would have to give them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from tertius.core.ports.detector import DetectorSpec
from tertius.runtime.rules import MEANINGS

FRAME = frozenset({"run.started", "run.ended", "agent.joined", "agent.left", "gap"})
"""Kinds that say when and who, not what: a detector that sees only these sees nothing."""


class Sight(Struct, frozen=True, kw_only=True):
    """What one detector has to read.

    Parameters
    ----------
    detector, title
        Its name, and what it looks for.
    seen, missing
        Kinds that it reads and that the record has or lacks, without those of `FRAME`.
    mappable
        Of the missing kinds those that a rule of `events:` can add.
    """

    detector: str
    title: str
    seen: tuple[str, ...]
    missing: tuple[str, ...]
    mappable: tuple[str, ...]

    @property
    def blind(self) -> bool:
        """Whether it has nothing at all to read."""
        return bool(self.missing) and not self.seen

    def __str__(self) -> str:
        if not self.missing:
            return f"{self.detector}: sees all that it reads"
        kinds = ", ".join(self.missing)
        if not self.blind:
            return f"{self.detector}: sees a part; no {kinds}"
        advice = "; a rule under `events:` can say what means them" if self.mappable else ""
        return f"{self.detector}: blind; no {kinds}{advice}"


def sights(kinds: Collection[str], specs: Iterable[DetectorSpec]) -> list[Sight]:
    """Return what each detector has to read in a record with these kinds of events.

    Parameters
    ----------
    kinds
        Kinds that were seen at least once.
    specs
        Of the detectors that ran.

    Notes
    -----
    A kind that was seen once counts as seen: it cannot tell whether the record holds all of them.

    Examples
    --------
    >>> from tertius.detectors.table import load
    >>> print(*sights({"run.started", "message.sent"}, [load("no_end").spec]))
    no_end: sees a part; no ...
    """
    found = []
    for spec in specs:
        wanted = [kind for kind in spec.kinds if kind not in FRAME]
        missing = tuple(kind for kind in wanted if kind not in kinds)
        found.append(
            Sight(
                detector=spec.name,
                title=spec.title,
                seen=tuple(kind for kind in wanted if kind in kinds),
                missing=missing,
                mappable=tuple(kind for kind in missing if kind in MEANINGS),
            )
        )
    return found
