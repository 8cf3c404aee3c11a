"""The desk: what people, agents and a crash can and cannot bring about."""

import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.escalation.office import (
    NOW,
    PEOPLE,
    REGISTER,
    SECOND,
    TERMS,
    Office,
    S,
    a_request,
    escalates,
    public,
)

from tertius.core.decision import Decision
from tertius.core.errors import CallerError, TertiusError
from tertius.core.oversight_events import Escalated, Ruled
from tertius.core.request import Request
from tertius.escalation.approvers import Person, Register
from tertius.escalation.asking import NotAskedError
from tertius.escalation.card import render
from tertius.escalation.clerk import MOST_STEPS, NotCountedError
from tertius.escalation.desk import NotStartedError
from tertius.escalation.halt import Halted, void_unstarted
from tertius.escalation.in_force import RegisterRollbackError
from tertius.escalation.queue import Limits
from tertius.escalation.transaction import (
    ChangedMeanwhileError,
    NoSuchQuestionError,
    StoreBusyError,
)
from tertius.escalation.triggers import Terms


def test_two_people_approve_and_it_runs_once(office: Office) -> None:
    request = a_request()
    id = office.ask(request)
    assert office.says(id, "p-1").state is S.OPEN
    assert office.says(id, "p-2").state is S.GRANTED
    token = office.desk.token(id, now=office.now)
    assert token is not None
    assert office.desk.consume(token, request, now=office.now).state is S.STARTED
    assert office.desk.finish(id, ok=True, now=office.now).state is S.SUCCEEDED
    assert office.told(id) == ["opened", "approved", "approved", "started", "succeeded"]
    with pytest.raises(NotStartedError, match="consume came when it was succeeded"):
        office.desk.consume(token, request, now=office.now)


def test_rulings_reach_the_log_before_anything_starts(office: Office) -> None:
    request = a_request()
    id = office.ask(request)
    elsewhere = office.second_desk()
    for person in ("p-1", "p-2"):
        elsewhere.rule(office.ruling(id, person), now=office.now)
    token = elsewhere.token(id, now=office.now)
    assert token is not None
    office.log_fails = True
    with pytest.raises(OSError, match="no room"):
        office.desk.consume(token, request, now=office.now)
    assert office.state(id) is S.GRANTED  # nothing was consumed
    office.log_fails = False
    office.desk.consume(token, request, now=office.now)
    assert office.told(id) == ["opened", "approved", "approved", "started"]


def test_when_the_log_fails_after_consumption_nothing_runs(office: Office) -> None:
    request = a_request()
    token = office.granted(request)

    def fail_on_start(records: object, again: bool) -> None:
        raise OSError("no room")

    emit, office.emit = office.emit, fail_on_start  # type: ignore[method-assign]
    office.desk._clerk._emit = fail_on_start
    with pytest.raises(OSError, match="no room"):
        office.desk.consume(token, request, now=office.now)
    assert office.state("x-q1") is S.FAILED
    office.desk._clerk._emit = emit
    office.desk.flush()
    assert office.told("x-q1")[-2:] == ["started", "failed"]


def test_the_events_say_who_ruled_over_which_bytes(office: Office) -> None:
    office.granted()
    opened, content = office.log[0]
    assert isinstance(opened, Escalated) and content is not None
    card = office.desk.show("x-q1", now=office.now).card
    assert card is not None and content == render(card)
    first = office.log[1][0]
    assert isinstance(first, Ruled)
    assert (first.approver, first.ruling, first.run, first.agent) == (
        "p-1",
        "approved",
        "r1",
        "aid",
    )
    assert first.view == office.desk.show("x-q1", now=office.now).question.escalation.view
    assert len({event.id for event, _ in office.log}) == len(office.log)


def test_the_first_denial_closes(office: Office) -> None:
    id = office.ask()
    office.says(id, "p-1")
    assert office.says(id, "p-2", "deny").state is S.DENIED
    assert office.told(id) == ["opened", "approved", "denied"]
    with pytest.raises(NotCountedError, match="answer came when it was denied"):
        office.says(id, "p-1")
    assert office.told(id)[-1] == "late"
    assert office.desk.token(id, now=office.now) is None


