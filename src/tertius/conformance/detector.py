"""The checks that every detector passes, ours and strangers'."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, json

from tertius.conformance.detector_strained import (
    FLOOD,
    Shown,
    changed,
    crashed,
    grown,
    returned_whole,
)
from tertius.conformance.held import held
from tertius.core.errors import TertiusError
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import KINDS, decode, encode
from tertius.core.ports.detector import Answer, Detector

MOST_SPOILT = 400  # events of a record that are shown in disorder


class DetectorConformanceError(TertiusError):
    """A detector does not keep a promise of the port."""


class DetectorReport(Struct, frozen=True, kw_only=True):
    """What was checked: streams, events, and the findings among the answers to them."""

    streams: int
    events: int
    findings: int
    memory: int


def check_detector(
    detector: Detector,
    streams: Sequence[Sequence[Shown]],
    *,
    benign: Sequence[Sequence[Shown]] = (),
    flood: int = FLOOD,
) -> DetectorReport:
    """Hold a detector to its port on whole records.

    Parameters
    ----------
    detector
        A fresh one; it is cloned for every check and never shown an event itself.
    streams
        Records that are over, each with runs of its own. At least one must make it fire, else
        nothing is known of its findings.
    benign
        Records in which it must find nothing.
    flood
        Events by agents never seen before that are shown: its memory must stay bounded.

    Raises
    ------
    DetectorConformanceError
        Naming the promise that was broken.

    Notes
    -----
    Checked are: declared kinds exist, and it needs no others; two clones agree, and a clone has
    no memory; its findings state what its spec declares, and cite events that it was shown before,
    in order, and of the finding's run unless it gathers evidence over the whole log; two records
    shown in turns give the answers that they give one after the other, where a run stands for
    itself; events in batches give the same answers; without contents it states no more facts than
    with them; it finds nothing in what is benign; it changes no event; events in any order, twice,
    from the future or with fields missing do not stop it; what it holds stays within the memory it
    declares, also while strangers come without end; and a key that a bettor lets go does not come
    back as if it had never been. Cannot see whether a finding is right.
    """
    name = detector.spec.name
    unknown = sorted(set(detector.spec.kinds) - set(KINDS))
    if unknown:
        raise DetectorConformanceError(f"`{name}` declares unknown kinds {unknown}")
    findings = memory = 0
    for stream in streams:
        if changed(detector, stream):  # first, or it is done already
            raise DetectorConformanceError(f"`{name}` changes events that it is shown")
        answers = _answers(detector.clone(), stream)
        findings += sum(isinstance(answer, Finding) for answer in answers)
        _check_answers(detector, stream)
        _check_again(detector, stream, answers)
        _check_blind(detector, stream, answers)
        _check_batches(detector, stream, answers)
        _check_input(detector, stream)
        memory = max(memory, _check_memory(detector, stream))
    for stream in benign:
        _check_silent(detector, stream)
    if detector.spec.scope == "run":
        _check_turns(detector, streams)
    memory = max(memory, _check_flood(detector, streams, flood))
    if not findings:
        raise DetectorConformanceError(f"no stream makes `{name}` fire; add one that does")
    events = sum(len(stream) for stream in streams)
    return DetectorReport(streams=len(streams), events=events, findings=findings, memory=memory)


def _declared(detector: Detector, stream: Sequence[Shown]) -> list[Shown]:
    kinds = set(detector.spec.kinds)
    return [shown for shown in stream if shown[0].__struct_config__.tag in kinds]


def _answers(detector: Detector, stream: Sequence[Shown]) -> list[Answer]:
    """Show a record to a detector, the kinds that it declares and no others."""
    answers: list[Answer] = []
    for event, content in _declared(detector, stream):
        answers += detector.update(event, content)
    return [*answers, *detector.finish()]


def _check_answers(detector: Detector, stream: Sequence[Shown]) -> None:
    """Check each answer against the spec and against what was shown until then."""
    spec, watching = detector.spec, detector.clone()
    place: dict[str, tuple[int, str]] = {}
    for number, (event, content) in enumerate(_declared(detector, stream)):
        place[event.id] = (number, event.run)
        for answer in watching.update(event, content):
            _check_answer(detector, answer, place)
    for answer in watching.finish():
        _check_answer(detector, answer, place)
    if watching.spec != spec:
        raise DetectorConformanceError(f"`{spec.name}` changed its spec while it watched")


def _check_answer(detector: Detector, answer: Answer, place: dict[str, tuple[int, str]]) -> None:
    spec = detector.spec
    if isinstance(answer, CouldNotTell):
        if answer.asked != spec.name:
            raise DetectorConformanceError(f"`{spec.name}` answers as `{answer.asked}`")
        return
    stated = {
        "name": answer.detector == spec.name,
        "version": answer.version == spec.version,
        "failure mode": answer.failure_mode in spec.failure_modes,
        "mast mode": answer.mast_mode is None or answer.mast_mode in spec.mast_modes,
        "risk factor": set(answer.risk_factors) <= set(spec.risk_factors),
        "guarantee": answer.guarantee.code in spec.guarantees,
    }
    for what, declared in stated.items():
        if not declared:
            raise DetectorConformanceError(f"`{spec.name}` states a {what} that it did not declare")
    cited = [place.get(event) for event in answer.evidence]
    if None in cited:
        raise DetectorConformanceError(f"`{spec.name}` cites an event that it was not yet shown")
    found = [each for each in cited if each is not None]
    if spec.scope == "run" and any(run != answer.run for _, run in found):
        raise DetectorConformanceError(f"`{spec.name}` cites an event of another run")
    if found != sorted(found):
        raise DetectorConformanceError(f"`{spec.name}` cites events out of their order")
    if json.decode(json.encode(answer), type=Finding) != answer:
        raise DetectorConformanceError(f"`{spec.name}` gives a finding that does not survive JSON")


def _check_again(detector: Detector, stream: Sequence[Shown], first: list[Answer]) -> None:
    """Check that clones agree: on decoded copies, after other use, and whatever was added."""
    name = detector.spec.name
    used = detector.clone()
    copies = [(decode(encode(event)), content) for event, content in stream]
    if _answers(used, copies) != first:
        raise DetectorConformanceError(f"two clones of `{name}` answer differently")
    if _answers(used.clone(), stream) != first:
        raise DetectorConformanceError(f"a clone of `{name}` remembers what its original was shown")
    once = detector.clone()
    if list(once.finish()):
        raise DetectorConformanceError(f"`{name}` answers to an empty record")


def _check_batches(detector: Detector, stream: Sequence[Shown], one_by_one: list[Answer]) -> None:
    """Check that a detector that takes batches gives the same answers however they are cut."""
    if not hasattr(detector, "update_many"):
        return
    declared = _declared(detector, stream)
    for size in (2, 7, len(declared) or 1):
        each = detector.clone()
        answers: list[Answer] = []
        for start in range(0, len(declared), size):
            cut = declared[start : start + size]
            shown = [(start + place, *pair) for place, pair in enumerate(cut)]
            answers += [answer for _, answer in each.update_many(shown)]
        if [*answers, *each.finish()] != one_by_one:
            raise DetectorConformanceError(
                f"`{detector.spec.name}` answers differently when events come {size} at a time"
            )


def _check_blind(detector: Detector, stream: Sequence[Shown], with_contents: list[Answer]) -> None:
    """Check that missing contents are no evidence."""
    blind = _answers(detector.clone(), [(event, None) for event, _ in stream])
    facts = {_claim(answer) for answer in with_contents if isinstance(answer, Finding)}
    for answer in blind:
        if isinstance(answer, Finding) and answer.guarantee.code is GuaranteeCode.FACT:
            if _claim(answer) in facts:
                continue
            raise DetectorConformanceError(
                f"`{detector.spec.name}` states as a fact what only missing contents suggest"
            )


def _claim(finding: Finding) -> tuple[object, ...]:
    return (finding.run, finding.failure_mode, finding.agents, finding.edges)


def _check_turns(detector: Detector, streams: Sequence[Sequence[Shown]]) -> None:
    """Check that records shown in turns give what they give one after the other."""
    apart = [answer for stream in streams for answer in _answers(detector.clone(), stream)]
    turns: list[Shown] = []
    longest = max(map(len, streams), default=0)
    for number in range(longest):
        turns += [stream[number] for stream in streams if number < len(stream)]
    together = _answers(detector.clone(), turns)
    if sorted(map(json.encode, together)) != sorted(map(json.encode, apart)):
        raise DetectorConformanceError(
            f"`{detector.spec.name}` answers differently when records come in turns"
        )


def _check_input(detector: Detector, stream: Sequence[Shown]) -> None:
    """Check that bad events stop nothing."""
    name = detector.spec.name
    if why := crashed(detector, stream[:MOST_SPOILT]):
        raise DetectorConformanceError(f"`{name}` does not bear {why}")


def _check_silent(detector: Detector, stream: Sequence[Shown]) -> None:
    found = [answer for answer in _answers(detector.clone(), stream) if isinstance(answer, Finding)]
    if found:
        raise DetectorConformanceError(
            f"`{detector.spec.name}` finds something in a benign record: {found[0].null}"
        )


def _check_flood(detector: Detector, streams: Sequence[Sequence[Shown]], flood: int) -> int:
    largest = grown(detector, streams, flood)
    _require_within(detector, largest)
    if key := returned_whole(detector, streams, flood // 8):
        raise DetectorConformanceError(
            f"`{detector.spec.name}` lets a key come back at 1 after it was let go: {key}"
        )
    return largest


def _check_memory(detector: Detector, stream: Sequence[Shown]) -> int:
    watching, largest = detector.clone(), 0
    shown = _declared(detector, stream)
    every = max(1, len(shown) // 4)
    for number, (event, content) in enumerate(shown):
        watching.update(event, content)
        if number % every == 0:
            largest = max(largest, held(watching))
    _require_within(detector, largest)
    return largest


def _require_within(detector: Detector, largest: int) -> None:
    if largest > detector.spec.memory:
        raise DetectorConformanceError(
            f"`{detector.spec.name}` holds {largest} bytes; it declares {detector.spec.memory}"
        )
