"""What would make a log broken does not get into it, also after a restart."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.crew import NOW, Group, group

from tertius.core.events import Asserted, Cause, LogPosition, Rated, ToolCalled
from tertius.core.kinds import Event, encode
from tertius.core.oversight_events import Decided
from tertius.log.commit import LogFullError
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.verify import verify
from tertius.log.writer import Writer
from tertius.runtime import ledger as module
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.ledger import Ids, IdTakenError, Ledger, Names, UnknownEventError

KEY = SigningKey("tertius/test", bytes(32))
ELSEWHERE = LogPosition(origin="other", index=3, leaf="0" * 64)
GIVEN: dict[str, Any] = {"time": NOW, "run": "r", "agent": "a"}


def called(id: str, *causes: str, **more: Any) -> ToolCalled:
    cited = tuple(Cause(id=each, **more) for each in causes)
    return ToolCalled(id=id, tool="x", causes=cited, **GIVEN)


def stated(id: str, *evidence: str, causes: tuple[Cause, ...] = ()) -> Asserted:
    return Asserted(id=id, evidence=evidence, causes=causes, **GIVEN)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "log", key=KEY, clock=lambda: NOW) as log:
        yield log


@pytest.mark.parametrize(
    "event",
    [
        called("e2", "nobody"),
        called("e2", "e1", "e2"),
        stated("e2", "nobody"),
        stated("e2", "e1", "nobody"),
        Rated(id="e2", ratee="b", score=1, evidence=("nobody",), **GIVEN),
    ],
)
def test_what_rests_on_nothing_is_refused_and_not_recorded(event: Event, writer: Writer) -> None:
    ledger = Ledger.of(writer)
    ledger.append(called("e1"))
    with pytest.raises(UnknownEventError, match=r"`e2` cites `(nobody|e2)`, .* `Member.seen`"):
        ledger.append(event)
    assert writer.status().accepted == 2
    ledger.append(called("e2", "e1"))  # its id is still free


def test_another_logs_events_are_cited_with_their_place(writer: Writer) -> None:
    ledger = Ledger.of(writer)
    there = Cause(id="far", log=ELSEWHERE)
    ledger.append(stated("e1", "far", causes=(there,)))
    with pytest.raises(UnknownEventError):
        ledger.append(stated("e2", "far"))


def test_an_id_is_given_once(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **named: object) -> int:
        raise LogFullError("no room")

    ledger = Ledger.of(writer)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "append", full)
        with pytest.raises(LogFullError):
            ledger.append(called("e1"))
    assert not ledger.holds("e1")  # what did not get in takes no id
    ledger.append(called("e1"))
    with pytest.raises(IdTakenError, match="`e1` is in the log already"):
        ledger.append(called("e1"))


def test_of_two_at_once_one_gets_in(writer: Writer) -> None:
    ledger, taken = Ledger.of(writer), []

    def work() -> None:
        for number in range(200):
            try:
                ledger.append(called(f"e{number}"))
            except IdTakenError:
                taken.append(number)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 400 and writer.status().accepted == 201


def test_after_a_restart_the_log_is_known_again(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as writer:
        Ledger.of(writer).append(called("e1"))
    with Writer(tmp_path / "log", key=KEY) as writer:
        writer.append(called("e2"))  # accepted, and not durable yet
        ledger = Ledger.of(writer)
        ledger.append(called("e3", "e1", "e2"))
        with pytest.raises(IdTakenError):
            ledger.append(called("e1"))
        with pytest.raises(UnknownEventError):
            ledger.append(called("e4", "e5"))


def test_ids_that_were_taken_in_are_found_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = Ids()
    for number in range(20_000):
        ids.add(f"e{number}")
    assert all(f"e{number}" in ids for number in range(20_000))
    assert not any(f"f{number}" in ids for number in range(20_000))
    monkeypatch.setattr(module, "SHELVES", 1)
    monkeypatch.setattr(module, "SHELF_IDS", 4)
    few = Ids()
    for number in range(5):
        few.add(f"e{number}")
    assert [f"e{number}" in few for number in range(5)] == [False, False, True, True, True]


# -- at the door -----------------------------------------------------------------------------------


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Group]:
    with group(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "act",
    [
        lambda member: member.state("x", 1, to="b", evidence=["no-such-event"]),
        lambda member: member.state("x", 1, to="b", evidence=[7]),
        lambda member: member.verify("no-such-event", "confirmed", of="b"),
        lambda member: member.accept("no-such-event", of="b"),
    ],
)
def test_an_agent_that_cites_what_never_was_is_denied_and_the_log_stays_whole(
    act: Any, held: Group
) -> None:
    member = held.member()
    with pytest.raises(NotPermittedError) as told:
        act(member)
    assert told.value.code == "bad-argument"
    first = member.state("x", 1, to="b")
    member.state("x", 2, to="b", evidence=[first])
    (decided, _) = held.events()[0]
    assert "event" in decided.errors[0] and "no-such-event" not in decided.errors[0]  # type: ignore[attr-defined]
    held.writer.close()
    report = verify(held.writer.folder, now=NOW, keys=[KEY.verifier.vkey])
    assert not report.problems


# -- names of one's own ----------------------------------------------------------------------------


def decision(request: str) -> Decided:
    return Decided(id=f"{request}/decided", time=NOW, run="r", request="0" * 64, outcome="permit")


def test_a_decision_under_a_name_of_ours_may_be_cited_once_it_is_recorded(writer: Writer) -> None:
    ledger = Ledger.of(writer)
    first, second = ledger.names.new(), ledger.names.new()
    for name in (first, second):
        with pytest.raises(UnknownEventError):
            ledger.append(called("e1", f"{name}/decided"))
    ledger.decide(second, decision(second), checked=True)
    ledger.append(called("e1", f"{second}/decided"))
    number = int(second.removeprefix(ledger.names.stem))
    for unknown in (first, f"{ledger.names.stem}{number + 100_000}", f"{ledger.names.stem}00"):
        assert not ledger.holds(f"{unknown}/decided")


def test_nobody_else_gives_an_event_the_id_of_a_decision_of_ours(writer: Writer) -> None:
    ledger = Ledger.of(writer)
    name = ledger.names.new()
    for ahead in (name, f"{ledger.names.stem}999999"):
        with pytest.raises(IdTakenError):
            ledger.append(called(f"{ahead}/decided"))
    ledger.append(called(f"{name}/called"))
    ledger.decide(name, decision(name), checked=True)
    with pytest.raises(IdTakenError):
        ledger.decide(name, decision(name), checked=True)


def test_a_decision_that_was_not_recorded_cannot_be_cited(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> int:
        raise LogFullError("no room")

    ledger = Ledger.of(writer)
    name = ledger.names.new()
    monkeypatch.setattr(writer, "append", full)
    with pytest.raises(LogFullError):
        ledger.decide(name, decision(name), checked=True)
    assert not ledger.holds(f"{name}/decided")
    monkeypatch.setattr(writer, "append_entry", full)
    with pytest.raises(LogFullError):
        ledger.decide_again(name, encode(decision(name)))
    assert not ledger.holds(f"{name}/decided")


@pytest.mark.parametrize("own", [True, False])
def test_a_decision_written_from_a_form_is_recorded_once(own: bool, writer: Writer) -> None:
    ledger = Ledger.of(writer)
    name = ledger.names.new() if own else "theirs"
    made = decision(name)
    writer.wait(ledger.decide_again(name, encode(made)))
    assert ledger.holds(made.id)
    assert list(LogReader(writer.folder).events())[-1] == made
    with pytest.raises(IdTakenError):
        ledger.decide_again(name, encode(made))


def test_names_are_given_once_also_to_several_threads() -> None:
    names, given = Names(), list[str]()

    def work() -> None:
        given.extend(names.new() for _ in range(1000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 4000


def test_of_names_without_a_record_a_bounded_number_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PENDING", 300)
    names = Names()
    for _ in range(2000):
        names.new()
    assert len(names.pending) <= 300
