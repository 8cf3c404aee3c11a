"""Shared budgets, in one history with everything else that is reserved."""

import itertools
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.asked import NOW, SECOND, asked
from tests.policy.documents import manifest
from tests.twins.budget_sums import Sums

from tertius.core.events import (
    BaseEvent,
    Cause,
    ModelCalled,
    ResourceClaimed,
    ResourceReleased,
    RunEnded,
)
from tertius.core.grants import ResourceBudget
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Request
from tertius.policy.budgets import BudgetError, Budgets
from tertius.policy.conditions_document import Conditions
from tertius.policy.reservations import Reservations

NOTHING = Conditions(name="none", version=1)


def budget(kind: Any, amount: float, resource: str = "gpu", unit: str = "slot") -> ResourceBudget:
    window = 32.0 if kind == "rate" else None
    return ResourceBudget(resource=resource, kind=kind, amount=amount, unit=unit, window=window)


HELD, RATE, TOTAL = budget("held", 3), budget("rate", 5), budget("total", 9)


class Pool:
    """Agents `a` and `b`, who share a resource through one history, and the log of it."""

    def __init__(self, *budgets: ResourceBudget, since: int = 0) -> None:
        self.manifests = [
            manifest(name, resources=budgets, not_before=since, not_after=2 * NOW)
            for name in ("a", "b")
        ]
        self.log: list[BaseEvent] = []
        self.numbers = itertools.count()
        self.begin()

    def begin(self) -> None:
        self.layer = Budgets(self.manifests)
        self.history = Reservations(NOTHING, beside=(self.layer,))

    def restart(self) -> None:
        self.begin()
        self.history.rebuild(self.log)

    def request(self, action: str, amount: Any = 1, agent: str = "a", **more: Any) -> Request:
        arguments = more.pop("arguments", {"amount": amount})
        given: dict[str, Any] = {"id": f"q{next(self.numbers)}", "agent": agent, **more}
        return asked(action, "gpu", arguments=arguments, **given)  # type: ignore[arg-type]

    def judge(self, request: Request) -> str:
        self.history.reserve(request, request.time)
        vote = self.layer.judge(request)
        return vote.reason if vote.outcome is Outcome.FORBID else ""

    def happen(self, request: Request, *, recorded: bool = True) -> None:
        self.history.commit(request)
        given: dict[str, Any] = {"time": request.time, "run": request.run, "agent": request.agent}
        permit = Decided(
            id=f"{request.id}/decided", request="0" * 64, outcome="permit",
            action=request.action, resource="gpu", **given,
        )  # fmt: skip
        self.log.append(permit)
        given |= {"id": f"{request.id}/done", "identity": "bound", "causes": (Cause(id=permit.id),)}
        arguments = request.decoded()
        if recorded and request.action == "model.call":
            self.log.append(ModelCalled(model="gpu", **given))
        elif recorded:
            kind = ResourceClaimed if request.action == "resource.claim" else ResourceReleased
            self.log.append(kind(resource="gpu", amount=arguments.get("amount", 1), **given))

    def do(self, action: str, amount: Any = 1, agent: str = "a", **more: Any) -> str:
        request = self.request(action, amount, agent, **more)
        why = self.judge(request)
        if why:
            self.history.release(request)
        else:
            self.happen(request)
        return why

    def claim(self, amount: Any = 1, agent: str = "a", **more: Any) -> str:
        return self.do("resource.claim", amount, agent, **more)

    def free(self, amount: Any = 1, agent: str = "a", **more: Any) -> str:
        return self.do("resource.release", amount, agent, **more)


def test_what_is_held_at_once_is_held_by_all_together() -> None:
    pool = Pool(HELD)
    assert pool.claim(2) == "" and pool.claim(1, "b") == ""
    assert "3 of 3 slot are held, 1 more were asked" in pool.claim(1, "b")
    assert pool.free(2) == ""
    assert pool.claim(2, "b") == ""


def test_nobody_releases_what_another_holds() -> None:
    pool = Pool(HELD)
    pool.claim(2)
    assert "`b` holds 0 slot in this run and would release 2" in pool.free(2, "b")
    assert "holds 0 slot" in pool.free(1, run="r2")
    assert "holds 2 slot in this run and would release 3" in pool.free(3)
    assert "3" in pool.claim(2, "b"), "nothing came free"


