"""Hand-written agents: a crew is attached as a whole, or nobody starts."""

import asyncio
import inspect
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.crew import CHAIN, Group, counting, group

from tertius.adapters.by_hand import ByHand, Crew, NotAttachedError, governed
from tertius.core.coverage import CoverageError, Surface, UngovernedError
from tertius.core.errors import CallerError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.member import Member
from tertius.runtime.tool import ToolError, tool_of

SHELL = Surface(kind="tool", name="shell", why="not wrapped")
PAID: list[Any] = []


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Group]:
    PAID.clear()
    with group(tmp_path) as made:
        yield made


def crew(**more: Any) -> Crew:
    return Crew(tools={"pay": counting(PAID)}, stores={"notes": {}}, **more)


def acting(hands: ByHand, name: str = "coder") -> Any:
    return hands.agent(name, run="r", chain=CHAIN)


# -- attaching -------------------------------------------------------------------------------------


def test_attach_says_what_is_governed_and_where_the_gate_stands(held: Group) -> None:
    coverage = ByHand().attach(crew(), held.gate)
    assert {surface.key for surface in coverage.governed} == {
        "message:mail", "tool:pay", "memory:notes",
    }  # fmt: skip
    assert coverage.level is EnforcementLevel.IN_PROCESS and not coverage.ungoverned


def test_what_is_ungoverned_stops_the_start_unless_somebody_named_it(held: Group) -> None:
    hands = ByHand()
    with pytest.raises(UngovernedError, match="tool:shell"):
        hands.attach(crew(others=(SHELL,)), held.gate)
    with pytest.raises(NotAttachedError), acting(hands):
        pass
    accepting = ByHand(ungoverned=["tool:shell"])
    assert accepting.attach(crew(others=(SHELL,)), held.gate).ungoverned == (SHELL,)
    with acting(accepting) as me:
        assert me.call("pay", to="ann") == {"paid": 5}


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (object(), "is no crew"),
        (Crew(tools={"bad name": print}), "bad tool"),
        (Crew(tools={"x": lambda *a: None}), "name them all"),
        (Crew(stores={"bad name": {}}), "bad surface"),
        (Crew(others=(Surface(kind="tool", name="x"),)), "say why"),
        (Crew(tools={"x": counting([])}, others=(Surface(kind="tool", name="x", why="w"),)), "tw"),
    ],
)
def test_a_bad_crew_is_told(target: Any, error: str, held: Group) -> None:
    with pytest.raises((CallerError, CoverageError), match=error):
        ByHand().attach(target, held.gate)


def test_messages_reach_members_of_the_same_crew_alone(tmp_path: Path) -> None:
    """Two attachments, as in two processes: the gate permits, and carries nothing."""
    with group(tmp_path) as held:
        here, there = ByHand(), ByHand()
        for hands in (here, there):
            hands.attach(Crew(), held.gate)
        with acting(here, "a") as a, acting(here, "b") as near, acting(there, "b") as far:
            a.send("b", "hello", channel="team")
            assert far.receive() is None
            message = near.receive()
            assert message is not None and message.content == "hello"


def test_a_cut_of_the_channel_that_the_coverage_names_stops_every_message(held: Group) -> None:
    hands = ByHand()
    (mail,) = (s for s in hands.attach(crew(), held.gate).governed if s.kind == "message")
    made: Any = {"time": 1, "run": "ops", "what": "channel", "subject": mail.name}
    with acting(hands, "a") as a, acting(hands, "b") as b:
        held.gate.observe(PolicyChanged(id="c1", change="quarantine", **made))
        for act in (a.send, partial(a.send, channel="team"), a.hand_off):
            with pytest.raises(NotPermittedError):
                act("b", "hello")
        assert b.receive() is None
        assert a.call("pay", to="ann") == {"paid": 5}
        held.gate.observe(PolicyChanged(id="c2", change="resume", **made))
        a.send("b", "hello")
        assert b.receive() is not None


