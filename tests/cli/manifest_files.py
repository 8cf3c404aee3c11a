"""Manifests and keys in files, as a person keeps them."""

from pathlib import Path

from tertius.cli.main import run

HEX = "ab" * 32
AID = f"""\
agent: aid
version: 1
role: settles eligibility for financial aid
operator: campus-it
principal: registrar
accountable: p-17
model_family: family-a
not_before: 2026-01-01
not_after: 2099-01-01
constitution: {HEX}
tools:
  - tool: ledger.pay
    schema: {HEX}
    effects: [pay]
    arguments:
      - {{argument: amount, type: in_range, low: 0, high: 500, whole: true}}
"""


def write(path: Path, text: str = AID) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def keygen(name: str, folder: Path) -> Path:
    """Make a reviewer's key; its public half is printed, and to be read away by the caller."""
    path = folder / f"{name}.key"
    assert run(["keygen", name, "--signer", "--out", str(path)]) == 0
    return path