def test_a_deadline_that_passes_is_nobodys_no(office: Office) -> None:
    id = office.ask()
    office.says(id, "p-1")
    office.now += TERMS.seconds * SECOND
    with pytest.raises(NotCountedError, match="it was expired"):
        office.says(id, "p-2")
    ended = [e for e, _ in office.log if isinstance(e, Ruled) and e.ruling == "expired"]
    assert [(e.approver, e.signature) for e in ended] == [("", "")]
    assert office.told(id) == ["opened", "approved", "expired", "late"]


def test_a_grant_lapses(office: Office) -> None:
    request = a_request()
    token = office.granted(request)
    office.now += TERMS.lifetime * SECOND
    with pytest.raises(NotStartedError, match="not acted on in time"):
        office.desk.consume(token, request, now=office.now)
    assert office.state("x-q1") is S.LAPSED


def test_a_person_counts_once_whatever_keys(office: Office) -> None:
    id = office.ask()
    office.says(id, "p-1")
    with pytest.raises(NotCountedError, match="counts once"):
        office.says(id, "p-1", key="p-1 at home")
    assert office.state(id) is S.OPEN


def test_nobody_for_whom_the_agent_acts_is_asked(office: Office) -> None:
    id = office.ask()
    asked = office.desk.show(id, now=office.now).question.escalation
    assert asked.approvers == ("p-1", "p-2")  # p-3 is the registrar
    with pytest.raises(NotCountedError, match="may not rule"):
        office.says(id, "p-3")


def test_a_question_that_too_few_may_answer_is_not_asked(office: Office) -> None:
    with pytest.raises(NotAskedError, match="3 must approve and 2 may"):
        office.ask(terms=Terms(quorum=3))
    with pytest.raises(NotAskedError, match="1 must approve and 0 may; enrol more people"):
        office.ask(terms=Terms(approvers=("p-3",)))


def test_only_what_policy_escalated_is_asked(office: Office) -> None:
    other = escalates(a_request("q2"))
    with pytest.raises(NotAskedError, match="does not escalate this request"):
        office.desk.open(a_request(), other, TERMS, id="x", now=NOW)


@pytest.mark.parametrize(
    "forged", [{"key": "stranger"}, {"origin": "other/1"}, {"request": "0" * 64}]
)
def test_a_signature_over_anything_else_does_not_count(
    office: Office, forged: dict[str, str]
) -> None:
    id = office.ask()
    with pytest.raises(NotCountedError, match="not counted"):
        office.says(id, "p-1", **forged)
    assert office.told(id) == ["opened"]


def test_an_answer_to_another_view_does_not_count(office: Office) -> None:
    id = office.ask()
    with pytest.raises(NotCountedError, match="other than what was to be shown"):
        office.says(id, "p-1", view="0" * 64)


def test_an_altered_ruling_does_not_count(office: Office) -> None:
    id = office.ask()
    said = office.ruling(id, "p-1", "deny")
    with pytest.raises(NotCountedError, match="no key enrolled"):
        office.desk.rule(replace(said, choice="approve"), now=office.now)
    with pytest.raises(NotCountedError, match="no key enrolled"):
        office.desk.rule(replace(said, person="p-2"), now=office.now)


@pytest.mark.parametrize(
    "other",
    [
        a_request(arguments={"amount": 501, "to": "s-9"}),
        a_request(resource="ledger.wipe"),
        a_request(agent="tutor"),
        a_request(run="r2"),
        a_request("q2"),
    ],
)
def test_one_thing_changed_and_the_grant_is_void(office: Office, other: Request) -> None:
    token = office.granted()
    with pytest.raises(NotStartedError, match="not what was shown"):
        office.desk.consume(token, other, now=office.now)
    assert office.state("x-q1") is S.VOID


def test_a_token_that_was_guessed_changes_nothing(office: Office) -> None:
    request = a_request()
    token = office.granted(request)
    with pytest.raises(NotStartedError, match="never opened here"):
        office.desk.consume(replace(token, nonce=bytes(16)), request, now=office.now)
    with pytest.raises(NoSuchQuestionError):
        office.desk.consume(replace(token, escalation=None), request, now=office.now)
    office.desk.consume(token, request, now=office.now)


def test_a_token_with_another_end_is_void(office: Office) -> None:
    token = office.granted()
    with pytest.raises(NotStartedError, match="not what was shown"):
        later = replace(token, expires=token.expires + 1)
        office.desk.consume(later, a_request(), now=office.now)


