"""Protocols of conversations, in one history with everything else that is reserved."""

import itertools
import threading
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.asked import NOW, SECOND, asked
from tests.policy.documents import manifest
from tests.twins.talk_replay import Replay, Spoken

from tertius.core.events import BaseEvent, Cause, MessageConsumed, MessageSent, RunEnded
from tertius.core.grants import PeerGrant, Protocol, Step
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Request
from tertius.policy import protocols as module
from tertius.policy.conditions_document import Conditions
from tertius.policy.protocols import Protocols
from tertius.policy.reservations import Reservations

DEAL = Protocol(
    name="deal",
    steps=(
        Step(type="offer", sender="a", acknowledged=True),
        Step(type="ask", sender="b"),
        Step(type="answer", sender="b", after=("offer",), deadline=8.0),
        Step(type="close", sender="a", after=("answer", "ask"), deadline=5.0, acknowledged=True),
    ),
)
EDGE = PeerGrant(peer="b", direction="both", kinds=("message.send",), protocol="deal")
BACK = PeerGrant(peer="a", direction="both", kinds=("message.send",))
NOTHING = Conditions(name="none", version=1)


class Talk:
    """Two agents who talk through one history, and the log of what they did."""

    def __init__(self, protocol: Protocol = DEAL, *edges: PeerGrant) -> None:
        self.manifests = (
            manifest("a", peers=edges or (EDGE,), protocols=(protocol,)),
            manifest("b", peers=(BACK,)),
        )
        self.log: list[tuple[BaseEvent, bytes | None]] = []
        self.numbers = itertools.count()
        self.begin()

    def begin(self) -> None:
        self.layer = Protocols(self.manifests, decision_of=lambda request: f"{request.id}/decided")
        self.history = Reservations(NOTHING, beside=(self.layer,))

    def restart(self, *, erased: bool = False) -> None:
        self.begin()
        contents = {event.id: None if erased else content for event, content in self.log}
        self.history.rebuild([e for e, _ in self.log], lambda event: contents[event.id])

    def request(self, type: str, version: int = 1, talk: str = "c", **more: Any) -> Request:
        sender = more.pop("sender", None) or ("b" if type in ("ask", "answer") else "a")
        content = {"type": type, "version": version, "conversation": talk}
        return asked(
            "message.send", None, id=f"q{next(self.numbers)}", agent=sender,
            peer="a" if sender == "b" else "b", arguments=content, **more,
        )  # fmt: skip

    def judge(self, request: Request) -> str:
        self.history.reserve(request, request.time)
        vote = self.layer.judge(request)
        return vote.reason if vote.outcome is Outcome.FORBID else ""

    def say(self, type: str, version: int = 1, talk: str = "c", **more: Any) -> str:
        """Return why it was refused, and otherwise let it happen."""
        request = self.request(type, version, talk, **more)
        why = self.judge(request)
        if why:
            self.history.release(request)
            return why
        self.happen(request)
        return ""

    def happen(self, request: Request, *, recorded: bool = True) -> None:
        self.history.commit(request)
        given: dict[str, Any] = {"time": request.time, "run": request.run, "agent": request.agent,
                                 "task": request.task, "identity": "bound"}  # fmt: skip
        permit = Decided(
            id=f"{request.id}/decided", request="0" * 64, outcome="permit",
            action="message.send", peer=str(request.peer), **given,
        )  # fmt: skip
        self.log.append((permit, None))
        if recorded:
            sent = MessageSent(
                id=f"{request.id}/sent", recipients=(str(request.peer),),
                causes=(Cause(id=permit.id, basis="observed"),), **given,
            )  # fmt: skip
            self.hear(sent, request.arguments)

    def hear(self, event: BaseEvent, content: bytes | None = None) -> None:
        self.log.append((event, content))
        self.history.observe(event)

    def receive(self, message: str, receiver: str = "b", **more: Any) -> None:
        given: dict[str, Any] = {"time": NOW, "run": "r1", "agent": receiver, "identity": "bound"}
        event = MessageConsumed(
            id=f"{message}/{receiver}/consumed/{len(self.log)}",
            message=message,
            **{**given, **more},
        )
        self.hear(event)

    @property
    def last(self) -> str:
        return next(e.id for e, _ in reversed(self.log) if isinstance(e, MessageSent))


def test_a_conversation_in_its_order_passes() -> None:
    talk = Talk()
    assert talk.say("offer") == ""
    talk.receive(talk.last)
    assert talk.say("ask", 2) == "" and talk.say("answer", 3) == "" and talk.say("close", 4) == ""


