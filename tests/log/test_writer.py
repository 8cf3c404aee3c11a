"""What users of the writer rely on: order, refusals, stages, one owner."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.log.faults.disks import GatedDisk, QuickDisk
from tests.log.faults.logs import KEY, message, open_log, say, twin_of

from tertius.core.decode import EventError, TooLongError, WrongTypeError
from tertius.core.events import MAX_ENTRY, Asserted, Cause, Claimed, Rated, RunStarted
from tertius.core.kinds import Event, decode, encode
from tertius.core.log_events import Erased, LogClosed, LogOpened
from tertius.log.commit import LogFullError, LogStoppedError
from tertius.log.content import MAX_CONTENT, ContentError, Sealed, commitment
from tertius.log.lock import LogInUseError
from tertius.log.merkle import leaf_hash
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer

ROOT = Path(__file__).parents[2]
COMMON: dict[str, Any] = {"id": "e", "time": 1, "run": "r"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def quick(folder: Path, **options: Any) -> Writer:
    return open_log(folder, disk=QuickDisk(), **options)


# -- appending -------------------------------------------------------------------------------------


def test_append_close_reopen_and_go_on(folder: Path) -> None:
    with open_log(folder) as log:
        assert [say(log, "a", b"text"), say(log, "b")] == [1, 2]
        assert log.wait(2)
        assert log.extend([(message("c"), None), (message("d"), None)]) == range(3, 5)
    with open_log(folder) as log:
        assert log.recovered.size == 5
        assert log.recovered.set_aside == log.recovered.replayed == 0
        assert say(log, "e") == 5
    reader = LogReader(folder)
    assert [event.id for event in reader.events()][1:] == list("abcde")
    assert isinstance(reader.event(0), LogOpened)
    assert reader.content(1) == b"text" and reader.content(2) is None
    assert list((folder / "journal").iterdir()) == []
    twin_of(folder)


def test_one_event_alone_can_be_read_back_before_it_is_accepted_or_not(folder: Path) -> None:
    broken = Asserted(**COMMON, confidence=7)  # decodes for nobody
    with quick(folder, checked=False) as log:
        with pytest.raises(EventError):
            log.append(broken, checked=True)
        assert log.append(broken) == 1
    with quick(folder.with_name("other")) as log:
        with pytest.raises(EventError):
            log.append(broken)
        assert log.append(broken, checked=False) == 1


def test_every_thread_gets_the_places_of_its_own_entries(folder: Path) -> None:
    places: dict[str, int] = {}

    def work(name: str) -> None:
        for i in range(100):
            places[f"{name}{i}"] = say(log, f"{name}{i}", f"{name}{i}".encode())
            rows = log.extend([(message(f"{name}{i}.{k}"), None) for k in range(3)])
            places.update((f"{name}{i}.{k}", row) for k, row in enumerate(rows))
            if i % 40 == 0:
                assert log.wait(places[f"{name}{i}"], "checkpointed")

    with quick(folder, checkpoint_every=0.001) as log:
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    reader = LogReader(folder)
    assert len(reader) == 1 + 4 * 400
    for name, place in places.items():
        assert reader.event(place).id == name
        assert reader.content(place) == (None if "." in name else name.encode())
        own, rest = name[0], name[1:]
        if "." not in name and rest != "0":
            assert places[name] > places[f"{own}{int(rest) - 1}"], "one thread's order is kept"
    twin_of(folder)


def test_stages_are_told_apart(folder: Path) -> None:
    disk = GatedDisk()
    with open_log(folder, disk=disk) as log:
        log.checkpoint()
        disk.gate.clear()
        index = say(log, "m")
        assert log.status().accepted == index + 1
        assert log.status().durable == log.status().checkpointed == index
        assert not log.wait(index, timeout=0)
        disk.gate.set()
        assert log.wait(index)
        assert log.status().durable == index + 1
        assert log.status().checkpointed == index
        assert log.wait(index, "checkpointed")
        assert log.status().checkpointed == index + 1
        assert not log.wait(index, "witnessed")
        assert log.checkpoint() == index + 1


def test_a_closed_log_says_so_as_often_as_it_is_asked(folder: Path) -> None:
    log = quick(folder)
    index = say(log, "m")
    log.close()
    log.close()
    for _ in range(70):  # more than the publisher's queue holds
        log._publisher.publish()
    assert log.wait(index, "checkpointed")
    with pytest.raises(LogStoppedError, match="the log is closed; open it again"):
        say(log, "late")


# -- what is refused -------------------------------------------------------------------------------

SEALED = Sealed(commitment(bytes(32), b"x"), bytes(32), b"x")
REFUSED: dict[str, tuple[Callable[[], Event], type[Exception]]] = {
    "content without bytes": (lambda: message("m", SEALED), ContentError),
    "nan": (lambda: Asserted(**COMMON, confidence=float("nan")), EventError),
    "nan value": (lambda: Claimed(**COMMON, value=float("nan")), WrongTypeError),
    "infinity": (lambda: Claimed(**COMMON, value=float("inf")), WrongTypeError),
    "nan score": (lambda: Rated(**COMMON, ratee="x", score=float("nan")), EventError),
    "nan in a cause": (lambda: message("m", causes=(Cause(id="c", score=float("nan")),)),
                       WrongTypeError),
    "wrong type": (lambda: RunStarted(**COMMON, title=5), EventError),  # type: ignore[arg-type]
    "bool for int": (lambda: RunStarted(**COMMON, seed=b"1"), EventError),  # type: ignore[arg-type]
    "surrogate": (lambda: RunStarted(**COMMON, title="\ud800"), EventError),
    "endless integer": (lambda: RunStarted(**COMMON, seed=10**5000), EventError),
    "negative time": (lambda: RunStarted(**{**COMMON, "time": -1}), EventError),
    "long text": (lambda: RunStarted(**COMMON, title="x" * 1001), TooLongError),
    "long entry": (lambda: message("m", causes=tuple(Cause(id=f"{i:0128}") for i in range(600))),
                   TooLongError),
    "an erasure by hand": (lambda: Erased(**COMMON, index=1, content="0" * 64), ContentError),
}  # fmt: skip


@pytest.mark.parametrize("flaw", REFUSED)
def test_what_cannot_be_read_back_is_refused_and_nothing_is_half_applied(
    folder: Path, flaw: str
) -> None:
    make, error = REFUSED[flaw]
    with quick(folder) as log:
        before = log.status().accepted
        with pytest.raises(error):
            log.append(make())
        with pytest.raises(error):
            log.extend([(message("fine"), None), (make(), None), (message("fine too"), None)])
        assert log.status().accepted == before
    assert len(LogReader(folder)) == 1


@pytest.mark.parametrize("checked", [True, False])
def test_content_that_is_not_the_one_named_is_refused(folder: Path, checked: bool) -> None:
    with quick(folder, checked=checked) as log:
        one, other = log.seal_all([b"one", b"other"])
        for event, content in [
            (message("m", one), other),
            (message("m", one), None),
            (message("m"), one),
        ]:
            with pytest.raises(ContentError, match="put `seal"):
                log.append(event, content)
            with pytest.raises(ContentError, match="put `seal"):
                log.extend([(message("n"), None), (event, content)])
        assert log.extend([(message("m", one), one)]) == range(1, 2)
    twin_of(folder)


def test_content_beyond_the_limit_and_short_salts_are_refused(folder: Path) -> None:
    with quick(folder) as log:
        with pytest.raises(ContentError, match="split it"):
            log.seal(bytes(MAX_CONTENT + 1))
        with pytest.raises(ContentError, match="split it"):
            log.seal_all([b"", bytes(MAX_CONTENT + 1)])
    with quick(folder, salts=lambda: b"short") as log, pytest.raises(ContentError, match="salt"):
        log.seal(b"x")


numbers = st.integers(0, 1) | st.floats(0, 1)
names = st.text("abc-", min_size=1, max_size=8)
events = st.one_of(
    st.builds(
        lambda name, scores, identity: message(
            name,
            causes=tuple(Cause(id=f"c{i}", score=s) for i, s in enumerate(scores)),
            identity="".join(identity),  # equal to the default but not the same object
        ),
        names,
        st.lists(st.none() | numbers, max_size=3),
        st.sampled_from(["asserted", "bound"]),
    ),
    st.builds(lambda c, v: Asserted(**COMMON, confidence=c, value=v), numbers,
              numbers | st.booleans() | st.text(max_size=9).filter(str.isprintable)),
    st.builds(lambda s, h: Rated(**COMMON, ratee="x", score=s, high=h),
              numbers | st.integers(), st.sampled_from([1, 1.0, 5])),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(events, max_size=8))
def test_all_that_is_accepted_is_canonical(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Event]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    with quick(folder) as log:
        log.extend((event, None) for event in batch)
    written = list(LogReader(folder).entries())[1:]
    assert [decode(entry) for entry in written] == batch
    assert [encode(decode(entry)) for entry in written] == written


def test_a_number_is_written_as_its_field_has_it(folder: Path) -> None:
    with quick(folder) as log:
        log.append(message("m", causes=(Cause(id="c", score=1),)))
    assert b'"score":1.0' in LogReader(folder).entry(1)


# -- back-pressure ---------------------------------------------------------------------------------


def test_a_slow_disk_slows_the_callers_and_loses_nothing(folder: Path) -> None:
    disk = GatedDisk()
    limit, size = 10_000, 1_000
    with open_log(folder, disk=disk, max_pending=limit) as log:
        log.checkpoint()
        disk.gate.clear()
        say(log, "first")
        assert disk.waiting.wait(10)
        taken = 0
        with pytest.raises(LogFullError, match="slow down"):
            while True:
                content = log.seal(b"z" * size)
                log.append(message(f"m{taken}", content), content, wait=False)
                taken += 1
        assert limit / (size + 250) <= taken <= limit / size + 2, "memory is bounded"
        with pytest.raises(LogFullError):
            log.extend([(message("no"), None)], wait=False)
        accepted = log.status().accepted

        late: list[int] = []
        waiting = threading.Thread(target=lambda: late.append(say(log, "late")))
        waiting.start()
        assert log.status().accepted == accepted
        disk.gate.set()
        waiting.join()
        assert late == [accepted]
        assert log.wait(accepted)
    ids = [event.id for event in LogReader(folder).events()]
    assert ids[2:] == [*(f"m{i}" for i in range(taken)), "late"]
    twin_of(folder)


def test_waiting_for_room_ends_when_the_log_is_closed_or_stops(folder: Path) -> None:
    disk = GatedDisk()
    log = open_log(folder, disk=disk, max_pending=10)
    log.checkpoint()
    disk.gate.clear()
    say(log, "first")
    assert disk.waiting.wait(10)
    heard: list[Exception] = []

    def wait_for_room() -> None:
        try:
            say(log, "never")
        except LogStoppedError as error:
            heard.append(error)

    waiting = [threading.Thread(target=wait_for_room) for _ in range(3)]
    for thread in waiting:
        thread.start()
    closing = threading.Thread(target=log.close)
    closing.start()
    for thread in waiting:
        thread.join()  # heard before the disk moves
    disk.gate.set()
    closing.join()
    assert len(heard) == 3
    assert [event.id for event in LogReader(folder).events()][1:] == ["first"]


# -- one owner -------------------------------------------------------------------------------------

SECOND = """
import sys
from pathlib import Path
from tests.log.faults.logs import open_log
from tertius.log.lock import LogInUseError
try:
    open_log(Path(sys.argv[1]))