def test_detached_nobody_acts(held: Group) -> None:
    hands = ByHand()
    hands.attach(crew(), held.gate)
    hands.detach()
    hands.detach()
    with pytest.raises(NotAttachedError), acting(hands):
        pass


def test_a_tool_that_was_not_the_one_reviewed_stops_its_agent(tmp_path: Path) -> None:
    pinned = {"pay": tool_of("pay", lambda to: None).schema}
    granted = {"coder": pinned}
    look = {"schema_of": lambda agent, tool: granted.get(agent, {}).get(tool)}
    with group(tmp_path, policies=look) as held:
        hands = ByHand()
        hands.attach(crew(), held.gate)
        with pytest.raises(ToolError, match="other arguments than those reviewed for `coder`"):
            acting(hands).__enter__()
        with acting(hands, "tester") as me:  # to whom it is not granted; the gate refuses calls
            assert isinstance(me, Member)
        with pytest.raises(ToolError):
            governed(held.member(), tool="pay")(counting(PAID))


# -- functions -------------------------------------------------------------------------------------


def test_a_governed_function_asks_before_it_runs(held: Group) -> None:
    pay = governed(held.member(), tool="pay")(counting(PAID))
    assert pay("ann", amount=3) == {"paid": 3}
    held.rule.outcomes["pay"] = Outcome.FORBID
    with pytest.raises(NotPermittedError):
        pay("ann", amount=3)
    assert PAID == [("ann", 3)]
    assert [request.resource for request in held.rule.seen] == ["pay", "pay"]


def test_the_wrapper_is_like_the_function(held: Group) -> None:
    @governed(held.member())
    def greet(name: str, polite: bool = True) -> str:
        """Say hello."""
        return f"{'dear ' * polite}{name}"

    assert greet("ann") == "dear ann" and greet.__doc__ == "Say hello."
    assert list(inspect.signature(greet).parameters) == ["name", "polite"]
    with pytest.raises(TypeError):
        greet()  # type: ignore[call-arg]  # what a plain function would say
    assert len(held.rule.seen) == 1


def test_an_async_function_stays_async(held: Group) -> None:
    @governed(held.member())
    async def fetch(page: str) -> str:
        return page.upper()

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(fetch("x")) == "X"
    held.rule.outcomes["fetch"] = Outcome.FORBID
    with pytest.raises(NotPermittedError):
        asyncio.run(fetch("x"))


def test_a_function_belongs_to_one_agent_whoever_calls_it(held: Group) -> None:
    """The name is bound when the function is made, so that a child never acts as its parent."""
    parents = governed(held.member("parent"), tool="parents")(counting(PAID))

    @governed(held.member("child"))
    def ask() -> Any:
        return parents("ann")

    ask()
    assert [(r.agent, r.resource) for r in held.rule.seen] == [
        ("child", "ask"), ("parent", "parents"),
    ]  # fmt: skip


def test_two_agents_may_share_a_function_and_no_name_is_two_tools(held: Group) -> None:
    shared = counting(PAID)
    one = governed(held.member("a"), tool="pay")(shared)
    other = governed(held.member("b"), tool="pay")(shared)
    one("ann")
    other("ben")
    assert [r.agent for r in held.rule.seen] == ["a", "b"]
    with pytest.raises(CallerError, match="second tool"):
        governed(held.member("a"), tool="pay")(counting(PAID))


def test_secrets_of_a_function_are_masked(held: Group) -> None:
    @governed(held.member(), secret=("pin",))
    def unlock(door: str, pin: str) -> bool:
        return pin == "1234"

    assert unlock("north", "1234")
    assert not any(b"1234" in (content or b"") for _, content in held.events())


def test_a_method_is_governed_once_it_is_bound(held: Group) -> None:
    class Ledger:
        def __init__(self) -> None:
            self.paid: list[int] = []

        def pay(self, amount: int) -> int:
            self.paid.append(amount)
            return amount

    ledger = Ledger()
    pay = governed(held.member(), tool="ledger.pay")(ledger.pay)
    assert pay(4) == 4 and ledger.paid == [4]
