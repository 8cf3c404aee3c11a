"""What an agent's process tells of its acts: borne out where it is what was permitted."""

import itertools
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.server.beside import BOTH, CHAIN, NOW, TUTOR, Beside, beside

from tertius.adapters.by_hand import ByHand, Crew
from tertius.core.decision import Layer, Vote
from tertius.core.events import (
    Asserted,
    BaseEvent,
    Claimed,
    Delegated,
    MemoryWritten,
    MessageDelivered,
    ResourceClaimed,
    ResourceReleased,
    ToolCalled,
    ToolReturned,
)
from tertius.core.log_events import LogOpened
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Request, request_digest
from tertius.runtime.denied import NotPermittedError
from tertius.server.gate_acts import borne_out


class Anything:
    """A manifest layer that grants everything."""

    layer: Layer = "manifest"

    def judge(self, request: Request) -> Vote:
        return Vote(layer="manifest", outcome=Outcome.PERMIT, rule="m1", reason="all")


def everything(standing: Beside, uid: int, agent: str, peer: str) -> list[BaseEvent]:
    """Let a hand-written agent do one of each, and return what the log holds of it."""
    hands = ByHand(clock=lambda: NOW)

    def send(text: str, pin: str = "") -> str:
        return text

    with closing(standing.as_user(uid)) as gate:
        hands.attach(Crew(tools={"mail.send": send}, stores={"notes": {}}), gate)
        with hands.agent(agent, run="r", chain=CHAIN, task="t") as one:
            one.call("mail.send", text="hello")
            one.send(peer, {"text": "hello"}, channel="team")
            one.remember("notes", "k", [1, 2])
            assert one.recall("notes", "k") == [1, 2]
            one.hand_off(peer, {"todo": 1})
            made = one.determine("risk", "high")
            one.determine("plan", {"steps": [1]})
            one.state("risk", 0.5, to=peer, evidence=[made])
            one.verify(made, "confirmed", of=peer)
            one.accept(made, of=peer)
            with one.holding("gpu", 2, unit="card"):
                one.claim("gpu")
            one.delegate(peer, actions=["tool.call"], tools=["mail.send"], lifetime=60)
        if agent in ("adviser", "clerk"):
            with hands.agent(peer, run="r", chain=CHAIN, task="t") as two:
                assert two.receive() is not None
                assert two.receive() is not None
        assert standing.gate.running() == ()
    return [e for e in standing.told(BaseEvent) if not isinstance(e, Decided | LogOpened)]


def test_every_act_of_a_hand_written_agent_is_borne_out(tmp_path: Path) -> None:
    with beside(tmp_path, Anything()) as standing:
        told = everything(standing, BOTH, "adviser", "clerk")
    assert {type(each).__name__ for each in told} == {
        "ToolCalled", "ToolReturned", "MessageSent", "MessageDelivered", "MessageConsumed",
        "MemoryWritten", "MemoryRead", "HandedOff", "Claimed", "Asserted", "Verified", "Accepted",
        "Delegated", "ResourceClaimed", "ResourceReleased",
    }  # fmt: skip
    assert [each for each in told if each.identity != "framework"] == []


def test_the_arrival_at_another_users_agent_is_only_asserted(tmp_path: Path) -> None:
    with beside(tmp_path, Anything()) as standing:
        told = everything(standing, TUTOR, "tutor", "aid")
    asserted = [each for each in told if each.identity != "bound"]
    assert [(type(e), e.agent, e.identity) for e in asserted] == [
        (MessageDelivered, "aid", "asserted")
    ] * 2


def test_a_cut_of_the_channel_that_the_coverage_names_stops_every_message(tmp_path: Path) -> None:
    with beside(tmp_path, Anything()) as standing, closing(standing.as_user(BOTH)) as gate:
        hands = ByHand(clock=lambda: NOW)
        (mail,) = hands.attach(Crew(), gate).governed
        cut: Any = {"what": "channel", "subject": mail.name, "change": "quarantine"}
        with (
            hands.agent("adviser", run="r", chain=CHAIN) as one,
            hands.agent("clerk", run="r", chain=CHAIN) as two,
        ):
            one.send("clerk", "hello")
            assert two.receive() is not None
            standing.gate.observe(PolicyChanged(id="c", time=NOW, run="ops", **cut))
            for act in (one.send, one.hand_off):
                with pytest.raises(NotPermittedError):
                    act("clerk", "hello")
            assert two.receive() is None


def made(action: Any, arguments: bytes, **fields: Any) -> Request:
    from tertius.core.digest import digest

    salt = bytes(32)
    return Request(
        id="q", time=NOW, run="r", agent="tutor", chain=CHAIN, action=action, arguments=arguments,
        salt=salt, digest=digest("content", arguments, salt=salt), **fields,
    )  # fmt: skip


