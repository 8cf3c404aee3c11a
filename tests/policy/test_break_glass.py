"""The emergency door: prepared, opened by two, narrow, short, and never over the constitution."""

import msgspec
import pytest
from tests.policy.documents import ALICE, BOB, CAROL, CONSTITUTION, NOW, ask, root, signed

from tertius.core.constitution import BreakGlass
from tertius.core.decision import Layer, Vote, combine
from tertius.core.errors import TertiusError
from tertius.core.outcome import Outcome
from tertius.log.notekey import SigningKey
from tertius.policy.break_glass import KIND, RULE, BreakGlassError, Door, Opening, lift, open_door

PREPARED = BreakGlass(people=("p-a", "p-b"), scope=("sis", "mail"), seconds=600)
OPENING = Opening(constitution=CONSTITUTION, scope=("sis",), reason="fire in hall 2", opened=NOW)
CLOSES = NOW + 600 * 10**9
APPROVERS = root(ALICE, BOB, CAROL, role="approvers", threshold=2)


def door(
    *keys: SigningKey,
    opening: Opening = OPENING,
    prepared: BreakGlass | None = PREPARED,
    time: int = NOW,
    constitution: str = CONSTITUTION,
) -> Door:
    raw = signed(opening, *keys, kind=KIND, name="break-glass")
    return open_door(raw, APPROVERS, prepared, constitution=constitution, time=time)


def vote(layer: Layer, outcome: Outcome) -> Vote:
    return Vote(layer=layer, outcome=outcome, rule="r1", reason="because")


def test_two_prepared_people_open_it_and_it_closes_by_itself() -> None:
    found = door(ALICE, BOB)
    assert (found.people, found.closes) == (("p-a", "p-b"), CLOSES)
    assert found.covers(ask(resource="sis", time=CLOSES - 1))
    assert not found.covers(ask(resource="sis", time=CLOSES))
    assert not found.covers(ask(resource="mail"))
    assert not found.covers(ask(resource="sis", peer="advisor")), "every target is in scope"


@pytest.mark.parametrize(
    ("keys", "change", "said"),
    [
        ((ALICE,), {}, "signed by 1 of 2"),
        ((ALICE, CAROL), {}, "opened by 1 of 2 people who may break glass"),
        ((ALICE, BOB), {"prepared": None}, "prepares no break-glass"),
        ((ALICE, BOB), {"constitution": "dd" * 32}, "under another constitution"),
        ((ALICE, BOB), {"time": CLOSES}, "is over"),
        ((ALICE, BOB), {"opening": msgspec.structs.replace(OPENING, scope=("aid",))},
         "`aid` is outside the scope"),
        ((ALICE, BOB), {"opening": msgspec.structs.replace(OPENING, opened=NOW + 10**12)},
         "yet to come"),
    ],
)  # fmt: skip
def test_it_stays_closed(
    keys: tuple[SigningKey, ...], change: dict[str, object], said: str
) -> None:
    with pytest.raises(TertiusError, match=said):
        door(*keys, **change)  # type: ignore[arg-type]  # changes by name


def test_it_lifts_escalations_and_the_manifests_denials_and_says_so() -> None:
    votes = lift(
        door(ALICE, BOB),
        ask(resource="sis"),
        [vote("manifest", Outcome.FORBID), vote("conditions", Outcome.ESCALATE)],
    )
    assert combine(votes) is Outcome.PERMIT
    assert {v.rule for v in votes} == {RULE}
    assert votes[0].reason == "break-glass by p-a, p-b lifts r1: because"


@pytest.mark.parametrize(
    "kept",
    [
        vote("constitution", Outcome.FORBID),
        vote("constitution", Outcome.ESCALATE),
        vote("circuit", Outcome.FORBID),
        vote("roles", Outcome.FORBID),
        vote("conditions", Outcome.FORBID),
        vote("flow", Outcome.FORBID),
    ],
)
def test_it_never_lifts_another_forbid_nor_the_constitution(kept: Vote) -> None:
    assert lift(door(ALICE, BOB), ask(resource="sis"), [kept]) == (kept,)


def test_outside_its_scope_nothing_changes() -> None:
    votes = (vote("manifest", Outcome.FORBID),)
    assert lift(door(ALICE, BOB), ask(resource="mail"), votes) == votes
    assert lift(None, ask(resource="sis"), votes) == votes


def test_an_opening_names_scope_and_reason() -> None:
    for change in ({"scope": ()}, {"reason": " "}):
        with pytest.raises(BreakGlassError, match="names its scope and its reason"):
            msgspec.structs.replace(OPENING, **change)
