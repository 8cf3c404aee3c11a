"""Who may rule is what was signed, under a root of its own."""

from pathlib import Path

import pytest
from tests.runtime.test_governed import folder

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import APPROVERS, END
from tertius.policy.roots import NoRootError
from tertius.policy.versions import RolledBackError, Versions
from tertius.runtime.enrolled import NobodyEnrolledError, read_register, register_of
from tertius.runtime.places import Places

__all__ = ["folder"]  # a fixture


def test_everybody_who_was_signed_is_enrolled(folder: Path) -> None:
    found = register_of(Places(folder), time=NOW)
    assert [each.person for each in found.people] == list(APPROVERS)


def test_a_register_beside_the_signed_one_counts_for_nothing(folder: Path) -> None:
    (folder / "policy" / "approvers.signed.json").unlink()
    (folder / "roots" / "approvers.json").write_text('{"version": 1, "people": []}')
    with pytest.raises(NobodyEnrolledError, match="no signed approvers at"):
        register_of(Places(folder), time=NOW)


def test_it_needs_a_root_in_force_and_stays_where_there_was_one(folder: Path) -> None:
    with pytest.raises(NoRootError, match="not in force"):
        register_of(Places(folder), time=END + 1)
    _, versions = read_register(Places(folder), versions=Versions(), time=NOW)
    (folder / "policy" / "approvers.signed.json").unlink()
    with pytest.raises(RolledBackError):
        read_register(Places(folder), versions=versions, time=NOW)
