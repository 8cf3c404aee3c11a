"""Circuit state: what is throttled, broken or quarantined right now, and how it comes back.

Every change is a `policy.changed` event, and the state is nothing but what those events and the
starts in a log add up to: a gate that starts again hears them from its log. A broken agent, tool,
channel or edge may be tried again: once its pause is over, one request passes as a probe. If that
ends well the circuit closes; if not it stays broken for twice as long. Who is narrowed must show
evidence: what it approves, rates, checks or states is forbidden without.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from tertius.core.decision import Vote
from tertius.core.errors import CallerError
from tertius.core.kinds import Event
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Request
from tertius.policy.occurrence import Occurrence, requested
from tertius.policy.starts import Starts

What = Literal["agent", "tool", "channel", "edge"]
State = Literal["narrowed", "throttled", "broken", "probing", "quarantined"]
Place = tuple[What, str, str]
"""What is meant: its kind, its name, and of an edge the receiver."""

MAILBOX: Final = "mail"
"""The channel that every message and every hand-off takes, whatever other channel it names."""

MAX_CHANNELS: Final = 4096  # names of channels that are remembered

LONGEST_PAUSE = 24 * 3600 * 1_000_000_000
"""Nanoseconds beyond which a pause is not doubled any more."""

NEED_EVIDENCE = frozenset({"accept", "assert", "rate", "verify"})
"""Acts that somebody who is narrowed does only with evidence; the ledger checks what is cited."""

_MAILED: Final = frozenset({"hand_off", "message.send"})

_STATES: dict[str, State] = {
    "narrow": "narrowed",
    "throttle": "throttled",
    "break": "broken",
    "quarantine": "quarantined",
}
_NOTHING = Vote(layer="circuit", outcome=Outcome.ABSTAIN, rule="circuit", reason="nothing is cut")


class CircuitError(CallerError):
    """A change that means nothing, such as a throttle without a pause."""


class Cut(Struct, frozen=True, kw_only=True):
    """One thing that does not pass freely.

    Attributes
    ----------
    state
        How it is cut.
    since
        UTC nanoseconds of the change, or of the last start where it is throttled.
    pause
        Nanoseconds, see `tertius.core.oversight_events.PolicyChanged`.
    reason
        Why, in words.
    """

    state: State
    since: int
    pause: int | None
    reason: str


class _Taken(NamedTuple):
    """What a start found, and what it left."""

    before: Cut
    after: Cut


class Circuit:
    """The layer `circuit`.

    Notes
    -----
    Thread-safe. A request costs nothing where nothing is cut, and at most six dictionary look-ups
    where something is. It forbids and never permits. It cannot see an agent that acts under
    another's name: identity is the adapter's.

    Examples
    --------
    >>> circuit = Circuit()
    >>> circuit.apply(PolicyChanged(id="c1", time=5, run="ops", subject="coder",
    ...     what="agent", change="quarantine", reason="writes poison"))
    >>> circuit.cuts()[("agent", "coder", "")].state
    'quarantined'
    """

    layer: Literal["circuit"] = "circuit"

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._cuts: dict[Place, Cut] = {}
        self._held: dict[str, Mapping[Place, _Taken]] = {}  # request: what it starts through
        self._lock = threading.Lock()
        self._starts = Starts()
        self._channels = {MAILBOX}
        for event in events:
            self.hear(event)

    def cuts(self) -> dict[Place, Cut]:
        """Return everything that is cut."""
        with self._lock:
            return dict(self._cuts)

    @property
    def channels(self) -> frozenset[str] | None:
        """The mailbox and every channel that an act was started over; None where too many were."""
        with self._lock:
            return frozenset(self._channels) if len(self._channels) < MAX_CHANNELS else None

    def hear(self, event: Event) -> None:
        """Take in an event of the log, in order, when a gate starts again.

        Notes
        -----
        A throttle runs on from the last start. Of a probe that was under way nobody can tell how
        it ended: what it tried is as broken as before, from then on.
        """
        start = self._starts.hear(event)
        if isinstance(event, PolicyChanged):
            self.apply(event)
        elif start is not None and start.act is not None:
            self._passed(start.act.channel)
            if self._cuts:
                self._ran_on(start.act, start.time)

    def apply(self, change: PolicyChanged) -> None:
        """Take up a change; one about policy itself is none of the circuit's.

        Raises
        ------
        CircuitError
            It means nothing.
        """
        if change.what == "policy":
            return
        place = (change.what, change.subject, change.peer)
        if (change.what == "edge") != bool(change.peer):
            raise CircuitError(f"`{change.id}`: an edge, and only an edge, names a `peer`")
        with self._lock:
            if change.change == "resume":
                self._cuts.pop(place, None)
            elif change.change not in _STATES:
                raise CircuitError(
                    f"`{change.id}`: `{change.change}` of {change.what} `{change.subject}`; "
                    "expected narrow, throttle, break, quarantine or resume"
                )
            elif change.change == "throttle" and not change.pause:
                raise CircuitError(f"`{change.id}`: a throttle needs a `pause` in nanoseconds")
            else:
                state = _STATES[change.change]
                since = 0 if state == "throttled" else change.time
                self._cuts[place] = Cut(
                    state=state, since=since, pause=change.pause, reason=change.reason
                )

    def judge(self, request: Request) -> Vote:
        """Forbid what is cut; abstain otherwise."""
        if not self._cuts:
            return _NOTHING
        for place in places(requested(request)):
            cut = self._cuts.get(place)
            if cut is None:
                continue
            why = _held(cut, request.time) or _unshown(place, cut, request)
            if why:
                return Vote(
                    layer="circuit",
                    outcome=Outcome.FORBID,
                    rule="circuit",
                    reason=_told(place, why),
                )
        return _NOTHING

    def reserve(self, request: Request) -> bool:
        """Take the place of a throttled start or of the one probe; False if another was quicker.

        The gate calls it once all layers permitted, and then either starts the act, which ends in
        `settle`, or calls `release`.
        """
        if request.channel:
            self._passed(request.channel)
        if not self._cuts:
            return True
        with self._lock:
            touched = {
                place: self._cuts[place]
                for place in places(requested(request))
                if place in self._cuts
            }
            if any(_held(cut, request.time) for cut in touched.values()):
                return False
            taken = {
                place: _Taken(cut, _started(cut, request.time)) for place, cut in touched.items()
            }
            self._cuts.update({place: each.after for place, each in taken.items()})
            if taken:
                self._held[request.id] = taken
        return True

    def release(self, request: str) -> None:
        """Give back what a request reserved that does not start; nothing if it reserved nothing."""
        for place, each in self._taken(request).items():
            with self._lock:
                if self._cuts.get(place) is each.after:
                    self._cuts[place] = each.before

    @property
    def quiet(self) -> bool:
        """Whether nothing is cut and nothing that started waits to be settled."""
        return not self._cuts and not self._held

    def settle(self, request: str, *, ok: bool, now: int) -> tuple[PolicyChanged, ...]:
        """Hear how the act of a request ended; where it was a probe, return the changes.

        The caller logs and applies them: each circuit closes, or stays broken for twice as long.
        """
        probed = [
            (place, each.after)
            for place, each in self._taken(request).items()
            if each.after.state == "probing" and self._cuts.get(place) is each.after
        ]
        return tuple(
            PolicyChanged(
                id=f"{request}/probe/{number}",
                time=now,
                run="policy",
                what=place[0],
                subject=place[1],
                peer=place[2],
                change="resume" if ok else "break",
                pause=None if ok or cut.pause is None else min(2 * cut.pause, LONGEST_PAUSE),
                reason="the probe ended well" if ok else "the probe failed",
            )
            for number, (place, cut) in enumerate(probed)
        )

    def _ran_on(self, act: Occurrence, time: int) -> None:
        """Let the pause of what an earlier gate let something start through begin again."""
        with self._lock:
            for place in places(act):
                cut = self._cuts.get(place)
                if cut is not None and cut.state in ("throttled", "broken"):
                    self._cuts[place] = _moved(cut, since=time)

    def _passed(self, channel: str) -> None:
        """Remember a channel by its name."""
        if channel and channel not in self._channels:
            with self._lock:
                if len(self._channels) < MAX_CHANNELS:
                    self._channels.add(channel)

    def _taken(self, request: str) -> Mapping[Place, _Taken]:
        if not self._held:
            return {}
        with self._lock:
            return self._held.pop(request, {})


def places(act: Occurrence) -> Iterator[Place]:
    """Yield everything that an act touches and that may be cut."""
    yield ("agent", act.agent, "")
    if act.peer:
        yield ("agent", act.peer, "")
        yield ("edge", act.agent, act.peer)
    if act.action in _MAILED:
        yield ("channel", MAILBOX, "")
    if act.channel:
        yield ("channel", act.channel, "")
    if act.resource and act.action == "tool.call":
        yield ("tool", act.resource, "")


def _held(cut: Cut, now: int) -> str:
    """Say why a cut holds a request up at a time; empty if it lets it pass."""
    if cut.state == "narrowed":
        return ""
    if cut.state == "quarantined":
        return f"is quarantined: {cut.reason}"
    if cut.state == "throttled":
        free = cut.since + (cut.pause or 0)
        return "" if now >= free else f"is throttled: {cut.reason}"
    if cut.state == "probing":
        return "is broken, and a probe is under way"
    if cut.pause is None or now < cut.since + cut.pause:
        return f"is broken: {cut.reason}"
    return ""


def _unshown(place: Place, cut: Cut, request: Request) -> str:
    """Say whether an act under a cut lacks the evidence it needs; who is spoken to needs none."""
    if cut.state != "narrowed" or request.action not in NEED_EVIDENCE:
        return ""
    if place[0] == "agent" and place[1] != request.agent:
        return ""
    arguments = request.decoded()
    if isinstance(arguments, dict) and arguments.get("evidence"):
        return ""
    return f"must give the `evidence` that was read: {cut.reason}"


def _told(place: Place, why: str) -> str:
    what, subject, peer = place
    name = f"`{subject}` to `{peer}`" if peer else f"`{subject}`"
    return f"{what} {name} {why}"[:1000]


def _started(cut: Cut, now: int) -> Cut:
    """Return a cut through which an act has just started."""
    if cut.state == "broken":
        return _moved(cut, state="probing")
    return _moved(cut, since=now) if cut.state == "throttled" else cut


def _moved(cut: Cut, *, state: State | None = None, since: int | None = None) -> Cut:
    return Cut(
        state=cut.state if state is None else state,
        since=cut.since if since is None else since,
        pause=cut.pause,
        reason=cut.reason,
    )
