"""Names: one alphabet, compared exactly; foreign text gets an alias that never collides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.names import MAX_NAME, BadNameError, alias, check_name, is_name, nearest


@given(st.text(max_size=300))
def test_an_alias_is_a_name_and_stays_the_same(text: str) -> None:
    assert is_name(alias(text))
    assert alias(text) == alias(text)
    assert alias(alias(text)) == alias(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_different_texts_get_different_aliases(one: str, other: str) -> None:
    assert (alias(one) == alias(other)) == (one == other)


def test_a_name_is_its_own_alias() -> None:
    assert alias("Computer_terminal") == "Computer_terminal"


@pytest.mark.parametrize("text", ["", "two words", "a\n", "é", "a" * (MAX_NAME + 1), "a\u200bb"])
def test_what_is_no_name_is_refused_and_shown_safely(text: str) -> None:
    with pytest.raises(BadNameError) as caught:
        check_name(text, "agent")
    assert str(caught.value).isascii()
    assert "bad agent" in str(caught.value)


def test_the_nearest_word_is_offered() -> None:
    assert nearest("analyse", ["analyze", "trace"]) == "; did you mean `analyze`"
    assert nearest("q", [str(n) for n in range(20)]).endswith(", ...")
    assert nearest("q", []) == ""
