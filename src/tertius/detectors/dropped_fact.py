"""Facts that an agent was given are missing from what it hands over."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from tertius.core.events import (
    BaseEvent,
    HandedOff,
    MemoryRead,
    MessageSent,
    RunEnded,
    TaskAssigned,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run
from tertius.detectors.tally import severity

LEAST = 2  # facts dropped
SHARE = 0.5  # of the facts that were given
WINDOW = 32  # texts kept of one run
TEXT = 2048  # bytes kept of one text
FACTS = 64  # of one text
MEDIUM, HIGH = 3, 6  # facts dropped

_FACT = re.compile(rb"[A-Za-z0-9@._:/+-]*[0-9][A-Za-z0-9@._:/+-]*")
_EDGES = b".:/+-"


class _Text:
    __slots__ = ("event", "sender", "text", "to")

    def __init__(self, event: str, sender: str, to: tuple[str, ...], text: bytes) -> None:
        self.event, self.sender, self.to, self.text = event, sender, to, text


class _Handed:
    """A hand-over whose receiver has not acted yet, and the facts that it has not seen."""

    __slots__ = ("event", "given", "missing", "sender", "sources")

    def __init__(
        self, event: str, sender: str, sources: list[str], given: int, missing: set[bytes]
    ) -> None:
        self.event, self.sender, self.sources = event, sender, sources
        self.given, self.missing = given, missing


class _Run(Run):
    __slots__ = ("handed", "hands", "judged", "texts")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.texts: deque[_Text] = deque(maxlen=WINDOW)
        self.handed: dict[str, _Handed] = {}  # by receiver
        self.hands = self.judged = 0


class DroppedFact(PerRun[_Run]):
    """Compares what an agent was told with what it hands over, number by number.

    A fact is a word with a digit and at least three characters: an amount, a date, an order, an
    address. Given are the facts of the latest message to the agent before it hands over with words
    of its own. Dropped are those that stand neither in the hand-over, nor in anything that the
    receiver was sent, read or got from a tool until it acts, nor in that act. It is told when the
    receiver acts without at least `least` facts, and `share` of those given.

    Parameters
    ----------
    least : int
        Facts dropped, at least 1.
    share : float
        Of the facts given, above 0 and at most 1.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Reads hand-overs with content only: one without content may pass on the whole conversation, and
    an assigned part of a task rightly leaves out the rest. What it cannot see: facts without a
    digit; whether a fact mattered; a fact in other words (1,000 or a thousand); what the receiver
    was told more than 32 texts ago, or beyond the first 2 KB of a text.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-2.4.
    """

    SPEC = DetectorSpec(
        name="dropped_fact",
        version="1",
        title="Facts lost in a hand-over",
        plain="An agent was given numbers, dates or names, handed the work on without them, and "
        "the next agent went on in ignorance of them. Its result may rest on a guess.",
        kinds=(
            *("run.ended", "message.sent", "handed.off", "task.assigned", "task.completed"),
            *("tool.called", "tool.returned", "memory.read"),
        ),
        failure_modes=("gradient.communication",),
        mast_modes=("FM-2.4",),
        risk_factors=("caif.information_asymmetries.communication_constraints",),
        source="arXiv 2503.13657 (MAST), mode FM-2.4",
        null="whoever takes work over has been told the facts that came with it",
        assumptions=("facts that came with the work matter for it", "the record is complete"),
        guarantees=(GuaranteeCode.HEURISTIC,),
        blind="facts without a digit; whether a fact mattered; a fact in other words; hand-overs "
        "without content",
        memory=RUNS * 512 * KIB,
    )
    STATE = _Run

    def __init__(self, *, least: int = LEAST, share: float = SHARE, runs: int = RUNS) -> None:
        super().__init__(least=least, share=share, runs=runs)
        self._least, self._share = least, share

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Keep a text, and judge the sender if it has taken work over."""
        return self._told(run, event, event.recipients, content)

    def on_task_assigned(
        self, run: _Run, event: TaskAssigned, content: bytes | None
    ) -> Sequence[Answer]:
        """Keep a text, and judge the sender if it has taken work over."""
        return self._told(run, event, (event.to,), content)

    def _acted(
        self, run: _Run, event: ToolCalled | TaskCompleted, content: bytes | None
    ) -> Sequence[Answer]:
        """Judge an agent that has taken work over."""
        return self._judge(run, event, content) if run.handed else ()

    on_tool_called = on_task_completed = _acted

    def _got(
        self, run: _Run, event: ToolReturned | MemoryRead, content: bytes | None
    ) -> Sequence[Answer]:
        """Keep what an agent came to know otherwise."""
        if content is not None:
            run.texts.append(_Text(event.id, "", (event.agent,), content[:TEXT]))
            self._learned(run, (event.agent,), content)
        return ()

    on_tool_returned = on_memory_read = _got

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Compare what the agent was told with what it hands over."""
        run.hands += 1
        answers = self._judge(run, event, content) if run.handed else ()
        sender, to = event.agent, event.to
        if not sender or not to or not content:
            return answers
        run.judged += 1
        source = next((t for t in reversed(run.texts) if t.sender and sender in t.to), None)
        if source is not None:
            given = facts(source.text)
            seen = [content, *(t.text for t in run.texts if not t.to or to in (t.sender, *t.to))]
            missing = {fact for fact in given if not any(fact in text for text in seen)}
            if len(missing) >= self._least:
                run.handed[to] = _Handed(event.id, sender, [source.event], len(given), missing)
        run.texts.append(_Text(event.id, sender, (to,), content[:TEXT]))
        return answers

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say where there was nothing to compare."""
        if not run.hands:
            return (self.silent(run, "no hand-overs are recorded in this run"),)
        if not run.judged:
            return (self.silent(run, "the content of the hand-overs is not at hand"),)
        return ()

    def _told(
        self, run: _Run, event: BaseEvent, to: tuple[str, ...], content: bytes | None
    ) -> Sequence[Answer]:
        answers = self._judge(run, event, content) if run.handed else ()
        if content is not None:
            run.texts.append(_Text(event.id, event.agent, to, content[:TEXT]))
            if run.handed:
                self._learned(run, to, content)
        return answers

    def _learned(self, run: _Run, to: tuple[str, ...], content: bytes) -> None:
        """Take from what is missing all that a receiver learns, before it acts."""
        for name in to or tuple(run.handed):
            handed = run.handed.get(name)
            if handed is not None:
                handed.missing = {fact for fact in handed.missing if fact not in content}

    def _judge(self, run: _Run, event: BaseEvent, content: bytes | None) -> Sequence[Answer]:
        """Tell what an agent acts without; what it says itself it knows."""
        handed = run.handed.pop(event.agent, None)
        if handed is None:
            return ()
        missing = {fact for fact in handed.missing if content is None or fact not in content}
        if len(missing) < max(self._least, self._share * handed.given):
            return ()
        return (self._finding(run, handed, event, len(missing)),)

    def _finding(self, run: _Run, handed: _Handed, event: BaseEvent, count: int) -> Finding:
        return self.claim(
            run,
            agents=(handed.sender, event.agent),
            edges=(Edge(sender=handed.sender, receiver=event.agent),),
            evidence=[*handed.sources, handed.event, event.id],
            onset=handed.event,
            effect=(count, "facts not handed over"),
            n=handed.given,
            null="whoever takes work over has been told the facts that came with it",
            severity=severity(count, MEDIUM, HIGH),
            code=GuaranteeCode.HEURISTIC,
            aspect="said",
        )


def facts(text: bytes) -> set[bytes]:
    """Return the words of a text that hold a digit, three characters or longer.

    Examples
    --------
    >>> sorted(facts(b"Move order A-771 to 2026-11-30, at most 3 boxes."))
    [b'2026-11-30', b'A-771']
    """
    found = (word.strip(_EDGES) for word in _FACT.findall(text)[: 2 * FACTS])
    return set(list(dict.fromkeys(word for word in found if len(word) > 2))[:FACTS])
