"""What later steps took over from a claim or an assumption: who brought it in, and who followed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from tertius.report.origin import values_in
from tertius.report.phrases import TAKES_BACK, assumed, sentence_with, stated
from tertius.report.point import Point
from tertius.report.turn import Turn
from tertius.report.words import told as listed

BRINGS = frozenset({"claimed", "unevidenced", "stated"})
"""Kinds of points that can bring something in on which others build."""

MOST_HELD = 40  # latest points whose matter is looked for
MOST_TEXT = 8000  # characters of a turn that are compared
MOST_VALUES = 3  # of one point that are told
LEAST_SHARED = 3  # words that one assumption shares with another

_APPROVES = frozenset({"approved", "self-approved"})
_TOKEN = re.compile(r"\w{2,}|\d")
_STEM = re.compile(r"\b(?!assum)[a-z]{5}")


class _Matter(Struct):
    """What the point at `at` of its list brought in; `root` is the event that did so first."""

    at: int
    event: int
    agent: str
    values: dict[str, frozenset[str]]
    stems: frozenset[str]
    root: int
    trusted: bool = True  # nothing was looked up or run since
    settled: bool = False  # a tool put it out, or somebody took it back
    built: dict[int, None] = field(default_factory=dict)

    def held(self, tokens: frozenset[str]) -> list[str]:
        """Return the names and numbers of it that stand in a text."""
        return [value for value, words in self.values.items() if words <= tokens]


def built_on(
    points: Sequence[Point], told: Sequence[Turn], task: int, question: str = ""
) -> list[Point]:
    """Return the points with what they brought in, and further ones for who took it on trust.

    Parameters
    ----------
    points
        In the order of the record.
    told
        The turns of the run.
    task
        Number of the event that sets the task; what stands in it is not new.
    question
        What was asked, whose words are shared by all.

    Notes
    -----
    New is a name or number of which a word stands in no earlier turn; who repeats it builds on it,
    unless a tool put it out or somebody took it back. An assumption that shares words with an
    earlier one follows it, if nothing was run in between. **It cannot see** what was taken over in
    other words.
    """
    own: dict[int, list[int]] = {}
    for at, point in enumerate(points):
        if point.kind in BRINGS | _APPROVES:
            own.setdefault(point.event, []).append(at)
    chain = _Chain(
        asked=_stems(question), briefing=next((t for t in told if t.number == task), None)
    )
    done, seen = list(points), set[str]()
    for turn in told:
        tokens = _tokens(turn.text)
        if turn.back:
            chain.returned(tokens)
        elif turn.number != task:
            taken = None if turn.code or turn.number in own else chain.taken(turn, tokens)
            done += [taken] if taken else []
            chain.repeated(turn, tokens)
            for at in own.get(turn.number, ()):
                done[at] = chain.linked(at, points[at], turn, seen)
        seen |= tokens
    for matter in chain.all:
        if not matter.settled:
            done[matter.at] = replace(done[matter.at], built=tuple(matter.built))
    return done


class _Chain(Struct):
    """Everything that was brought in so far."""

    asked: frozenset[str]
    briefing: Turn | None
    all: list[_Matter] = field(default_factory=list)
    trusting: set[tuple[str, int]] = field(default_factory=set)

    def returned(self, tokens: frozenset[str]) -> None:
        """Settle what a tool put out; the rest is no longer merely trusted."""
        for matter in self.all[-MOST_HELD:]:
            matter.trusted = False
            matter.settled |= bool(matter.held(tokens))

    def taken(self, turn: Turn, tokens: frozenset[str]) -> Point | None:
        """Return a point for who first repeats what another brought in, on trust."""
        for matter in self.all[-MOST_HELD:]:
            held = matter.held(tokens)
            key = turn.agent, matter.root
            if held and matter.trusted and matter.agent != turn.agent and key not in self.trusting:
                self.trusting.add(key)
                values = listed([f"“{value}”" for value in held], most=MOST_VALUES)
                return Point(
                    event=turn.number,
                    kind="taken-over",
                    says=f"takes over {values} from #{matter.event + 1}; nothing was looked up or "
                    "run in between",
                    known="texts",
                    source=matter.event,
                )
        return None

    def repeated(self, turn: Turn, tokens: frozenset[str]) -> None:
        """Note who takes up, or takes back, names and numbers."""
        match = stated(TAKES_BACK, turn.prose)
        doubted = _tokens(sentence_with(turn.prose, match)) if match else frozenset()
        for matter in self.all[-MOST_HELD:]:
            matter.settled |= bool(matter.held(doubted))
            if matter.held(tokens):
                matter.built[turn.number] = None

    def linked(self, at: int, point: Point, turn: Turn, seen: set[str]) -> Point:
        """Fill in what a point brings in, and on which earlier one it rests."""
        stems = _stems(turn.prose) - self.asked
        first = self._first(point, stems)
        if first is not None:
            first.built[turn.number] = None
        if point.kind in _APPROVES:
            return point if first is None else replace(point, source=first.event)
        fresh = {
            value: words
            for value in values_in(point.quote)
            if (words := _tokens(value)) and not words <= seen
        }
        guesses = assumed(turn.prose) is not None
        root = first.root if first is not None else turn.number
        own = stems if guesses else frozenset[str]()
        self.all.append(_Matter(at, turn.number, turn.agent, fresh, own, root))
        return replace(
            point,
            says=point.says + (self._before(stems) if guesses and first is None else ""),
            values=tuple(fresh)[:MOST_VALUES],
            source=None if first is None else first.event,
        )

    def _first(self, point: Point, stems: frozenset[str]) -> _Matter | None:
        """Return where that came in first which a point approves, repeats or assumes again."""
        tokens = _tokens(point.quote)
        for matter in self.all[-MOST_HELD:]:
            if not matter.trusted or matter.event >= point.event:
                continue
            if point.kind in _APPROVES:
                follows = point.source == matter.event or point.source in matter.built
            else:
                alike = len(matter.stems & stems) >= LEAST_SHARED
                follows = bool(matter.held(tokens)) or (point.kind == "unevidenced" and alike)
            if follows:
                return next(each for each in self.all if each.event == matter.root)
        return None

    def _before(self, stems: frozenset[str]) -> str:
        """Say whether the briefing assumed already what somebody assumes now."""
        match = assumed(self.briefing.prose) if self.briefing else None
        if self.briefing is None or match is None:
            return ""
        words = _stems(sentence_with(self.briefing.prose, match)) - self.asked
        if len(words & stems) + 1 < LEAST_SHARED:
            return ""
        return f"; the briefing, #{self.briefing.number + 1}, speaks of the same assumption"


def _stems(text: str) -> frozenset[str]:
    return frozenset(_STEM.findall(text[:MOST_TEXT].casefold()))


def _tokens(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(text[:MOST_TEXT].casefold().replace("_", " ")))
