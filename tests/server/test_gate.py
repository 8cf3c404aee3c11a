"""The gate beside the agents: it judges and records for them, and nobody holds up another."""

import asyncio
import os
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.server.beside import AID, BOTH, CALLERS, CHAIN, GATE, NOW, TUTOR, Beside, Grants, beside

from tertius.adapters.by_hand import ByHand, Crew
from tertius.cli.demo_scenes.university.campus import NOW as THEN
from tertius.cli.demo_scenes.university.campus import REGISTRAR
from tertius.cli.demo_scenes.university.founding import approver, found
from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.events import Cause, Flagged, ToolCalled, ToolReturned
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Request
from tertius.escalation.approvers import sign
from tertius.escalation.card import view_digest
from tertius.escalation.desk import NotStartedError
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.gate import Asked
from tertius.runtime.governed import Governed, open_gate
from tertius.server import gate as server_module
from tertius.server.gate import GateServer
from tertius.server.gate_believed import NoGateError
from tertius.server.gate_callers import Callers, Peer, peer_credentials
from tertius.server.gate_client import SidecarGate
from tertius.server.gate_socket import SocketError, bind
from tertius.server.gate_wire import MAX_FRAME, Hello, Line, Welcome, answer

GRANTED = {"tutor": ("mail.send",), "aid": ("ledger.pay",), "adviser": ("mail.send",)}


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Beside]:
    with beside(tmp_path, Grants(**GRANTED)) as each:
        yield each


@pytest.fixture
def tutor(standing: Beside) -> Iterator[SidecarGate]:
    with closing(standing.as_user(TUTOR)) as gate:
        yield gate


def ask(gate: SidecarGate, agent: str = "tutor", arguments: Any = None, **fields: Any) -> Asked:
    given = {"run": "r", "chain": CHAIN, "resource": "mail.send"}
    return gate.ask(agent, "tool.call", arguments or {}, **{**given, **fields})


def called(request: Request, **fields: Any) -> ToolCalled:
    given = {"id": f"{request.id}/called", "time": 5, "run": "r", "agent": "tutor"}
    return ToolCalled(**{**given, "tool": "mail.send", **fields})


# -- asking ----------------------------------------------------------------------------------------


def test_a_permit_comes_from_the_gate_and_is_recorded_there(
    standing: Beside, tutor: SidecarGate
) -> None:
    asked = ask(tutor, arguments={"to": "ann", "n": [1, 2.5, None, "é"]})
    assert asked.decision.obeyed is Outcome.PERMIT
    assert asked.decision.level is tutor.level is EnforcementLevel.SIDECAR
    assert asked.decision.frozen_arguments() == {"to": "ann", "n": [1, 2.5, None, "é"]}
    assert asked.request is not None
    assert (asked.request.identity, asked.request.time) == ("bound", NOW)
    (event,) = standing.told(Decided)
    assert (event.outcome, event.level, event.identity) == ("permit", "sidecar", "bound")
    assert event.request == asked.decision.request


def test_a_refusal_tells_one_of_four_codes_and_no_reason(
    standing: Beside, tutor: SidecarGate
) -> None:
    decision = ask(tutor, resource="ledger.pay").decision
    assert (decision.outcome, decision.code) == (Outcome.FORBID, "denied")
    assert "secret reason" not in str(decision)
    (event,) = standing.told(Decided)
    assert "secret reason" in event.rules[0]


@pytest.mark.parametrize("value", [{"x": float("nan")}, {"x": object()}, {1: 2}, {"x": 2**60}])
def test_arguments_that_are_no_json_are_forbidden_and_recorded(
    standing: Beside, tutor: SidecarGate, value: Any
) -> None:
    decision = ask(tutor, arguments=value).decision
    assert (decision.outcome, decision.code) == (Outcome.FORBID, "bad-argument")
    (event,) = standing.told(Decided)
    assert event.errors


@pytest.mark.parametrize("fields", [{"resource": None}, {"run": "two words"}, {"run": "\ud800"}])
def test_what_is_no_request_is_forbidden(tutor: SidecarGate, fields: dict[str, Any]) -> None:
    asked = ask(tutor, **fields)
    assert (asked.request, asked.decision.outcome) == (None, Outcome.FORBID)
    assert ask(tutor).decision.outcome is Outcome.PERMIT


