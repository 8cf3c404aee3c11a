"""The text of messages in every shape that the page promises, and of anything else as JSON."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.readers.span_text import answered, asked, messages, parsed, plain

Q = ("user", "", "why?")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "parts", "type", "messages", "data", "x"]), inner
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "value",
    [
        [{"role": "user", "parts": [{"type": "text", "content": "why?"}]}],
        '[{"role": "user", "content": "why?"}]',
        {"role": "user", "content": [{"type": "text", "text": "why?"}]},
        {"messages": [[{"type": "human", "data": {"content": "why?"}}]]},
        {"messages": [{"type": "human", "content": "why?"}]},
        {"input": {"messages": [{"role": "user", "content": "why?"}]}},
        [{"lc": 1, "id": ["langchain", "HumanMessage"], "kwargs": {"content": "why?"}}],
        [{"message.role": "user", "message.content": "why?"}],
        {"choices": [{"message": {"role": "user", "content": "why?"}}]},
    ],
)
def test_one_question_in_many_shapes(value: Any) -> None:
    assert messages(value) == [Q]


def test_calls_and_pictures_are_kept_as_json() -> None:
    call = {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}
    (message,) = messages(
        [{"role": "assistant", "parts": [{"type": "text", "content": "x"}, call]}]
    )
    assert message.text == 'x\n{"type":"tool_call","id":"c","name":"f","arguments":{}}'
    (message,) = messages([{"role": "ai", "content": "", "tool_calls": [{"name": "f"}]}])
    assert message == ("assistant", "", '{"name":"f"}')


def test_the_last_question_from_outside_and_the_last_answer() -> None:
    dialogue = [
        {"role": "system", "content": "brief"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
        {"role": "assistant", "content": "four"},
    ]
    assert (asked(dialogue), answered(dialogue)) == ("three", "four")
    assert (asked("just text"), answered({"answer": 4})) == ("just text", '{"answer":4}')
    assert asked(None) is answered(None) is None


def test_text_that_only_looks_like_json_stays_text() -> None:
    assert parsed("[not JSON") == "[not JSON"
    assert parsed("42") == "42"
    assert parsed("[" * 5000) == "[" * 5000


@given(json_values)
def test_whatever_comes_in_text_comes_out(value: Any) -> None:
    assert all(isinstance(part, str) for message in messages(value) for part in message)
    for read in (asked, answered, plain):
        assert isinstance(read(value), str | None)
