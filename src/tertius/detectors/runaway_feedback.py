"""Runaway feedback: failures come in bursts, as if each called forth the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tertius.core.events import Flagged, RunEnded, TaskCompleted, ToolReturned
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.betting import ParameterError
from tertius.detectors.per_run import MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.tally import severity

RATIO = 0.8
SECONDS = 60.0
WINDOWS = 20
MOST_EMPTY = 10_000  # windows without a failure that one pause may add
MEDIUM, HIGH = 0.85, 0.95
NANO = 1_000_000_000


class _Run(Run):
    __slots__ = ("agents", "count", "events", "now", "squares", "timeless", "told", "total",
                 "windows")  # fmt: skip

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.now: int | None = None
        self.count = self.windows = self.total = self.squares = self.timeless = 0
        self.events: list[str] = []
        self.agents: dict[str, None] = {}
        self.told = False


class RunawayFeedback(PerRun[_Run]):
    """Estimates, from how failures bunch in time, how many each calls forth.

    Failures are calls and tasks that failed and concerns that were raised. They are counted in
    windows of `seconds`. If each of them called forth n others on average, soon, the variance of
    the counts is 1 / (1 - n)^2 times their mean; n is read off that, and told once when it reaches
    `ratio`. At n = 1 failures would keep themselves going.

    Parameters
    ----------
    ratio : float
        Branching ratio from which it is told, above 0 and below 1.
    seconds : float
        Length of a window, above 0: several times what one failure takes to call forth another.
    windows : int
        Windows before anything is told, at least 2.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    A heuristic: whatever else makes failures bunch, such as work that comes in bursts or an outage,
    looks the same. `cascade` counts along the recorded lineage instead.

    References
    ----------
    Hardiman and Bouchaud 2014, "Branching-ratio approximation for the self-exciting Hawkes
    process", equation 5. Filimonov and Sornette 2012 (a ratio of 1 is critical).
    """

    SPEC = DetectorSpec(
        name="runaway_feedback",
        version="1",
        title="Failures come in bursts",
        plain="Failures bunch together in time as if each called forth others. If that grows, they "
        "keep themselves going.",
        kinds=("run.started", "run.ended", "gap", "tool.returned", "task.completed", "flagged"),
        failure_modes=("gradient.cascading_reliability", "ms.resource_exhaustion"),
        risk_factors=(
            "caif.destabilising_dynamics.feedback_loops",
            "caif.network_effects.error_propagation",
        ),
        source="Hardiman and Bouchaud 2014; Filimonov and Sornette 2012",
        null="a failure calls forth fewer others than `ratio` on average",
        assumptions=(
            "nothing else makes failures bunch",
            "windows are longer than one failure takes to call forth another",
        ),
        guarantees=(GuaranteeCode.HEURISTIC,),
        blind="a common cause, such as an outage or work that comes in bursts",
        memory=RUNS * 16_384,
    )
    STATE = _Run

    def __init__(
        self,
        *,
        ratio: float = RATIO,
        seconds: float = SECONDS,
        windows: int = WINDOWS,
        runs: int = RUNS,
    ) -> None:
        super().__init__(ratio=ratio, seconds=seconds, windows=windows, runs=runs)
        if not (0 < ratio < 1 and seconds > 0 and windows >= 2):
            raise ParameterError(
                f"ratio {ratio}, seconds {seconds}, windows {windows}; "
                "expected between 0 and 1, above 0, 2 or more"
            )
        self._ratio, self._long, self._least = ratio, int(seconds * NANO), windows

    def on_tool_returned(
        self, run: _Run, event: ToolReturned, content: bytes | None
    ) -> Sequence[Answer]:
        """Count a call; it is a failure where it failed."""
        return self._count(run, event, failed=event.ok is False)

    def on_task_completed(
        self, run: _Run, event: TaskCompleted, content: bytes | None
    ) -> Sequence[Answer]:
        """Count a task; it is a failure where it failed."""
        return self._count(run, event, failed=event.ok is False)

    def on_flagged(self, run: _Run, event: Flagged, content: bytes | None) -> Sequence[Answer]:
        """Count a concern."""
        return self._count(run, event, failed=True)

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say what was too little."""
        if run.told:
            return ()
        if run.timeless:
            return (self.silent(run, f"{run.timeless} events have no time"),)
        if run.windows < self._least:
            return (
                self.silent(
                    run, "too few windows to see how failures bunch", n=run.windows,
                    needed=self._least,
                ),
            )  # fmt: skip
        return ()

    def _count(self, run: _Run, event: Event, *, failed: bool) -> Sequence[Answer]:
        if not event.time:
            run.timeless += 1
            return ()
        window = event.time // self._long
        answers: Sequence[Answer] = ()
        if run.now is None:
            run.now = window
        elif window > run.now:  # what comes late counts where it comes
            answers = self._turn(run, window)
        if failed:
            run.count += 1
            if len(run.events) < MAX_EVIDENCE:
                run.events.append(event.id)
            if event.agent and len(run.agents) < MAX_EVIDENCE:
                run.agents[event.agent] = None
        return answers

    def _turn(self, run: _Run, window: int) -> Sequence[Answer]:
        """Close the window, and those without an event that lie between."""
        run.windows += min(window - (run.now or 0), MOST_EMPTY)
        run.total += run.count
        run.squares += run.count**2
        run.now, run.count = window, 0
        if run.told or run.windows < self._least or not run.agents:
            return ()
        ratio = branching(run.windows, run.total, run.squares)
        if ratio < self._ratio:
            return ()
        run.told = True
        return (self._finding(run, ratio),)

    def _finding(self, run: _Run, ratio: float) -> Finding:
        return self.claim(
            run,
            agents=run.agents,
            evidence=run.events,
            effect=(ratio, "failures called forth by a failure, estimated"),
            n=run.total,
            null=f"a failure calls forth fewer than {self._ratio:g} others on average",
            severity=severity(ratio, MEDIUM, HIGH),
            code=GuaranteeCode.HEURISTIC,
        )


def branching(windows: int, total: int, squares: int) -> float:
    """Return the branching ratio that counts with this sum and sum of squares speak for.

    Parameters
    ----------
    windows
        How many counts, 1 or more.
    total, squares
        Their sum, and the sum of their squares.

    Examples
    --------
    >>> branching(4, 8, 16), branching(4, 8, 64)
    (0.0, 0.5917517095361369)
    """
    if total <= 0:
        return 0.0
    mean = total / windows
    spread = (squares / windows - mean**2) / mean
    return 1 - 1 / math.sqrt(spread) if spread > 1 else 0.0
