"""Responsibility diffusion: more of the work than declared is done by nobody."""

from __future__ import annotations

from typing import Any, ClassVar

from tertius.core.events import Event, RunEnded, TaskCompleted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors import duties
from tertius.detectors.betting import Betting, Claim, Standing
from tertius.detectors.duties import TASKS, Duties
from tertius.detectors.recent import Recent
from tertius.stats.payoffs import ceiling

SHARE = 0.05
RUNS = 64


class ResponsibilityDiffusion(Betting[str]):
    """Bets, for whoever reports a whole as done, that hardly any of its parts is done by nobody.

    When a task is reported done, each part of it counts once (see `duties`): as 1 where nobody
    reported the part done, whether nobody was given it, or somebody was and let it lie.

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
        null="of the parts of tasks that an agent reports done, at most the declared share was "
        "done by nobody",
        assumptions=(
            "parts are recorded as open, or as given to somebody, before the whole is done",
            "who does a part reports it",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="parts that are not recorded; work done and not reported",
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

    def _take(self, event: Event, content: bytes | None) -> None:
        self._read = True
        run = self._runs.get(event.run)
        if run is None:
            run = self._runs[event.run] = Duties()
        run.take(event)

    on_task_assigned = on_handed_off = on_delegated = on_outcome_observed = _take

    def on_task_completed(self, event: TaskCompleted, content: bytes | None) -> None:
        """Count the parts of what is done."""
        self._take(event, content)
        if not (event.agent and event.task):
            return
        for duty in self._runs[event.run].settled(event.task):
            left = float(not duty.done)
            self.bet(event.agent, ceiling(left, self._share), seen=left, event=event)

    def _at_all(self) -> bool:
        return self._read

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name who reports the whole."""
        return Claim(
            agents=(key,),
            null=f"at most {self._share:g} of the parts of what `{key}` reports done were done by "
            "nobody",
            unit="share of parts done by nobody",
        )
