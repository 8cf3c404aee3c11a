"""What stands between fences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.chat import chat

from tertius.report.fences import FENCED, is_block
from tertius.report.turn import turns

PIECES = ["```", "`", "\n", " ", "python", "c++", "33040, 33037", "x = 1", "é"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_but_fences_and_white_space_is_lost(text: str) -> None:
    kept = FENCED.sub(lambda each: (each["language"] or "") + each["text"], text)
    assert "".join(kept.split()) == "".join(text.replace("```", "").split())


@pytest.mark.parametrize(
    ("text", "language", "inside", "block"),
    [
        ("```33040, 33037```", None, "33040, 33037", False),
        ("```word```", None, "word", False),
        ("```c++\nx\n```", "c++", "x\n", True),
        ("```33040\n33037\n```", None, "33040\n33037\n", True),
        ("```print it\nx```", None, "print it\nx", True),
        ("```\nx", None, "x", True),
    ],
)
def test_a_word_is_a_language_only_alone_on_its_line(
    text: str, language: str | None, inside: str, block: bool
) -> None:
    (match,) = FENCED.finditer(text)
    assert (match["language"], match["text"], is_block(match)) == (language, inside, block)


def test_words_between_fences_within_a_line_are_no_code_and_neither_is_what_follows() -> None:
    (turn,) = turns(chat(("ann", "It is ```33040```.\nThat is all.\n```sh\nls\n```")), {})
    assert (turn.code, turn.prose) == ("ls", "It is 33040.\nThat is all.\n\n")
