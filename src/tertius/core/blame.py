"""Who did what to whom, as far as it can be known: an attributor's answer."""

from __future__ import annotations

from enum import StrEnum

from tertius.core.events import Count, Share, Text
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names


class BlameError(NounError):
    """A blame that claims more than its method can show."""


class Method(StrEnum):
    """How a blame is known: read in the log, over repeated runs, or confirmed by replay."""

    OBSERVED = "observed"
    STATISTICAL = "statistical"
    CONFIRMED = "confirmed"


class Suspect(Noun, frozen=True, kw_only=True):
    """An agent and a step: probability with its interval, and the events that say so."""

    agent: ProperName
    event: ProperName | None = None
    probability: Share
    low: Share
    high: Share
    evidence: tuple[ProperName, ...]

    def __post_init__(self) -> None:
        require_names(BlameError, agent=self.agent, event=self.event, evidence=self.evidence)
        require_distinct(BlameError, evidence=self.evidence)
        if not 0 <= self.low <= self.probability <= self.high <= 1:
            raise BlameError(f"probability of `{self.agent}` lies outside its interval")
        if not self.evidence:
            raise BlameError(f"`{self.agent}` is blamed without evidence; cite events")


class Blame(Noun, frozen=True, kw_only=True):
    """A ranked answer: the first suspect, the runners-up, and the prior that it had to beat.

    Parameters
    ----------
    attributor, version, run
        Who answers, about which run.
    method
        The class of method.
    suspects
        Likeliest first, at least one; probabilities sum to at most 1.
    prior
        Probability of the first suspect under the content-free prior.
    replays
        Runs or replays behind it; 1 for a single log.
    caveat
        What the method cannot see.

    Raises
    ------
    BlameError
        No suspects, an order that does not fall, or probabilities above 1 together.
    """

    attributor: ProperName
    version: ProperName
    run: ProperName
    method: Method
    suspects: tuple[Suspect, ...]
    prior: Share
    replays: Count = 1
    caveat: Text

    def __post_init__(self) -> None:
        require_names(BlameError, attributor=self.attributor, version=self.version, run=self.run)
        if not self.suspects:
            raise BlameError("a blame without suspects; that is `could not tell`")
        shares = [suspect.probability for suspect in self.suspects]
        if shares != sorted(shares, reverse=True):
            raise BlameError("suspects are not in order; the likeliest comes first")
        if sum(shares) > 1 + 1e-9:
            raise BlameError(f"probabilities sum to {sum(shares):g}; expected at most 1")
        if self.method is not Method.OBSERVED and self.replays < 2:
            raise BlameError(f"method `{self.method}` rests on at least 2 runs")
