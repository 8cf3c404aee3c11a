"""Places in an event: what the small language finds, and what it refuses."""

import pytest

from tertius.core.events import Cause, MessageSent, ToolCalled
from tertius.runtime.pick import MISSING, PickError, Scope, check, parse, read_json, take

EVENT = MessageSent(
    id="e", time=0, run="r", agent="ann", recipients=("bob", "cem"), causes=(Cause(id="c"),)
)
WHOLE = {
    "a": {"b": [1, {"c": None}]},
    "odd key": True,
    "args": '{"x": [5, "six"]}',
    "word": "plain",
}
SCOPE = Scope(event=EVENT, whole=WHOLE, item={"n": 2}, groups={"who": "dan"})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("$$.a.b[0]", 1),
        ("$$.a.b[-1].c", None),
        ('$$["odd key"]', True),
        ("$$.args.x[1]", "six"),
        ("$.n", 2),
        ("$", {"n": 2}),
        ("@agent", "ann"),
        ("@recipients[1]", "cem"),
        ("@causes[0].id", "c"),
        ("<who>", "dan"),
    ],
)
def test_what_is_there_is_found(place: str, value: object) -> None:
    assert take(parse(place), SCOPE) == value


@pytest.mark.parametrize(
    "place",
    ["$.m", "$$.a.b[2]", "$$.a[0]", "$$.word.x", "$$.a.b.c", "@recipients[9]", "<other>",
     "@causes[0].__class__", "@agent.upper"],
)  # fmt: skip
def test_what_is_not_there_is_missing(place: str) -> None:
    assert take(parse(place), SCOPE) is MISSING


def test_a_question_mark_makes_it_optional() -> None:
    assert parse("$.a?").optional
    assert not parse("$.a").optional
    assert parse("a.b[0]", plain=True).steps == ("a", "b", 0)


@pytest.mark.parametrize(
    "source",
    ["", "a.b", "$a", "$.a[", "$.a[x]", "$..a", "@Agent", "<a", "$" + ".a" * 17, '$["\\x"]'],
)
def test_what_is_no_place_is_refused(source: str) -> None:
    with pytest.raises(PickError):
        parse(source)


def test_fields_and_groups_are_checked_beforehand() -> None:
    check(parse("@tool"), ToolCalled, ())
    check(parse("<who>"), ToolCalled, ("who",))
    with pytest.raises(PickError, match="has no field `tol`; did you mean `tool`"):
        check(parse("@tol"), ToolCalled, ())
    with pytest.raises(PickError, match="no pattern of this rule has a group `whom`; did you mean"):
        check(parse("<whom>"), ToolCalled, ("who",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": 1}', {"a": 1}),
        ("Here:\n```json\n[1]\n```\nthanks", [1]),
        ("```\n[1]\n```\n```\n[2]\n```", MISSING),
        ('{"a": 1, "a": 2}', MISSING),
        ("{'a': 1}", MISSING),
        ("[" * 500, MISSING),
        ('["\\ud800"]', MISSING),
        ("3", MISSING),
        ("", MISSING),
    ],
)
def test_only_json_with_one_meaning_is_read(text: str, value: object) -> None:
    assert read_json(text) == value


def test_long_content_is_not_read() -> None:
    assert read_json(b'["' + b"a" * 300_000 + b'"]') is MISSING
