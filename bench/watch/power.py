"""How soon a detector sees what a story does, how often it errs, and what it costs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Detector
from tertius.detectors.table import TABLE, bets, load, shares
from tertius.evaluation.alarms import QUARTER, touches
from tertius.runtime.detect import Watching
from watch.tape import Story, Tape

BATCH = 1024
STREAMS = 30  # of each effect


class Seen(Struct, frozen=True):
    """What became of one stream: rounds of the first alarms, any and on those involved."""

    false: float
    true: float


class Effect(Struct, frozen=True):
    """Many streams of one effect, by the definitions of the contract's section 8.

    Attributes
    ----------
    effect
        Of each round from the onset on.
    n, alarmed, timely
        Streams; with an alarm at all, and before a quarter of the harm was done.
    delay, shared
        Median rounds from the onset to the alarm, alone and as one of the whole battery, which
        shares its level; infinite where half or more had none.
    avoidable
        Mean share of the harm that was still to come at the alarm, 0 where there was none.
    """

    effect: float
    n: int
    alarmed: int
    timely: int
    delay: float
    shared: float
    avoidable: float


class Cost(Struct):
    """Seconds of the processor, and events, that detectors were shown."""

    seconds: float = 0.0
    events: int = 0

    @property
    def micros(self) -> float:
        """Microseconds for an event."""
        return 1e6 * self.seconds / max(1, self.events)


def fresh(story: Story, **more: object) -> Detector:
    """Return the story's detector with the parameters declared for it."""
    return load(story.detector, **{**story.settings, **more})


def shown(detector: Detector, tape: Tape, cost: Cost | None = None) -> list[tuple[int, Finding]]:
    """Show a detector a stream and return its findings, each with its round."""
    watching = Watching([detector])
    began = time.process_time()
    answers = []
    for start in range(0, len(tape.shown), BATCH):
        answers += watching.update_many(tape.shown[start : start + BATCH])
    if cost is not None:
        cost.seconds += time.process_time() - began
        cost.events += len(tape.shown)
    last = len(tape.shown) - 1
    if not bets(detector.spec.name):
        answers += [(last, answer) for answer in watching.finish()]
    return [(tape.rounds[at], found) for at, found in answers if isinstance(found, Finding)]


def bounded(finding: Finding) -> bool:
    """Whether a finding states an error bound."""
    return finding.guarantee.code in (
        GuaranteeCode.KEY_ANYTIME,
        GuaranteeCode.FAMILY_ANYTIME,
        GuaranteeCode.RATE,
    )


def false_alarms(story: Story, *, drift: bool, streams: int) -> int:
    """Count streams with an alarm although the null holds throughout.

    Without a drift the null's edge is met in every round. With one, the nuisance swings between
    none (the edge) and all.
    """
    rounds = story.honest
    swing = [0.5 - 0.5 * math.cos(6 * math.pi * n / rounds) for n in range(rounds)]
    count = 0
    for seed in range(streams):
        tape = story.stream(seed, [0.0] * rounds, swing if drift else None)
        found = shown(fresh(story), tape)
        count += any(bounded(each) or not bets(story.detector) for _, each in found)
    return count


def power(story: Story, effect: float, cost: Cost, *, streams: int = STREAMS) -> Effect:
    """Play streams that are at the null's edge, and from the onset on beyond it by `effect`."""
    delays: list[float] = []
    shared: list[float] = []
    level = shares(TABLE).get(story.detector)
    for seed in range(streams):
        tape = story.stream(10_000 + seed, [0.0] * story.quiet + [effect] * story.loud)
        delays.append(_delay(story, shown(fresh(story), tape, cost)))
        if level is not None:
            shared.append(_delay(story, shown(fresh(story, **level), tape)))
    quarter = QUARTER * story.loud
    return Effect(
        effect=effect,
        n=streams,
        alarmed=sum(delay < math.inf for delay in delays),
        timely=sum(delay < quarter for delay in delays),
        delay=median(delays),
        shared=median(shared or delays),
        avoidable=sum(max(0.0, 1 - delay / story.loud) for delay in delays) / streams,
    )


def _delay(story: Story, found: Sequence[tuple[int, Finding]]) -> float:
    """Return the rounds from the onset to the first alarm on somebody involved.

    An alarm before the onset is a false one, and what it names is not named again: a miss.
    """
    for number, finding in found:
        involved = not story.involved or touches(finding, story.involved)
        if number >= story.quiet and involved:
            return number - story.quiet
    return math.inf
