"""An agent's acts: asked first, run from the judged copy, recorded behind the permit."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.crew import CHAIN, NOW, Group, counting, group

from tertius.core.errors import CallerError
from tertius.core.events import (
    Accepted,
    Asserted,
    Claimed,
    Delegated,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageConsumed,
    MessageDelivered,
    MessageSent,
    ResourceClaimed,
    ResourceReleased,
    ToolCalled,
    ToolReturned,
    Verified,
)
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.log.commit import LogFullError
from tertius.runtime.async_member import AsyncMember
from tertius.runtime.denied import NeedsHumanError, NotPermittedError
from tertius.runtime.doing import AwaitedToolError
from tertius.runtime.tool import tool_of

PAID: list[Any] = []


def fails(why: str) -> None:
    raise ValueError(f"no: {why}")


async def later(text: str) -> str:
    await asyncio.sleep(0)
    return text.upper()


def opaque() -> object:
    return object()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Group]:
    PAID.clear()
    tools = {"pay": counting(PAID), "fails": fails, "later": later, "opaque": opaque}
    with group(tmp_path, tools=tools) as made:
        yield made


def ids(causes: Any) -> list[str]:
    return [cause.id for cause in causes]


# -- tools -----------------------------------------------------------------------------------------


def test_a_call_is_asked_run_and_recorded_behind_its_permit(held: Group) -> None:
    assert held.member().call("pay", to="ann") == {"paid": 5}
    assert PAID == [("ann", 5)]
    (decided, _), (called, arguments), (returned, result) = held.events()
    assert isinstance(decided, Decided) and decided.outcome == "permit"
    assert isinstance(called, ToolCalled) and ids(called.causes) == [decided.id]
    assert called.causes[0].basis == "observed"
    assert arguments == b'{"amount":5,"to":"ann"}'  # defaults are judged and recorded too
    assert isinstance(returned, ToolReturned) and ids(returned.causes) == [called.id]
    assert (returned.ok, returned.call, result) == (True, called.id, b'{"paid":5}')
    for event in (called, returned):
        assert (event.run, event.agent, event.task, event.party) == ("r", "coder", "t1", "dean")
        assert event.identity == "bound"
    assert held.gate.running() == ()


def test_a_forbidden_call_does_not_run_and_tells_a_code(held: Group) -> None:
    held.rule.outcomes["pay"] = Outcome.FORBID
    with pytest.raises(NotPermittedError) as told:
        held.member().call("pay", to="ann")
    assert (told.value.code, PAID) == ("not-granted", [])
    assert "because" not in str(told.value)
    assert [type(event) for event, _ in held.events()] == [Decided]


def test_what_was_judged_runs_though_the_caller_changes_it(held: Group) -> None:
    seen: list[Any] = []
    mine = {"amount": 1}

    def keep(order: dict[str, Any]) -> dict[str, Any]:
        seen.append(order)
        return order

    held.commons.add(tool_of("keep", keep))
    held.rule.meanwhile = lambda: mine.update(amount=10_000)
    held.member().call("keep", order=mine)
    assert seen == [{"amount": 1}]


def test_a_failing_tool_is_recorded_as_failed_and_raises_on(held: Group) -> None:
    with pytest.raises(ValueError, match="no: x"):
        held.member().call("fails", why="x")
    returned, content = held.event("q1/returned")
    assert (returned.ok, content) == (False, b'{"failed":true}')
    assert held.gate.running() == ()


def test_a_result_that_is_no_json_is_recorded_by_its_type(held: Group) -> None:
    held.member().call("opaque")
    assert held.event("q1/returned")[1] == b'{"unrecorded":"object"}'


@pytest.mark.parametrize("arguments", [{}, {"to": "a", "colour": "red"}, {"to": object()}])
def test_arguments_that_do_not_fit_are_for_the_gate(arguments: Any, held: Group) -> None:
    """The constraints of a manifest refuse them; a function is never called with a guess."""
    with pytest.raises((NotPermittedError, TypeError)):
        held.member().call("pay", **arguments)
    assert PAID == []
    assert isinstance(held.events()[0][0], Decided)


def test_a_tool_that_nobody_provides_is_told_apart(held: Group) -> None:
    with pytest.raises(CallerError, match="nobody provides"):
        held.member().call("shell", command="rm")
    assert held.gate.running() == ()


def test_an_async_tool_is_awaited(held: Group) -> None:
    assert asyncio.run(held.member().acall("later", text="hi")) == "HI"
    assert held.event("q1/returned")[1] == b'"HI"'
    with pytest.raises(AwaitedToolError):
        held.member().call("later", text="hi")
    assert asyncio.run(held.member().acall("pay", to="ann")) == {"paid": 5}


def test_parallel_calls_each_have_their_permit(held: Group) -> None:
    async def all_at_once() -> None:
        me = held.member()
        await asyncio.gather(*(me.acall("later", text=str(n)) for n in range(8)))

    asyncio.run(all_at_once())
    called = [event for event, _ in held.events() if isinstance(event, ToolCalled)]
    assert len({ids(event.causes)[0] for event in called}) == 8


def test_nothing_runs_when_the_call_cannot_be_recorded(
    held: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = held.writer.append

    def full(event: Any, *given: Any, **named: Any) -> int:
        if isinstance(event, ToolCalled):
            raise LogFullError("no room")
        return append(event, *given, **named)

    monkeypatch.setattr(held.writer, "append", full)
    with pytest.raises(LogFullError):
        held.member().call("pay", to="ann")
    assert PAID == [] and held.gate.running() == ()


# -- messages --------------------------------------------------------------------------------------


def test_a_message_is_sent_delivered_and_consumed(held: Group) -> None:
    content = {"text": "ready"}
    sent = held.member("a").send("b", content, channel="team")
    content["text"] = "changed"
    message = held.member("b").receive()
    assert message is not None
    assert (message.id, message.sender, message.content) == (sent, "a", {"text": "ready"})
    kinds = [type(event) for event, _ in held.events()]
    assert kinds == [Decided, MessageSent, MessageDelivered, MessageConsumed]
    (event, text) = held.event(sent)
    assert (event.recipients, event.channel, text) == (("b",), "team", b'{"text":"ready"}')
    assert held.member("b").receive() is None
    assert held.member("a").receive() is None


def test_a_forbidden_message_does_not_arrive(held: Group) -> None:
    held.rule.outcomes["b"] = Outcome.FORBID
    with pytest.raises(NotPermittedError):
        held.member("a").send("b", "secret")
    assert held.member("b").receive() is None
    with pytest.raises(NotPermittedError):
        held.member("a").hand_off("b", "secret")
    assert held.member("b").receive() is None


def test_a_hand_over_arrives_too(held: Group) -> None:
    handed = held.member("a").hand_off("b", {"case": 7})
    assert isinstance(held.event(handed)[0], HandedOff)
    message = held.member("b").receive()
    assert message is not None and message.content == {"case": 7}


# -- memory ----------------------------------------------------------------------------------------


def test_what_is_read_names_the_event_that_wrote_it(held: Group) -> None:
    value = ["x"]
    written = held.member("a").remember("notes", "k", value)
    value.append("y")
    got = held.member("b").recall("notes", "k")
    assert got == ["x"]
    got.append("z")
    assert held.stores["notes"] == {"k": ["x"]}
    event, content = held.event("q2/read")
    assert isinstance(event, MemoryRead) and written in ids(event.causes)
    assert content == b'["x"]'
    assert isinstance(held.event(written)[0], MemoryWritten)
    assert held.rule.seen[0].key == "k"


def test_a_forbidden_write_changes_nothing(held: Group) -> None:
    held.rule.outcomes["memory.write"] = Outcome.FORBID
    with pytest.raises(NotPermittedError):
        held.member().remember("notes", "k", "poison")
    held.rule.outcomes["memory.read"] = Outcome.FORBID
    held.stores["notes"]["k"] = "private"
    with pytest.raises(NotPermittedError):
        held.member().recall("notes", "k")
    assert held.stores["notes"] == {"k": "private"}


def test_an_unknown_store_is_the_callers_mistake(held: Group) -> None:
    with pytest.raises(CallerError, match="did you mean `notes`"):
        held.member().remember("note", "k", 1)


# -- what agents say -------------------------------------------------------------------------------


def test_each_act_has_its_event(held: Group) -> None:
    me = held.member("a")
    made = me.determine("risk", "high", student="s-7")
    said = me.state("award", 5, to="b", kind="recommendation", evidence=[made])
    checked = held.member("b").verify(said, "confirmed", of="a", evidence=[made])
    taken = held.member("b").accept(said, of="a")
    kinds = [type(held.event(name)[0]) for name in (made, said, checked, taken)]
    assert kinds == [Claimed, Asserted, Verified, Accepted]
    claimed, content = held.event(made)
    assert (claimed.about, claimed.value) == ("risk", "high")
    assert json.loads(content or b"") == {"student": "s-7", "value": "high"}
    verified, _ = held.event(checked)
    assert (verified.subject, verified.result, verified.evidence) == (said, "confirmed", (made,))
    bases = {cause.id: cause.basis for cause in verified.causes}
    assert bases[said] == "declared" and bases[f"{checked.split('/')[0]}/decided"] == "observed"


def test_a_delegation_gives_the_chain_to_act_with(held: Group) -> None:
    chain = held.member("a").delegate("b", actions=["tool.call"], tools=["pay"], lifetime=60)
    event, _ = held.event("q1/delegated")
    assert isinstance(event, Delegated)
    assert (event.to, event.expires) == ("b", NOW + 60 * 1_000_000_000)
    assert chain.names == ("dean", "a") and chain.links[-1].delegation == event.id
    assert "depth" not in event.scope, "nothing further, unless it is said"
    held.member("b", chain=chain).delegate("c", actions=["tool.call"], lifetime=30)
    below, _ = held.event("q2/delegated")
    assert event.id in ids(below.causes)


def test_a_delegation_passes_on_the_depth_that_was_judged(held: Group) -> None:
    held.member("a").delegate("b", actions=["delegate"], lifetime=60, depth=2)
    event, _ = held.event("q1/delegated")
    assert json.loads(event.scope) == {"actions": ["delegate"], "depth": 2}


def test_what_is_claimed_and_released_is_on_record(held: Group) -> None:
    me = held.member()
    claimed, _ = held.event(me.claim("gpu", 2, unit="card"))
    assert isinstance(claimed, ResourceClaimed) and ids(claimed.causes) == ["q1/decided"]
    assert (claimed.resource, claimed.amount, claimed.unit) == ("gpu", 2, "card")
    released, _ = held.event(me.release("gpu"))
    assert isinstance(released, ResourceReleased) and (released.amount, released.unit) == (1, "")


def test_what_is_held_for_a_block_is_given_back_though_it_fails(held: Group) -> None:
    with pytest.raises(ZeroDivisionError), held.member().holding("gpu", 3):
        raise ZeroDivisionError
    kinds = [type(event) for event, _ in held.events()]
    assert kinds == [Decided, ResourceClaimed, Decided, ResourceReleased]
    held.rule.outcomes["resource.claim"] = Outcome.FORBID
    with pytest.raises(NotPermittedError), held.member().holding("gpu"):
        pytest.fail("what is not granted is not held")
    assert len(held.events()) == 5, "and nothing is given back"


# -- what an act rests on --------------------------------------------------------------------------


def test_an_act_cites_all_that_was_read_before(held: Group) -> None:
    other, me = held.member("b"), held.member("a")
    for text in ("one", "two"):
        other.send("a", text)
        me.receive()
    me.call("pay", to="ann")
    me.call("pay", to="ben")
    events = held.events()
    consumed = [event.id for event, _ in events if isinstance(event, MessageConsumed)]
    calls = [event for event, _ in events if isinstance(event, ToolCalled)]
    first, second = (set(ids(event.causes)) for event in calls)
    assert set(consumed) < first
    assert not set(consumed) & second  # they lie behind the first call's result
    assert calls[0].id.replace("called", "returned") in second


def test_a_new_task_begins_with_an_empty_context(held: Group) -> None:
    held.member("a").call("pay", to="ann")
    held.member("a", task="t2").call("pay", to="ben")
    called, _ = held.event("q2/called")
    assert ids(called.causes) == ["q2/decided"]


def test_a_long_list_of_things_read_is_folded(held: Group) -> None:
    other, me = held.member("b"), held.member("a")
    for number in range(80):
        other.send("a", number)
        me.receive()
    me.call("pay", to="ann")
    events = {event.id: event for event, _ in held.events()}
    called = next(e for e in events.values() if isinstance(e, ToolCalled))
    assert len(called.causes) < 70
    reached, open_ = set(), [called.id]
    while open_:
        for cause in events[open_.pop()].causes:
            if cause.id not in reached:
                reached.add(cause.id)
                open_.append(cause.id)
    consumed = {e.id for e in events.values() if isinstance(e, MessageConsumed)}
    assert consumed <= reached and len(consumed) == 80


# -- from coroutines -------------------------------------------------------------------------------


def test_the_acts_can_be_awaited(held: Group) -> None:
    async def work() -> Any:
        a, b = AsyncMember(held.member("a")), AsyncMember(held.member("b"))
        await a.send("b", "hello")
        message = await b.receive()
        assert message is not None and message.content == "hello"
        await a.hand_off("b", "yours")
        await a.remember("notes", "k", 1)
        assert await b.recall("notes", "k") == 1
        made = await a.determine("risk", "low")
        said = await a.state("risk", "low", to="b", evidence=[made])
        await b.verify(said, "confirmed", of="a")
        await b.accept(said, of="a")
        chain = await a.delegate("b", actions=["tool.call"], tools=["later"], lifetime=9)
        assert chain.names == ("dean", "a")
        async with a.holding("gpu", 2):
            await a.claim("db")
            await a.release("db")
        return await a.call("later", text="done")

    assert asyncio.run(work()) == "DONE"


# -- escalation without a desk ---------------------------------------------------------------------


def test_where_nobody_can_be_asked_escalate_is_a_refusal(held: Group) -> None:
    held.rule.outcomes["pay"] = Outcome.ESCALATE
    with pytest.raises(NotPermittedError) as told:
        held.member().call("pay", to="ann")
    assert not isinstance(told.value, NeedsHumanError) and told.value.code == "denied"
    with pytest.raises(NeedsHumanError):
        held.member().resume("q1")
    assert PAID == []


def test_the_chain_is_the_members_own(held: Group) -> None:
    held.member().call("pay", to="ann")
    assert held.rule.seen[0].chain == CHAIN
    assert held.rule.seen[0].identity == "bound"
