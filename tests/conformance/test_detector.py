"""Our detectors pass the checks for detectors, and each check catches the one that breaks it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import force_setattr, replace
from tests.core.examples import FINDING, SPEC
from tests.detectors.record import Record

from tertius.conformance.detector import DetectorConformanceError, check_detector
from tertius.conformance.detector_strained import Shown, strangers
from tertius.conformance.held import held
from tertius.core.events import MessageSent, RunEnded
from tertius.core.finding import CouldNotTell, Effect
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec

FACT = Guarantee(code=GuaranteeCode.FACT, given=("the record is complete",))


def stream(run: str = "r1", times: int = 3) -> list[Shown]:
    record = Record(run)
    for number in range(times):
        record.say("a", f"{number}", "b")
    return record.shown


class Counts:
    """A good detector: tells of every message with content, once."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes
        self.seen: dict[str, str] = {}

    @property
    def spec(self) -> DetectorSpec:
        changes = self.changes.get("spec", {})
        good = replace(
            SPEC, name="counts", kinds=("message.sent",), guarantees=(GuaranteeCode.FACT,),
            memory=100_000,
        )  # fmt: skip
        return replace(good, **changes)

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        if content is None or not event.run:
            return ()
        return (self.claim(event),)

    def claim(self, event: Event, **changes: Any) -> Answer:
        point = Effect(value=1, unit="messages", low=1, high=1, level=1)
        good = replace(
            FINDING, detector="counts", version=SPEC.version, run=event.run, evidence=(event.id,),
            failure_mode=SPEC.failure_modes[0], risk_factors=(), effect=point, guarantee=FACT,
        )  # fmt: skip
        return replace(good, **changes)

    def finish(self) -> Sequence[Answer]:
        return ()

    def clone(self) -> "Counts":
        return type(self)(**self.changes)


def test_a_good_detector_passes() -> None:
    report = check_detector(Counts(), [stream(), stream("r2")])
    assert (report.streams, report.events, report.findings) == (2, 8, 6)
    assert 0 < report.memory < 10_000


class Bad(Counts):
    """Breaks one promise, given as a function from the event to the answers."""

    how: Callable[["Bad", Event, bytes | None], Sequence[Answer]]

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        return type(self).how(self, event, content) if event.run else ()


def breaking(how: Callable[[Any, Event, bytes | None], Sequence[Answer]], **changes: Any) -> Counts:
    return type("Broken", (Bad,), {"how": how})(**changes)  # type: ignore[no-any-return]