def test_a_user_with_several_agents_vouches_for_their_names(standing: Beside) -> None:
    with closing(standing.as_user(BOTH)) as gate:
        asked = ask(gate, "adviser")
    assert asked.request is not None
    assert (asked.request.agent, asked.request.identity) == ("adviser", "framework")


def test_shadow_mode_is_told_and_lets_pass_what_the_constitution_allows(tmp_path: Path) -> None:
    with (
        beside(tmp_path, Grants(), shadow=lambda time: True) as each,
        closing(each.as_user(TUTOR)) as gate,
    ):
        decision = ask(gate).decision
    assert (decision.outcome, decision.obeyed, decision.shadow) == (
        Outcome.FORBID, Outcome.PERMIT, True
    )  # fmt: skip


def test_the_port_asks_with_requests_and_events_follow_the_gates_names(
    standing: Beside, tutor: SidecarGate
) -> None:
    first = ask(tutor).request
    assert first is not None
    mine = Request(**{f: getattr(first, f) for f in first.__struct_fields__} | {"id": "run/7"})
    assert tutor.request(mine).outcome is Outcome.PERMIT
    assert asyncio.run(tutor.arequest(mine)).outcome is Outcome.PERMIT
    tutor.observe(called(mine, causes=(Cause(id="run/7/decided"),)), (b"{}",))
    (event,) = standing.told(ToolCalled)
    assert event.id.removesuffix("/called") + "/decided" == event.causes[0].id
    assert event.causes[0].id in {each.id for each in standing.told(Decided)}
    tutor.ended("run/7", ok=True)
    assert len(standing.gate.running()) == 2


def test_arguments_with_a_key_twice_never_reach_the_gate(tutor: SidecarGate) -> None:
    first = ask(tutor).request
    assert first is not None
    fields = {name: getattr(first, name) for name in first.__struct_fields__}
    raw = b'{"a":1,"a":2}'
    odd = Request(**fields | {"arguments": raw, "digest": digest("content", raw, salt=first.salt)})
    assert tutor.request(odd).outcome is Outcome.FORBID


def test_many_threads_ask_at_once(standing: Beside, tutor: SidecarGate) -> None:
    found: list[Outcome] = []

    def work() -> None:
        for number in range(20):
            asked = ask(tutor, arguments={"n": number})
            assert asked.request is not None
            assert asked.request.decoded() == {"n": number}
            found.append(asked.decision.outcome)
            tutor.ended(asked.request.id, ok=True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Outcome.PERMIT] * 160
    assert len({event.id for event in standing.told(Decided)}) == 160
    assert standing.gate.running() == ()


# -- telling ---------------------------------------------------------------------------------------


def test_hand_written_agents_work_behind_it_as_before_any_gate(
    standing: Beside, tutor: SidecarGate
) -> None:
    hands = ByHand(clock=lambda: NOW)
    sent: list[str] = []

    def send(text: str) -> None:
        sent.append(text)

    coverage = hands.attach(Crew(tools={"mail.send": send, "shell": send}), tutor)
    assert coverage.level is EnforcementLevel.SIDECAR
    with hands.agent("tutor", run="r", chain=CHAIN) as member:
        member.call("mail.send", text="hello")
        with pytest.raises(NotPermittedError, match="denied"):
            member.call("shell", text="rm")
    assert sent == ["hello"]
    assert standing.gate.running() == ()
    (call,), (back,) = standing.told(ToolCalled), standing.told(ToolReturned)
    assert (call.identity, back.identity, back.ok) == ("bound", "bound", True)
    log = standing.folder / "log"
    assert not verify(log, now=0).problems


def test_times_identities_and_empty_commitments_are_not_taken_from_the_message(
    standing: Beside, tutor: SidecarGate
) -> None:
    request = ask(tutor).request
    assert request is not None
    tutor.observe(called(request, identity="bound", content="0" * 64))
    (event,) = standing.told(ToolCalled)
    assert (event.time, event.content) == (NOW, "")


