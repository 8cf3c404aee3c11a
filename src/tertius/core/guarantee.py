"""What a finding may promise about being wrong: six codes, in fixed words, and nothing else."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from tertius.core.events import Count, Share, Text
from tertius.core.noun import Noun, NounError


class GuaranteeError(NounError):
    """A guarantee that says more, or less, than its code allows."""


class GuaranteeCode(StrEnum):
    """The six guarantees of the statistical contract, section 2."""

    FACT = "fact"
    KEY_ANYTIME = "key-anytime"
    FAMILY_ANYTIME = "family-anytime"
    LIST_FDR = "list-FDR"
    RATE = "rate"
    HEURISTIC = "heuristic"


_AT_LEVEL = (GuaranteeCode.KEY_ANYTIME, GuaranteeCode.FAMILY_ANYTIME, GuaranteeCode.LIST_FDR)

_WORDS = {
    GuaranteeCode.FACT: "follows from the record, no statistics",
    GuaranteeCode.KEY_ANYTIME: (
        "if this key's null held, the chance of ever naming it is at most {p}; other keys ignored"
    ),
    GuaranteeCode.FAMILY_ANYTIME: ("the chance that any key is ever named wrongly is at most {p}"),
    GuaranteeCode.LIST_FDR: (
        "of this list, at the moment it was frozen, the expected false share is at most {p}"
    ),
    GuaranteeCode.RATE: (
        "on average at most one false alarm per {p} updates; false alarms are certain eventually"
    ),
    GuaranteeCode.HEURISTIC: "no error bound; alarm rate on honest runs: {p}",
}


class AlarmRate(Noun, frozen=True, kw_only=True):
    """Share of honest runs with an alarm, its interval, and how many runs it was measured on."""

    rate: Share
    low: Share
    high: Share
    n: Count

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.rate <= self.high <= 1:
            raise GuaranteeError("an alarm rate lies inside its interval, from 0 to 1")
        if self.n < 1:
            raise GuaranteeError("an alarm rate measured on no runs is not measured; leave it out")

    def __str__(self) -> str:
        return f"{self.rate:g} [{self.low:g}, {self.high:g}], n = {self.n}"


class Guarantee(Noun, frozen=True, kw_only=True):
    """One of the six guarantees, with its number and its assumptions.

    Parameters
    ----------
    code
        Which of the six.
    level
        Alpha, strictly between 0 and 1; for the anytime codes and list-FDR only.
    updates
        Above 1; for rate only.
    alarm_rate
        For heuristic only; None means that it was not measured.
    given
        The assumptions, at least one. "The record is complete" is one too.

    Raises
    ------
    GuaranteeError
        The number does not go with the code, or nothing is assumed.

    References
    ----------
    Statistical contract, section 2.

    Examples
    --------
    >>> bound = Guarantee(
    ...     code=GuaranteeCode.FAMILY_ANYTIME, level=0.05, given=("candidates are logged",)
    ... )
    >>> bound.title
    'family-anytime(0.05)'
    >>> bound.words
    'the chance that any key is ever named wrongly is at most 0.05; given: candidates are logged'
    """

    code: GuaranteeCode
    level: Annotated[float, Meta(gt=0, lt=1)] | None = None
    updates: Annotated[float, Meta(gt=1)] | None = None
    alarm_rate: AlarmRate | None = None
    given: tuple[Text, ...]

    def __post_init__(self) -> None:
        if (self.level is not None) != (self.code in _AT_LEVEL):
            raise GuaranteeError(f"`{self.code}`: a level goes with the anytime codes and list-FDR")
        if self.level is not None and not 0 < self.level < 1:
            raise GuaranteeError(f"level {self.level}; expected a number between 0 and 1")
        if (self.updates is not None) != (self.code is GuaranteeCode.RATE):
            raise GuaranteeError(f"`{self.code}`: a number of updates goes with rate only")
        if self.updates is not None and not 1 < self.updates < math.inf:
            raise GuaranteeError(f"one false alarm per {self.updates} updates; expected above 1")
        if self.alarm_rate is not None and self.code is not GuaranteeCode.HEURISTIC:
            raise GuaranteeError(f"`{self.code}`: a measured alarm rate goes with heuristic only")
        if not self.given or any(not text.strip() for text in self.given):
            raise GuaranteeError("a guarantee without assumptions; say what it is given")

    @property
    def title(self) -> str:
        """The code with its number, such as ``rate(1000)``."""
        number = self.updates if self.level is None else self.level
        return self.code.value if number is None else f"{self.code.value}({number:g})"

    @property
    def words(self) -> str:
        """The exact words of the contract, then ``given:`` and the assumptions."""
        number: object = self.updates if self.level is None else self.level
        if self.code is GuaranteeCode.HEURISTIC:
            number = self.alarm_rate or "not measured"
        shown = f"{number:g}" if isinstance(number, float | int) else str(number)
        return f"{_WORDS[self.code].format(p=shown)}; given: {'; '.join(self.given)}"