def test_policy_is_asked_again(office: Office) -> None:
    token = office.granted()
    office.forbidden = True
    with pytest.raises(NotStartedError, match="policy forbids it now"):
        office.desk.consume(token, a_request(), now=office.now)
    assert office.state("x-q1") is S.VOID


def test_a_layer_that_raises_forbids(office: Office) -> None:
    token = office.granted()

    def broken(request: Request) -> bool:
        raise RuntimeError

    office.desk._forbids = broken
    with pytest.raises(NotStartedError, match="policy forbids it now"):
        office.desk.consume(token, a_request(), now=office.now)


def test_a_key_that_is_revoked_takes_its_approval_along(office: Office) -> None:
    office.granted()
    fewer = (PEOPLE[0], replace(PEOPLE[1], keys=(public("p-2 new"),)), PEOPLE[2])
    office.desk.enrol(Register(version=2, people=fewer), now=office.now)
    assert office.state("x-q1") is S.VOID


def test_a_register_never_goes_back(office: Office) -> None:
    office.desk.enrol(Register(version=3, people=PEOPLE), now=office.now)
    with pytest.raises(RegisterRollbackError, match="version 1; version 3"):
        office.desk.enrol(REGISTER, now=office.now)
    stranger = Person(person="p-9", keys=(public("p-9"),))
    with pytest.raises(RegisterRollbackError):
        office.desk.enrol(Register(version=3, people=(*PEOPLE, stranger)), now=office.now)
    with pytest.raises(RegisterRollbackError):
        office.reopen()


def test_a_register_put_in_force_elsewhere_stops_the_older_one(office: Office) -> None:
    request = a_request()
    id = office.ask(request)
    for person in ("p-1", "p-2"):
        office.says(id, person)
    token = office.desk.token(id, now=office.now)
    assert token is not None
    newer = Register(version=2, people=(*PEOPLE, Person(person="p-4", keys=(public("p-4"),))))
    office.second_desk(register=newer)
    with pytest.raises(RegisterRollbackError, match="version 2 is in force"):
        office.desk.consume(token, request, now=office.now)
    office.desk.enrol(newer, now=office.now)
    office.desk.consume(token, request, now=office.now)


def test_late_answers_cannot_keep_the_start_out_of_the_log(office: Office) -> None:
    request = a_request()
    token = office.granted(request)
    said = office.ruling("x-q1", "p-1")
    for _ in range(MOST_STEPS + 1):
        with pytest.raises(NotCountedError):
            office.desk.rule(said, now=office.now)
    office.desk.consume(token, request, now=office.now)
    assert office.told("x-q1")[-1] == "started"


def test_the_kill_switch_is_latched_and_survives(office: Office) -> None:
    running, waiting = a_request("q1"), a_request("q2")
    office.desk.consume(office.granted(running), running, now=office.now)
    token = office.granted(waiting)
    assert [q.escalation.id for q in office.desk.kill("fire", now=office.now)] == ["x-q1"]
    assert office.state("x-q2") is S.VOID
    with pytest.raises(NotStartedError):
        office.desk.consume(token, waiting, now=office.now)
    with pytest.raises(NotAskedError, match="kill switch"):
        office.ask(a_request("q3"))
    office.reopen()
    with pytest.raises(NotAskedError, match="kill switch"):
        office.ask(a_request("q3"))
    office.desk.resume(now=office.now)
    office.ask(a_request("q3"))


def test_the_kill_switch_works_while_the_store_is_locked(office: Office) -> None:
    token = office.granted()
    office.store.close()
    with pytest.raises(TertiusError):
        office.desk.kill("fire", now=office.now)
    assert office.desk.killed
    office.reopen()
    office.halted = True  # the gate's own switch, which outlives the store
    with pytest.raises(NotStartedError, match="kill switch"):
        office.desk.consume(token, a_request(), now=office.now)


def test_a_quarantine_voids_one_agents_questions(office: Office) -> None:
    mine, theirs = office.ask(a_request("q1")), office.ask(a_request("q2", agent="tutor"))
    office.desk.void("quarantined", agent="aid", now=office.now)
    assert (office.state(mine), office.state(theirs)) == (S.VOID, S.OPEN)


