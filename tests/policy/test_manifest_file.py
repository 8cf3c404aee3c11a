"""A manifest as people write it; every mistake with line, column, value and what was expected."""

import random
from pathlib import Path

import pytest

from tertius.core.constraints import InRange
from tertius.core.label import Confidentiality
from tertius.core.manifest import Manifest
from tertius.policy.manifest_file import parse_manifest, read_manifest
from tertius.policy.strict_yaml import DocumentError, parse_yaml

HEX = "ab" * 32
TEXT = f"""\
agent: aid
version: 2
role: settles eligibility for financial aid
operator: campus-it
principal: registrar
accountable: p-17
model_family: family-a
not_before: 2026-09-01
not_after: 2027-09-01T08:00:00Z
constitution: {HEX}
clearance: confidential
tools:
  - tool: ledger.pay
    schema: {HEX}
    effects: [pay]
    arguments:
      - argument: amount
        type: in_range
        low: 0
        high: 500
        whole: true
peers:
  - peer: advisor
    direction: both
    kinds: [message.send]
memory:
  - store: sis
    read: true
    prefixes: [aid/]
owns: [aid.eligibility]
"""


def parse(text: str) -> Manifest:
    return parse_manifest(parse_yaml(text.encode(), file="aid.yaml"))


def test_a_whole_manifest(tmp_path: Path) -> None:
    path = tmp_path / "aid.yaml"
    path.write_text(TEXT, encoding="utf-8")
    manifest, document = read_manifest(path)
    assert manifest.clearance is Confidentiality.CONFIDENTIAL
    assert manifest.tools[0].arguments[0] == InRange(argument="amount", low=0, high=500, whole=True)
    assert manifest.not_after - manifest.not_before == (365 * 24 + 8) * 3600 * 10**9
    assert document.place(("tools", 0, "arguments", 0, "high")) == (20, 15)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read, no such file"):
        read_manifest(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("agent: aid", "agent: two words", "1:8: expected 1 to 128 .*, found text `two words`"),
        ("agent: aid", "agent: \u0430id", "1:8: expected 1 to 128 .*, found text `.u0430id`"),
        ("agent: aid", "agent: [aid]", "1:8: expected a text, found a list"),
        ("agent: aid\n", "", "1:1: missing key `agent`"),
        ("version: 2", "version: 0", "2:10: expected a whole number >= 1, found `0`"),
        ("version: 2", "version: '2'", "2:10: expected a whole number, found text `2`"),
        ("version: 2", "version: true", "2:10: expected a whole number, found `true`"),
        ("version: 2", "version: 2\nversion: 2", "3:1: duplicate key `version`"),
        ("clearance:", "clearence:", "11:1: unknown key `clearence`; did you mean `clearance`"),
        ("confidential", "confidental", "11:12: .*`confidental`; did you mean `confidential`"),
        ("tool: ledger.pay", "tol: ledger.pay", "13:5: unknown key `tol`; did you mean `tool`"),
        ("[pay]", "[pya]", "15:15: unknown value `pya`; did you mean `pay`"),
        ("[pay]", "[]", "13:5: tool `ledger.pay` names no effect"),
        ("in_range", "in_rnge", "18:15: unknown value `in_rnge`; did you mean `in_range`"),
        ("high: 500", "hihg: 500", "20:9: unknown key `hihg`; did you mean `high`"),
        ("high: 500", "high: -500", "17:9: range of `amount` is 0 to -500"),
        ("high: 500", "high: .inf", "20:15: `.inf` is no plain number"),
        ("whole: true", "whole: 1", "21:16: expected `true` or `false`, found `1`"),
        ("[message.send]", "[message.sned]", "25:13: .*did you mean `message.send`"),
        ("peer: advisor", "peer: aid", "1:1: `aid` is its own peer"),
        ("2026-09-01", "2028-09-01", "1:1: manifest of `aid` ends before it begins"),
        ("2026-09-01", "soon", "8:13: bad time `soon`; expected `2026-09-01T08:00:00Z` or a date"),
        (HEX, "xyz", "10:15: expected 64 lower-case hex digits, found text `xyz`"),
        ("owns: [aid.eligibility]", "owns: [a, a]", "1:1: owns names `a` twice"),
        ("agent: aid", "<<: {agent: aid}", "1:1: unknown key `<<`"),
    ],
)
def test_every_mistake_has_its_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(DocumentError, match=f"^aid.yaml:{said}"):
        parse(TEXT.replace(old, new, 1))


@pytest.mark.parametrize("text", ["[]\n", "text\n", "7\n"])
def test_what_is_no_mapping(text: str) -> None:
    with pytest.raises(DocumentError, match="1:1: expected keys with values"):
        parse(text)


def test_fuzz_1500_damaged_manifests_end_in_a_manifest_or_one_placed_error() -> None:
    chance = random.Random(3)
    words = TEXT.split()
    outcomes = set()
    for _ in range(1_500):
        text = TEXT
        for _ in range(chance.randint(1, 3)):
            one, other = (
                chance.choice(words),
                chance.choice([*words, "", "-1", "[]", "{}", "9" * 20]),
            )
            text = text.replace(one, other, 1)
        try:
            parse(text)
            outcomes.add("read")
        except DocumentError as error:
            outcomes.add("refused")
            assert str(error).startswith("aid.yaml") and "\n" not in str(error)
            assert error.line >= 1
    assert outcomes == {"read", "refused"}
