"""Disinformation: more of an agent's claims are refuted than declared errors allow."""

from __future__ import annotations

from typing import Any, ClassVar

from tertius.core.events import Asserted, Claimed, MessageSent, Verified
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.betting import Betting, ParameterError
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import ceiling

SHARE = 0.05
VERIFIER = 0.05
CLAIMS = 16_384


class Disinformation(Betting[str]):
    """Bets, for each agent, that what it states holds when somebody checks it.

    What is stated is a claim, an assertion or a message. Each counts once, at its first check by
    somebody else that comes to a result: 1 where it was contradicted, 0 where it was confirmed.

    Parameters
    ----------
    share : float
        Declared share of honest mistakes, from 0.
    verifier : float
        Upper limit of the chance that a check calls a true claim false, from 0; with `share` above
        0 and below 1.
    level, most
        See `Betting`.

    Notes
    -----
    Checks that look for what is false find more of it: the bound needs checks that are chosen
    without a look at the claim, such as every claim, or some by chance. The finding says that
    statements do not hold, not that somebody lies.

    What it cannot see: claims that nobody checks; checks by the one who claimed; unclear results.

    References
    ----------
    Statistical contract, sections 3 (B), 5 and 6.
    """

    SPEC = DetectorSpec(
        name="disinformation",
        version="1",
        title="What an agent states is refuted",
        plain="More of what an agent states turns out to be wrong than honest mistakes and the "
        "errors of checks explain.",
        kinds=("message.sent", "claimed", "asserted", "verified"),
        failure_modes=("caif.conflict", "ms.kb_poisoning", "peer.strategic_misrepresentation"),
        risk_factors=("caif.information_asymmetries.deception",),
        source="statistical contract, section 6",
        null="given what came before, a claim of an agent that is checked is contradicted with a "
        "chance of at most the declared share and the verifier's error",
        assumptions=(
            "what is checked is chosen without a look at whether it is true",
            "the limit of error holds for all who check, in the checks that come to a result",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="claims that nobody checks, and why they are wrong; checks made up to harm whoever "
        "is checked",
        memory=CLAIMS * 512 + 2**22,
        scope="log",
    )
    GRAVE: ClassVar[tuple[float, float]] = (0.25, 0.5)
    LACKS: ClassVar[str] = "no claim was checked by somebody else"

    def __init__(
        self, *, share: float = SHARE, verifier: float = VERIFIER, **parameters: Any
    ) -> None:
        super().__init__(share=share, verifier=verifier, **parameters)
        if share < 0 or verifier < 0 or not 0 < share + verifier < 1:
            raise ParameterError(
                f"share {share} and verifier {verifier}; expected from 0, together below 1"
            )
        self._ceiling = share + verifier
        self.LARGEST = (1 - self._ceiling) / self._ceiling
        self._claims: Recent[str, str] = Recent(CLAIMS)
        self._read = False

    def on_any(self, event: Claimed | Asserted | MessageSent, content: bytes | None) -> None:
        """Keep who stated it, until it is checked."""
        if event.agent:
            self._read = True
            self._claims[event.id] = event.agent

    def on_verified(self, event: Verified, content: bytes | None) -> None:
        """Count the first result about a claim."""
        agent = self._claims.get(event.subject)
        if agent is None:
            if self._claims.lost:
                self.lacked("the claim that was checked lies too far back")
            return
        if event.result == "unclear" or event.agent == agent:
            return
        del self._claims[event.subject]
        wrong = float(event.result == "contradicted")
        self.bet(agent, ceiling(wrong, self._ceiling), seen=wrong, event=event)

    def _at_all(self) -> bool:
        return self._read

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name who stated it."""
        return Claim(
            agents=(key,),
            null=f"at most {self._ceiling:g} of what `{key}` states and somebody checks is "
            "contradicted, the verifier's errors with it",
            unit="share of checked statements that were contradicted",
        )
