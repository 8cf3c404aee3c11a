"""Divergence from ground truth: assessments that outcomes do not bear out, and in which way."""

from __future__ import annotations

import math

from tertius.core.events import (
    AgentJoined,
    Asserted,
    OutcomeObserved,
    Rated,
    RunEnded,
)
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.betting import LEVEL, MOST, Betting, ParameterError
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import ceiling as above

SLACK = 0.1
SUBJECTS = 4096  # that assessments wait for
ASSESSORS = 64  # of one subject
UP, DOWN = 0, 1

_Key = tuple[str, str]


class OutcomeDivergence(Betting[_Key]):
    """Bets that outcomes lie above, or below, what an agent's assessments said.

    An assessment is a forecast of the next outcome of what it is about, from 0 to 1: the chance
    that it says (a true or false with its confidence), the share that it says, or a rating of a
    peer on its scale. The outcome is a number from 0 to 1, true or false, and no agent's word. An
    assessment of an agent stands until it is replaced, for each of that agent's outcomes in the
    run; an assessment of anything else, for one.

    Parameters
    ----------
    slack : float
        How far outcomes may lie from assessments on average, on either side, from 0 to below 1;
        with 0 every assessment must be calibrated exactly.
    scale : float
        What an asserted assessment says when it is sure; 100 for percentages.
    level : float
        Chance that anybody is ever named wrongly.
    most : int
        Assessors, or pairs of an assessor and the agent that it assesses, that are watched at the
        same time.

    Notes
    -----
    One key for each assessor and agent assessed, and one for each assessor and everything else.
    Two bets on each, that outcomes run above and that they run below, are averaged; what was right
    once and drifts is found, too. Assessments made after the outcome count for the next one.

    What it cannot see: outcomes that never arrive, or arrive only where somebody chose to look;
    an assessor that is right on average of what it says and knows nothing.

    References
    ----------
    Statistical contract, section 3 (K; with a slack, B in both directions) and section 6.
    """

    SPEC = DetectorSpec(
        name="outcome_divergence",
        version="1",
        title="Outcomes do not bear it out",
        plain="What an agent says of others or of cases lies apart from what came out, further "
        "than was declared as tolerable. Whoever relies on these assessments is misled.",
        kinds=("agent.joined", "asserted", "outcome.observed", "rated", "run.ended"),
        failure_modes=("coalition.ground_truth_divergence",),
        risk_factors=("caif.destabilising_dynamics.distributional_shift",),
        source="statistical contract, section 6; Waudby-Smith and Ramdas 2024",
        null="given an assessment and what came before, the outcome's mean lies within the slack "
        "of it",
        assumptions=(
            "all outcomes arrive, or are audited at random",
            "an assessment is meant as a forecast of the next outcome",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="outcomes that never arrive, or only where somebody chose to look; an assessor that "
        "says the average of everything; whoever does worse on purpose than was said of it",
        memory=64 * 1024 * 1024,
        scope="log",
    )
    SLOTS = 2
    LOW = -1.0
    GRAVE = (0.2, 0.4)
    LACKS = "no assessment was followed by an outcome"

    def __init__(
        self,
        *,
        slack: float = SLACK,
        scale: float = 1.0,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        if not 0 <= slack < 1:
            raise ParameterError(f"slack {slack}; expected from 0 to below 1")
        if not 0 < scale < math.inf:
            raise ParameterError(f"scale {scale}; expected a number above 0, such as 100")
        super().__init__(slack=slack, scale=scale, level=level, most=most)
        self.LARGEST = (1 - slack) / max(slack, 0.01)
        self._slack, self._scale = slack, scale
        self._agents = Recent[tuple[str, str], None](SUBJECTS)
        self._waiting = Recent[tuple[str, str], dict[str, float]](SUBJECTS)
        self._shown = Recent[str, None](2 * SUBJECTS)

    def on_agent_joined(self, event: AgentJoined, content: bytes | None) -> None:
        """Know an agent from a case."""
        self._agents[event.run, event.agent] = None

    def on_run_ended(self, event: RunEnded, content: bytes | None) -> None:
        """Let its agents' assessments go; cases may come out later."""
        for key in [key for key in self._agents if key[0] == event.run]:
            del self._agents[key]
            self._waiting.pop(key, None)

    def on_asserted(self, event: Asserted, content: bytes | None) -> None:
        """Take an assessment as a forecast of the next outcome."""
        if event.act != "assessment" or not event.about or event.value is None:
            return
        p = self._chance(event)
        if p is None:
            self.lacked(f"an assessment that is no number from 0 to {self._scale:g}")
        else:
            self._expect(event.run, event.agent, event.about, p, event.id)

    def on_rated(self, event: Rated, content: bytes | None) -> None:
        """Take a rating as a forecast of the ratee's next outcome."""
        low, high, score = float(event.low), float(event.high), float(event.score)
        if not low <= score <= high or not low < high:
            self.lacked("a rating outside its scale")
        else:
            self._expect(
                event.run, event.agent, event.ratee, (score - low) / (high - low), event.id
            )

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Settle what was said of it."""
        if event.agent:
            return
        subject = (event.run, event.about)
        waiting = self._waiting.get(subject)
        if not waiting or self._again(event.id):
            return
        value = event.value
        if not isinstance(value, bool | int | float) or not 0 <= value <= 1:
            self.lacked("an outcome that is no number from 0 to 1")
            return
        of_agent = subject in self._agents
        y, slack = float(value), self._slack
        for assessor, p in waiting.items():
            key = (assessor, event.about if of_agent else "")
            up, down = min(1.0, p + slack), min(1.0, 1.0 - p + slack)
            if up <= 0 or down <= 0:
                self.lacked("an assessment that is quite sure; give a slack above 0")
                continue
            self.bet(key, above(y, up), seen=p - y, event=event, slot=UP)
            self.bet(key, above(1.0 - y, down), seen=p - y, event=event, slot=DOWN)
        if not of_agent:
            del self._waiting[subject]

    def claim(self, key: _Key, standing: Standing) -> Claim:
        """Name the assessor, and how far above the outcomes its assessments lie."""
        assessor, about = key
        of = f" of {about}" if about else ""
        return Claim(
            agents=() if about else (assessor,),
            edges=(Edge(sender=assessor, receiver=about),) if about else (),
            null=f"what {assessor} says{of} lies within {self._slack:g} of the outcome's mean, "
            "given what came before",
            unit="assessment minus outcome",
        )

    # -- forecasts ---------------------------------------------------------------------------------

    def _expect(self, run: str, agent: str, about: str, p: float, name: str) -> None:
        if not agent or not about or self._again(name):
            return
        waiting = self._waiting.get((run, about))
        if waiting is None:
            waiting = self._waiting[run, about] = {}
        if agent in waiting or len(waiting) < ASSESSORS:
            waiting[agent] = p

    def _chance(self, event: Asserted) -> float | None:
        value, sure = event.value, event.confidence
        if isinstance(value, bool):
            sure = 1.0 if sure is None else sure
            return sure if value else 1.0 - sure
        if not isinstance(value, int | float):
            return None
        p = value / self._scale
        return p if 0 <= p <= 1 else None

    def _again(self, name: str) -> bool:
        """Whether an event was shown before; from now on it was."""
        if name in self._shown:
            return True
        self._shown[name] = None
        return False
