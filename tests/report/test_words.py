"""The words of the page."""

from hypothesis import given
from hypothesis import strategies as st

from tertius.core.kinds import KINDS
from tertius.report.words import SAID, line, shown, taxon


def test_every_kind_of_event_has_words() -> None:
    assert SAID.keys() == KINDS.keys()


def test_nothing_hides_in_a_text() -> None:
    assert shown("a\u202eb\u200bc\x1b[31m\x00\ufeff") == "a\\u202eb\\u200bc\\x1b[31m\\x00\\ufeff"
    assert shown("two\r\nlines\tand\xa0space, née") == "two\nlines\tand\xa0space, née"


@given(st.text())
def test_what_is_shown_is_visible_and_stays_as_it_is(text: str) -> None:
    told = shown(text)
    assert shown(told) == told
    assert not any("\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069" for char in told)
    assert "\r" not in told


@given(st.text(), st.integers(2, 50))
def test_a_line_is_one_line_and_no_longer(text: str, most: int) -> None:
    told = line(text, most)
    assert len(told) <= most and "\n" not in told


def test_an_id_that_the_taxonomy_does_not_hold_stands_for_itself() -> None:
    assert taxon("nobody.knows") == "nobody.knows"