except LogInUseError as error:
    print(error)
"""


def run_python(code: str, *arguments: object) -> str:
    paths = os.pathsep.join([str(ROOT), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_second_writer_is_refused_in_this_process_and_in_another(folder: Path) -> None:
    with quick(folder) as log:
        with pytest.raises(LogInUseError, match="another writer has the log"):
            quick(folder)
        assert "another writer has the log" in run_python(SECOND, folder)
        log.wait(say(log, "still-fine"))
    quick(folder).close()


FORK = """
import os, signal, sys, time
from pathlib import Path
from tests.log.faults.logs import open_log, say
from tertius.log.writer import ForkedWriterError
from tertius.log.commit import LogStoppedError

def refused(act):
    try:
        act()
    except LogStoppedError as error:
        assert isinstance(error.__cause__, ForkedWriterError), error
        return True

log = open_log(Path(sys.argv[1]), sealer=sys.argv[2])
first = say(log, "before", b"before")
log.wait(first)
ready, gone = os.pipe()
child = os.fork()
if child == 0:
    acts = [lambda: say(log, "child"), lambda: log.wait(50), log.checkpoint,
            lambda: log.wait(first, "checkpointed")]
    fine = all(refused(act) for act in acts)
    log.close()
    os.write(gone, b"y" if fine else b"n")
    signal.pause()  # outlives its parent