def test_what_is_not_the_agents_to_tell_is_refused_and_recorded(
    standing: Beside, tutor: SidecarGate
) -> None:
    request = ask(tutor).request
    assert request is not None
    tutor.observe(called(request))
    for event, why in [
        (called(request), "told before"),
        (called(request, id="elsewhere"), "under no permitted request"),
        (called(request, id=f"{request.id}/decided"), "gate's own"),
        (called(request, id=f"{request.id}/0"), "gate's own"),
        (called(request, id=f"{request.id}/x", agent="aid"), "what another did"),
        (
            PolicyChanged(id=f"{request.id}/y", time=5, run="r", subject="x", change="resume"),
            "not an agent's to tell",
        ),
    ]:
        with pytest.raises(NoGateError, match=why):
            tutor.observe(event)
    assert len(standing.told(ToolCalled)) == 1
    assert [event.subject for event in standing.told(Flagged)] == [f"user:{TUTOR}"] * 6


def test_schemas_are_told_of_ones_own_agents_only(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing.gate, "schema_of", lambda agent, tool: f"{agent} {tool}")
    with closing(standing.as_user(TUTOR)) as gate:
        assert gate.schema_of("tutor", "mail.send") == "tutor mail.send"
        assert gate.schema_of("aid", "ledger.pay") is None


def test_an_approved_act_runs_once_and_for_its_own_agent(
    tmp_path: Path,
) -> None:
    found(tmp_path / "u")
    award = {"student": "s-07", "amount": 1500, "approved_by": "dean"}
    users = Callers({AID: ["financial-aid"], TUTOR: ["tutoring"]})
    seen = [AID]
    with open_gate(
        tmp_path / "u", level=EnforcementLevel.SIDECAR, clock=lambda: THEN, checkpoint_every=None
    ) as governed:
        server = GateServer(
            governed.gate, users, clock=lambda: THEN,
            credentials=lambda connection: Peer(os.getpid(), seen[0]),
        )  # fmt: skip
        with bind(tmp_path / "s") as listening:
            thread = threading.Thread(target=server.serve, args=(listening,))
            thread.start()
            gate = SidecarGate(tmp_path / "s", gate_uid=os.geteuid())
            asked = gate.ask(
                "financial-aid", "tool.call", award, run="r", chain=REGISTRAR, task="s-07",
                resource="aid.award",
            )  # fmt: skip
            assert asked.decision.code == "needs-human" and asked.request is not None
            question = asked.request.id
            assert gate.granted(question) is None
            assert gate.granted("no-such-question") is None
            approve(governed, question)
            seen[0] = TUTOR
            with closing(SidecarGate(tmp_path / "s", gate_uid=os.geteuid())) as other:
                assert other.granted(question) is None
            granted = gate.granted(question)
            assert granted is not None and granted[1].decoded() == award
            gate.resume(*granted)
            with pytest.raises(NotStartedError, match="denied"):
                gate.resume(*granted)
            gate.observe(
                called(granted[1], agent="financial-aid", task="s-07", tool="aid.award"),
                (granted[1].arguments,),
            )
            gate.close()
            server.stop()
            thread.join(20)
        assert [each.id for each in governed.gate.running()] == [question]  # nobody knows its end
    log = LogReader(tmp_path / "u" / "log" / "writers" / "gate")
    (event,) = [each for each in log.events() if isinstance(each, ToolCalled)]
    assert event.identity == "bound"


def approve(governed: Governed, question: str) -> None:
    desk = governed.desk
    assert desk is not None
    row = desk.show(question, now=THEN)
    assert row.card is not None
    ruling = sign(
        approver("dean"), desk.origin, row.question.escalation, person="dean", choice="approve",
        view=view_digest(row.card), time=THEN,
    )  # fmt: skip
    desk.rule(ruling, now=THEN)


# -- connections -----------------------------------------------------------------------------------


def test_without_a_gate_everything_is_forbidden(tmp_path: Path) -> None:
    gate = SidecarGate(tmp_path / "none.sock", gate_uid=os.geteuid(), clock=lambda: NOW)
    decision = ask(gate).decision
    assert (decision.outcome, decision.code) == (Outcome.FORBID, "denied")
    assert decision.level is EnforcementLevel.IN_PROCESS  # nobody beside us said so
    with pytest.raises(NoGateError):
        _ = gate.level
    gate.ended("x", ok=True)  # there is nobody to tell


def test_it_connects_again_once_the_gate_is_back(tmp_path: Path) -> None:
    with beside(tmp_path, Grants(**GRANTED)) as first:
        gate = first.as_user(TUTOR)
        assert ask(gate).decision.outcome is Outcome.PERMIT
    assert ask(gate).decision.outcome is Outcome.FORBID
    with beside(tmp_path, Grants(**GRANTED)), closing(gate):
        assert ask(gate).decision.outcome is Outcome.PERMIT