def test_of_many_threads_one_starts(office: Office) -> None:
    request = a_request()
    token = office.granted(request)
    begin = threading.Barrier(8)

    def attempt(_: int) -> bool:
        begin.wait()
        try:
            office.desk.consume(token, request, now=office.now)
        except NotStartedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
    assert office.told("x-q1").count("started") == 1


def test_a_task_that_ends_withdraws_its_question(office: Office) -> None:
    id = office.ask()
    assert office.desk.withdraw(id, "task ended", now=office.now).state is S.WITHDRAWN


def test_a_crash_while_it_runs_leaves_unknown_and_nobody_retries(office: Office) -> None:
    request = a_request()
    token = office.granted(request)
    office.desk.consume(token, request, now=office.now)
    office.reopen()
    assert office.state("x-q1") is S.UNKNOWN
    assert office.desk.list(now=office.now)[0].question.state is S.UNKNOWN
    with pytest.raises(NotStartedError):
        office.desk.consume(token, request, now=office.now)
    office.desk.finish("x-q1", ok=True, now=office.now)  # the effect came back after all
    assert office.state("x-q1") is S.UNKNOWN
    assert office.told("x-q1")[-3:] == ["unknown", "late", "late"]


def test_what_the_log_missed_is_told_again_under_the_same_ids(office: Office) -> None:
    office.log_fails = True
    with pytest.raises(OSError):
        office.ask()
    office.log_fails = False
    office.reopen()
    office.desk.flush()
    assert office.told("x-q1") == ["opened"]
    with office.store.transaction(0) as tx:  # the log had it, its confirmation was lost
        tx._db.execute("UPDATE record SET logged = 0")
    office.reopen()
    assert office.told("x-q1") == ["opened"]


def test_a_clock_set_back_revives_nothing(office: Office) -> None:
    id = office.ask()
    office.now += TERMS.seconds * SECOND
    office.ask(a_request("q2"))  # somebody looked at the clock
    office.now = NOW
    with pytest.raises(NotCountedError, match="expired"):
        office.says(id, "p-1")


def test_another_process_rules_and_the_gates_desk_tells_the_log(office: Office) -> None:
    id = office.ask()
    elsewhere = office.second_desk()
    elsewhere.rule(office.ruling(id, "p-1"), now=office.now)
    assert elsewhere.rule(office.ruling(id, "p-2"), now=office.now).state is S.GRANTED
    office.desk.flush()
    assert office.told(id) == ["opened", "approved", "approved"]
    token = elsewhere.token(id, now=office.now)
    assert token is not None
    with pytest.raises(NotStartedError, match="only rules"):
        elsewhere.consume(token, a_request(), now=office.now)


def test_there_is_one_executor(office: Office) -> None:
    with pytest.raises(StoreBusyError, match="another gate"):
        Office(office.folder)


def test_questions_of_another_log_are_refused(office: Office) -> None:
    with pytest.raises(CallerError, match="belong to log `campus/1`"):
        office.second_desk(origin="other/1")


def test_an_agent_over_its_cap_is_denied_not_queued(office: Office) -> None:
    for number in range(3):
        office.ask(a_request(f"q{number}"))
    with pytest.raises(NotAskedError, match="3 questions open"):
        office.ask(a_request("q9"))
    office.ask(a_request("q9", agent="tutor"))
    with pytest.raises(NoSuchQuestionError):
        office.state("x-q99")


def test_asking_again_and_again_is_denied(tmp_path: Path) -> None:
    office = Office(tmp_path, limits=Limits(asked=2))
    for number in range(2):
        office.says(office.ask(a_request(f"q{number}")), "p-1", "deny")
    with pytest.raises(NotAskedError, match="asked 2 questions in 3600 s"):
        office.ask(a_request("q3"))
    office.now += 3601 * SECOND
    office.ask(a_request("q3"))


def test_an_id_is_asked_once(office: Office) -> None:
    office.ask(id="x")
    with pytest.raises(ChangedMeanwhileError, match="ids are new"):
        office.ask(a_request("q2"), id="x")


