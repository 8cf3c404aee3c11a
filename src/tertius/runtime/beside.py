"""A watch beside a standing gate: it looks at the gate's log and acts through the gate."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tertius.core.finding import Finding
from tertius.core.oversight_events import PolicyChanged
from tertius.core.ports.detector import Detector
from tertius.runtime.containment import UNASKED, Containment
from tertius.runtime.follow import BATCH
from tertius.runtime.governed import Governed
from tertius.runtime.mapping import Mapping
from tertius.runtime.watch import Watch
from tertius.runtime.watch_state import Told

_LOGGER = logging.getLogger(__name__)

STATE = "watch.db"
"""Name of the watch's memory in the gate's folder of keys."""


class Beside:
    """Watches what a gate records, and lets findings narrow what the gate permits.

    Parameters
    ----------
    governed
        The gate that stands.
    detectors
        Fresh ones.
    state
        File of what was read and said; None keeps nothing.
    meaning
        What the agents' own tools and messages mean.
    heard
        Told of every new finding.

    Notes
    -----
    Call `look` now and then, or `start` to have it done every so often by a thread of its own.
    A measure is in force for every request that is judged after it was recorded: what was judged
    before it runs on. A watch that fails says so in the log of this module and stops; the gate
    goes on under the measures that are in force.
    """

    def __init__(
        self,
        governed: Governed,
        detectors: Sequence[Detector],
        *,
        state: Path | None = None,
        meaning: Mapping | None = None,
        heard: Callable[[Told], None] = lambda told: None,
    ) -> None:
        self._heard = heard
        self.watch = Watch(governed.log, detectors, state=state, meaning=meaning, act=self._act)
        self.containment = Containment(
            governed.gate,
            governed.rules,
            clock=governed.clock,
            doubt=self.watch.doubt,
            desk=governed.desk,
        )
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> tuple[list[Told], tuple[PolicyChanged, ...]]:
        """Read what is new, act on it, and carry out what people ruled since the last look."""
        fresh = self.watch.look()
        for each in fresh:
            self._heard(each)
        return fresh, self.containment.settle()

    def start(self, every: float = 0.2) -> None:
        """Look every so many seconds, until `close`."""
        self._thread = threading.Thread(target=self._run, args=(every,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking; a thread that was started looks one last time."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.watch.close()

    def _run(self, every: float) -> None:
        try:
            behind = False
            while not self._over.wait(0 if behind else every):
                before = self.watch.position
                self.look()
                behind = self.watch.position - before >= BATCH
            self.look()
        except Exception as error:  # whatever it is, the gate goes on
            _LOGGER.error("the watch stopped: %s: %s", type(error).__name__, error)

    def _act(self, finding: Finding) -> str:
        made = self.containment.hear(finding)
        if made.rule and not made.escalation:  # nobody will look, unless somebody is told here
            done = "; ".join(f"{each.change} of {each.subject}" for each in made.applied)
            left = (
                f"{done} holds until `tertius cuts lift` lifts it" if done else "nothing was done"
            )
            why = made.why_not.removeprefix(UNASKED)
            _LOGGER.error("rule `%s` asked nobody: %s; %s", made.rule, why, left)
        return made.escalation

    def __enter__(self) -> Self:
        """Return the watch."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop looking."""
        self.close()
