"""The keys that a head shows, against a full parse of the whole."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tertius.readers.glance import Glance, glance

words = st.text(st.sampled_from('ab"\\{}[]:, \n\té'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
plain = st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=4)


@given(plain, st.booleans(), st.sampled_from([None, 1]))
def test_all_keys_of_a_whole_document_are_seen(
    tree: dict[str, Any], listed: bool, indent: int | None
) -> None:
    raw = json.dumps([tree, {"later": 1}] if listed else tree, indent=indent).encode()
    assert glance(raw) == Glance(listed=listed, keys=frozenset(tree))


@given(plain, st.integers(0, 200))
def test_a_head_cut_anywhere_shows_no_key_that_is_not_there(tree: dict[str, Any], cut: int) -> None:
    assert glance(json.dumps(tree).encode()[:cut]).keys <= frozenset(tree)


@given(st.binary(max_size=60))
def test_anything_may_be_looked_at(raw: bytes) -> None:
    glance(raw)


def test_lines_after_the_first_object_are_not_looked_at() -> None:
    assert glance(b'\xef\xbb\xbf{"a": {"b": 1}}\n{"c": 1}').keys == {"a"}