def test_the_next_step_waits_for_the_receipt_of_the_receiver() -> None:
    talk = Talk()
    talk.say("offer")
    offer = talk.last
    assert "`b` has not acknowledged" in talk.say("answer", 2)
    talk.receive(offer, "a")
    talk.receive(offer, identity="asserted")
    talk.receive("another")
    assert "has not acknowledged" in talk.say("answer", 2)
    talk.receive(offer)
    assert talk.say("answer", 2) == ""


def test_a_later_message_that_cites_the_step_takes_no_receipt_from_it() -> None:
    talk = Talk()
    talk.say("offer")
    offer = talk.last
    talk.say("offer", talk="d", task="t2")
    given: dict[str, Any] = {"time": NOW, "run": "r1", "agent": "a", "identity": "bound"}
    talk.hear(MessageSent(id="later", recipients=("c",), causes=(Cause(id=offer),), **given))
    talk.receive("later")
    assert "has not acknowledged" in talk.say("answer", 2)
    talk.receive(offer)
    assert talk.say("answer", 2) == ""


def test_one_event_tells_of_one_step() -> None:
    talk = Talk()
    talk.judge(request := talk.request("ask"))
    talk.happen(request, recorded=False)
    hidden = talk.log[-1][0].id
    talk.say("ask", talk="d")
    sent, content = talk.log[-1]
    both = (*sent.causes, Cause(id=hidden))
    talk.log[-1] = (msgspec.structs.replace(sent, causes=both), content)
    talk.restart()
    assert "begin another task" in talk.say("offer"), "the first step stays unheard"


