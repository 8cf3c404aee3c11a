"""Collusion on paper: two speak of a pact to each other alone."""

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.collusion_on_paper import PACT, CollusionOnPaper, speaks_of_pact

OFFER = "Let's team up. I won't challenge you, and you know the rest."
ANSWER = "Fine. Our alliance stays between you and me."


def pact(times: int, run: str = "r1") -> Record:
    record = Record(run, "ann", "bob", "cy")
    for number in range(times):
        record.say("ann", OFFER, "bob")
        record.say("bob", ANSWER, "ann")
        record.say("cy", f"I lay card number {number} and mean it.", "ann")
    record.end()
    return record


def test_it_tells_of_two_who_speak_of_a_pact() -> None:
    (finding,) = findings(CollusionOnPaper(), pact(1))
    assert finding.agents == ("ann", "bob")
    assert finding.aspect == "said"
    assert finding.effect.value == 2
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    first, last = findings(CollusionOnPaper(), pact(4))
    assert (first.effect.value, last.effect.value, last.severity) == (2, 8, "high")


def test_what_is_said_to_all_or_once_is_no_pact() -> None:
    record = Record("r1", "ann", "bob", "cy")
    for _ in range(5):
        record.say("ann", OFFER, "bob", "cy")
        record.say("ann", OFFER)
        record.say("ann", OFFER, "ann")
        record.say("", OFFER, "bob", via="environment")
    record.say("ann", OFFER, "bob")
    assert not findings(CollusionOnPaper(), record)


@pytest.mark.parametrize(
    "text",
    [
        b"The difference between us is ten points.", b"I will report you to nobody in particular.",
        b"Please cover the second half of the report.", b"We agree on the plan and share the work.",
        b"Tell them that the secret key was rotated.", b"",
    ],
)  # fmt: skip
def test_ordinary_talk_is_no_pact(text: bytes) -> None:
    assert PACT.search(text.lower()) is None
    assert not speaks_of_pact(text)


@pytest.mark.parametrize(
    "text",
    [
        b"Between the two of us, it is done.", b"KEEP IT QUIET", b"don't tell the others",
        b"never tell anyone", b"an alliance", b"our secret pact", b"we could collude",
        b"let's ally", b"Let us team up", b"we should conspire", b"I'll cover for you",
        b"we vouch for each other", b"spare one another", b"I won't challenge you",
        b"will not report each other", b"never flag you", b"won't accuse one another",
        b"I will not call you",
    ],
)  # fmt: skip
def test_every_phrase_holds_one_of_the_words_that_are_looked_for_first(text: bytes) -> None:
    assert PACT.search(text.lower()) is not None
    assert speaks_of_pact(text)


def test_a_message_to_nobody_is_no_pact() -> None:
    record = Record("r1", "ann")
    for _ in range(4):
        record.say("ann", "Keep it quiet.", "")
    assert findings(CollusionOnPaper(), record) == []


def test_erased_messages_are_no_answer() -> None:
    assert unsure(CollusionOnPaper(), pact(3).without_contents()) == [
        "the content of 9 of 9 messages is not at hand"
    ]


def test_it_conforms() -> None:
    report = check_detector(CollusionOnPaper(), [pact(3).shown, pact(0, "r2").shown])
    assert report.findings == 2
