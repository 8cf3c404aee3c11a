"""The watch: detectors on a log that grows, each finding said once, also over restarts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tertius.core.finding import Finding, Severity
from tertius.core.ports.detector import Answer, Detector
from tertius.detectors.recent import Recent
from tertius.runtime.detect import Watching
from tertius.runtime.follow import Follower, Segment, Shown
from tertius.runtime.forecast import Forecasting
from tertius.runtime.forecast_model import digest_of
from tertius.runtime.mapping import Mapping
from tertius.runtime.standing import Standing
from tertius.runtime.vouched import Vouched
from tertius.runtime.watch_state import Told, WatchState

LATEST = 1024  # findings that are kept at hand
SAID = 65_536  # findings by whose id one that is said again is known
REPLAYED = 4096  # events of the past shown at once

Act = Callable[[Finding], str]
"""Does what is to be done about a new finding; returns the id of the question it opened, or none.

It may be called again for a finding whose position was not committed when the process ended, so it
must do nothing the second time."""


class Watch:
    """Follows a log or a deployment and says what its detectors find.

    Parameters
    ----------
    folder
        A log's folder or a deployment's.
    detectors
        Fresh ones; they are not cloned.
    state
        File of what was read and said; None keeps nothing, and a restart begins anew.
    meaning
        What the user's own tools and messages mean; None where the log has it already.
    act
        Called once for each new finding, before it is committed.
    forecast
        What foretells how runs end; None foretells nothing.

    Raises
    ------
    NoLogError
        There is nothing to follow.
    OtherWatchError
        The state is of other logs or other detectors.

    Attributes
    ----------
    standing
        Who is there, and what passes between them.
    told
        The latest findings, at most `LATEST`, also from before a restart.
    counts
        How many findings there were of each severity, also from before a restart.
    kinds
        Kinds of events that the detectors were shown.
    forecast
        As given.

    Notes
    -----
    Memory is bounded. Without a state, a finding that is said again word for word after 65,536
    others counts as new; with one it never does.

    What it says is what a replay of the log in the same order says, byte for byte. Opening it shows
    the detectors all that was read before (about 100,000 events a second) and says nothing of it
    again. It cannot see what no adapter recorded.

    Examples
    --------
    >>> import tempfile
    >>> from tertius.core.events import MessageSent
    >>> from tertius.log.notekey import SigningKey
    >>> from tertius.log.writer import Writer
    >>> from tertius.runtime.detect import battery
    >>> said = MessageSent(id="e1", time=0, run="r", agent="a", recipients=("b",))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log, key = Path(folder) / "log", SigningKey("tertius/example", bytes(32))
    ...     with Writer(log, key=key) as writer, Watch(log, battery(["no_end"])) as watch:
    ...         _ = writer.wait(writer.append(said))
    ...         _ = watch.look()
    ...         list(watch.standing.edges)
    [('a', 'b')]
    """

    def __init__(
        self,
        folder: Path,
        detectors: Sequence[Detector],
        *,
        state: Path | None = None,
        meaning: Mapping | None = None,
        act: Act | None = None,
        forecast: Forecasting | None = None,
    ) -> None:
        self._act, self._meaning = act, meaning
        self.forecast = forecast
        self._detectors = tuple(detectors)
        self._watching = Watching(detectors)
        self.standing = Standing()
        self.told: list[Told] = []
        self.counts: Counter[Severity] = Counter()
        self.kinds: set[str] = set()
        self._state: WatchState | None = None
        done: list[Segment] = []
        if state is not None:
            self._state = WatchState(state, about=digest_of(detectors))
            done, self.told = self._state.segments(), self._state.told(LATEST)
            self.counts = self._state.counts()
        self._follower = Follower(folder, done=done)
        self._vouched = None if act is None else Vouched(detectors)
        self._know(done)
        self._said = Recent[str, None](SAID)
        for batch in _batches(self._follower.before()):
            self._take(batch)
        if forecast is not None:
            forecast.ended()  # told before

    @property
    def position(self) -> int:
        """How many events were read."""
        return self._follower.position

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """The detectors at work."""
        return self._detectors

    def look(self) -> list[Told]:
        """Read what has come since the last look and return the new findings.

        Raises
        ------
        ShrunkLogError
            A log is shorter than before.
        """
        shown, segments = self._follower.more()
        if not shown:
            return []
        self._know(segments)
        fresh: list[Told] = []
        for position, answer in self._take(shown):
            if isinstance(answer, Finding) and self._is_new(answer.id):
                asked = self._act(answer) if self._act is not None else ""
                fresh.append(Told(position, answer, asked))
        if self._state is not None:
            self._state.keep(segments, fresh)
        self.told = [*self.told, *fresh][-LATEST:]
        self.counts.update(each.finding.severity for each in fresh)
        return fresh

    def doubt(self, finding: Finding) -> str:
        """Say why a finding may not be the doing of whom it names; empty where it is verified.

        Only a watch that acts remembers it; for any other, all is in doubt.
        """
        if self._vouched is None:
            return "the watch does not know who was verified"
        return self._vouched.doubt(finding)

    def _is_new(self, finding: str) -> bool:
        """Whether a finding was not said before; from now on it was."""
        new = finding not in self._said and not (self._state and self._state.holds(finding))
        self._said[finding] = None
        return new

    def _take(self, shown: list[Shown]) -> list[tuple[int, Answer]]:
        self.standing.take(event for _, event, _ in shown)
        both = meant(shown, self._meaning)
        self.kinds |= {
            str(cls.__struct_config__.tag) for cls in {type(event) for _, event, _ in both}
        }
        if self._vouched is not None:
            self._vouched.take(event for _, event, _ in both)
        if self.forecast is not None:
            self.forecast.take(both)
        return self._watching.update_many(both)

    def _know(self, segments: Sequence[Segment]) -> None:
        """Make sure that the state is of these very logs."""
        if self._state is not None:
            for name in sorted({each.log for each in segments}):
                self._state.require_origin(name, self._follower.origin(name))

    def close(self) -> None:
        """Close the state."""
        if self._state is not None:
            self._state.close()

    def __enter__(self) -> Self:
        """Return the watch."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the state."""
        self.close()


def meant(shown: list[Shown], meaning: Mapping | None) -> list[Shown]:
    """Return events with what they mean behind each, at the same position."""
    if meaning is None:
        return shown
    both: list[Shown] = []
    for position, event, content in shown:
        both.append((position, event, content))
        both += [
            (position, each.event, each.contents[0] if each.contents else None)
            for each in meaning.means(event, content).records
        ]
    return both


def _batches(shown: Iterator[Shown]) -> Iterator[list[Shown]]:
    batch: list[Shown] = []
    for each in shown:
        batch.append(each)
        if len(batch) >= REPLAYED:
            yield batch
            batch = []
    if batch:
        yield batch
