"""The one door: whatever goes wrong is a forbid, and nothing starts without a record."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tertius.core.decision import Layer, Vote
from tertius.core.events import ToolCalled
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.escalation.desk import NotStartedError
from tertius.log.commit import LogFullError
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.policy.conditions_document import Conditions
from tertius.policy.counters import Counter
from tertius.policy.history import History
from tertius.policy.kill import KillSwitch
from tertius.runtime.decided import decided_id
from tertius.runtime.gate import Asked, Gate
from tertius.runtime.policies import Policies

KEY = SigningKey("tertius/test", bytes(32))
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
NOW = 1_800_000_000_000_000_000


class Says:
    """A layer that always says the same, or raises."""

    def __init__(self, outcome: Outcome, layer: Layer = "manifest", error: str = "") -> None:
        self.layer: Layer = layer
        self.outcome, self.error = outcome, error

    def judge(self, request: Request) -> Vote:
        if self.error:
            raise RuntimeError(self.error)
        rule = "not-granted:x" if self.layer == "manifest" else "k1"
        return Vote(layer=self.layer, outcome=self.outcome, rule=rule, reason="because")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "log", key=KEY, clock=lambda: NOW) as log:
        yield log


def gate_of(writer: Writer, *layers: Says, first: int = 0, **options: Any) -> Gate:
    numbers = itertools.count(first)
    return Gate(
        writer, Policies(layers=layers or (Says(Outcome.PERMIT),)), clock=lambda: NOW,
        names=lambda: f"q{next(numbers)}", **options,
    )  # fmt: skip


def ask(gate: Gate, arguments: Any = None, **fields: Any) -> Asked:
    given = {"agent": "coder", "action": "tool.call", "run": "r", "resource": "mail.send"}
    return gate.ask(**{"arguments": arguments or {}, "chain": CHAIN, **given, **fields})


def recorded(writer: Writer) -> list[Decided]:
    writer.checkpoint()
    return [e for e in LogReader(writer.folder).events() if isinstance(e, Decided)]


def test_a_permit_is_in_the_log_before_it_is_given(writer: Writer) -> None:
    asked = ask(gate_of(writer), {"to": "ann"})
    assert asked.decision.outcome is Outcome.PERMIT
    assert asked.decision.frozen_arguments() == {"to": "ann"}
    assert asked.request is not None
    event = LogReader(writer.folder).event(1)  # it is irreversible, so it is durable by now
    assert isinstance(event, Decided)
    assert (event.id, event.outcome) == (decided_id(asked.request), "permit")


@pytest.mark.parametrize(
    ("layers", "outcome", "code"),
    [
        ([], Outcome.FORBID, "denied"),
        ([Says(Outcome.ABSTAIN)], Outcome.FORBID, "denied"),
        ([Says(Outcome.PERMIT), Says(Outcome.ABSTAIN, "roles")], Outcome.PERMIT, None),
        ([Says(Outcome.FORBID)], Outcome.FORBID, "not-granted"),
        ([Says(Outcome.FORBID), Says(Outcome.FORBID, "roles")], Outcome.FORBID, "denied"),
        ([Says(Outcome.PERMIT), Says(Outcome.FORBID, "constitution")], Outcome.FORBID, "denied"),
        ([Says(Outcome.PERMIT), Says(Outcome.PERMIT, error="boom")], Outcome.FORBID, "denied"),
        ([Says(Outcome.PERMIT), Says(Outcome.ESCALATE, "roles")], Outcome.FORBID, "denied"),
    ],
)
def test_forbid_wins_errors_forbid_and_agents_learn_a_code(
    layers: list[Says], outcome: Outcome, code: str | None, writer: Writer
) -> None:
    gate = Gate(writer, Policies(layers=tuple(layers)), clock=lambda: NOW)
    decision = ask(gate).decision
    assert (decision.outcome, decision.code) == (outcome, code)
    (event,) = recorded(writer)
    assert event.outcome == outcome.value
    assert all("boom" in error for error in event.errors)


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({"x": float("nan")}, {}),
        ({"x": 2**60}, {}),
        ({1: "x"}, {}),
        ({"x": object()}, {}),
        ({"x": "y" * 1_000_000}, {}),
        ({}, {"agent": "on call"}),
        ({}, {"agent": "c\u043eder"}),
        ({}, {"resource": None}),
        ({}, {"run": "\ud800"}),
    ],
)
def test_what_is_no_request_is_forbidden_and_recorded(
    arguments: Any, fields: dict[str, Any], writer: Writer
) -> None:
    asked = ask(gate_of(writer), arguments, **fields)
    assert (asked.decision.outcome, asked.decision.code) == (Outcome.FORBID, "bad-argument")
    (event,) = recorded(writer)
    assert event.errors


def test_without_a_record_nothing_is_permitted(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> int:
        raise LogFullError("no room")

    for shadow in (False, True):
        gate = gate_of(writer, shadow=lambda time, shadow=shadow: shadow, first=10 * shadow)
        with monkeypatch.context() as patch:
            patch.setattr(writer, "append", full)
            patch.setattr(writer, "append_entry", full)
            decision = ask(gate).decision
        assert decision.obeyed is Outcome.FORBID
        assert not gate.running()
        assert ask(gate).decision.obeyed is Outcome.PERMIT
        with monkeypatch.context() as patch:  # the same again, which is written from a form
            patch.setattr(writer, "append_entry", full)
            decision = ask(gate).decision
        assert (decision.obeyed, len(gate.running())) == (Outcome.FORBID, 1)


def test_a_closed_log_forbids_everything(tmp_path: Path) -> None:
    log = Writer(tmp_path / "closed", key=KEY)
    gate = gate_of(log)
    log.close()
    assert ask(gate).decision.outcome is Outcome.FORBID


@pytest.mark.parametrize("name", ["q" * 128, "two words", ""])
def test_what_the_log_could_not_read_back_is_forbidden(name: str, writer: Writer) -> None:
    gate = Gate(writer, Policies(layers=(Says(Outcome.PERMIT),)), clock=lambda: NOW,
                names=iter(["q1", name]).__next__)  # fmt: skip
    assert ask(gate).decision.outcome is Outcome.PERMIT
    assert ask(gate).decision.outcome is Outcome.FORBID  # also of an act that was asked for before


def test_of_the_same_act_each_request_is_judged_on_its_own_arguments(writer: Writer) -> None:
    class Looks(Says):
        def judge(self, request: Request) -> Vote:
            self.outcome = Outcome.PERMIT if request.decoded()["sum"] < 5 else Outcome.FORBID
            return super().judge(request)

    gate = gate_of(writer, Looks(Outcome.PERMIT))
    asked = [ask(gate, {"sum": number}) for number in (1, 9, 2)]
    assert [each.decision.outcome.value for each in asked] == ["permit", "forbid", "permit"]
    assert [each.decision.frozen_arguments() for each in asked] == [{"sum": n} for n in (1, 9, 2)]
    assert len({each.request.digest for each in asked if each.request is not None}) == 3


def test_a_request_carries_the_gates_time_not_its_own(writer: Writer) -> None:
    seen: list[int] = []

    class Looks(Says):
        def judge(self, request: Request) -> Vote:
            seen.append(request.time)
            return super().judge(request)

    gate = gate_of(writer, Looks(Outcome.PERMIT))
    request = ask(gate).request
    assert request is not None
    old = replace(request, time=5, id="old-1")
    assert gate.request(old).outcome is Outcome.PERMIT
    assert seen == [NOW, NOW]
    other = replace(old, id="old-2")
    assert asyncio.run(gate.arequest(other)).outcome is Outcome.PERMIT


def test_of_one_request_there_is_one_decision(writer: Writer) -> None:
    gate = gate_of(writer)
    request = ask(gate).request
    assert request is not None
    again = gate.request(request)
    assert (again.outcome, again.code) == (Outcome.FORBID, "bad-argument")
    first, second = recorded(writer)
    assert first.id != second.id and "taken" in second.errors[0]


def test_the_kill_switch_stops_starts_and_tells_what_runs(writer: Writer, tmp_path: Path) -> None:
    with KillSwitch(tmp_path / "kill") as switch:
        gate = gate_of(writer, kill=switch)
        first = ask(gate)
        switch.throw()
        assert ask(gate).decision.outcome is Outcome.FORBID
        assert gate.running() == (first.request,)
        assert first.request is not None
        gate.ended(first.request.id, ok=True)
        assert gate.running() == ()


def test_a_clock_that_cannot_be_believed_forbids(writer: Writer) -> None:
    assert ask(gate_of(writer, trusted=lambda: False)).decision.outcome is Outcome.FORBID


def test_shadow_mode_ends_by_itself(writer: Writer) -> None:
    ends = [NOW]
    gate = gate_of(writer, Says(Outcome.FORBID), shadow=lambda time: time <= ends[0])
    assert (ask(gate).decision.obeyed, gate.shadow) == (Outcome.PERMIT, True)
    ends[0] -= 1
    assert (ask(gate).decision.obeyed, gate.shadow) == (Outcome.FORBID, False)
    assert [event.shadow for event in recorded(writer)] == [True, False]


@pytest.mark.parametrize("trusted", [True, False])
def test_what_stops_everything_stops_it_in_shadow_mode_too(
    trusted: bool, writer: Writer, tmp_path: Path
) -> None:
    with KillSwitch(tmp_path / "kill") as kill:
        if trusted:
            kill.throw()
        gate = gate_of(writer, kill=kill, shadow=lambda time: True, trusted=lambda: trusted)
        decision = ask(gate).decision
        assert (decision.obeyed, decision.shadow) == (Outcome.FORBID, False)


def test_shadow_mode_says_so_and_lets_all_pass_but_the_constitution(writer: Writer) -> None:
    obeys: list[tuple[Layer, Outcome]] = [
        ("manifest", Outcome.PERMIT),
        ("constitution", Outcome.FORBID),
    ]
    for number, (layer, obeyed) in enumerate(obeys):
        gate = gate_of(writer, Says(Outcome.FORBID, layer), shadow=lambda time: True, first=number)
        decision = ask(gate).decision
        assert (decision.outcome, decision.obeyed) == (Outcome.FORBID, obeyed)
    assert [event.shadow for event in recorded(writer)] == [True, True]


def test_a_cut_that_is_observed_holds_from_then_on(writer: Writer) -> None:
    gate = gate_of(writer)
    cut = PolicyChanged(
        id="c1", time=NOW, run="ops", subject="mail.send", what="tool", change="break", reason="odd"
    )
    assert ask(gate).decision.outcome is Outcome.PERMIT
    gate.observe(cut)
    assert ask(gate).decision.outcome is Outcome.FORBID
    assert ask(gate, resource="mail.read").decision.outcome is Outcome.PERMIT


def test_a_failed_probe_is_recorded_and_keeps_the_tool_cut(writer: Writer) -> None:
    gate = gate_of(writer)
    gate.observe(
        PolicyChanged(id="c1", time=NOW - 50, run="ops", subject="mail.send", what="tool",
                      change="break", pause=50)
    )  # fmt: skip
    probe = ask(gate)
    assert probe.decision.outcome is Outcome.PERMIT and probe.request is not None
    assert ask(gate).decision.outcome is Outcome.FORBID
    gate.ended(probe.request.id, ok=False)
    writer.checkpoint()
    changes = [e for e in LogReader(writer.folder).events() if isinstance(e, PolicyChanged)]
    assert [(change.change, change.pause) for change in changes] == [("break", 50), ("break", 100)]


def test_acts_and_their_contents_are_recorded_behind_their_permit(writer: Writer) -> None:
    gate = gate_of(writer)
    gate.observe(ToolCalled(id="t1", time=NOW, run="r", agent="coder", tool="x"), (b"{}",))
    writer.checkpoint()
    assert LogReader(writer.folder).content(1) == b"{}"


def test_parallel_acts_never_pass_a_limit_together(writer: Writer) -> None:
    limit = 10

    class Limit(Says):
        def __init__(self, history: History) -> None:
            super().__init__(Outcome.PERMIT)
            self.history = history

        def judge(self, request: Request) -> Vote:
            count = self.history.recall(request, ["acts_in_run"]).counts["acts_in_run"]
            outcome = Outcome.PERMIT if count <= limit else Outcome.FORBID
            return Vote(layer="conditions", outcome=outcome, rule="k", reason=str(count))

    counter = Counter(name="acts_in_run", per=("run",))
    conditions = Conditions(name="c", version=1, counters=(counter,))
    history = History(conditions, read=["acts_in_run"])
    gate = Gate(writer, Policies(layers=(Limit(history),), irreversible=lambda r: False),
                clock=lambda: NOW, history=history)  # fmt: skip
    answers: list[Outcome] = []

    def work() -> None:
        answers.extend(ask(gate).decision.outcome for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(Outcome.PERMIT) == limit


# -- what a ruling let go --------------------------------------------------------------------------


class SaysYes:
    """A desk at which everything was approved; whether it may still run it asks the gate."""

    def __init__(self) -> None:
        self.gate: Gate | None = None
        self.ended: list[str] = []
        self.fails = False

    def consume(self, token: object, request: Request, *, now: int) -> None:
        assert self.gate is not None
        if self.gate.forbids(request) or self.fails:
            raise NotStartedError("it may not run")

    def finish(self, id: str, *, ok: bool, now: int) -> None:
        self.ended.append(id)


def approved(writer: Writer, **cut: Any) -> tuple[Gate, SaysYes, Any]:
    """Return a gate whose tool is cut, its desk, and what starts the approved act of a name."""
    desk = SaysYes()
    gate = gate_of(writer, desk=desk)
    desk.gate = gate
    request = ask(gate).request
    assert request is not None
    given = {"id": "c1", "run": "ops", "subject": "mail.send", "what": "tool", "reason": "odd"}
    gate.observe(PolicyChanged(**{**given, **cut}))
    token: Any = object()
    return gate, desk, lambda name: gate.resume(token, replace(request, id=name))


def test_an_approved_act_waits_for_a_throttle_like_any_other(writer: Writer) -> None:
    gate, _, start = approved(writer, change="throttle", pause=50, time=NOW - 100)
    start("a1")
    with pytest.raises(NotStartedError):
        start("a2")
    assert ask(gate).decision.outcome is Outcome.FORBID  # nor does another one slip through
    assert [request.id for request in gate.running()] == ["q0", "a1"]


def test_an_approved_act_is_the_one_probe_and_settles_it(writer: Writer) -> None:
    gate, desk, start = approved(writer, change="break", pause=50, time=NOW - 50)
    start("a1")
    with pytest.raises(NotStartedError):
        start("a2")
    gate.ended("a1", ok=True)
    assert desk.ended == ["a1"] and not gate.circuit.cuts()
    assert ask(gate).decision.outcome is Outcome.PERMIT


def test_an_approved_act_that_does_not_start_leaves_the_probe_to_others(writer: Writer) -> None:
    gate, desk, start = approved(writer, change="break", pause=50, time=NOW - 50)
    desk.fails = True
    with pytest.raises(NotStartedError):
        start("a1")
    assert ask(gate).decision.outcome is Outcome.PERMIT


def test_a_permit_that_is_not_recorded_leaves_the_probe_to_others(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> int:
        raise LogFullError("no room")

    gate, _, _ = approved(writer, change="break", pause=50, time=NOW - 50)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "append", full)
        patch.setattr(writer, "append_entry", full)
        assert ask(gate).decision.outcome is Outcome.FORBID
    assert ask(gate).decision.outcome is Outcome.PERMIT


def test_the_record_says_what_was_decided_about(writer: Writer) -> None:
    gate = gate_of(writer)
    ask(gate)
    ask(gate, action="message.send", resource=None, peer="ann", channel="desk")
    said = [(e.action, e.resource, e.peer, e.channel) for e in recorded(writer)]
    assert said == [("tool.call", "mail.send", "", ""), ("message.send", "", "ann", "desk")]
