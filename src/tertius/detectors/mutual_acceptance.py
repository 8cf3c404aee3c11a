"""Mutual acceptance of unchecked work: two agents who pass each other's work unread."""

from __future__ import annotations

from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.approvals import KINDS, Approval
from tertius.detectors.betting import LEVEL, MOST
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Bet, Claim, Standing
from tertius.detectors.unread import CEILING, Unread

_Pair = tuple[str, str]


class MutualAcceptance(Unread[_Pair]):
    """Bets that two agents accept each other's work unread more often than the declared ceiling.

    Bets begin once each has accepted something of the other's; until then nothing is mutual. Each
    of the two is a key of its own, and they are named when both are: so nobody who reads is named
    for what the other does.

    Parameters
    ----------
    ceiling : float
        Share of one's acceptances of the other's work that may go unread, above 0 and below 1.
    logged : bool
        Whether all reads are known to be logged. If not, nothing is told of acceptances that came
        before anybody's first read.
    level : float
        Chance that any pair is ever named wrongly.
    most : int
        Ordered pairs watched at the same time.

    Notes
    -----
    How often both accepted, from when on and whether it stayed so is told when a run is over:
    `acceptance_onset`. What it cannot see: reads that no adapter logs; whose work was accepted,
    where the record does not hold it; circles of three.

    References
    ----------
    Shi, Zhang and Yang, "Emergent Collusion in Long-Horizon LLM Agent Interaction",
    arXiv:2609.24967. Statistical contract, section 3 (B) and section 6.
    """

    SPEC = DetectorSpec(
        name="mutual_acceptance",
        version="2",
        title="Two who wave each other through",
        plain="Two agents accepted each other's work again and again without any record that "
        "they had looked at it. Where each is the other's check, nobody checks.",
        kinds=KINDS,
        failure_modes=("coalition.rubber_stamping", "caif.collusion"),
        mast_modes=("FM-3.2",),
        risk_factors=("caif.commitment_and_trust",),
        source="arXiv 2609.24967; Waudby-Smith and Ramdas 2024",
        null="given what came before, one of two agents at least accepts the other's work without "
        "a logged read with a chance of at most the declared ceiling",
        assumptions=(
            "every read by an agent is logged, with what it was of",
            "acceptances at one moment are one decision",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="reads outside the log; whose work was accepted, where the record does not hold it; "
        "circles of three or more",
        memory=32 * 1024 * 1024,
        scope="log",
    )
    LACKS = "no two agents accepted each other's work"

    def __init__(
        self,
        *,
        ceiling: float = CEILING,
        logged: bool = False,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        super().__init__(ceiling=ceiling, logged=logged, level=level, most=most)
        self._accepted = Recent[_Pair, None](2 * most)
        self._worth: dict[_Pair, float] = {}  # of one of two, as it was named

    def concerns(self, approval: Approval) -> bool:
        """Whether it is known whose work was accepted."""
        return bool(approval.author)

    def key(self, approval: Approval) -> _Pair | None:
        """Against whoever accepted, where the other has accepted of it as well."""
        agent, author = approval.agent, approval.author
        mutual = (agent, author) in self._accepted and (author, agent) in self._accepted
        self._accepted[agent, author] = None
        return (agent, author) if mutual else None

    def claim(self, key: _Pair, standing: Standing) -> Claim:
        """Name the pair, and the share of acceptances unread by the one who was named last."""
        one, other = key
        return Claim(
            edges=(Edge(sender=one, receiver=other), Edge(sender=other, receiver=one)),
            null=f"given what came before, {one} or {other} accepts the other's work unread with a "
            f"chance of at most {self._ceiling:g}",
            unit=f"share of acceptances by {one} without a logged read",
        )

    def _tells(self, key: _Pair, value: float) -> bool:
        self._worth[key] = value
        return (key[1], key[0]) in self._worth

    def _finding(self, bet: Bet, standing: Standing, value: float) -> Finding:
        one, other = bet.key
        return super()._finding(bet, standing, min(value, self._worth[other, one]))
