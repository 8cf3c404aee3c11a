"""Whether last words have the form of an answer."""

import pytest

from tertius.report.ending import Ending
from tertius.report.form import fit


def says(question: str, words: str, value: str = "") -> str:
    return fit(question, Ending(event=1, quote=words, part=words, value=value)).says


@pytest.mark.parametrize(
    ("question", "words", "told"),
    [
        ("How many stops are there?", "The line is old.", "one number; they hold none"),
        ("What is the area of it?", "It is 12, or 13.", "hold 2 numbers (12, 13)"),
        ("How many stops are there?", "It has 12 letters.", "they do not speak of “stops”"),
        ("In what year was it built?", "Long ago.", "Asked for a date; they hold none"),
        ("Who built it?", "Open the page. Please report the name you see.", "They ask somebody"),
        ("Who built it?", "You will need to open the page of Ann Lee.", "They ask somebody"),
        ("Who built it?", "Not found. I'll look again and report shortly.", "They announce"),
        ("Who built it?", "that is not known.", "Asked for a name; they hold none"),
    ],
)
def test_what_does_not_fit_is_told(question: str, words: str, told: str) -> None:
    assert told in says(question, words)


@pytest.mark.parametrize(
    ("question", "words", "value"),
    [
        ("How many stops are there?", "There are 12 stops.", ""),
        ("How many stops are there?", "There are twelve stops.", ""),
        ("How many stops of the 30 are closed?", "Of 30 stops 12 are closed.", ""),
        ("How many stops are there?", "Of 3 and 4, the answer is 12.", "12"),
        ("How much is saved?", "Old: $570\nNew: $450\nSavings: $120", ""),
        ("What is the area of it?", "One is 12, one is 13; in all it is 25.", ""),
        ("In what year was it built?", "It was built in 1901.", ""),
        ("Who built it?", "It was Ada.", ""),
        ("Who built it?", "It was Ada. Could someone please verify it?", ""),
        ("Who built it?", "It was Ada. Please share your feedback.", ""),
        ("Describe the line.", "It is long.", ""),
    ],
)
def test_what_fits_or_cannot_be_decided_is_not_judged(
    question: str, words: str, value: str
) -> None:
    assert says(question, words, value) == ""
