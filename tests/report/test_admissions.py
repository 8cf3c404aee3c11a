"""What a run says of itself."""

import pytest

from tertius.core.events import MessageSent
from tertius.report.admissions import EACH, admissions
from tertius.report.entry import Entry, kept
from tertius.report.gist import Said


def sent(*texts: str) -> list[Entry]:
    return [
        kept(MessageSent(id=str(n), time=0, run="r", agent="a"), text.encode())
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "I am unable to open the page.",
        "I cannot access the file.",
        "We couldn't find the list.",
        "As I do not have direct access to the image, we go on.",
        "Let's assume that it is 10.",
        "This rests on the assumption of a regular shape.",
        "My best estimate is 70.",
        "Here is a hypothetical list.",
        "data = simulated_rows() # simulated data",
        "url = 'https://example.com/data'",
        "I gather sample data for the trails.",
        "After manually reviewing the page, it is clear.",
        "From memory, it was 1912.",
        "We are stuck with the same page.",
        "No progress was made.",
    ],
)
def test_an_admission_is_quoted_with_its_sentence_alone(sentence: str) -> None:
    assert admissions(sent(f"All is well. {sentence}\nGo on."), ()) == [Said(0, sentence)]


@pytest.mark.parametrize(
    "text",
    ["We are not stuck.", "It is 10.", "I found it on the page.", "EDUCATED GUESSES\n- none"],
)
def test_what_admits_nothing_is_not_quoted(text: str) -> None:
    assert admissions(sent(text), ()) == []


def test_tools_and_the_task_admit_nothing_and_nothing_is_told_twice() -> None:
    texts = ("Assume that it is 10.", "Let's assume it is 10.", "Let us assume it is 10.")
    told = sent("Do not use dummy data.", *texts, texts[1])
    assert admissions(told, {3}, asking=0) == [Said(2, "Let's assume it is 10.")]


def test_of_a_field_only_its_value_is_quoted() -> None:
    told = sent('{\n  "reason": "We are stuck with one page.",\n  "answer": true\n}')
    assert admissions(told, ()) == [Said(0, "We are stuck with one page.")]


def test_one_event_is_quoted_twice_at_most() -> None:
    text = " ".join(f"We assume that part {n} is right." for n in range(9))
    assert len(admissions(sent(text), ())) == EACH
