import threading
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.asked import NOW, SECOND, asked

from tertius.core.events import (
    Accepted,
    Asserted,
    BaseEvent,
    Cause,
    MessageSent,
    RunEnded,
    ToolCalled,
)
from tertius.core.oversight_events import Decided, Ruled
from tertius.policy import history as module
from tertius.policy.conditions_document import Conditions, Delay, Group, Match, SplitTask
from tertius.policy.counters import Counter, CounterError, CounterFullError
from tertius.policy.history import History, HistoryFullError, ReservationError
from tertius.policy.occurrence import AmountError

SPENT = Counter(name="spent", resources=("ledger.pay",), window=3600.0, amount="amount")
TEAM = Counter(name="team", per=(), group="desk", window=60.0)
CONDITIONS = Conditions(
    name="terms",
    version=1,
    counters=(SPENT, TEAM),
    groups=(Group(name="desk", members=("aid", "tutor")),),
)
READ = ("agent_minute", "spent", "team", "task_total")


def history(conditions: Conditions = CONDITIONS) -> History:
    return History(conditions, read=READ if conditions is CONDITIONS else ["task_total"])


def counts(kept: History, **more: object) -> dict[str, int]:
    return dict(kept.recall(asked(**more), READ).counts)  # type: ignore[arg-type]


def test_a_request_counts_itself_and_reads_what_was_true_then() -> None:
    kept = history()
    first, second = (asked(id=i, arguments={"amount": 5}) for i in ("q1", "q2"))
    kept.reserve(first, NOW)
    kept.reserve(second, NOW)
    assert kept.recall(first, ["agent_minute", "spent"]).counts == {"agent_minute": 1, "spent": 5}
    assert kept.recall(second, ["agent_minute", "spent"]).counts == {"agent_minute": 2, "spent": 10}


def test_what_is_released_no_longer_counts() -> None:
    kept = history()
    kept.reserve(asked(arguments={"amount": 5}), NOW)
    kept.release(asked(arguments={"amount": 5}))
    kept.reserve(asked(arguments={"amount": 7}), NOW)
    assert kept.recall(asked(arguments={"amount": 7}), ["spent", "team"]).counts == {
        "spent": 7,
        "team": 1,
    }


def test_a_group_counts_together() -> None:
    kept = history()
    kept.reserve(asked(agent="aid", arguments={"amount": 0}), NOW)
    assert counts(kept, agent="tutor", id="q2", arguments={"amount": 0})["team"] == 2
    assert counts(kept, agent="other", id="q3", arguments={"amount": 0})["team"] == 0


@pytest.mark.parametrize("amount", [-5, 1.5, "5", None, True])
def test_what_cannot_be_summed_cannot_be_reserved(amount: object) -> None:
    kept = history()
    with pytest.raises(AmountError):
        kept.reserve(asked(arguments={"amount": amount}), NOW)
    kept.reserve(asked(arguments={"amount": 1}), NOW)  # and nothing was counted
    assert kept.recall(asked(arguments={"amount": 1}), ["team"]).counts == {"team": 1}


def test_threads_never_both_get_the_last_one() -> None:
    kept = history()
    seen: list[int] = []

    def work(number: int) -> None:
        for n in range(50):
            request = asked("rate", "x", id=f"q{number}.{n}")
            kept.reserve(request, NOW)
            seen.append(kept.recall(request, ["agent_minute"]).counts["agent_minute"])
            kept.commit(request)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 401))


def test_time_never_runs_back() -> None:
    kept = history()
    kept.reserve(asked("rate", "x"), NOW + 100 * SECOND)
    late = asked("rate", "x", id="q2")
    kept.reserve(late, NOW)
    assert kept.moment(late) == NOW + 100 * SECOND


def test_a_reservation_is_made_and_ended_once() -> None:
    kept = history()
    kept.reserve(asked("rate", "x"), NOW)
    with pytest.raises(ReservationError):
        kept.reserve(asked("rate", "x"), NOW)
    kept.commit(asked("rate", "x"))
    with pytest.raises(ReservationError):
        kept.release(asked("rate", "x"))


def test_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 1)
    kept = history()
    kept.reserve(asked("rate", "x"), NOW)
    with pytest.raises(HistoryFullError):
        kept.reserve(asked("rate", "x", id="q2"), NOW)


# -- restart ---------------------------------------------------------------------------------------


def permit(id: str, agent: str = "aid") -> Decided:
    return Decided(id=id, time=NOW, run="r1", agent=agent, request="0" * 64, outcome="permit")


def paid(id: str, cause: str, *, identity: str = "bound") -> ToolCalled:
    return ToolCalled(
        id=id,
        time=NOW,
        run="r1",
        agent="aid",
        task="t1",
        tool="ledger.pay",
        identity=identity,  # type: ignore[arg-type]
        causes=(Cause(id=cause),),
    )


