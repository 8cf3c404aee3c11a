"""Dropped fact: what came with the work is not handed over with it."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import MemoryRead
from tertius.detectors.dropped_fact import DroppedFact

ORDER = "Move order A-771 for mail@example.org to 2026-11-30, at most 450 kg."


def handed(words: str | None, run: str = "r1") -> Record:
    record = Record(run, "clerk", "store")
    record.say("user", ORDER, "clerk")
    record.hand("clerk", "store", words)
    return record


def test_it_fires_when_the_receiver_acts_without_them() -> None:
    record = handed("Please move the order to 2026-11-30.")
    assert findings(DroppedFact(), record) == []
    record.call("store", "move", '{"order": "latest"}')
    (finding,) = findings(DroppedFact(), record)
    assert finding.evidence == ("r1/3", "r1/4", "r1/5")
    assert finding.agents == ("clerk", "store")
    assert (finding.effect.value, finding.n, finding.severity) == (2, 3, "low")
    assert finding.mast_mode == "FM-2.4"


def test_it_stays_silent_when_all_is_handed_over() -> None:
    record = handed("Order A-771 goes to 2026-11-30, 450 kg at most.")
    record.call("store", "move")
    assert findings(DroppedFact(), record) == []
    assert unsure(DroppedFact(), record) == []


def test_a_receiver_who_heard_it_too_misses_nothing() -> None:
    record = Record("r1", "clerk", "store")
    record.say("user", ORDER, "clerk", "store")
    record.hand("clerk", "store", "Your turn.")
    record.call("store", "move")
    assert findings(DroppedFact(), record) == []


def test_a_receiver_who_looks_it_up_misses_nothing() -> None:
    record = handed("Please move the order.")
    record.add(MemoryRead, "store", ORDER, store="orders", key="k")
    record.call("store", "move")
    assert findings(DroppedFact(), record) == []


def test_a_receiver_who_is_told_in_time_misses_nothing() -> None:
    record = handed("Please move the order.")
    record.say("clerk", "It is A-771, 450 kg, 2026-11-30.", "store")
    record.call("store", "move")
    assert findings(DroppedFact(), record) == []


def test_what_it_says_itself_it_knows() -> None:
    record = handed("Please move the order.")
    record.say("store", "I move A-771 of 450 kg to 2026-11-30.", "clerk")
    assert findings(DroppedFact(), record) == []


def test_it_judges_once() -> None:
    record = handed("Please move the order.")
    record.say("store", "Which one?", "clerk")
    record.call("store", "move")
    assert len(findings(DroppedFact(), record)) == 1


def test_hand_offs_without_words_cannot_be_told() -> None:
    record = handed(None)
    record.call("store", "move")
    assert unsure(DroppedFact(), record) == ["the content of the hand-overs is not at hand"]
    record = Record()
    record.say("user", ORDER, "clerk")
    assert unsure(DroppedFact(), record) == ["no hand-overs are recorded in this run"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = []
    for run, words in (("a", "Please move it."), ("b", ORDER), ("c", "Go on.")):
        record = handed(words, run)
        for number in range(80):
            record.say("store", f"step {number} of 300", "clerk")
        record.end()
        streams.append(record.shown)
    assert check_detector(DroppedFact(), streams).findings == 2