def test_what_lies_at_the_path_is_not_taken_for_a_dead_gate(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SocketError, match="no socket"):
        bind(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    with (
        bind(tmp_path / "s"),
        pytest.raises(SocketError, match="a gate answers"),
    ):
        bind(tmp_path / "s")
    with bind(tmp_path / "s") as again:  # the one before is dead, and its socket lies there
        assert again.getsockname() == str(tmp_path / "s")
    with pytest.raises(SocketError, match="too long"):
        bind(tmp_path / ("x" * 120))


def test_a_user_has_so_many_connections_and_others_have_theirs(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    with standing.raw(AID) as one, standing.raw(AID) as two:
        for each in (one, two):
            Line(each).write(Hello(3))
            assert isinstance(answer(Line(each).read() or b"", 3), Welcome)
        with standing.raw(AID) as third:
            assert third.recv(1) == b""
        with closing(standing.as_user(TUTOR)) as gate:
            assert ask(gate).decision.outcome is Outcome.PERMIT


def test_a_version_that_it_does_not_speak_is_refused(standing: Beside) -> None:
    with standing.raw(TUTOR) as bare:
        line = Line(bare)
        line.write(Hello(9, version=7))
        assert "version 7" in str(answer(line.read() or b"", 9))


def test_a_message_that_is_too_long_is_not_sent(tutor: SidecarGate) -> None:
    request = ask(tutor).request
    assert request is not None
    with pytest.raises(NoGateError, match="bytes; expected at most"):
        tutor.observe(called(request), (bytes(MAX_FRAME),))
    tutor.observe(called(request), (bytes(MAX_FRAME // 2),))


def test_an_answer_under_way_is_still_given_when_it_stops(tmp_path: Path) -> None:
    judging, go = threading.Event(), threading.Event()

    class Slow(Grants):
        def judge(self, request: Request) -> Any:
            judging.set()
            assert go.wait(20)
            return super().judge(request)

    found: list[Outcome] = []
    with beside(tmp_path, Slow(**GRANTED)) as each, closing(each.as_user(TUTOR)) as gate:
        thread = threading.Thread(target=lambda: found.append(ask(gate).decision.outcome))
        thread.start()
        assert judging.wait(20)
        each.server.stop()
        go.set()
        thread.join(20)
    assert found == [Outcome.PERMIT]


def test_the_kernel_says_who_connected(tmp_path: Path) -> None:
    one, two = socket.socketpair()
    with one, two:
        peer = peer_credentials(one)
    assert (peer.pid, peer.uid) == (os.getpid(), os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only user 0 can become another user")
def test_a_process_of_another_user_is_taken_for_that_user() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        with beside(folder, Grants(**GRANTED)) as each:
            server = GateServer(each.gate, CALLERS, clock=lambda: NOW)
            with bind(folder / "true.sock") as listening:
                thread = threading.Thread(target=server.serve, args=(listening,))
                thread.start()
                path = folder / "true.sock"
                found = [_outcome_as(uid, path) for uid in (TUTOR, AID, GATE)]
                server.stop()
                thread.join(20)
    assert found == [Outcome.PERMIT, Outcome.FORBID, Outcome.FORBID]


def _outcome_as(uid: int, path: Path) -> Outcome:
    """Ask as the tutor from a process of that user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses no thread of ours
        child = os.fork()
    if child == 0:
        code = 9
        try:
            os.setuid(uid)
            gate = SidecarGate(path, gate_uid=0, clock=lambda: NOW)
            code = list(Outcome).index(ask(gate).decision.outcome)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return list(Outcome)[os.waitstatus_to_exitcode(status)]


def test_a_table_of_callers_that_cannot_hold_is_refused() -> None:
    for table, why in [
        ({}, "nobody may ask"),
        ({0: ["tutor"]}, "user 0"),
        ({5: []}, "runs no agent"),
        ({5: ["tutor"], 6: ["tutor"]}, "belongs to the users 5 and 6"),
        ({5: ["two words"]}, "bad agent"),
    ]:
        with pytest.raises(CallerError, match=why):
            Callers(table)  # type: ignore[arg-type]  # an empty table has no types
