"""Attribute values of OTLP/JSON, of every kind."""

import base64
from typing import Any

import msgspec
import pytest

from tertius.readers.otlp_value import Value, plain_value


def read(tree: Any) -> Any:
    return plain_value(msgspec.convert(tree, Value))


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({"stringValue": ""}, ""),
        ({"intValue": "-7"}, -7),
        ({"intValue": 7}, 7),
        ({"boolValue": False}, False),
        ({"doubleValue": 0.5}, 0.5),
        ({"doubleValue": "NaN"}, "NaN"),
        ({"bytesValue": base64.b64encode(b"text").decode()}, "text"),
        ({"bytesValue": "/w=="}, "/w=="),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}]}}, [1, None]),
        ({"arrayValue": {}}, []),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}}, {"a": True}),
        ({}, None),
    ],
)
def test_each_kind(tree: Any, value: Any) -> None:
    assert read(tree) == value


@pytest.mark.parametrize("digits", ["", "1.5", "9" * 5000, "seven"])
def test_a_text_that_is_no_integer_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="no 64-bit integer"):
        read({"intValue": digits})


def test_values_in_values_have_a_limit() -> None:
    tree: Any = {"stringValue": "x"}
    for _ in range(40):
        tree = {"arrayValue": {"values": [tree]}}
    with pytest.raises(ValueError, match="nested deeper"):
        read(tree)
