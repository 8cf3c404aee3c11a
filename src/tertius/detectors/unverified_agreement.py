"""Agreement without verification: an agent approves what it did not look at, again and again."""

from __future__ import annotations

from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.approvals import KINDS, Approval
from tertius.detectors.standing import Claim, Standing
from tertius.detectors.unread import Unread


class UnverifiedAgreement(Unread[str]):
    """Bets that an agent approves unread more often than its declared ceiling.

    An approval is an acceptance, or a vote that says yes. It was read if the agent names evidence,
    or if since the subject appeared it read something that cites it or belongs to its task
    (`reading`).

    Parameters
    ----------
    ceiling : float
        Share of approvals that may go unread, above 0 and below 1.
    logged : bool
        Whether all reads are known to be logged. If not, nothing is told of approvals that came
        before anybody's first read.
    level : float
        Chance that any agent is ever named wrongly.
    most : int
        Agents watched at the same time.

    Notes
    -----
    Approvals at one and the same moment are one decision (`approvals`).

    What it cannot see: reads that no adapter logs; whether what was read was understood, or was the
    right thing; evidence that an agent only says it read.

    References
    ----------
    Statistical contract, section 3 (B) and section 6.
    """

    SPEC = DetectorSpec(
        name="unverified_agreement",
        version="2",
        title="Approval without a look",
        plain="An agent approved work of others again and again without any record that it had "
        "looked at it first. An approval that checks nothing protects nobody.",
        kinds=KINDS,
        failure_modes=("coalition.rubber_stamping",),
        mast_modes=("FM-3.2",),
        risk_factors=("caif.commitment_and_trust",),
        source="arXiv 2609.24967 (acceptance of unchecked work); Waudby-Smith and Ramdas 2024",
        null="given what came before, an agent approves without a logged read with a chance of at "
        "most the declared ceiling",
        assumptions=(
            "every read by an agent is logged, with what it was of",
            "approvals at one moment are one decision",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="reads outside the log; whether what was read was understood or was the right thing; "
        "evidence that an agent only says it read",
        memory=16 * 1024 * 1024,
        scope="log",
    )
    LACKS = "nobody approved anything"

    def key(self, approval: Approval) -> str:
        """Against whoever approved."""
        return approval.agent

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name the agent, and the share of its approvals that went unread."""
        return Claim(
            agents=(key,),
            null=f"given what came before, {key} approves unread with a chance of at most "
            f"{self._ceiling:g}",
            unit="share of approvals without a logged read",
        )
