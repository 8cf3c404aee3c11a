"""Attacks on the gate beside the agents: each is stopped, and succeeds without its defence.

References
----------
Project security contract, sections 1 to 3 and 10.
"""

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.server.beside import AID, CALLERS, CHAIN, NOW, TUTOR, Beside, Grants, beside

from tertius.core.errors import CallerError
from tertius.core.escalation import Token
from tertius.core.events import Flagged, RunEnded, ToolCalled, Verified
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Request
from tertius.runtime.acts import Acts
from tertius.runtime.gate import Asked, Gate
from tertius.server import (
    gate_acts,
    gate_answers,
    gate_apart,
    gate_believed,
    gate_client,
    gate_wire,
)
from tertius.server.gate_believed import NoGateError
from tertius.server.gate_callers import Callers
from tertius.server.gate_client import SidecarGate
from tertius.server.gate_socket import bind
from tertius.server.gate_wire import Ask, Hello, Judged, Line, Refused, answer, encode

GRANTED = {"tutor": ("mail.send", "e1"), "aid": ("ledger.pay",)}
STRANGER = 6666


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Beside]:
    with beside(tmp_path, Grants(**GRANTED)) as each:
        yield each


def ask(gate: SidecarGate, agent: str, resource: str, **fields: Any) -> Asked:
    return gate.ask(agent, "tool.call", fields, run="r", chain=CHAIN, resource=resource)


def outcome(gate: SidecarGate, agent: str, resource: str, **fields: Any) -> Outcome:
    return ask(gate, agent, resource, **fields).decision.obeyed