os.set_inheritable(ready, False)
assert os.read(ready, 1) == b"y"
log.wait(say(log, "parent", b"parent"))
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("sealer", ["thread", "process"])
def test_a_forked_child_is_refused_and_the_parent_goes_on(folder: Path, sealer: str) -> None:
    """The child outlives the killed parent; it must keep neither the log nor the sealer busy."""
    paths = os.pathsep.join([str(ROOT), *sys.path])
    done = subprocess.Popen(
        [sys.executable, "-c", FORK, str(folder), sealer],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert done.stdout is not None
    child = int(done.stdout.readline())
    try:
        assert done.wait() == -signal.SIGKILL
        done.stdout.close()
        with quick(folder):
            pass
        twin = twin_of(folder)
        assert [decode(entry).id for entry in twin.entries][1:] == ["before", "parent"]
    finally:
        os.kill(child, signal.SIGKILL)


# -- closing for good ------------------------------------------------------------------------------


def test_a_log_is_continued_under_another_key(folder: Path, tmp_path: Path) -> None:
    log = quick(folder)
    say(log, "m")
    position = log.close_for("the next key", reason="yearly")
    root = twin_of(folder).root().hex()
    last = LogReader(folder).entry(position.index)
    assert isinstance(decode(last), LogClosed)
    assert position.leaf == leaf_hash(last).hex() and position.origin == KEY.verifier.name
    key = SigningKey("tertius/next", bytes(32))
    with quick(tmp_path / "next", key=key, previous=position, previous_root=root):
        pass
    first = LogReader(tmp_path / "next").event(0)
    assert isinstance(first, LogOpened) and first.previous == position


def test_a_clock_going_backwards_stops_nothing(folder: Path) -> None:
    ticks = iter(range(10**18, 0, -(10**9)))
    for _ in range(3):
        with quick(folder, clock=lambda: next(ticks)) as log:
            log.erase(say(log, f"m{log.status().accepted}", b"x"), role="privacy")
    twin_of(folder)


def test_an_entry_that_is_encoded_already_takes_its_place(folder: Path) -> None:
    events = [RunStarted(**{**COMMON, "id": f"e{number}"}) for number in range(3)]
    with quick(folder) as log:
        places = [log.append(events[0]), log.append_entry(encode(events[1])), log.append(events[2])]
        assert log.wait(places[1])
        with pytest.raises(TooLongError):
            log.append_entry(bytes(MAX_ENTRY + 1))
    assert places == [1, 2, 3]
    assert list(LogReader(folder).events())[1:] == events
    with pytest.raises(LogStoppedError):
        log.append_entry(encode(events[0]))