def amount(event: BaseEvent) -> bytes:
    return msgspec.json.encode({"amount": 30})


def test_a_restart_finds_the_counts_in_the_log() -> None:
    kept = history()
    kept.rebuild([permit("d1"), paid("e1", "d1"), permit("d2"), paid("e2", "d2")], amount)
    assert counts(kept, arguments={"amount": 0}) == {
        "agent_minute": 3,
        "spent": 60,
        "team": 3,
        "task_total": 3,
    }


def test_a_permit_without_an_act_counts_everywhere_for_its_agent() -> None:
    kept = history()
    kept.rebuild([permit("d1"), paid("e1", "d1"), permit("d2")], amount)
    request = asked("rate", "x", id="q9")
    assert kept.recall(request, ["agent_minute"]).counts == {"agent_minute": 2}
    with pytest.raises(AmountError, match="not recorded"):
        counts(kept, arguments={"amount": 0})


def test_asserted_acts_never_fill_anybodys_counters() -> None:
    kept = history()
    kept.rebuild([paid("e1", "d1", identity="asserted")], amount)
    assert counts(kept, arguments={"amount": 0})["spent"] == 0


def test_an_erased_amount_stops_the_start() -> None:
    with pytest.raises(AmountError):
        history().rebuild([permit("d1"), paid("e1", "d1")], lambda event: None)


def test_a_message_to_three_counts_three_times() -> None:
    sent = MessageSent(
        id="e1",
        time=NOW,
        run="r1",
        agent="aid",
        task="t1",
        identity="bound",
        recipients=("a", "b", "c"),
    )
    kept = history()
    kept.rebuild([sent])
    assert counts(kept, action="message.send", resource=None, peer="a")["task_total"] == 4


def test_the_end_of_a_run_forgets_its_totals() -> None:
    kept = history()
    kept.rebuild([paid("e1", ""), RunEnded(id="e2", time=NOW, run="r1")], amount)
    assert counts(kept, arguments={"amount": 0})["task_total"] == 1


def before_and_after(acts: list[tuple[str, str, int, bool]]) -> tuple[History, History]:
    """Return the history of a gate at work, and that of one that starts again from its log.

    Each act has an agent, a resource, an amount, and whether its own event was recorded too.
    """
    live, contents = history(), dict[str, bytes]()
    log: list[BaseEvent] = []
    for number, (agent, resource, paid_, told) in enumerate(acts):
        time = NOW + number * 7 * SECOND
        request = asked("tool.call", resource, id=f"q{number}", agent=agent, time=time,
                        arguments={"amount": paid_})  # fmt: skip
        live.reserve(request, time)
        live.commit(request)
        mine: dict[str, Any] = {"run": "r1", "task": "t1", "agent": agent}
        decided = Decided(id=f"q{number}/decided", time=time, request="0" * 64, outcome="permit",
                          action="tool.call", resource=resource, **mine)  # fmt: skip
        log.append(decided)
        if told:
            call = ToolCalled(id=f"q{number}/called", time=time + 5, tool=resource,
                              identity="bound", causes=(Cause(id=decided.id),), **mine)  # fmt: skip
            contents[call.id] = msgspec.json.encode({"amount": paid_})
            log.append(call)
    after = history()
    after.rebuild(log, lambda event: contents.get(event.id))
    return live, after


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["aid", "tutor"]),
            st.sampled_from(["ledger.pay", "sis.look"]),
            st.integers(0, 50),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_counters_after_a_restart_are_as_before(acts: list[tuple[str, str, int, bool]]) -> None:
    live, after = before_and_after(acts)
    for agent in ("aid", "tutor"):
        request = asked(
            id="q99",
            agent=agent,
            time=NOW + 90 * SECOND,
            arguments={"amount": 0},
        )
        plain = ["agent_minute", "task_total", "team"]
        assert after.recall(request, plain).counts == live.recall(request, plain).counts
        if all(told for who, what, _, told in acts if (who, what) == (agent, "ledger.pay")):
            assert after.recall(request, ["spent"]).counts == live.recall(request, ["spent"]).counts
        else:
            with pytest.raises(AmountError, match="not recorded"):
                after.recall(request, ["spent"])


def test_a_sum_that_cannot_be_told_is_told_again_after_its_window() -> None:
    _, after = before_and_after([("aid", "ledger.pay", 5, False)])
    late = asked(id="q99", time=NOW + 4000 * SECOND, arguments={"amount": 0})
    assert after.recall(late, ["spent"]).counts == {"spent": 0}