def served(standing: Beside) -> bool:
    """Whether an honest agent is still served."""
    with closing(standing.as_user(TUTOR)) as gate:
        return outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def ends(connection: socket.socket) -> bool:
    """Whether the gate closed a connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:  # it had not read all that was sent
        return True


# -- who asks --------------------------------------------------------------------------------------


def test_a_stranger_asks_as_an_agent(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(standing.as_user(STRANGER)) as gate:
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        with pytest.raises(NoGateError, match=r"^user 6666 may not speak to this gate"):
            _ = gate.level
    assert not standing.told(Decided)  # it was not even listened to
    monkeypatch.setattr(Callers, "of", lambda self, uid: CALLERS._callers[TUTOR])
    with closing(standing.as_user(STRANGER)) as gate:
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def test_a_launch_argument_names_another_agent(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(standing.as_user(AID)) as gate:
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        assert not standing.told(Decided)  # neither who was named nor who runs it did anything
        (event,) = standing.told(Flagged)
        assert (event.agent, event.subject) == ("", "user:5002")
        assert "user 5002 asked as `tutor`" in event.reason
        monkeypatch.setattr(gate_answers, "claims_another", lambda caller, agent: "")
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def test_a_borrowed_name_in_shadow_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        beside(tmp_path, Grants(**GRANTED), shadow=lambda time: True) as each,
        closing(each.as_user(AID)) as gate,
    ):
        assert outcome(gate, "aid", "mail.send") is Outcome.PERMIT  # nothing is enforced ...
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID  # ... but who is who
        assert len(each.gate.running()) == 1
        monkeypatch.setattr(gate_answers, "claims_another", lambda caller, agent: "")
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def test_a_message_smuggles_an_identity(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = msgspec.Raw(encode(CHAIN))
    asked = Ask(7, "tutor", "tool.call", b"{}", "r", chain, "mail.send")
    longer = [*msgspec.msgpack.decode(encode(asked)), "bound"]

    def send() -> bool:
        with standing.raw(TUTOR) as bare:
            data = msgspec.msgpack.encode(longer)
            bare.sendall(len(data).to_bytes(4, "big") + data)
            return ends(bare)

    assert send()
    lax = msgspec.defstruct(
        "Ask", [(f, Any, None) for f in asked.__struct_fields__], array_like=True, tag=True
    )
    monkeypatch.setattr(gate_wire, "_question", msgspec.msgpack.Decoder(lax))
    monkeypatch.setattr(gate_answers.Answers, "answer", lambda self, c, p, q: Refused(7, "heard"))
    assert not send()


def test_somebody_else_answers_at_the_path(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(standing.as_user(TUTOR, gate_uid=os.geteuid() + 1)) as gate:
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        monkeypatch.setattr(gate_client, "require_gate", lambda uid, gate_uid: None)
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


# -- bytes -----------------------------------------------------------------------------------------


def test_an_oversized_frame(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    head = (gate_wire.MAX_FRAME + 1).to_bytes(4, "big")
    with standing.raw(TUTOR) as bare:
        bare.sendall(head)
        assert ends(bare)
    monkeypatch.setattr(gate_wire, "MAX_FRAME", 2**32)
    with standing.raw(TUTOR) as bare:
        bare.sendall(head)
        assert served(standing)
        assert not select.select([bare], [], [], 0)[0]  # it waits for all of it


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00\x00\x00\x00",
        b"\x00\x00\x00\x01\xc1",
        b"\x00\x00\x10\x00" + b"\x91" * 4096,
        b"\x00\x00\x00\x05\xdd\xff\xff\xff\xff",
        b"\x00\x00\x00\x06\xdb\xff\xff\xff\xffx",
        b"\x00\x00\x00\x08" + encode([1, 2, 3]) + bytes(4),  # type: ignore[arg-type]  # no message
    ],
)
def test_garbage(standing: Beside, garbage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with standing.raw(TUTOR) as bare:
        bare.sendall(garbage)
        assert ends(bare)
    assert served(standing)


def test_garbage_without_a_schema(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_wire, "_question", msgspec.msgpack.Decoder())
    monkeypatch.setattr(gate_answers.Answers, "answer", lambda self, c, p, q: Refused(1, str(q)))
    with standing.raw(TUTOR) as bare:
        bare.sendall(b"\x00\x00\x00\x04" + msgspec.msgpack.encode([1, 2, 3]))
        frame = Line(bare).read()
    assert answer(frame or b"", 1) == Refused(1, "[1, 2, 3]")  # anything is taken for a question


def test_half_a_frame(tmp_path: Path) -> None:
    for patience, closed in ((0.05, True), (1e6, False)):
        folder = tmp_path / str(closed)
        folder.mkdir()
        with (
            beside(folder, Grants(**GRANTED), whole=patience) as each,
            each.raw(AID) as bare,
        ):
            bare.sendall(b"\x00\x00\x00\x40half")
            assert served(each)  # nobody waits for the rest of it
            if closed:
                assert ends(bare)
            else:
                assert not select.select([bare], [], [], 0)[0]
                bare.shutdown(socket.SHUT_WR)  # or the gate would wait for it for ever
                assert ends(bare)


def test_a_client_that_takes_no_answers(tmp_path: Path) -> None:
    with beside(tmp_path, Grants(**GRANTED), whole=0.05) as each, each.raw(AID) as bare:
        bare.setblocking(False)
        data = encode(Hello(1))
        frame, sent = len(data).to_bytes(4, "big") + data, 0
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        try:
            while select.select([], [bare], [], 5)[1]:
                sent += bare.send(frame * 1000)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was closed while we went on
        assert sent
        assert served(each)


# -- answers ---------------------------------------------------------------------------------------


class Relay:
    """Somebody between agent and gate who answers with what was answered before."""

    def __init__(self, folder: Path, gate: Path) -> None:
        self._listening, self._gate = bind(folder / "relay.sock"), gate
        self.path = folder / "relay.sock"
        self.replay = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        kept: Any = None
        agent, _ = self._listening.accept()
        true = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with agent, true:
            true.connect(str(self._gate))
            there, here = Line(true), Line(agent)
            while (frame := here.read()) is not None:
                if self.replay:
                    here.write(kept)
                    continue
                question = gate_wire.question(frame)
                there.write(question)
                found = answer(there.read() or b"", question.number)
                kept = found if isinstance(found, Judged) else kept
                here.write(found)

    def close(self) -> None:
        self._thread.join(20)
        self._listening.close()


@pytest.fixture
def relayed(standing: Beside, tmp_path: Path) -> Iterator[tuple[SidecarGate, Relay]]:
    standing.as_user(TUTOR)
    relay = Relay(tmp_path, standing.path)
    gate = SidecarGate(relay.path, gate_uid=os.geteuid())
    yield gate, relay
    gate.close()
    relay.close()


def test_a_replayed_answer(
    relayed: tuple[SidecarGate, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, relay = relayed
    assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT
    relay.replay = True
    with monkeypatch.context() as patch:
        patch.setattr(gate_wire, "require_number", lambda found, number: None)
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT  # one permit, used twice
        assert outcome(gate, "tutor", "mail.send", to="bob") is Outcome.FORBID  # other arguments
        assert outcome(gate, "tutor", "ledger.pay") is Outcome.FORBID  # another act
        patch.setattr(gate_believed, "require_same", lambda request, decided: None)
        assert outcome(gate, "tutor", "ledger.pay") is Outcome.PERMIT
    assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID


def test_an_answer_without_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Ask(1, "tutor", "tool.call", b"{}", "r", msgspec.Raw(encode(CHAIN)), "mail.send")
    some = "0" * 64
    judged = Judged(
        1, None, 0, b"", some, "bound", some, NOW, Outcome.PERMIT, Outcome.PERMIT,
        EnforcementLevel.SIDECAR, None, None, 0, None, False,
    )  # fmt: skip
    with pytest.raises(NoGateError, match="no request"):
        gate_believed.believed(judged, asked, CHAIN, Acts())


# -- what is told ----------------------------------------------------------------------------------


def test_a_client_vanishes(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    true = Gate.ended

    def hear(self: Gate, request: str, *, ok: bool) -> None:
        true(self, request, ok=ok)
        ended.set()

    monkeypatch.setattr(Gate, "ended", hear)
    gate = standing.as_user(TUTOR)
    assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT
    assert len(standing.gate.running()) == 1
    gate.close()
    assert ended.wait(20)
    assert not standing.gate.running()
    left = threading.Event()
    monkeypatch.setattr(gate_answers.Answers, "left", lambda self, peer: left.set())
    gate = standing.as_user(TUTOR)
    assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT
    gate.close()
    assert left.wait(20)
    assert len(standing.gate.running()) == 1  # nobody will ever say that it ended


def test_acts_that_never_end_fill_the_gate(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_acts, "MAX_ACTS", 3)
    with closing(standing.as_user(TUTOR)) as gate:
        first = [ask(gate, "tutor", "mail.send") for _ in range(3)]
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        assert first[0].request is not None
        gate.ended(first[0].request.id, ok=True)
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT
        monkeypatch.setattr(gate_acts.Acts, "room", lambda self, caller: True)
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def test_a_forged_verified_event(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    standing.gate.observe(ToolCalled(id="e1", time=5, run="r", agent="aid", tool="ledger.pay"))

    def told(result: Any) -> str:
        with closing(standing.as_user(TUTOR)) as gate:
            asked = gate.ask(
                "tutor", "verify", {"result": "contradicted", "evidence": []}, run="r",
                chain=CHAIN, resource="e1", peer="aid",
            )  # fmt: skip
            assert asked.request is not None
            name = f"{asked.request.id}/verified"
            given: dict[str, Any] = {"time": 5, "run": "r", "agent": "tutor", "identity": "bound"}
            gate.observe(Verified(id=name, subject="e1", result=result, **given))
        return str(standing.told(Verified)[-1].identity)

    assert told("contradicted") == "bound"
    assert told("confirmed") == "asserted"  # what nobody permitted meets no condition
    monkeypatch.setattr(gate_acts, "borne_out", lambda event, content, request: True)
    assert told("confirmed") == "bound"


def test_a_smaller_amount_is_told_than_was_permitted(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget that is counted anew from the log after a restart would be lower."""

    def told(content: bytes) -> str:
        with closing(standing.as_user(AID)) as gate:
            request = ask(gate, "aid", "ledger.pay", amount=500, pin="1234").request
            assert request is not None
            event = ToolCalled(
                id=f"{request.id}/called", time=5, run="r", agent="aid", tool="ledger.pay"
            )
            gate.observe(event, (content,))
        return str(standing.told(ToolCalled)[-1].identity)

    assert told(b'{"amount":500,"pin":"(secret)"}') == "bound"
    assert told(b'{"amount":5,"pin":"1234"}') == "asserted"
    monkeypatch.setattr(gate_acts, "_shows", lambda content, arguments: True)
    assert told(b'{"amount":5,"pin":"1234"}') == "bound"