def test_a_release_is_taken_once_though_it_is_asked_twice_at_once() -> None:
    pool = Pool(HELD)
    pool.claim(2)
    one, two = pool.request("resource.release", 2), pool.request("resource.release", 2)
    assert pool.judge(one) == "" and "holds 0 slot" in pool.judge(two)
    pool.history.release(two)
    pool.history.release(one)
    assert pool.free(2) == "", "one that does not happen gives nothing away"


def test_two_claims_at_once_are_never_both_the_last_one() -> None:
    for kind in (HELD, budget("rate", 3), budget("total", 3)):
        pool = Pool(kind)
        requests = [pool.request("resource.claim", 1, "ab"[n % 2]) for n in range(10)]
        together, said = threading.Barrier(len(requests)), list[str]()

        def claim(request: Request, pool: Pool = pool, said: list[str] = said) -> None:
            together.wait()  # noqa: B023 - the threads end within the pass
            said.append(pool.judge(request))

        threads = [threading.Thread(target=claim, args=(request,)) for request in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert said.count("") == 3, kind


def test_a_rate_frees_itself_and_a_total_never_does() -> None:
    rate, total = Pool(budget("rate", 2)), Pool(budget("total", 2))
    for pool in (rate, total):
        assert pool.claim(2) == ""
        assert "2 of 2 slot" in pool.claim(1, "b", time=NOW + 30 * SECOND)
    assert rate.claim(1, "b", time=NOW + 34 * SECOND) == ""
    assert "2 of 2 slot are used" in total.claim(1, "b", time=NOW + 10**6 * SECOND)


def test_a_model_call_draws_on_a_rate_and_holds_nothing() -> None:
    pool = Pool(HELD, budget("rate", 4))
    for _ in range(4):
        assert pool.do("model.call", agent="b") == ""
    assert "in 32 s are used" in pool.do("model.call")
    assert "in 32 s are used" in pool.claim()
    assert "holds 0 slot" in pool.free(1, "b")


def test_every_budget_of_a_resource_holds() -> None:
    pool = Pool(HELD, RATE, TOTAL)
    assert "0 of 3 slot are held" in pool.claim(4)
    assert pool.claim(3) == "" and pool.free(3) == ""
    assert "3 of 5 slot in 32 s are used" in pool.claim(3)
    assert pool.claim(3, time=NOW + 40 * SECOND) == ""
    pool.free(3)
    assert pool.claim(3, time=NOW + 80 * SECOND) == ""
    pool.free(3)
    assert "9 of 9 slot are used" in pool.claim(1, time=NOW + 120 * SECOND)


def test_what_was_used_and_held_is_known_after_a_restart() -> None:
    pool = Pool(HELD, budget("total", 6))
    pool.claim(2), pool.claim(1, "b"), pool.free(1)
    pool.restart()
    assert "2 of 3 slot are held" in pool.claim(2)
    assert "holds 1 slot" in pool.free(2)
    assert pool.free(1) == "" and pool.free(1, "b") == ""
    assert pool.claim(3) == "" and pool.free(3) == ""
    assert "6 of 6 slot are used" in pool.claim(1)


def test_a_claim_that_was_never_recorded_may_have_been_for_all() -> None:
    pool = Pool(HELD, RATE)
    pool.judge(request := pool.request("resource.claim", 1))
    pool.happen(request, recorded=False)
    pool.restart()
    assert "3 of 3 slot are held" in pool.claim(1, "b")
    assert pool.free(3) == "", "whoever claimed it may still say that it is free"
    assert "5 of 5 slot in 32 s are used" in pool.claim(1, "b")
    assert pool.claim(1, "b", time=NOW + 34 * SECOND) == ""


def test_a_model_call_that_was_never_recorded_is_one_call() -> None:
    pool = Pool(HELD, RATE)
    pool.judge(request := pool.request("model.call"))
    pool.happen(request, recorded=False)
    pool.restart()
    assert [pool.do("model.call") == "" for _ in range(5)] == [True] * 4 + [False]
    assert pool.claim(3, time=NOW + 34 * SECOND) == "", "and it holds nothing"


def test_what_is_merely_asserted_changes_nothing() -> None:
    pool = Pool(HELD)
    pool.log.append(
        ResourceClaimed(id="x", time=NOW, run="r1", agent="a", resource="gpu", amount=3)
    )
    pool.restart()
    assert pool.claim(3, "b") == ""


def test_the_end_of_a_run_gives_back_what_is_held_in_it() -> None:
    pool = Pool(HELD)
    pool.claim(2), pool.claim(1, run="r2")
    ended = RunEnded(id="end", time=NOW, run="r1")
    pool.log.append(ended)
    pool.history.observe(ended)
    for _ in range(2):
        assert "1 of 3 slot are held" in pool.claim(3)
        pool.restart()


def test_a_total_counts_from_the_beginning_of_the_validity() -> None:
    pool = Pool(TOTAL, since=NOW)
    old = {"run": "r0", "agent": "a", "resource": "gpu", "identity": "bound"}
    pool.log.append(ResourceClaimed(id="x", time=NOW - 1, amount=9, **old))  # type: ignore[arg-type]
    pool.restart()
    assert pool.claim(9) == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"amount": 0}, "whole number from 1"),
        ({"amount": -1}, "whole number from 1"),
        ({"amount": True}, "whole number from 1"),
        ({"amount": 1.5}, "whole number from 1"),
        ({"amount": 2**53}, "whole number from 1"),
        ([], "expected an object"),
        ({"unit": "hour"}, "counted in `slot`"),
        ({"unit": "slot"}, ""),
        ({"unit": ""}, ""),
        ({}, ""),
    ],
)
def test_an_amount_is_a_whole_number_in_the_unit_of_the_budget(arguments: Any, why: str) -> None:
    told = Pool(HELD).claim(arguments=arguments)
    assert why in told and bool(why) == bool(told)


