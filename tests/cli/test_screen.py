"""What is shown to a person acts on no terminal."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.cli.screen import console, counted, print_json, progress, safe


@given(st.text(), st.integers(1, 300))
def test_safe_text_is_one_printable_line_of_bounded_length(text: str, limit: int) -> None:
    shown = safe(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc", "a b c"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("[red]日本[/red] :smile:", "[red]日本[/red] :smile:"),
    ],
)
def test_what_would_act_becomes_visible_and_the_rest_stays(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_cut_shows_that_it_is_one() -> None:
    assert safe("x" * 300, 5) == "xxxx…"
    assert safe("x" * 5, 5) == "xxxxx"


def test_the_console_takes_no_text_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[red]a[/red] [/] :smile: [link=http://x]b")
    assert capsys.readouterr().out == "[red]a[/red] [/] :smile: [link=http://x]b\n"


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "é\u202e\n\x1b"})
    assert capsys.readouterr().out == '{"text": "\\u00e9\\u202e\\n\\u001b"}\n'


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


def test_no_bar_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    with progress() as bar:
        bar.update(bar.add_task("reading", total=2), completed=1)
    assert capsys.readouterr() == ("", "")