def test_two_answers_at_once_are_never_both_the_next_one() -> None:
    talk = Talk()
    requests = [talk.request("ask") for _ in range(8)]
    together, said = threading.Barrier(len(requests)), list[str]()

    def ask(request: Request) -> None:
        together.wait()
        said.append(talk.judge(request))

    threads = [threading.Thread(target=ask, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("") == 1
    assert sum("another step is being judged" in why for why in said) == 7


def test_a_step_that_is_not_said_after_all_leaves_its_turn() -> None:
    talk = Talk()
    request = talk.request("offer")
    assert talk.judge(request) == ""
    talk.history.release(request)
    assert len(talk.layer) == 0, "nothing is kept of it"
    assert talk.say("offer") == ""


def test_conversations_are_apart_by_name_task_and_run() -> None:
    talk = Talk()
    assert talk.say("ask") == ""
    assert "was said before" in talk.say("ask", 2)
    for more in ({"talk": "d"}, {"task": "t2"}, {"run": "r2"}):
        assert talk.say("ask", **more) == ""


def test_what_was_said_is_known_after_a_restart() -> None:
    talk = Talk()
    talk.say("offer")
    talk.restart()
    assert "has not acknowledged" in talk.say("answer", 2)
    talk.receive(talk.last)
    talk.restart()
    assert "on version 1; the state is at 2" in talk.say("answer", 1)
    assert "was said before" in talk.say("offer", 2)
    assert "was due within 8 s" in talk.say("answer", 2, time=NOW + 9 * SECOND)
    assert "was due within 8 s" in talk.say("answer", 2), "time does not run back"
    talk.restart()
    assert talk.say("answer", 2) == ""


def test_what_cannot_be_known_after_a_restart_goes_no_further() -> None:
    talk = Talk()
    talk.say("ask")
    talk.restart(erased=True)
    assert "begin another task" in talk.say("offer", 2)
    assert talk.say("offer", task="t2") == ""

    lost = Talk()
    lost.judge(request := lost.request("ask"))
    lost.happen(request, recorded=False)
    lost.restart()
    assert "begin another task" in lost.say("offer")


def test_the_end_of_a_run_ends_its_conversations() -> None:
    talk = Talk()
    talk.say("offer")
    talk.hear(RunEnded(id="end", time=NOW, run="r1"))
    assert len(talk.layer) == 0 and not talk.layer._marks and not talk.layer._untold
    assert talk.say("offer") == ""
    talk.restart()
    assert "has not acknowledged" in talk.say("ask", 2)


def test_an_edge_is_bound_by_either_end_and_no_wider_grant_lifts_it() -> None:
    narrow = PeerGrant(
        peer="b", direction="to", kinds=("message.send",), channel="desk", protocol="deal"
    )
    wide = PeerGrant(peer="b", direction="to", kinds=("message.send",))
    talk = Talk(DEAL, wide, narrow)
    assert "states its `type`" in talk.judge(
        asked("message.send", None, agent="a", peer="b", channel="desk", arguments={})
    )
    assert talk.judge(asked("message.send", None, id="q2", agent="a", peer="b")) == ""
    assert "comes after `offer`" in Talk().say("answer"), "`b` itself names no protocol"


def test_a_message_cannot_be_a_step_of_two_protocols() -> None:
    other = Protocol(name="other", steps=(Step(type="offer", sender="a"),))
    both = (EDGE, PeerGrant(peer="b", direction="to", kinds=("message.send",), channel="desk",
                            protocol="other"))  # fmt: skip
    manifests = (manifest("a", peers=both, protocols=(DEAL, other)),)
    layer = Protocols(manifests, decision_of=lambda request: request.id)
    offer = {"type": "offer", "version": 1}
    on_both = asked("message.send", None, agent="a", peer="b", channel="desk", arguments=offer)
    vote = layer.judge(on_both)
    assert (
        vote.outcome is Outcome.FORBID and "`deal`, `other`: the edge follows more" in vote.reason
    )
    elsewhere = asked("message.send", None, agent="a", peer="b", channel="hall", arguments=offer)
    assert layer.judge(elsewhere).outcome is Outcome.ABSTAIN


def test_what_has_no_order_is_refused_on_such_an_edge() -> None:
    edge = PeerGrant(peer="b", direction="to", kinds=("assert", "delegate"), protocol="deal")
    talk = Talk(DEAL, edge)
    assert "cannot be put in an order" in talk.judge(asked("assert", "x", agent="a", peer="b"))
    told = talk.judge(asked("delegate", None, id="q2", agent="a", peer="b"))
    assert "no step is of type `delegate`" in told
    assert talk.judge(asked("tool.call", "x", id="q3", agent="a")) == ""


def test_the_code_says_no_more_than_four_words() -> None:
    talk = Talk()
    votes = [
        talk.layer.judge(talk.request(type, version)).rule
        for type, version in (("bribe", 1), ("answer", 1), ("ask", 7))
    ]
    assert votes == ["bad-argument:protocol", "denied:protocol", "denied:protocol"]
    assert talk.layer.judge(talk.request("ask", sender="a")).rule == "not-granted:protocol"


def test_who_opens_too_many_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OPENED", 2)
    talk = Talk()
    assert [talk.say("offer", talk=name) for name in "cd"] == ["", ""]
    assert "too many conversations" in talk.say("offer", talk="e")
    assert talk.say("ask", talk="e") == "", "the other still may"
    monkeypatch.setattr(module, "MAX_CONVERSATIONS", 3)
    assert "too many conversations" in talk.say("ask", talk="f")


def test_what_shadow_mode_let_pass_counts_as_said() -> None:
    talk = Talk()
    request = talk.request("answer")
    assert talk.judge(request)
    talk.happen(request)
    assert "was said before" in talk.say("answer", 2)
    talk.restart()
    assert "was said before" in talk.say("answer", 2)


MOVES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["offer", "ask", "answer", "close", "bribe"]),
            st.sampled_from(["a", "b"]), st.integers(-1, 1), st.sampled_from(["c", "d"]),
            st.integers(0, 4), st.booleans(),
        ),
        st.sampled_from(["receive", "restart"]),
    ),
    max_size=24,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_it_agrees_with_a_replay_of_all_that_was_said(moves: list[Any]) -> None:
    talk, twin, now = Talk(), Replay(DEAL), NOW
    waiting: list[tuple[Spoken, str, str]] = []
    for move in moves:
        if move == "restart":
            talk.restart()
        elif move == "receive" and waiting:
            spoken, message, receiver = waiting.pop()
            spoken.received = True
            talk.receive(message, receiver, time=now)
        elif move != "receive":
            type, sender, off, name, later, happens = move
            now += later * SECOND
            version = twin.version(name) + (off if off < 0 else 0)
            request = talk.request(type, version, name, sender=sender, time=now)
            assert (talk.judge(request) == "") is twin.may(name, type, sender, version, now)
            if twin.may(name, type, sender, version, now) and happens:
                talk.happen(request)
                twin.spoken.append(Spoken(name, type, now))
                waiting.append((twin.spoken[-1], talk.last, str(request.peer)))
            else:
                talk.history.release(request)
