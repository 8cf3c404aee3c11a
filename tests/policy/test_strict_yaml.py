"""YAML that could be read in two ways is refused, with its place."""

import random

import pytest

from tertius.policy.strict_yaml import MAX_BYTES, DocumentError, parse_yaml, quoted


@pytest.mark.parametrize(
    ("raw", "tree"),
    [
        (b"a: 1\nb: [x, 'y', \"z\"]\n", {"a": 1, "b": ["x", "y", "z"]}),
        (
            b"a: -1.5\nb: 1e3\nc: true\nd: null\ne:\n",
            {"a": -1.5, "b": 1e3, "c": True, "d": None, "e": None},
        ),
        (b"a: 2026-01-01\nb: 'yes'\nc: '1'\n", {"a": "2026-01-01", "b": "yes", "c": "1"}),
        (b"a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        (b"a: 0b9f\nb: 0o18\nc: 0xfg\n", {"a": "0b9f", "b": "0o18", "c": "0xfg"}),
        (b'a: "\\u202e\\t"\r\n', {"a": "\u202e\t"}),
    ],
)
def test_plain_values(raw: bytes, tree: object) -> None:
    assert parse_yaml(raw, file="f").tree == tree


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a: &x 1\n", "f:1:4: an anchor"),
        (b"a: 1\nb: *a\n", "f:2:4: an alias"),
        (b"a: [&x 1, *x]\n", "f:1:5: an anchor"),
        (b"a: !!python/name:os.system 1\n", "f:1:4: a tag"),
        (b"a: !!str 1\n", "f:1:4: a tag"),
        (b"a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key `a`; the first is at 1:1"),
        (b"a:\n  b: 1\n  b: 1\n", "f:3:3: duplicate key `b`"),
        (b"a:\n\tb: 1\n", "f:2:1: a tab; expected spaces"),
        (b"a: 'x\ty'\n", "f:1:6: a tab"),
        (b"a: 1\n---\nb: 1\n", "f:2:1: a second document"),
        (b"1: a\n", "f:1:1: a key that is no text"),
        (b"[a]: b\n", "f:1:1: a key that is no text"),
        (b"a: yes\n", "f:1:4: `yes`; expected `true`, `false`, `null`, or quotes"),
        (b"a: True\n", "f:1:4: `True`; expected `true`"),
        (b"a: ~\n", "f:1:4: `~`"),
        (b"a: 0x10\n", "f:1:4: `0x10` is no plain number"),
        (b"a: -0b1_0\n", "f:1:4: `-0b1_0` is no plain number"),
        (b"a: 0o17\n", "f:1:4: `0o17` is no plain number"),
        (b"a: 010\n", "f:1:4: `010` is no plain number"),
        (b"a: 1_000\n", "f:1:4: `1_000` is no plain number"),
        (b"a: .nan\n", "f:1:4: `.nan` is no plain number"),
        (b"a: " + b"9" * 30 + b"\n", "f:1:4: `9+` is no plain number"),
        (b"a: \xe2\x80\x8bb\n", "f:1:4: an invisible character `\\\\u200b`"),
        (b"\xef\xbb\xbfa: 1\n", "f:1:1: save the file without a byte order mark"),
        (b"a: \xef\xbb\xbf1\n", "f:1:4: an invisible character"),
        (b"a: \x00\n", "f:1:4: an invisible character"),
        (b'a: "\\ud800"\n', "f:1:4: an escape of half a character"),
        (b'"\\udfff": 1\n', "f:1:1: an escape of half a character"),
        (b"a: b\n\xff", "f:2:1: invalid UTF-8"),
        (b"a: [1\n", "f:2:1: no YAML"),
        (b"a: b: c\n", "f:1:5: no YAML"),
        (b"", "f: an empty file"),
        (b"# nothing\n", "f: an empty file"),
        (b"[" * 50, "nested deeper than 16"),
        (b"a: " + b"x" * MAX_BYTES, "f: 1048579 bytes; expected at most"),
        (b"- " * 100_000, "nested deeper|no YAML"),
        (b"[" + b"0," * 50_001 + b"]", "more than 50000 values"),
    ],
)
def test_what_two_readers_could_take_differently_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        parse_yaml(raw, file="f")


def test_a_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    with pytest.raises(DocumentError, match="f:1:5: an anchor"):
        parse_yaml("\n".join(lines).encode(), file="f")


def test_places_of_values_keys_and_of_what_is_missing() -> None:
    document = parse_yaml(b"tools:\n  - tool: x\n    effects: [read]\n", file="f")
    assert document.place(("tools", 0, "effects", 0)) == (3, 15)
    assert document.place(("tools", 0, "effects"), key=True) == (3, 5)
    assert document.place(("tools", 0, "schema")) == (2, 5)
    assert document.place(("nothing",)) == (1, 1)


def test_values_are_shown_escaped_and_cut() -> None:
    assert quoted("a\n\x1b\u202e") == "a\\n\\x1b\\u202e"
    assert quoted("x" * 100) == "x" * 57 + "..."


def test_fuzz_3000_damaged_documents_end_in_values_or_one_placed_error() -> None:
    chance = random.Random(11)
    seed = (
        b"agent: aid\nversion: 3\ntools:\n  - tool: pay\n    effects: [read, 'x']\nowns: [a, b]\n"
    )
    for _ in range(3_000):
        raw = bytearray(seed)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 2)] = bytes(
                chance.choices(b"&*!%@:-[]{}#|>'\"\t\n ~?,.0x\xff\xe2\x80", k=chance.randint(0, 2))
            )
        try:
            parse_yaml(bytes(raw), file="f")
        except DocumentError as error:
            assert "\n" not in str(error)