def test_where_two_manifests_differ_both_hold_and_two_units_cannot() -> None:
    wide, narrow = manifest("a", resources=(budget("held", 9),)), manifest("b", resources=(HELD,))
    vote = Budgets([wide, narrow]).judge(
        asked("resource.claim", "gpu", agent="a", arguments={"amount": 4})
    )
    assert vote.outcome is Outcome.FORBID
    other = manifest("b", resources=(budget("held", 3, unit="hour"),))
    with pytest.raises(BudgetError, match="`gpu` is counted in `slot` and in `hour`"):
        Budgets([wide, other])


def test_what_shadow_mode_let_pass_is_counted() -> None:
    pool = Pool(HELD)
    request = pool.request("resource.claim", 4)
    assert pool.judge(request)
    pool.happen(request)
    assert "4 of 3 slot are held" in pool.claim(1, "b")
    pool.restart()
    assert "4 of 3 slot are held" in pool.claim(1, "b")


def test_other_acts_and_other_resources_are_none_of_its_business() -> None:
    layer = Budgets(Pool(HELD).manifests)
    for request in (asked(), asked("resource.claim", "disk"), asked("memory.read", "gpu")):
        assert layer.judge(request).outcome is Outcome.ABSTAIN
    assert not Budgets([manifest("a")]) and layer


MOVES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["resource.claim", "resource.release"]), st.integers(1, 4),
            st.sampled_from(["a", "b"]), st.integers(0, 12), st.booleans(),
        ),
        st.just("restart"),
    ),
    max_size=24,
)  # fmt: skip
SETS = [(HELD,), (RATE,), (TOTAL,), (HELD, RATE, TOTAL)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SETS), MOVES)
def test_it_agrees_with_sums_over_everything(
    budgets: tuple[ResourceBudget, ...], moves: list[Any]
) -> None:
    pool, twin, now = Pool(*budgets), Sums(budgets), NOW
    for move in moves:
        if move == "restart":
            pool.restart()
            continue
        action, amount, agent, later, happens = move
        now += later * SECOND
        request = pool.request(action, amount, agent, time=now)
        claims = action == "resource.claim"
        may = twin.may_claim(amount, now) if claims else twin.may_release(agent, amount)
        assert (pool.judge(request) == "") is may
        if may and happens:
            pool.happen(request)
            twin.moved.append((agent, amount if claims else -amount, now))
        else:
            pool.history.release(request)
        for each in budgets:
            if each.kind == "rate":
                assert twin.exactly_used(each, now) <= each.amount
