"""Responsibility diffusion: more of the work than declared is done by nobody."""

from __future__ import annotations

from typing import Any, ClassVar

from tertius.core.events import OutcomeObserved, RunEnded, TaskCompleted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors import duties
from tertius.detectors.betting import Betting
from tertius.detectors.duties import OPEN, TASKS, Duties
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import ceiling

SHARE = 0.05
RUNS = 64


class ResponsibilityDiffusion(Betting[str]):
    """Bets, for whoever reports a whole as done, that hardly any of its parts is done by nobody.

    When a task is reported done, it counts by the share of its parts (see `duties`) that nobody
    reported done, whether nobody was given them, or somebody was and let them lie. Parts of one
    whole are often left together: so they are one bet.

    Parameters
    ----------
    share : float
        Declared share of parts that may be left, above 0 and below 1.
    level, most
        See `Betting`.

    Notes
    -----
    What it cannot see: parts that are not recorded as open or given to somebody; work done and not
    reported; wholes that are never reported done (`unowned_work` looks at those at the run's end).

    References
    ----------
    Statistical contract, sections 3 (B) and 6. Darley and Latane 1968 (diffusion of
    responsibility).
    """

    SPEC = DetectorSpec(
        name="responsibility_diffusion",
        version="1",
        title="Work that nobody does",
        plain="Whole tasks are reported done while more of their parts than agreed were done by "
        "nobody: each may have thought that somebody else would.",
        kinds=("run.ended", *duties.KINDS),
        failure_modes=("caif.miscoordination", "gradient.communication"),
        mast_modes=("FM-3.1",),
        risk_factors=("caif.commitment_and_trust",),
        source="Darley and Latane 1968; statistical contract, section 6",
        null="given what came before, of the parts of a task that an agent reports done at most "
        "the declared share is on average done by nobody",
        assumptions=(
            "parts are recorded as open, or as given to somebody, before the whole is done, and "
            "are parts in truth",
            "who does a part reports it",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="parts that are not recorded; work done and not reported; who of those that had a "
        "part let it lie",
        memory=RUNS * TASKS * 4096,
        scope="log",
    )
    GRAVE: ClassVar[tuple[float, float]] = (0.1, 0.3)
    LACKS: ClassVar[str] = "no task with recorded parts was reported done"

    def __init__(self, *, share: float = SHARE, **parameters: Any) -> None:
        super().__init__(share=share, **parameters)
        ceiling(0.0, share)
        self._share = share
        self.LARGEST = (1 - share) / share
        self._runs: Recent[str, Duties] = Recent(RUNS)
        self._read = False

    def on_run_ended(self, event: RunEnded, content: bytes | None) -> None:
        """Let the run's tasks go."""
        self._runs.pop(event.run, None)

    def on_any(self, event: Event, content: bytes | None) -> None:
        """Follow who has which duty."""
        self._of(event).take(event)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Follow what an operator opens; what else is observed is no duty."""
        run = self._of(event)
        if event.value == OPEN:
            run.take(event)

    def on_task_completed(self, event: TaskCompleted, content: bytes | None) -> None:
        """Count the share of its parts that are left."""
        run = self._of(event)
        run.take(event)
        if not (event.agent and event.task):
            return
        parts = run.settled(event.task)
        if parts:
            left = sum(not duty.done for duty in parts) / len(parts)
            self.bet(event.agent, ceiling(left, self._share), seen=left, event=event)

    def _of(self, event: Event) -> Duties:
        """Return the duties of an event's run."""
        self._read = True
        run = self._runs.get(event.run)
        if run is None:
            run = self._runs[event.run] = Duties()
        return run

    def _at_all(self) -> bool:
        return self._read

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name who reports the whole."""
        return Claim(
            agents=(key,),
            null=f"given what came before, on average at most {self._share:g} of the parts of what "
            f"`{key}` reports done are done by nobody",
            unit="share of parts done by nobody",
        )
