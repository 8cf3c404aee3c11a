"""The signed mode: who grants a shadow, and when it ends."""

import msgspec
import pytest
from tests.policy.documents import ALICE, BOB, NOW, root, signed

from tertius.policy.mode import KIND, ModeDocument, ModeError, load_mode
from tertius.policy.signed import WrongRootError
from tertius.policy.versions import RolledBackError, Versions

SHADOW = ModeDocument(
    version=2, mode="shadow", reason="a first look", not_before=NOW, not_after=NOW + 10
)


def test_it_holds_within_its_validity_and_no_longer() -> None:
    times = (NOW - 1, NOW, NOW + 10, NOW + 11)
    assert [SHADOW.shadows(time) for time in times] == [False, True, True, False]
    enforce = msgspec.structs.replace(SHADOW, mode="enforce")
    assert not any(enforce.shadows(time) for time in times)


def test_it_stands_under_the_constitutions_root_and_never_goes_back() -> None:
    raw = signed(SHADOW, ALICE, BOB, kind=KIND, name="mode")
    own = root(ALICE, BOB, role="constitution")
    held, versions = load_mode(raw, own, versions=Versions())
    assert held.document == SHADOW
    with pytest.raises(WrongRootError):
        load_mode(raw, root(ALICE, BOB), versions=Versions())
    older = signed(msgspec.structs.replace(SHADOW, version=1), ALICE, BOB, kind=KIND, name="mode")
    with pytest.raises(RolledBackError, match="version 1 of `mode`"):
        load_mode(older, own, versions=versions)


@pytest.mark.parametrize("change", [{"reason": " "}, {"not_after": NOW}, {"version": 0}])
def test_it_gives_a_reason_and_an_end(change: dict[str, object]) -> None:
    with pytest.raises(ModeError):
        msgspec.structs.replace(SHADOW, **change)
