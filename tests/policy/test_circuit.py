"""Cut things stay cut, come back by a probe, and the state is what the log says."""

from typing import Any

import pytest
from msgspec.structs import replace

from tertius.core.digest import digest
from tertius.core.kinds import Event
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged, Ruled
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.policy.circuit import (
    LONGEST_PAUSE,
    MAILBOX,
    MAX_CHANNELS,
    Circuit,
    CircuitError,
)

SALT = bytes(32)
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))


def asks(number: int = 0, *, time: int = 100, **fields: Any) -> Request:
    given = {"agent": "coder", "action": "tool.call", "resource": "mail.send", **fields}
    return Request(
        id=f"q{number}", time=time, run="r", chain=CHAIN, arguments=b"{}", salt=SALT,
        digest=digest("content", b"{}", salt=SALT), **given,
    )  # fmt: skip


def said(**fields: Any) -> PolicyChanged:
    return PolicyChanged(**{"id": "c", "time": 10, "run": "ops", "reason": "why", **fields})


MESSAGE = {"action": "message.send", "resource": None, "peer": "tester", "channel": "chat"}


@pytest.mark.parametrize(
    ("subject", "request_fields", "touched"),
    [
        ({"what": "agent", "subject": "coder"}, {}, True),
        ({"what": "agent", "subject": "tester"}, MESSAGE, True),
        ({"what": "agent", "subject": "tester"}, {}, False),
        ({"what": "tool", "subject": "mail.send"}, {}, True),
        ({"what": "tool", "subject": "mail.send"}, {"action": "memory.read"}, False),
        ({"what": "channel", "subject": "chat"}, MESSAGE, True),
        ({"what": "channel", "subject": MAILBOX}, MESSAGE, True),
        ({"what": "channel", "subject": MAILBOX}, {**MESSAGE, "channel": None}, True),
        ({"what": "channel", "subject": MAILBOX}, {**MESSAGE, "action": "hand_off"}, True),
        ({"what": "channel", "subject": MAILBOX}, {"peer": "tester"}, False),
        ({"what": "channel", "subject": "chat"}, {**MESSAGE, "channel": None}, False),
        ({"what": "edge", "subject": "coder", "peer": "tester"}, MESSAGE, True),
        ({"what": "edge", "subject": "tester", "peer": "coder"}, MESSAGE, False),
    ],
)
def test_what_is_broken_is_forbidden_and_nothing_else(
    subject: dict[str, Any], request_fields: dict[str, Any], touched: bool
) -> None:
    circuit = Circuit([said(change="break", **subject)])
    request = asks(**request_fields)
    vote = circuit.judge(request)
    assert (vote.outcome is Outcome.FORBID) == touched
    assert circuit.reserve(request) == (not touched)
    circuit.apply(said(change="resume", **subject))
    assert circuit.judge(request).outcome is Outcome.ABSTAIN


def test_a_channel_is_known_once_an_act_started_over_it_also_after_a_restart() -> None:
    circuit = Circuit()
    circuit.judge(asks(**MESSAGE))
    assert circuit.channels == {MAILBOX}
    circuit.reserve(asks(**MESSAGE))
    assert circuit.channels == {MAILBOX, "chat"}
    started = Decided(
        id="q1/decided", time=5, run="r", agent="coder", request="0" * 64, action="message.send",
        peer="tester", channel="chat", outcome="permit",
    )  # fmt: skip
    assert Circuit([started]).channels == {MAILBOX, "chat"}
    assert Circuit([replace(started, outcome="forbid")]).channels == {MAILBOX}


def test_so_many_channels_are_remembered_and_then_not_all_are_known() -> None:
    circuit = Circuit()
    for number in range(MAX_CHANNELS - 1):
        assert circuit.channels is not None
        circuit.reserve(asks(**{**MESSAGE, "channel": f"c{number}"}))
    assert circuit.channels is None


def with_evidence(request: Request, arguments: bytes) -> Request:
    made = digest("content", arguments, salt=SALT)
    return replace(request, arguments=arguments, digest=made)


STATES = {"action": "assert", "resource": "risk", "peer": "tester"}


