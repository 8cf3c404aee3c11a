"""Contagion: a content passes from agent to agent and gains holders faster than it loses them."""

from __future__ import annotations

from itertools import islice
from typing import Any, ClassVar

from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors import strains
from tertius.detectors.betting import Betting
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Bet, Claim, Standing
from tertius.detectors.strains import Strain, Strains
from tertius.stats.payoffs import ceiling

SHARE = 0.5
LEAST = 4
MEDIUM, HIGH = 0.6, 0.75  # share of changes that are gains: reproduction numbers 1.5 and 3


class Contagion(Betting[str]):
    """Bets, for each content, that the next change in who holds it is a loss.

    A content gains a holder when an agent takes it over from another, by the lineage of what it
    writes, in place of something else. It loses one when something else takes its place, or the
    holder leaves. Where a copy is made again less than once before it is lost, gains are at most
    half of all changes; above that the content feeds on the group. Bets begin once `least` places
    hold it, and do not count what brought it so far.

    Parameters
    ----------
    share : float
        Share of gains among the changes that is still taken for drift, between 0 and 1: R / (1 + R)
        for a reproduction number R. One half is R = 1.
    least : int
        Holders from which a content is watched, at least 2: contents that reach few would only use
        up the level.
    level, most
        See `Betting`.

    Notes
    -----
    Works on memory (what is written under a key takes the place of what was there) and, for agents
    that keep none, on what each said last. Where nothing is ever overwritten no loss is seen, so
    that only takings into a place that held something count.

    What it cannot see: a content in other words; a copy without a declared or observed link; what
    is forgotten without a trace (it then alarms early). A good idea spreads, too: the finding says
    that it spreads, not that it harms.

    References
    ----------
    Statistical contract, section 3, B. Lee and Tiwari, arXiv:2410.07283 (what is spread); Cohen et
    al., arXiv:2403.02817. The race of gains and losses is the embedded chain of a birth and death
    process, whose share of births is R / (1 + R).
    """

    SPEC = DetectorSpec(
        name="contagion",
        version="1",
        title="A content spreads from agent to agent",
        plain="The same content is taken over by more and more agents, and is given up less often "
        "than it is taken over. If it is wrong or planted, it spreads by itself.",
        kinds=strains.KINDS,
        failure_modes=("masec.network_spread", "ms.memory_poisoning"),
        risk_factors=(
            "caif.network_effects.error_propagation",
            "caif.multi_agent_security.cascading_security",
        ),
        source="Prompt Infection, arXiv:2410.07283; birth and death processes",
        null="given the past, the next change in who holds the content is a gain with chance at "
        "most `share`",
        assumptions=(
            "each taking over that counts is declared or observed, not inferred",
            "whoever gives a content up is logged as well as whoever takes it",
            "no common source makes agents that are linked take it over together",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="a content in other words; copies without a link; whether it does harm, and whether "
        "whoever had it first wanted it to spread",
        memory=strains.MEMORY + 2**22,
        scope="log",
    )
    GRAVE: ClassVar[tuple[float, float]] = (MEDIUM, HIGH)
    LACKS: ClassVar[str] = "no content was taken over from another agent in place of something else"

    def __init__(self, *, share: float = SHARE, least: int = LEAST, **parameters: Any) -> None:
        super().__init__(share=share, least=least, **parameters)
        ceiling(0.0, share)
        self._share, self._least = share, least
        self.LARGEST = (1 - share) / share
        self._strains = Strains()
        self._watched: Recent[str, None] = Recent(self._given["most"])
        self._then: dict[tuple[str, str], tuple[Strain, int]] = {}  # of bets that are not paid yet
        self._written = 0

    def on_any(self, event: Event, content: bytes | None) -> None:
        """Bet on whoever passed a strain on or had the chance to."""
        for change in self._strains.take(event, content):
            strain = change.strain
            self._written += 1
            held = strain.holders - 1 if change.gained else strain.holders + 1
            if strain.key not in self._watched:
                if held < self._least:
                    continue
                self._watched[strain.key] = None
            if change.contested:
                self._then[event.id, strain.key] = (strain, len(strain.carriers))
                self.bet(
                    strain.key,
                    ceiling(float(change.gained), self._share),
                    seen=float(change.gained),
                    event=event,
                )

    def _at_all(self) -> bool:
        return bool(self._written)

    def _settle(self) -> list[tuple[int, Answer]]:
        answers = super()._settle()
        self._then.clear()
        return answers

    def _finding(self, bet: Bet, standing: Standing, value: float) -> Finding:
        self._named_now = self._then[bet.evidence[-1], bet.key]
        return super()._finding(bet, standing, value)

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name the source, the carriers and who had it from whom, as they were at the bet."""
        strain, count = self._named_now
        carriers = dict(islice(strain.carriers.items(), count))
        gains = round(standing.total)
        return Claim(
            agents=tuple(dict.fromkeys((strain.source, *carriers))),
            edges=tuple(Edge(sender=giver, receiver=taker) for taker, giver in carriers.items()),
            null=f"a content gains holders in at most {self._share:g} of the changes; this one, "
            f"first seen in {strain.born}, was taken over {gains} times and given up "
            f"{standing.n - gains} times since {self._least} held it",
            unit="share of changes that were gains",
        )
