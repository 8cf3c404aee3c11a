"""What no gate would start with is not signed; what would do nothing is told."""

from pathlib import Path

import pytest
from tests.cli.manifest_files import AID, HEX, write
from tests.cli.test_sign import rooted, sign

from tertius.cli.main import run

CONSTITUTION = """\
name: shop
version: 1
accountable: p-7
not_before: 2026-01-01
not_after: 2099-01-01
schema: |
  type Arguments = { amount?: Long };
rules:
  - id: small
    why: no large payments
    cedar: |
      forbid (principal, action == Action::"tool.call", resource == Resource::"ledger.pay")
      when { context.arguments has amount && context.arguments.amount > 500 };
"""
CONDITIONS = CONSTITUTION.replace("accountable: p-7\n", "").replace(
    "not_before: 2026-01-01\nnot_after: 2099-01-01\n", ""
)


@pytest.mark.parametrize("kind", ["constitution", "conditions"])
@pytest.mark.parametrize("folder", ["policy", "draft"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('call", resource', 'call" resource', ": unexpected token `resource`"),
        ("amount > 500", "amuont > 500", "did you mean `amount`"),
        ("amount > 500", 'amount > "x"', "expected Long but saw String"),
        ("?: Long", "?: Lnog", "shop:schema: unreadable: 1:29: unknown type `Lnog`"),
        ("> 500", "> 500 && context.hops < 0", "never-fires: no request satisfies it"),
    ],
)
def test_rules_that_no_gate_would_load_are_not_signed(
    kind: str,
    folder: str,
    old: str,
    new: str,
    said: str,
    tmp_path: Path,
    keys: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = CONSTITUTION if kind == "constitution" else CONDITIONS
    assert old in whole
    path = write(tmp_path / folder / f"{kind}.yaml", whole.replace(old, new))
    assert sign(path, keys["alice"]) == 2
    told = capsys.readouterr().err
    rule = next(n for n, line in enumerate(whole.splitlines(), 1) if "cedar:" in line)
    line = 3 + whole.splitlines().index("schema: |") - 2 if "schema" in said else rule
    assert said in told and f"{kind}.yaml:{line}:" in told
    where = path if folder == "draft" else tmp_path
    assert f"`tertius lint {where}` tells all there is" in told
    assert not path.with_name(f"{kind}.signed.json").exists()
    assert run(["lint", str(where)]) == 1
    write(path, whole)
    assert sign(path, keys["alice"]) == 0, "it is the mistake that stops it"


def test_what_only_does_nothing_is_told_and_signed(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rooted(tmp_path, keys, 1)
    path = write(
        tmp_path / "policy" / "conditions.yaml", CONDITIONS.replace('"ledger.pay"', '"ledger.pya"')
    )
    capsys.readouterr()
    assert sign(path, keys["alice"]) == 0
    said = capsys.readouterr().err
    assert "conditions.yaml:8:12: shop:small: misspelt: " in said
    assert "did you mean `ledger.pay`" in said
    ended = AID.replace("not_after: 2099-01-01", "not_after: 2026-02-01")
    assert sign(write(tmp_path / "alone" / "aid.yaml", ended), keys["alice"]) == 0
    assert "may do nothing: expired on 2026-02-01" in capsys.readouterr().err


SPOILT = [
    ("accountable: p-17", "accountable: aid", "`aid` is an agent; name a human as accountable"),
    (HEX, "cd" * 32, "reviewed under constitution cdcd"),
    ("high: 500", "high: -1", "aid.yaml:16:"),
    (
        "tools:",
        "peers: [{peer: other, direction: to, kinds: [message.send], via: message}]\ntools:",
        "aid.yaml:11:16: never-fires: no manifest of peer `other`",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), SPOILT)
def test_a_manifest_that_no_gate_would_take_is_not_signed(
    old: str,
    new: str,
    said: str,
    tmp_path: Path,
    keys: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = rooted(tmp_path, keys, 1)
    constitution = write(tmp_path / "policy" / "constitution.yaml", CONSTITUTION)
    assert sign(constitution, keys["alice"]) == 0
    under = capsys.readouterr().out.rpartition("digest ")[2].strip()
    write(path, AID.replace(old, new, 1).replace(HEX, under, 1))
    assert sign(path, keys["alice"]) == 2
    assert said in capsys.readouterr().err
    write(path, AID.replace(HEX, under, 1))
    assert sign(path, keys["alice"]) == 0


def test_a_flaw_of_another_document_stops_nobody(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of several documents one is mended after the other, a new constitution first."""
    rooted(tmp_path, keys, 1)
    write(tmp_path / "policy" / "conditions.yaml", CONDITIONS.replace("Long", "Lnog"))
    write(tmp_path / "policy" / "roles.yaml", "version: one\n")
    manifests = tmp_path / "policy" / "manifests"
    constitution = write(tmp_path / "policy" / "constitution.yaml", CONSTITUTION)
    assert sign(constitution, keys["alice"]) == 0
    under = capsys.readouterr().out.rpartition("digest ")[2].strip()
    (tmp_path / "policy" / "roles.yaml").unlink()
    write(manifests / "old.yaml", AID.replace("agent: aid", "agent: old"))
    aid = write(manifests / "aid.yaml", AID.replace(HEX, under, 1))
    assert sign(aid, keys["alice"]) == 0, "`old` is still of the constitution before"