@pytest.mark.parametrize("action", ["accept", "assert", "rate", "verify"])
@pytest.mark.parametrize(
    "subject",
    [
        {"what": "agent", "subject": "coder"},
        {"what": "edge", "subject": "coder", "peer": "tester"},
    ],
)
def test_who_is_narrowed_shows_evidence_for_what_it_says(
    action: str, subject: dict[str, Any]
) -> None:
    circuit = Circuit([said(change="narrow", **subject)])
    request = asks(**{**STATES, "action": action})
    for empty in (b"{}", b'{"evidence":[]}', b'{"evidence":""}', b"[]", b"null"):
        vote = circuit.judge(with_evidence(request, empty))
        assert vote.outcome is Outcome.FORBID
        assert "must give the `evidence` that was read: why" in vote.reason
    assert circuit.judge(with_evidence(request, b'{"evidence":["e1"]}')).outcome is Outcome.ABSTAIN
    circuit.apply(said(change="resume", **subject))
    assert circuit.judge(request).outcome is Outcome.ABSTAIN


@pytest.mark.parametrize(
    "fields",
    [
        {},  # calls a tool
        MESSAGE,
        {**STATES, "agent": "tester", "peer": "coder"},  # somebody else, speaking to it
    ],
)
def test_whoever_is_narrowed_does_all_else_freely_and_others_are_left_alone(
    fields: dict[str, Any],
) -> None:
    circuit = Circuit([said(change="narrow", what="agent", subject="coder")])
    request = asks(**fields)
    assert circuit.judge(request).outcome is Outcome.ABSTAIN
    assert circuit.reserve(request)
    assert circuit.settle(request.id, ok=False, now=200) == ()
    assert circuit.cuts()["agent", "coder", ""].state == "narrowed"


def test_narrowed_is_what_the_log_says_after_a_restart() -> None:
    heard = [said(change="narrow", what="agent", subject="coder")]
    assert Circuit(heard).judge(asks(**STATES)).outcome is Outcome.FORBID
    heard.append(said(change="resume", what="agent", subject="coder"))
    assert Circuit(heard).cuts() == {}


def test_a_quarantine_does_not_end_by_itself() -> None:
    circuit = Circuit([said(change="quarantine", what="agent", subject="coder", pause=1)])
    assert circuit.judge(asks(time=10**18)).outcome is Outcome.FORBID


def test_a_throttle_lets_one_start_through_in_each_pause() -> None:
    circuit = Circuit([said(change="throttle", what="tool", subject="mail.send", pause=50)])
    passed = [t for t in range(100, 300, 10) if circuit.reserve(asks(time=t))]
    assert passed == [100, 150, 200, 250]


def test_after_its_pause_one_probe_passes_and_closes_the_circuit() -> None:
    circuit = Circuit([said(change="break", what="tool", subject="mail.send", pause=50)])
    assert circuit.judge(asks(time=59)).outcome is Outcome.FORBID
    assert circuit.judge(asks(time=60)).outcome is Outcome.ABSTAIN
    assert circuit.reserve(asks(1, time=60))
    assert not circuit.reserve(asks(2, time=60))
    assert circuit.judge(asks(3, time=99)).outcome is Outcome.FORBID
    (change,) = circuit.settle("q1", ok=True, now=70)
    assert change.change == "resume"
    circuit.apply(change)
    assert not circuit.cuts()


def test_a_failed_probe_doubles_the_pause_up_to_a_day() -> None:
    circuit = Circuit([said(change="break", what="tool", subject="mail.send", pause=50)])
    now, pauses = 60, []
    for number in range(60):
        assert circuit.reserve(asks(number, time=now))
        (change,) = circuit.settle(f"q{number}", ok=False, now=now)
        assert change.pause is not None
        circuit.apply(change)
        pauses.append(change.pause)
        assert not circuit.reserve(asks(number, time=now + change.pause - 1))
        now += change.pause
    assert pauses[:3] == [100, 200, 400]
    assert pauses[-1] == LONGEST_PAUSE


