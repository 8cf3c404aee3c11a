"""Roles of Magentic-One, read as turns."""

from typing import Any

import pytest

from tertius.readers.magentic_one import MAX_ROLE, turn
from tertius.readers.turns import Turn


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("WebSurfer", Turn(who="WebSurfer", text="x")),
        ("A (-> B)", Turn(who="A", to=("B",), text="x")),
        ("A (thought)", Turn(who="A", what="thought", text="x")),
        ("A (termination condition)", Turn(who="A", what="end", text="x")),
        ("A (other)", Turn(who="A", to=(), text="x")),
        ("A (-> " + "B" * MAX_ROLE + ")", Turn(who="A (-> " + "B" * MAX_ROLE + ")", text="x")),
        (7, Turn(who="", text="x")),
        (None, Turn(who="", text="x")),
    ],
)
def test_a_role_holds_speaker_addressee_and_kind(role: Any, told: Turn) -> None:
    assert turn({"role": role, "content": "x"}) == told


def test_what_is_no_text_is_no_content() -> None:
    assert turn({"role": "A", "content": ["x"]}).text is None


def test_an_executor_is_believed_about_its_exit_code() -> None:
    said = "The script ran, then exited with Unix exit code: 0\nIts output was: 7"
    assert turn({"role": "ComputerTerminal", "content": said}).ok is True
    assert turn({"role": "Assistant", "content": said}).ok is None
