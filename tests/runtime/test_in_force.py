"""What stops a start names the file that is meant, and what to do with it."""

from pathlib import Path

import pytest

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import found
from tertius.core.errors import TertiusError
from tertius.runtime.in_force import read_policy
from tertius.runtime.places import Places

NAMES = ("constitution", "conditions", "roles", "approvers", "revocations", "reviews", "mode")
FILES = [
    *(f"policy/{name}.signed.json" for name in NAMES),
    *(f"roots/{role}.1.signed.json" for role in ("constitution", "manifests", "approvers")),
]


@pytest.mark.parametrize("file", FILES)
def test_a_signed_file_that_cannot_be_read_is_named(file: str, tmp_path: Path) -> None:
    found(tmp_path / "u")
    path = tmp_path / "u" / file
    path.write_bytes((path.read_bytes() if path.exists() else b"{}") + b"garbage\n")
    with pytest.raises(TertiusError) as refused:
        read_policy(Places(tmp_path / "u"), time=NOW)
    said = str(refused.value)
    assert said.startswith(f"{path}: no signed envelope: offset ")
    assert said.endswith("; put the file back from a copy, or move it away and sign again")


def test_so_is_one_that_is_under_the_wrong_signature(tmp_path: Path) -> None:
    found(tmp_path / "u")
    path = tmp_path / "u" / "policy" / "roles.signed.json"
    path.write_bytes(path.with_name("approvers.signed.json").read_bytes())
    with pytest.raises(TertiusError, match=r"roles\.signed\.json: "):
        read_policy(Places(tmp_path / "u"), time=NOW)