def remembers(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    MEMORY.append(event.id)
    return (self.claim(event, n=len(MEMORY)),)


def mixes(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    self.seen[event.id] = event.run
    return (self.claim(event, n=len(self.seen)),)


def hoards(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    self.seen[event.id] = f"{event.id} {'x' * 100_000}"
    return (self.claim(event),) if content else ()


def backwards(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    self.seen[event.id] = event.run
    mine = [name for name, run in self.seen.items() if run == event.run]
    return (self.claim(event, evidence=tuple(reversed(mine))),)


MEMORY: list[str] = []
HEURISTIC = Guarantee(code=GuaranteeCode.HEURISTIC, given=("x",))
ANSWERS: list[tuple[str, Callable[[Any, Event, bytes | None], Sequence[Answer]]]] = [
    ("not yet shown", lambda self, e, c: (self.claim(e, evidence=("later",)),)),
    ("another run", lambda self, e, c: (self.claim(e, run="elsewhere"),)),
    ("out of their order", backwards),
    ("as `else`", lambda self, e, c: (CouldNotTell(asked="else", why="no"),)),
    ("a name that", lambda self, e, c: (self.claim(e, detector="else"),)),
    ("a version that", lambda self, e, c: (self.claim(e, version="99"),)),
    ("a failure mode", lambda self, e, c: (self.claim(e, failure_mode="coalition.avoidance"),)),
    ("a mast mode", lambda self, e, c: (self.claim(e, mast_mode="FM-1.1"),)),
    ("a risk factor", lambda self, e, c: (self.claim(e, risk_factors=("caif.emergent_agency",)),)),
    ("a guarantee", lambda self, e, c: (self.claim(e, guarantee=HEURISTIC),)),
    ("answer differently", remembers),
    ("come in turns", mixes),
    ("holds", hoards),
    ("missing contents", lambda self, e, c: () if c else (self.claim(e),)),
]


@pytest.mark.parametrize(("said", "how"), ANSWERS, ids=[said for said, _ in ANSWERS])
def test_each_check_catches_its_breach(
    said: str, how: Callable[[Any, Event, bytes | None], Sequence[Answer]]
) -> None:
    with pytest.raises(DetectorConformanceError, match=said):
        check_detector(breaking(how), [stream(), stream("r2", 5)])


def rewrites(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    force_setattr(event, "channel", "rewritten")
    return (self.claim(event),) if content else ()


def trusts_ids(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    if event.id in self.seen:
        raise KeyError(event.id)
    self.seen[event.id] = ""
    return (self.claim(event),) if content else ()


def keeps_everybody(self: Counts, event: Event, content: bytes | None) -> Sequence[Answer]:
    self.seen[event.agent] = ""
    return (self.claim(event),) if content else ()


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("changes events", rewrites),
        ("does not bear events twice: KeyError", trusts_ids),
        ("holds [0-9]+ bytes; it declares 100000", keeps_everybody),
    ],
)
def test_it_bears_what_comes(
    said: str, how: Callable[[Any, Event, bytes | None], Sequence[Answer]]
) -> None:
    with pytest.raises(DetectorConformanceError, match=said):
        check_detector(breaking(how), [stream()])


def test_what_is_benign_stays_without_a_finding() -> None:
    check_detector(Counts(), [stream()], benign=[[(each, None) for each, _ in stream("r2")]])
    with pytest.raises(DetectorConformanceError, match="finds something in a benign record"):
        check_detector(Counts(), [stream()], benign=[stream("r2")])


class Keys(Counts):
    """A detector with a few keys, of which the oldest go; a key that is back has what is given."""

    back = 0.5
    most = 100

    def smaller(self, most: int) -> "Keys":
        made = self.clone()
        made.most = most
        return made  # type: ignore[return-value]

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        self.seen[event.agent] = ""
        if len(self.seen) > self.most:
            del self.seen[next(iter(self.seen))]
        return super().update(event, content)

    def values(self) -> dict[str, tuple[float, int]]:
        return dict.fromkeys(self.seen, (1.5, 1))

    def value(self, key: str) -> float:
        return 1.5 if key in self.seen else self.back


def test_a_key_that_was_let_go_does_not_come_back_whole() -> None:
    check_detector(Keys(), [stream()])
    with pytest.raises(DetectorConformanceError, match="come back at 1 after it was let go"):
        check_detector(type("Whole", (Keys,), {"back": 1.0})(), [stream()])


def test_strangers_are_new_and_of_the_number_asked_for() -> None:
    flood = list(strangers([stream(), stream("r2")], 2000))
    assert len(flood) == 2000
    assert len({event.id for event, _ in flood}) == 2000
    assert len({event.agent for event, _ in flood}) > 1000
    assert not any(isinstance(event, RunEnded) for event, _ in flood)
    assert list(strangers([], 10)) == []


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(DetectorConformanceError, match="unknown kinds"):
        check_detector(Counts(spec={"kinds": ("message.snet",)}), [stream()])


def test_a_clone_that_is_itself() -> None:
    class Same(Counts):
        def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
            self.seen[event.id] = ""
            return (self.claim(event, n=len(self.seen)),)

        def clone(self) -> "Counts":
            return self

    with pytest.raises(DetectorConformanceError):
        check_detector(Same(), [stream()])


def test_an_answer_to_nothing() -> None:
    class Chatty(Counts):
        def finish(self) -> Sequence[Answer]:
            return (CouldNotTell(asked="counts", why="nothing came"),)

    with pytest.raises(DetectorConformanceError, match="empty record"):
        check_detector(Chatty(), [stream()])


def test_what_is_held_is_counted_once() -> None:
    text = "x" * 10_000
    one = held([text])
    assert 10_000 < one < 11_000
    assert held([text, text]) < one + 100
    assert held(MessageSent) == 0 or held([MessageSent]) < 1000