def test_an_act_that_a_ruling_let_go_is_counted_once_from_then_on() -> None:
    said: dict[str, Any] = {"run": "r1", "task": "t1", "agent": "aid"}
    question = Decided(id="q1/decided", time=NOW, request="0" * 64, outcome="escalate",
                       action="tool.call", resource="ledger.pay", **said)  # fmt: skip
    started = Ruled(id="q1/1", time=NOW + SECOND, run="r1", escalation="q1", ruling="started")
    act = paid("q1/called", "q1/decided")
    for log, expected in (
        ([question], 1), ([question, started], 2), ([question, started, act], 2),
    ):  # fmt: skip
        kept = history()
        kept.rebuild(log, amount)
        request = asked(id="q99", time=NOW + 2 * SECOND, arguments={"amount": 0})
        assert kept.recall(request, ["task_total"]).counts == {"task_total": expected}


# -- order -----------------------------------------------------------------------------------------

EXPORT = Match(actions=("tool.call",), resources=("sis.export",))
SEND = Match(actions=("message.send",))
ORDER = Conditions(
    name="order",
    version=1,
    splits=(SplitTask(id="leak", why="export and send", steps=(EXPORT, SEND)),),
    delays=(
        Delay(
            id="notice",
            why="a day's notice",
            act=Match(resources=("ledger.pay",)),
            after=Match(actions=("assert",)),
            seconds=10.0,
        ),
    ),
)


def objections(kept: History, **more: object) -> list[str]:
    return [each.rule for each in kept.objections(asked(**more))]  # type: ignore[arg-type]


def test_the_step_that_completes_a_forbidden_whole_is_refused() -> None:
    kept = history(ORDER)
    send = {"action": "message.send", "resource": None, "peer": "x", "agent": "tutor"}
    assert objections(kept, **send) == []
    export = asked("tool.call", "sis.export", id="q7", task="t9")
    kept.reserve(export, NOW)
    assert objections(kept, **send) == ["leak"]  # while the other half is under way
    kept.release(export)
    assert objections(kept, **send) == []


def test_an_act_waits_for_its_notice_and_only_what_happened_starts_the_clock() -> None:
    kept = history(ORDER)
    notice = asked("assert", "plan", id="q5", agent="tutor")
    kept.reserve(notice, NOW)
    kept.release(notice)
    assert objections(kept, time=NOW + 60 * SECOND) == ["notice"]
    kept.reserve(notice, NOW + 60 * SECOND)
    kept.commit(notice)
    assert objections(kept, time=NOW + 69 * SECOND) == ["notice"]
    assert objections(kept, time=NOW + 70 * SECOND) == []


def offer(id: str, agent: str) -> Asserted:
    return Asserted(id=id, time=NOW, run="r1", agent=agent, identity="bound", about="x")


def test_two_agents_do_not_approve_of_each_other() -> None:
    kept = history()
    kept.observe(offer("e1", "aid"))
    kept.observe(offer("e2", "tutor"))
    approve = asked("accept", "e1", id="q2", agent="tutor")
    assert kept.objections(approve) == []
    kept.reserve(approve, NOW)
    kept.commit(approve)
    back = {"action": "accept", "agent": "aid"}
    assert objections(kept, resource="e2", **back) == ["reciprocal-approval"]
    assert objections(kept, resource="e1", **back) == ["reciprocal-approval"]  # of itself
    assert objections(kept, resource="e9", **back) == ["reciprocal-approval"]  # of who knows what
    assert objections(kept, resource="e2", peer="other", **back) == ["reciprocal-approval"]


def test_reciprocity_survives_a_restart() -> None:
    accepted = Accepted(id="e3", time=NOW, run="r1", agent="tutor", identity="bound", subject="e1")
    kept = history()
    kept.rebuild([offer("e1", "aid"), offer("e2", "tutor"), accepted])
    assert objections(kept, action="accept", resource="e2") == ["reciprocal-approval"]


def test_reciprocal_approvals_may_be_allowed() -> None:
    kept = history(Conditions(name="open", version=1, reciprocal_approvals=True))
    assert objections(kept, action="accept", resource="e9") == []


def test_a_counter_that_nobody_declares_is_named() -> None:
    with pytest.raises(CounterError, match="did you mean `spent`"):
        History(CONDITIONS, read=["spnet"])


def test_a_full_counter_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = history()
    monkeypatch.setattr("tertius.policy.counters.MAX_KEYS_PER_AGENT", 1)
    kept.reserve(asked("rate", "x", task="t1"), NOW)
    with pytest.raises(CounterFullError):
        kept.reserve(asked("rate", "x", id="q2", task="t2"), NOW)
    assert kept.recall(asked("rate", "x", id="q3"), ["agent_minute"]).counts["agent_minute"] == 2