def test_an_agent_lifts_its_own_quarantine(
    standing: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = {"time": NOW, "run": "ops", "subject": "mail.send", "what": "tool", "reason": "odd"}
    with closing(standing.as_user(TUTOR)) as gate:
        request = ask(gate, "tutor", "mail.send").request
        assert request is not None
        standing.gate.observe(PolicyChanged(id="c1", change="break", **cut))  # type: ignore[arg-type]  # fields by name
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        lift = PolicyChanged(id=f"{request.id}/lift", change="resume", **cut)  # type: ignore[arg-type]  # fields by name
        over = RunEnded(id=f"{request.id}/over", time=NOW, run="r")  # would reset its budgets
        for event in (lift, over):
            with pytest.raises(NoGateError, match="not an agent's to tell"):
                gate.observe(event)
        assert outcome(gate, "tutor", "mail.send") is Outcome.FORBID
        monkeypatch.setattr(gate_acts.Acts, "objection", lambda self, caller, event: "")
        gate.observe(lift)
        assert outcome(gate, "tutor", "mail.send") is Outcome.PERMIT


def test_the_permission_of_another_agent(standing: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(standing.as_user(AID)) as gate:
        request = ask(gate, "aid", "ledger.pay").request
    assert request is not None
    token = Token(
        origin="o", run="r", agent="aid", chain=CHAIN, action="tool.call", resource="ledger.pay",
        arguments=request.digest, escalation=request.id, epoch=0, expires=NOW, nonce=bytes(16),
    )  # fmt: skip
    used: list[Request] = []
    monkeypatch.setattr(Gate, "granted", lambda self, escalation: (token, request))
    monkeypatch.setattr(Gate, "resume", lambda self, token, request: used.append(request))
    with closing(standing.as_user(TUTOR)) as gate:
        assert gate.granted(request.id) is None
        with pytest.raises(CallerError, match="denied"):
            gate.resume(token, request)
        assert not used
    with closing(standing.as_user(AID)) as gate:
        assert gate.granted(request.id) == (token, request)
        gate.resume(token, request)
        assert used == [request]
    thief = Callers({TUTOR: ["tutor", "aid"]})  # without the table that keeps them apart
    monkeypatch.setattr(Callers, "of", lambda self, uid: thief._callers[TUTOR])
    with closing(standing.as_user(TUTOR)) as gate:
        assert gate.granted(request.id) is not None


# -- apart -----------------------------------------------------------------------------------------


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    folder, outside = tmp_path / "gate", tmp_path / "run"
    for each in (folder, folder / "private", outside):
        each.mkdir(mode=0o755)
    folder.chmod(0o700)
    (folder / "private" / "log.key").touch(mode=0o600)
    yield folder, outside / "gate.sock"


def start(rooms: tuple[Path, Path], agent: int = STRANGER) -> None:
    """The check with which `tertius serve gate` begins."""
    folder, path = rooms
    gate_apart.require_apart({agent}, own=os.geteuid(), folder=folder, socket=path)


def test_keys_log_and_socket_that_agents_can_reach(rooms: tuple[Path, Path]) -> None:
    start(rooms)
    folder, path = rooms
    with pytest.raises(CallerError, match="give it a user of its own"):
        start(rooms, agent=os.geteuid())
    for place, wrong, right in [
        (folder, 0o755, 0o700),
        (folder, 0o720, 0o700),
        (folder / "private", 0o777, 0o755),
        (folder / "private" / "log.key", 0o622, 0o600),
        (path.parent, 0o777, 0o755),
        (path.parent, 0o1777, 0o755),  # sticky: another could still make the socket first
        (path.parent.parent, 0o777, 0o700),  # the whole folder could be exchanged
    ]:
        place.chmod(wrong)
        with pytest.raises(CallerError, match="chmod"):
            start(rooms)
        place.chmod(right)
    start(rooms)
    with pytest.raises(CallerError, match="lies inside"):
        start((folder, folder / "gate.sock"))
    with pytest.raises(CallerError, match="is no folder"):
        start((folder, path.parent / "none" / "gate.sock"))


def test_files_that_belong_to_an_agent(
    rooms: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = Path.lstat

    def owned(self: Path) -> os.stat_result:
        found = list(true(self))
        if self.name == "log.key":
            found[4] = STRANGER
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", owned)
    with pytest.raises(CallerError, match=r"log.key` belongs to user 6666, who runs agents"):
        start(rooms)
    monkeypatch.setattr(gate_apart, "_require", lambda *given, **named: None)
    start(rooms)  # it would begin with a key that an agent knows
