"""Whose word a record is: which names in it are verified, and which somebody only used.

Whoever can add an asserted event can write another's name into it. Detectors read it all the same;
what follows from a finding without a person must not rest on it, whether the finding cites that
event or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tertius.core.events import BaseEvent
from tertius.core.finding import Finding
from tertius.core.kinds import KINDS
from tertius.core.ports.detector import Detector
from tertius.detectors.recent import Recent

KNOWN = 262_144  # verified events that are remembered
MOST = 65_536  # names that are remembered, verified and asserted apart

_BIT: Final = {cls: 1 << number for number, cls in enumerate(KINDS.values())}
_ALL: Final = (1 << len(_BIT)) - 1
_OTHERS: Final = {
    cls: tuple(
        each for each in ("sender", "to", "ratee", "recipients") if each in cls.__struct_fields__
    )
    for cls in KINDS.values()
}
"""Fields that name agents beside the one that acted."""


class Vouched:
    """Remembers how sure the names in a stream are.

    Parameters
    ----------
    detectors
        Whose findings will be asked about: each is concerned only by kinds of events that it reads.

    Notes
    -----
    Bounded. Of verified events the last 262,144 or half as many are remembered, of verified names
    the last 65,536: what was forgotten is in doubt. Asserted names are never forgotten; with more
    than 65,536 of them every name is in doubt.

    How sure a name is stands in the event, on the word of the gate or sidecar that recorded it: of
    a writer that records lies it cannot tell. Nor does it look for names in `about` and `subject`,
    in values or in content.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        bits: Mapping[str, int] = {kind: _BIT[cls] for kind, cls in KINDS.items()}
        self._reads = {
            each.spec.name: sum(bits[kind] for kind in each.spec.kinds) for each in detectors
        }
        self._events: set[str] = set()
        self._older: set[str] = set()
        self._verified = Recent[str, None](MOST)
        self._asserted: dict[str, int] = {}
        self._all_asserted = 0

    def take(self, events: Iterable[BaseEvent]) -> None:
        """Take in some events, before a finding about them is asked about."""
        sure: set[str] = set()
        used: set[tuple[str | tuple[str, ...], type[BaseEvent]]] = set()
        seen = self._events
        for event in events:
            if event.identity != "asserted":
                seen.add(event.id)
                sure.add(event.agent)
            else:
                kind = type(event)
                used.add((event.agent, kind))
                for field in _OTHERS[kind]:
                    used.add((getattr(event, field), kind))
        for name in sure:
            self._verified[name] = None
        for names, kind in used:
            for name in (names,) if isinstance(names, str) else names:
                self._use(name, _BIT[kind])
        if len(seen) >= KNOWN // 2:
            self._events, self._older = set(), seen

    def doubt(self, finding: Finding) -> str:
        """Say why a finding may not be the doing of whom it names; empty where it is verified.

        It is if every event of its evidence came from a verified sender, whomever it names acted
        in at least one verified event, and none of them stands in an event of the kinds that the
        detector reads that somebody only asserted.
        """
        if not all(each in self._events or each in self._older for each in finding.evidence):
            return "it rests on what was only asserted"
        reads = self._reads.get(finding.detector, _ALL)
        ends = (name for each in finding.edges for name in (each.sender, each.receiver))
        for name in (*finding.agents, *ends):
            if (self._asserted.get(name, 0) | self._all_asserted) & reads:
                return f"the name `{name}` was also used in what was only asserted"
            if name not in self._verified:
                return f"nothing that `{name}` did itself is verified"
        return ""

    def _use(self, name: str, kind: int) -> None:
        if name in self._asserted or len(self._asserted) < MOST:
            self._asserted[name] = self._asserted.get(name, 0) | kind
        else:
            self._all_asserted |= kind