def test_only_a_probe_settles_anything() -> None:
    circuit = Circuit([said(change="break", what="tool", subject="mail.send")])
    assert circuit.settle("q1", ok=True, now=5) == ()
    throttled = Circuit([said(change="throttle", what="tool", subject="mail.send", pause=50)])
    assert throttled.reserve(asks(1)) and throttled.settle("q1", ok=False, now=105) == ()
    assert not throttled.reserve(asks(2, time=110))


def test_one_probe_tries_all_that_is_broken_on_its_way() -> None:
    both = [("tool", "mail.send"), ("agent", "coder")]
    circuit = Circuit([said(change="break", what=w, subject=s, pause=50) for w, s in both])
    assert circuit.reserve(asks(1, time=60))
    for change in (changes := circuit.settle("q1", ok=True, now=70)):
        circuit.apply(change)
    assert not circuit.cuts()
    assert len({change.id for change in changes}) == 2


@pytest.mark.parametrize("change", ["throttle", "break"])
def test_what_was_reserved_and_does_not_start_leaves_no_trace(change: str) -> None:
    circuit = Circuit([said(change=change, what="tool", subject="mail.send", pause=50)])
    before = circuit.cuts()
    assert circuit.reserve(asks(1, time=60))
    circuit.release("q1")
    assert circuit.cuts() == before
    assert circuit.reserve(asks(2, time=60))
    circuit.release("q1")  # holds nothing any more, and takes nothing from who does
    assert not circuit.reserve(asks(3, time=60))


def test_a_restart_goes_on_from_the_last_start() -> None:
    def permit(number: int, time: int) -> Decided:
        return Decided(
            id=f"q{number}/decided", time=time, run="r", agent="coder", request="0" * 64,
            outcome="permit", action="tool.call", resource="mail.send",
        )  # fmt: skip

    throttle = said(change="throttle", what="tool", subject="mail.send", pause=50)
    live = Circuit([throttle])
    assert live.reserve(asks(1, time=100))
    again = Circuit([throttle, permit(1, 100)])
    assert again.cuts() == live.cuts()
    broken = said(change="break", what="tool", subject="mail.send", pause=50)
    lost = Circuit([broken, permit(1, 100)])  # the probe was under way when the gate ended
    assert not lost.reserve(asks(2, time=149)) and lost.reserve(asks(3, time=150))
    elsewhere = replace(permit(1, 100), resource="mail.read")
    assert Circuit([throttle, elsewhere]).reserve(asks(2, time=101))


def test_an_act_that_a_ruling_let_go_counts_from_when_it_went() -> None:
    throttle = said(change="throttle", what="tool", subject="mail.send", pause=50)
    asked = Decided(
        id="q1/decided", time=100, run="r", agent="coder", request="0" * 64,
        outcome="escalate", action="tool.call", resource="mail.send",
    )  # fmt: skip

    def ruled(ruling: Any) -> Ruled:
        return Ruled(id="q1/1", time=200, run="r", escalation="q1", ruling=ruling)

    def passes(*events: Event) -> bool:
        return Circuit([throttle, asked, *events]).reserve(asks(2, time=220))

    assert passes() and passes(ruled("approved")) and passes(ruled("denied"), ruled("started"))
    assert not passes(ruled("approved"), ruled("started"))


def test_the_state_is_what_the_events_add_up_to() -> None:
    events = [
        said(change="break", what="edge", subject="a", peer="b", pause=7),
        said(change="quarantine", what="agent", subject="c"),
        said(change="resume", what="agent", subject="c"),
        said(change="load", subject="manifest"),
    ]
    live = Circuit()
    for event in events:
        live.apply(event)
    assert Circuit(events).cuts() == live.cuts()
    assert set(live.cuts()) == {("edge", "a", "b")}


@pytest.mark.parametrize(
    "fields",
    [
        {"change": "throttle", "what": "tool", "subject": "t"},
        {"change": "load", "what": "tool", "subject": "t"},
        {"change": "break", "what": "edge", "subject": "a"},
        {"change": "break", "what": "tool", "subject": "a", "peer": "b"},
    ],
)
def test_a_change_that_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(CircuitError):
        Circuit().apply(said(**fields))
