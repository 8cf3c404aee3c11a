"""A function as a tool: named arguments, one schema, secrets masked."""

from pathlib import Path
from typing import Any

import pytest
from tests.runtime.crew import group

from tertius.core.names import BadNameError
from tertius.runtime.tool import MASK, ToolError, input_schema, tool_of


def pay(to: str, amount: int, *, note: str = "", tags: list[str] | None = None) -> bool:
    return bool(to or amount or note or tags)


def test_the_schema_follows_the_signature() -> None:
    schema = input_schema(pay)
    assert schema["required"] == ["to", "amount"]
    assert schema["properties"]["amount"] == {"type": "integer"}
    assert schema["properties"]["tags"] == {}  # a type that has no word here is any
    assert not schema["additionalProperties"]


def test_another_signature_is_another_tool() -> None:
    def pay_more(to: str, amount: int, *, note: str = "", fee: int = 0) -> bool:
        return bool(to or amount or note or fee)

    assert tool_of("pay", pay).schema != tool_of("pay", pay_more).schema
    assert tool_of("pay", pay).schema == tool_of("pay", pay).schema


def test_arguments_are_named_and_whole() -> None:
    assert tool_of("pay", pay).arguments("ann", 3) == {
        "to": "ann", "amount": 3, "note": "", "tags": None,
    }  # fmt: skip
    with pytest.raises(TypeError):
        tool_of("pay", pay).arguments("ann", 3, colour="red")


@pytest.mark.parametrize(
    "function", [lambda *all: None, lambda **all: None, lambda one, /: None], ids=["*", "**", "/"]
)
def test_arguments_without_names_are_refused(function: Any) -> None:
    with pytest.raises(ToolError, match="name them all"):
        tool_of("x", function)


def test_bad_names_and_unknown_secrets_are_refused() -> None:
    with pytest.raises(BadNameError):
        tool_of("two words", pay)
    with pytest.raises(ToolError, match="`pin` is secret"):
        tool_of("pay", pay, secret=("pin",))


def test_a_secret_is_never_recorded(tmp_path: Path) -> None:
    seen = []

    def login(user: str, password: str) -> bool:
        seen.append(password)
        return True

    with group(tmp_path) as held:
        held.commons.add(tool_of("login", login, secret=("password",)))
        held.member().call("login", user="ann", password="hunter2")
        contents = b"".join(content or b"" for _, content in held.events())
    assert seen == ["hunter2"]
    assert b"hunter2" not in contents and MASK.encode() in contents