NAMED = {"id": "q/x", "time": NOW, "run": "r", "agent": "tutor"}
CALL = made("tool.call", b'{"to":"ann"}', resource="mail.send")
SAID = made("assert", b'{"evidence":[],"kind":"vote","value":1}', resource="risk", peer="aid")
GIVEN = made(
    "delegate", b'{"actions":["tool.call"],"depth":0,"lifetime":60,"tools":["a"]}', peer="aid"
)
DRAWN = made("resource.claim", b'{"amount":2,"unit":"card"}', resource="gpu")
KEPT = made("memory.write", b"5", resource="notes", key="k")
SCOPE = '{"actions":["tool.call"],"tools":["a"]}'
MINUTE = NOW + 60_000_000_000


@pytest.mark.parametrize(
    ("request_", "event", "content", "holds"),
    [
        (CALL, ToolCalled(**NAMED, tool="mail.send"), b'{"to":"ann"}', True),
        (CALL, ToolCalled(**NAMED, tool="mail.send"), b'{"to":"(secret)"}', True),
        (CALL, ToolCalled(**NAMED, tool="mail.send"), b'{"to":"bob"}', False),
        (CALL, ToolCalled(**NAMED, tool="mail.send"), b"{}", False),
        (CALL, ToolCalled(**NAMED, tool="mail.send"), b"not json", False),
        (CALL, ToolCalled(**NAMED, tool="mail.send"), None, True),
        (CALL, ToolCalled(**NAMED, tool="shell"), None, False),
        (CALL, ToolCalled(**{**NAMED, "agent": "aid"}, tool="mail.send"), None, False),
        (CALL, ToolCalled(**{**NAMED, "run": "s"}, tool="mail.send"), None, False),
        (CALL, ToolCalled(**NAMED, task="t", tool="mail.send"), None, False),
        (CALL, ToolReturned(**NAMED, tool="mail.send"), b'"anything"', True),
        (CALL, ToolReturned(**NAMED, tool="shell"), None, False),
        (CALL, Claimed(**NAMED, about="mail.send"), None, False),
        (SAID, Asserted(**NAMED, about="risk", act="vote", value=1), None, True),
        (SAID, Asserted(**NAMED, about="risk", act="vote", value=True), None, False),
        (SAID, Asserted(**NAMED, about="risk", act="vote", value=2), None, False),
        (SAID, Asserted(**NAMED, about="risk", act="vote"), None, False),
        (SAID, Asserted(**NAMED, about="risk", act="assessment", value=1), None, False),
        (SAID, Asserted(**NAMED, about="aid", act="vote", value=1), None, False),
        (GIVEN, Delegated(**NAMED, to="aid", scope=SCOPE, expires=MINUTE), None, True),
        (GIVEN, Delegated(**NAMED, to="aid", scope=SCOPE, expires=MINUTE + 1), None, False),
        (GIVEN, Delegated(**NAMED, to="aid", scope=SCOPE, expires=0), None, False),
        (GIVEN, Delegated(**NAMED, to="clerk", scope=SCOPE, expires=MINUTE), None, False),
        (GIVEN, Delegated(**NAMED, to="aid", scope='{"tools":["b"]}', expires=5), None, False),
        (GIVEN, Delegated(**NAMED, to="aid", scope='{"depth":1}', expires=5), None, False),
        (GIVEN, Delegated(**NAMED, to="aid", scope="all", expires=5), None, False),
        (DRAWN, ResourceClaimed(**NAMED, resource="gpu", amount=2, unit="card"), None, True),
        (DRAWN, ResourceClaimed(**NAMED, resource="gpu", amount=1), None, False),
        (DRAWN, ResourceClaimed(**NAMED, resource="gpu", amount=2.0), None, False),
        (DRAWN, ResourceClaimed(**NAMED, resource="db", amount=2), None, False),
        (DRAWN, ResourceReleased(**NAMED, resource="gpu", amount=2), None, False),
        (KEPT, MemoryWritten(**NAMED, store="notes", key="k"), b"5", True),
        (KEPT, MemoryWritten(**NAMED, store="notes", key="other"), b"5", False),
        (KEPT, MemoryWritten(**NAMED, store="notes", key="k"), b"6", False),
    ],
)
def test_an_event_must_say_what_was_permitted(
    request_: Request, event: BaseEvent, content: bytes | None, holds: bool
) -> None:
    assert borne_out(event, content, request_) is holds


def test_all_parts_of_a_request_enter_the_digest_that_binds_an_answer() -> None:
    others = [CALL, SAID, GIVEN, DRAWN, KEPT]
    assert all(request_digest(a) != request_digest(b) for a, b in itertools.combinations(others, 2))
