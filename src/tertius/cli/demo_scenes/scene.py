"""What a scene of the demo gives back: what was tried, what came out, what should have."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tertius.core.errors import EXIT_FINDING, EXIT_INTEGRITY, EXIT_PASS
from tertius.core.ports.reader import Recorded

Tone = Literal["good", "open", "bad"]
TONES: dict[str, Tone] = {
    "verified": "good",
    "caught": "good",
    "stopped": "good",
    "competitive": "good",
    "not punished": "good",
    "silent": "good",
    "in time": "good",
    "named": "good",
    "quarantined": "good",
    "not evaluated": "open",
    "could not tell": "open",
    "not noticed": "bad",
    "works": "bad",
    "above competition": "bad",
    "punished": "bad",
    "false alarm": "bad",
    "too late": "bad",
    "others named": "bad",
    "still spreading": "bad",
    "died out": "good",
    "not contained": "bad",
}
"""The answers there are, in a word or two, and how each is meant."""

LATER = {5: "Who answers: blame, shares and gaps"}
"""Scenes that come with a later version, by number."""


class Check(Struct, frozen=True, kw_only=True):
    """One control: an answer held against the one that must come.

    Attributes
    ----------
    given : str
        What the judge was given, in a few words.
    said : str
        Its answer, in its own words.
    expected, got : int
        Exit codes.
    wanted : str
        Code of the problem that must be named, empty if none may be.
    named : tuple of str
        Codes of the problems that were named.
    lesson : str
        What follows from it, in one sentence.
    proof : tuple of str
        Texts to keep, such as two notes that contradict each other.
    command : str
        Repeats the check.
    word : str
        The answer in a word or two, one of `TONES`; empty where it follows from the exit code.
    promise : str
        What the judge guarantees with it, in the exact words of the guarantee.
    """

    given: str
    said: str
    expected: int
    got: int
    wanted: str = ""
    named: tuple[str, ...] = ()
    lesson: str = ""
    proof: tuple[str, ...] = ()
    command: str = ""
    word: str = ""
    promise: str = ""

    @property
    def held(self) -> bool:
        """Whether the expected answer came, for the expected reason."""
        reason = self.wanted in self.named if self.wanted else not self.named
        return self.expected == self.got and reason


def measured(
    holds: bool, word: str, *, given: str, said: str, lesson: str = "", promise: str = ""
) -> Check:
    """Return the control of something measured that must hold; `word` is what came out."""
    got = EXIT_PASS if holds else EXIT_FINDING
    return Check(given=given, said=said, expected=EXIT_PASS, got=got, lesson=lesson, word=word,
                 promise=promise)  # fmt: skip


class Case(Struct, frozen=True, kw_only=True):
    """Something that was done, whether it was allowed, and the controls that looked at it."""

    title: str
    did: str
    allowed: bool
    checks: tuple[Check, ...]

    def answer(self, check: Check) -> str:
        """Return a check's answer in two words, for people.

        Examples
        --------
        >>> check = Check(given="", said="", expected=0, got=0)
        >>> Case(title="", did="", allowed=False, checks=(check,)).answer(check)
        'not noticed'
        """
        if check.word:
            return check.word
        if check.got == EXIT_PASS:
            return "verified" if self.allowed else "not noticed"
        return "caught" if check.got == EXIT_INTEGRITY else "not evaluated"


class Bar(Struct, frozen=True):
    """A measured amount: what of, the estimate and its limits."""

    label: str
    value: float
    low: float
    high: float


class Bars(Struct, frozen=True, kw_only=True):
    """Amounts beside each other, and one to compare them with."""

    title: str
    caption: str
    bars: tuple[Bar, ...]
    mark: float
    mark_label: str


class Curve(Struct, frozen=True):
    """Values of successive periods."""

    label: str
    values: tuple[float, ...]


class Lines(Struct, frozen=True, kw_only=True):
    """Curves over periods from `first` on, and what to compare them with.

    Attributes
    ----------
    levels : tuple of (str, float)
        Values drawn across.
    marks : tuple of (str, float)
        Periods drawn from top to bottom.
    period : str
        What is counted along.
    scale : str
        ``plain``, ``share`` of a hundred from 0 on, or ``log`` in powers of ten.
    """

    title: str
    caption: str
    first: int
    curves: tuple[Curve, ...]
    levels: tuple[tuple[str, float], ...] = ()
    marks: tuple[tuple[str, float], ...] = ()
    period: str = "period"
    scale: Literal["plain", "share", "log"] = "plain"


class Web(Struct, frozen=True, kw_only=True):
    """Members in a circle, and arrows between some of them, each with a short label."""

    title: str
    caption: str
    members: tuple[str, ...]
    arrows: tuple[tuple[str, str, str], ...]


class Rows(Struct, frozen=True, kw_only=True):
    """A table; the first cell of a row names it."""

    title: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Chart = Bars | Lines | Web | Rows


class Scene(Struct, frozen=True, kw_only=True):
    """One scene, played.

    Attributes
    ----------
    number, title : int and str
        Place in the demo, and name.
    lead, players : str
        What it shows, in two or three sentences; and who played, scripted, learning or a model.
    run : tuple of Recorded
        The events it is about.
    cases : tuple of Case
        What was tried.
    facts : tuple of (str, str)
        Digests and the like that are the same on every machine: name and value.
    next : tuple of str
        Commands to go on with.
    judge : str
        Who answers the controls.
    heading, caption : str
        What stands over the cases, and under the drawing of the run.
    charts : tuple of Bars, Lines, Web or Rows
        What was measured, to be drawn.
    """

    number: int
    title: str
    lead: str
    players: str = "scripted"
    run: tuple[Recorded, ...] = ()
    cases: tuple[Case, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    next: tuple[str, ...] = ()
    judge: str = "verifier"
    heading: str = "What was done to the log, and what the verifier said"
    caption: str = (
        "Who told whom, and how often: messages, the assignment and the hand-over, on the channel "
        "that the three share."
    )
    charts: tuple[Chart, ...] = ()

    @property
    def held(self) -> bool:
        """Whether there were controls, and every one gave the answer it must."""
        checks = [check for case in self.cases for check in case.checks]
        return bool(checks) and all(check.held for check in checks)
