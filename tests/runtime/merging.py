"""Past runs for the tests of forecasts: a boss who takes over results, read or unread."""

from collections.abc import Iterable
from random import Random

from tests.detectors.record import Outcome, Record

from tertius.core import events as e
from tertius.core.ports.detector import Detector
from tertius.detectors.unverified_agreement import UnverifiedAgreement
from tertius.runtime.detect import Shown


def watchers() -> list[Detector]:
    """The detectors that a forecast rests on here."""
    return [UnverifiedAgreement()]


def merged(run: str, unread: float, outcome: Outcome, *, times: int = 10) -> Record:
    """A run in which so large a share of the results is taken over unread."""
    record, draw = Record(run, "boss", "worker"), Random(run)
    record.call("worker", "open", task="t0")
    record.got("worker", "open", task="t0")
    for number in range(times):
        done = record.add(e.TaskCompleted, "worker", task=f"t{number}")
        if draw.random() >= unread:
            record.add(e.Verified, "boss", subject=done, result="confirmed")
        else:
            record.say("boss", None, "worker")
        record.add(e.Accepted, "boss", subject=done)
    record.end(outcome)
    return record


def years(count: int = 15) -> list[Record]:
    """As many runs that were read and completed as that were not and failed."""
    return [
        run
        for number in range(count)
        for run in (
            merged(f"read-{number}", 0.0, "completed"),
            merged(f"unread-{number}", 1.0, "failed"),
        )
    ]


def stream(records: Iterable[Record]) -> list[Shown]:
    """The records, one after the other, as a log would hold them."""
    both = [each for record in records for each in record.shown]
    return [(position, event, content) for position, (event, content) in enumerate(both)]


def side_by_side(records: Iterable[Record]) -> list[Shown]:
    """The records as if all runs had gone on at the same time."""
    waiting = [list(record.shown) for record in records]
    both = []
    while any(waiting):
        both += [each.pop(0) for each in waiting if each]
    return [(position, event, content) for position, (event, content) in enumerate(both)]
