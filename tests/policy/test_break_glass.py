"""The emergency door: prepared, opened by two, narrow, short, and never over the constitution."""

import msgspec
import pytest
from tests.policy.documents import ALICE, BOB, CAROL, CONSTITUTION, NOW, ask, signed

from tertius.core.constitution import BreakGlass
from tertius.core.decision import Layer, Vote
from tertius.core.errors import TertiusError
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.log.notekey import SigningKey
from tertius.policy.break_glass import (
    KIND,
    RULE,
    BreakGlassError,
    Door,
    Doorway,
    Opening,
    lifted,
    open_door,
)

PREPARED = BreakGlass(people=("p-a", "p-b"), scope=("sis", "mail"), seconds=600)
OPENING = Opening(constitution=CONSTITUTION, scope=("sis",), reason="fire in hall 2", opened=NOW)
CLOSES = NOW + 600 * 10**9
PEOPLE = {"p-a": ALICE, "p-b": BOB, "p-c": CAROL}
ENROLLED = {key.verifier.public: person for person, key in PEOPLE.items()}


def door(
    *keys: SigningKey,
    opening: Opening = OPENING,
    prepared: BreakGlass | None = PREPARED,
    time: int = NOW,
    constitution: str = CONSTITUTION,
) -> Door:
    raw = signed(opening, *keys, kind=KIND, name="break-glass")
    return open_door(raw, ENROLLED, prepared, constitution=constitution, time=time)


def vote(layer: Layer, outcome: Outcome, rule: str = "r1") -> Vote:
    return Vote(layer=layer, outcome=outcome, rule=rule, reason="because")


class Says:
    """A layer that always says the same."""

    def __init__(self, said: Vote) -> None:
        self.layer: Layer = said.layer
        self._said = said

    def judge(self, request: Request) -> Vote:
        return self._said


def test_two_prepared_people_open_it_and_it_closes_by_itself() -> None:
    found = door(ALICE, BOB)
    assert (found.people, found.closes) == (("p-a", "p-b"), CLOSES)
    assert found.covers(ask(resource="sis", time=CLOSES - 1))
    assert not found.covers(ask(resource="sis", time=CLOSES))
    assert not found.covers(ask(resource="mail"))
    assert not found.covers(ask(resource="sis", peer="advisor")), "every target is in scope"


def test_two_keys_of_one_person_are_one_person() -> None:
    raw = signed(OPENING, ALICE, BOB, kind=KIND, name="break-glass")
    one = dict.fromkeys(ENROLLED, "p-a")
    with pytest.raises(TertiusError, match="opened by 1 of 2"):
        open_door(raw, one, PREPARED, constitution=CONSTITUTION, time=NOW)


@pytest.mark.parametrize(
    ("keys", "change", "said"),
    [
        ((ALICE,), {}, "opened by 1 of 2 people who may break glass"),
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


@pytest.mark.parametrize(
    "said", [vote("manifest", Outcome.FORBID), vote("conditions", Outcome.ESCALATE)]
)
def test_it_lifts_escalations_and_the_manifests_denials_and_says_so(said: Vote) -> None:
    turned = lifted(door(ALICE, BOB), said)
    assert (turned.outcome, turned.rule, turned.layer) == (Outcome.PERMIT, RULE, said.layer)
    assert turned.reason == "break-glass by p-a, p-b lifts r1: because"


@pytest.mark.parametrize(
    "kept",
    [
        vote("constitution", Outcome.FORBID),
        vote("constitution", Outcome.ESCALATE),
        vote("circuit", Outcome.FORBID),
        vote("roles", Outcome.FORBID),
        vote("conditions", Outcome.FORBID),
        vote("flow", Outcome.FORBID),
        vote("manifest", Outcome.FORBID, "denied:revoked"),
        vote("manifest", Outcome.FORBID, "denied:no-manifest"),
        vote("manifest", Outcome.ABSTAIN),
    ],
)
def test_it_never_lifts_another_forbid_nor_the_constitution(kept: Vote) -> None:
    assert lifted(door(ALICE, BOB), kept) == kept


def test_a_layer_behind_it_is_lifted_in_scope_and_in_time_and_no_longer() -> None:
    doorway = Doorway()
    layer = doorway.behind(Says(vote("manifest", Outcome.FORBID)))
    request = ask(resource="sis")
    assert layer.judge(request).outcome is Outcome.FORBID
    doorway.open(door(ALICE, BOB))
    assert layer.judge(request).outcome is Outcome.PERMIT
    assert layer.judge(ask(resource="mail")).outcome is Outcome.FORBID
    assert layer.judge(ask(resource="sis", time=CLOSES)).outcome is Outcome.FORBID
    assert layer.layer == "manifest"


def test_a_second_door_does_not_close_the_first() -> None:
    doorway = Doorway()
    layer = doorway.behind(Says(vote("manifest", Outcome.FORBID)))
    for scope in (("sis",), ("mail",)):
        opening = msgspec.structs.replace(OPENING, scope=scope)
        doorway.open(door(ALICE, BOB, opening=opening))
    judged = [layer.judge(ask(resource=each)).outcome for each in ("sis", "mail", "other")]
    assert judged == [Outcome.PERMIT, Outcome.PERMIT, Outcome.FORBID]


def test_an_opening_names_scope_and_reason() -> None:
    for change in ({"scope": ()}, {"reason": " "}):
        with pytest.raises(BreakGlassError, match="names its scope and its reason"):
            msgspec.structs.replace(OPENING, **change)
