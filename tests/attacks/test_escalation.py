"""Attacks on escalation, each beside the same attack with the defence taken away.

The list is that of the security contract, section 10. What needs more than one question at a time
is explored in `tests/escalation/test_exploration.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace
from tests.escalation import office as office_of
from tests.escalation.office import (
    NOW,
    PEOPLE,
    REGISTER,
    SECOND,
    TERMS,
    Office,
    S,
    a_request,
    key_of,
    public,
    rewrite,
    rewrite_whole,
)

from tertius.core.errors import TertiusError
from tertius.core.request import Request
from tertius.escalation import (
    approvers,
    asking,
    card,
    desk,
    inert,
    machine,
    notices,
    telling,
    transaction,
)
from tertius.escalation.approvers import Person, Register
from tertius.escalation.asked import NotWhatWasAskedError, logged
from tertius.escalation.card import render
from tertius.escalation.clerk import Clerk
from tertius.escalation.notices import BadNoticeError, Secret
from tertius.escalation.question import Look
from tertius.escalation.queue import Limits

Defend = Callable[[bool, Any, str, Any], None]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def undefend(monkeypatch: pytest.MonkeyPatch) -> Defend:
    def take_away(defended: bool, owner: Any, name: str, instead: Any) -> None:
        if not defended:
            monkeypatch.setattr(owner, name, instead)

    return take_away


def runs(office: Office, request: Request, token: Any) -> bool:
    """Try to consume, and tell whether the effect would run."""
    try:
        office.desk.consume(token, request, now=office.now)
    except TertiusError:
        return False
    return True


both = pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])


@both
def test_approve_a_run_b(office: Office, undefend: Defend, defended: bool) -> None:
    token = office.granted()
    undefend(defended, machine, "same_act", lambda question, given: True)
    other = a_request(arguments={"amount": 50_000, "to": "mallory"})
    assert runs(office, other, token) is not defended


@both
def test_a_permit_replayed_in_another_run(office: Office, undefend: Defend, defended: bool) -> None:
    token = office.granted()
    undefend(defended, machine, "same_act", lambda question, given: True)
    assert runs(office, a_request(run="r2"), replace(token, run="r2")) is not defended


@both
def test_a_permit_used_twice(office: Office, undefend: Defend, defended: bool) -> None:
    request = a_request()
    token = office.granted(request)
    assert runs(office, request, token)
    undefend(defended, machine, "can_start", lambda question: True)
    undefend(defended, machine, "has_arrow", lambda before, after: True)
    assert runs(office, request, token) is not defended


@both
def test_two_keys_one_person(office: Office, undefend: Defend, defended: bool) -> None:
    undefend(
        defended, machine, "people", lambda rulings: frozenset((r.person, r.key) for r in rulings)
    )
    id = office.ask()
    office.says(id, "p-1")
    with suppress(TertiusError):
        office.says(id, "p-1", key="p-1 at home")
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_one_key_two_people(office: Office, undefend: Defend, defended: bool) -> None:
    undefend(defended, approvers, "require_distinct", lambda error, **fields: None)
    with suppress(TertiusError):
        twin = Person(person="p-4", keys=(public("p-1"),))
        office.desk.enrol(Register(version=2, people=(*PEOPLE, twin)), now=office.now)
    id = office.ask()
    for person in ("p-1", "p-4"):
        with suppress(TertiusError):
            office.says(id, person, key="p-1")
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_the_requesters_own_principal_approves(
    office: Office, undefend: Defend, defended: bool
) -> None:
    undefend(defended, Register, "barred", lambda self, request: ())
    try:
        id = office.ask(terms=replace(TERMS, quorum=1, approvers=("p-3",)))
    except asking.NotAskedError:
        assert defended
        return
    office.says(id, "p-3")
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_a_stranger_signs_with_their_own_key(
    office: Office, undefend: Defend, defended: bool
) -> None:
    id = office.ask()
    undefend(defended, Register, "holds", lambda self, origin, escalation, ruling: True)
    for person in ("p-1", "p-2"):
        with suppress(TertiusError):
            office.says(id, person, key="mallory")
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_an_answer_given_in_another_deployment(
    office: Office, undefend: Defend, defended: bool
) -> None:
    true = approvers.statement
    undefend(
        defended, approvers, "statement", lambda origin, *rest, **more: true("any", *rest, **more)
    )
    id = office.ask()
    for person in ("p-1", "p-2"):
        with suppress(TertiusError):
            office.says(id, person, origin="other/1")
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_a_forged_notice(undefend: Defend, defended: bool) -> None:
    undefend(defended, notices.hmac, "compare_digest", lambda one, other: True)
    body = b'{"type":"escalation.denied"}'
    headers = Secret(f"whsec_{'A' * 32}").headers(body, time=NOW)  # not the secret of the two
    try:
        Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").check(headers, body, time=NOW)
    except BadNoticeError:
        assert defended
    else:
        assert not defended


# -- forged rows -----------------------------------------------------------------------------------


@both
def test_a_grant_written_into_the_database(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    id = office.ask(request)
    rewrite(office, id, lambda q: q.update(state="granted", expires=NOW + 600 * SECOND, rulings=[]))
    token = office.desk.token(id, now=office.now)
    undefend(defended, machine, "is_enough", lambda question, approving: True)
    assert runs(office, request, token) is not defended


@both
def test_rulings_written_into_the_database(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    id = office.ask(request)
    forged = [
        json.decode(json.encode(replace(office.ruling(id, p, key="mallory"), key="0" * 64)))
        for p in ("p-1", "p-2")
    ]
    rewrite(office, id, lambda q: q.update(state="granted", expires=NOW + SECOND, rulings=forged))
    token = office.desk.token(id, now=office.now)
    undefend(defended, machine, "holds", lambda ruling, holding: True)
    assert runs(office, request, token) is not defended


@both
def test_a_quorum_lowered_in_the_database(office: Office, undefend: Defend, defended: bool) -> None:
    request = a_request()
    id = office.ask(request)
    rewrite(office, id, lambda q: q["escalation"].pop("quorum"))  # one is the default
    office.desk._asked = None  # the log, which would tell, cannot be read
    office.says(id, "p-1")
    token = office.desk.token(id, now=office.now)
    assert token is not None
    undefend(defended, machine, "same_act", lambda question, given: True)
    assert runs(office, request, token) is not defended


@both
def test_an_approver_added_in_the_database(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    id = office.ask(request)

    def let_the_principal_rule(q: dict[str, Any]) -> None:
        q["escalation"]["approvers"].append("p-3")
        q["barred"] = []

    rewrite(office, id, let_the_principal_rule)
    office.desk._asked = None  # the log, which would tell, cannot be read
    for person in ("p-1", "p-3"):
        office.says(id, person)
    token = office.desk.token(id, now=office.now)
    undefend(defended, machine, "same_act", lambda question, given: True)
    undefend(defended, Register, "barred", lambda self, request: ())
    assert runs(office, request, token) is not defended


FORGED = {"quorum": 1, "affected": (), "reason": "routine", "approvers": ("p-1",)}


@both
def test_card_and_terms_changed_alike_in_the_database(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    id = office.ask(request)
    rewrite_whole(office, id, **FORGED)
    undefend(defended, desk, "require_asked", lambda row, asked: None)
    with suppress(NotWhatWasAskedError):
        office.says(id, "p-1")  # one of two, over a card that says it needs one
    assert (office.state(id) is S.GRANTED) is not defended
    token = office.desk.token(id, now=office.now)
    assert (token is not None and runs(office, request, token)) is not defended


@both
def test_card_and_terms_changed_alike_after_the_approvals(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    office.granted(request)
    office.reopen()  # the gate starts again, and what it remembers is what the log holds
    rewrite_whole(office, "x-q1", **FORGED)
    forged = [json.decode(json.encode(office.ruling("x-q1", "p-1")))]
    rewrite(office, "x-q1", lambda q: q.update(rulings=forged))
    token = office.desk.token("x-q1", now=office.now)
    undefend(defended, desk, "require_asked", lambda row, asked: None)
    assert token is not None and runs(office, request, token) is not defended


@both
def test_a_question_that_the_gate_never_asked(
    office: Office, undefend: Defend, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    with monkeypatch.context() as aside:  # whoever forges the row tells no log of it
        aside.setattr(transaction.Transaction, "record", lambda self, event, content=None: None)
        office.ask()
    undefend(defended, desk, "require_asked", lambda row, asked: None)
    for person in ("p-1", "p-2"):
        with suppress(NotWhatWasAskedError):
            office.says("x-q1", person)
    assert (office.state("x-q1") is S.GRANTED) is not defended


@both
def test_a_second_opening_slipped_into_the_outbox(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    id = office.ask(request)
    rewrite_whole(office, id, **FORGED)
    with office.store.transaction(0) as tx:
        row = tx.load(id)
        assert row.card is not None
        event = replace(telling.opened(row.card, row.question, None), id=f"{id}/again")
        tx.record(event, render(row.card))
    office.desk.flush()  # the log now holds the forged card too, and it came last
    undefend(defended, office_of, "logged", lambda event, content, before: logged(event, content))
    office.reopen()
    with suppress(NotWhatWasAskedError):
        office.says(id, "p-1")
    assert (office.state(id) is S.GRANTED) is not defended


# -- time ------------------------------------------------------------------------------------------


@both
def test_a_late_yes(office: Office, undefend: Defend, defended: bool) -> None:
    undefend(defended, machine, "deadline_passed", lambda question, now: False)
    id = office.ask()
    office.now += TERMS.seconds * SECOND
    for person in ("p-1", "p-2"):
        with suppress(TertiusError):
            office.says(id, person)
    assert (office.state(id) is S.GRANTED) is not defended


@both
def test_the_clock_is_set_back(
    office: Office, undefend: Defend, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    request = a_request()
    token = office.granted(request)
    if not defended:
        monkeypatch.setattr(transaction, "max", lambda now, seen: now, raising=False)
    with office.store.transaction(NOW + 3600 * SECOND):
        pass  # somebody looked at another question an hour later
    office.now = NOW
    assert runs(office, request, token) is not defended


@both
def test_a_crash_after_the_effect(office: Office, undefend: Defend, defended: bool) -> None:
    request = a_request()
    token = office.granted(request)
    assert runs(office, request, token)  # the effect happened, and nobody was told
    if not defended:
        rewrite(office, "x-q1", lambda q: q.update(state="granted"))  # "it did not finish: retry"
    office.reopen()
    assert runs(office, request, token) is not defended


# -- display ---------------------------------------------------------------------------------------

DECEIT = '5"\n\x1b[2K\x1b[1A\u202e000,5\nuntil     never <b>&'


@both
def test_a_deceptive_display(office: Office, undefend: Defend, defended: bool) -> None:
    office.ask(a_request(arguments={"amount": DECEIT}))
    found = office.desk.show("x-q1", now=office.now).card
    assert found is not None
    undefend(defended, inert, "_escape", lambda char: char)
    shown = "".join(text for _, text in card._rows(found))
    acts = any(not char.isascii() or not char.isprintable() or char in "<&" for char in shown)
    assert acts is not defended


@both
def test_the_dangerous_end_is_cut_off_the_display(
    office: Office, undefend: Defend, defended: bool
) -> None:
    undefend(defended, card, "cut", lambda text, most=240: inert.inert(text[:most]))
    text = "harmless " * 100 + "and wipe the ledger"
    office.ask(a_request(arguments={"note": text}))
    found = office.desk.show("x-q1", now=office.now).card
    assert found is not None
    flat = "".join(line[10:] for line in render(found).decode().split("\n"))
    assert ("wipe the ledger" in flat and "characters; sha256" in flat) is defended


@both
def test_the_card_is_changed_between_showing_and_signing(
    office: Office, undefend: Defend, defended: bool
) -> None:
    id = office.ask()
    undefend(defended, machine, "saw_this", lambda question, ruling: True)
    for person in ("p-1", "p-2"):
        with suppress(TertiusError):
            office.says(id, person, view="0" * 64)  # they saw something else
    assert (office.state(id) is S.GRANTED) is not defended


# -- policy, switch, flood -------------------------------------------------------------------------


@both
def test_an_approval_lifts_a_forbid(office: Office, undefend: Defend, defended: bool) -> None:
    request = a_request()
    token = office.granted(request)
    office.forbidden = True
    undefend(defended, machine, "is_forbidden", lambda given: False)
    assert runs(office, request, token) is not defended


@both
def test_a_key_revoked_between_approval_and_act(
    office: Office, undefend: Defend, defended: bool
) -> None:
    request = a_request()
    token = office.granted(request)
    undefend(defended, machine, "holds", lambda ruling, holding: True)
    only_first = Register(version=2, people=PEOPLE[:1])
    office.desk.enrol(only_first, now=office.now)
    assert runs(office, request, token) is not defended


@both
def test_an_older_register_brings_a_revoked_key_back(
    office: Office, undefend: Defend, defended: bool
) -> None:
    office.desk.enrol(Register(version=2, people=PEOPLE[:1]), now=office.now)
    undefend(defended, desk, "require_newer", lambda tx, register: None)
    try:
        office.desk.enrol(REGISTER, now=office.now)
    except TertiusError:
        assert defended
    else:
        assert not defended


@both
def test_kill_under_flood(tmp_path: Path, undefend: Defend, defended: bool) -> None:
    undefend(defended, machine, "is_halted", lambda given: False)
    undefend(defended, desk.Desk, "void", lambda self, why, **_: None)
    undefend(defended, Clerk, "look", lambda self, tx, row, **_: self.feed(tx, row, Look())[0])
    undefend(defended, desk, "require_room", lambda tx, agent, limits: None)
    office = Office(tmp_path, limits=Limits(open=5, asked=50))
    asked = []
    for number in range(40):  # one agent floods
        with suppress(TertiusError):
            asked.append(office.ask(a_request(f"q{number}", agent="flooder")))
    assert (len(asked) <= 5) is defended
    request = a_request("victim")
    token = office.granted(request)
    office.desk.kill("fire", now=office.now)
    assert runs(office, request, token) is not defended
    left = [line for line in office.desk.list(now=office.now) if line.question.state is S.OPEN]
    assert (left == []) is defended
    office.store.close()


def test_keys_of_the_tests_are_the_tests_own() -> None:
    assert key_of("p-1").public_key().public_bytes_raw().hex() == PEOPLE[0].keys[0]