def test_late_answers_cannot_fill_the_log(office: Office) -> None:
    id = office.ask()
    said = office.ruling(id, "p-1")
    office.says(id, "p-2", "deny")
    for _ in range(MOST_STEPS + 5):
        with pytest.raises(NotCountedError):
            office.desk.rule(said, now=office.now)
    assert len(office.told(id)) == MOST_STEPS + 1


def test_content_can_be_erased_once_it_is_over(office: Office) -> None:
    id = office.ask()
    assert b64encode(a_request().arguments)[:-4] in office.path.read_bytes()
    with pytest.raises(CallerError, match="erase it once ended"):
        office.desk.erase(id, now=office.now)
    office.says(id, "p-1", "deny")
    office.desk.erase(id, now=office.now)
    assert office.desk.show(id, now=office.now).card is None
    assert b"ledger.pay" in office.path.read_bytes()  # the question stays
    assert b64encode(a_request().arguments)[:-4] not in office.path.read_bytes()


def test_an_answer_to_an_erased_question_is_late_like_any_other(office: Office) -> None:
    id = office.ask()
    said = office.ruling(id, "p-2")
    office.says(id, "p-1", "deny")
    office.desk.erase(id, now=office.now)
    with pytest.raises(NotCountedError, match="it was denied"):
        office.desk.rule(said, now=office.now)
    assert office.told(id)[-1] == "late"


def test_a_decision_that_permits_asks_nobody(office: Office) -> None:
    permits = Decision(
        request=escalates(a_request()).request,
        time=NOW,
        outcome=escalates(a_request()).votes[0].outcome,
        votes=escalates(a_request()).votes[:1],
        level=escalates(a_request()).level,
        arguments=b"{}",
    )
    with pytest.raises(NotAskedError):
        office.desk.open(a_request(), permits, TERMS, id="x", now=NOW)


# -- what comes after a yes ------------------------------------------------------------------------


def test_no_later_no_takes_a_grant_back_and_what_does_is_told(office: Office) -> None:
    token = office.granted()
    with pytest.raises(NotCountedError, match="a no takes no yes back, but until it starts `terti"):
        office.says("x-q1", "p-1", "deny")
    office.desk.consume(token, a_request(), now=office.now)
    with pytest.raises(NotCountedError, match="it runs already"):
        office.says("x-q1", "p-1", "deny")


def test_a_grant_that_can_no_longer_be_used_is_no_open_question(office: Office) -> None:
    for number in range(3):
        office.granted(a_request(f"g{number}"))
    with pytest.raises(NotAskedError, match="has 3 questions open"):
        office.ask(a_request("g3"))  # granted and unused counts
    office.now += 61 * SECOND
    office.ask(a_request("g4"))


@pytest.mark.parametrize("look", ["list", "show", "token", "rule", "reopen"])
def test_whoever_looks_while_the_switch_is_thrown_voids_what_was_granted(
    office: Office, look: str
) -> None:
    token = office.granted()
    office.ask(a_request("q2"))
    answer = office.ruling("x-q2", "p-1")
    office.halted = True
    match look:
        case "list":
            assert office.desk.list(now=office.now) == ()
        case "show":
            assert office.desk.show("x-q1", now=office.now).question.state is S.VOID
        case "token":
            assert office.desk.token("x-q1", now=office.now) is None
        case "rule":
            with pytest.raises(NotCountedError, match="the kill switch is thrown and nothing can"):
                office.desk.rule(answer, now=office.now)
            assert office.state("x-q2") is S.VOID
            return
        case _:
            office.reopen()
    office.halted = False
    assert office.state("x-q1") is S.VOID
    with pytest.raises(NotStartedError, match="consume came when it was void"):
        office.desk.consume(token, a_request(), now=office.now)


def test_the_switch_voids_without_the_gate_and_names_what_runs(office: Office) -> None:
    running = office.granted(a_request("q0"))
    office.desk.consume(running, a_request("q0"), now=office.now)
    token = office.granted()
    office.ask(a_request("q2"))
    found = void_unstarted(office.path, now=office.now)
    assert (sorted(found.void), found.running) == (["x-q1", "x-q2"], ("x-q0",))
    with pytest.raises(NotStartedError, match="consume came when it was void"):
        office.desk.consume(token, a_request(), now=office.now)
    assert office.told("x-q1") == ["opened", "approved", "approved", "void", "late"]
    assert void_unstarted(office.folder / "none.db", now=office.now) == Halted()
