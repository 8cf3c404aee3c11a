"""Following logs that grow: nothing twice, nothing lost, and the same order again."""

from pathlib import Path

import pytest

from tertius.core.events import BaseEvent, MessageSent
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.follow import Follower, Segment, ShrunkLogError
from tertius.runtime.tail import Entry, Tail

KEY = SigningKey("tertius/test", bytes(32))
LATER = 3_000_000_000_000_000_000  # than the opening of any log
OTHER = SigningKey("tertius/other", bytes(range(32)))


def said(name: str, time: int = 0) -> MessageSent:
    return MessageSent(id=name, time=time, run="r", agent="a", recipients=("b",))


def add(log: Writer, *events: BaseEvent) -> None:
    for event in events:
        last = log.append(event)
    log.wait(last)


def ids(shown: list[tuple[int, BaseEvent, bytes | None]]) -> list[str]:
    return [event.id for _, event, _ in shown if isinstance(event, MessageSent)]


def test_each_look_gives_what_has_come_since(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as log:
        add(log, said("e1"), said("e2"))
        follower = Follower(tmp_path / "log")
        shown, segments = follower.more()
        assert ids(shown) == ["e1", "e2"]
        assert segments == [Segment("log", 0, 3)]
        assert follower.more() == ([], [])
        add(log, said("e3"))
        shown, segments = follower.more()
        assert [position for position, _, _ in shown] == [3]
        assert segments == [Segment("log", 3, 4)]


def test_sealed_or_not_every_look_gives_what_a_reader_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertius.runtime.follow.BATCH", 7)
    shown: list[tuple[int, BaseEvent, bytes | None]] = []
    with Writer(tmp_path / "log", key=KEY, checkpoint_every=None) as log:
        follower = Follower(tmp_path / "log")
        for number in range(60):
            sealed = log.seal(b"text %d" % number)
            event = MessageSent(id=f"e{number}", time=0, run="r", agent="a", content=sealed.digest)
            log.wait(log.append(event, sealed))
            if number % 13 == 0:
                log._committer.rotate()
            if number % 10 == 0:
                log.checkpoint()
            if number % 3 == 0:
                shown += follower.more()[0]
        while more := follower.more()[0]:
            shown += more
    assert shown == list(LogReader(tmp_path / "log").since(0))


def test_erased_content_is_none_wherever_the_follower_stands(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as log:
        follower = Follower(tmp_path / "log")
        for number in range(4):
            sealed = log.seal(b"secret")
            event = MessageSent(id=f"e{number}", time=0, run="r", agent="a", content=sealed.digest)
            log.wait(log.append(event, sealed))
        log.erase(2, role="privacy")
        contents = [content for _, event, content in follower.more()[0]]
    assert contents == [None, b"secret", None, b"secret", b"secret", None]


def test_what_is_retired_between_two_glances_is_no_shrinking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Writer(tmp_path / "log", key=KEY, checkpoint_every=None) as log:
        follower = Follower(tmp_path / "log")
        add(log, said("e1"))
        assert len(follower.more()[0]) == 2
        glance = Tail.since

        def sealed_first(tail: Tail, index: int, most: int) -> list[Entry]:
            log._committer.rotate()
            log.checkpoint()
            return glance(tail, index, most)

        monkeypatch.setattr(Tail, "since", sealed_first)
        assert follower.more() == ([], [])


def test_several_writers_are_read_again_in_the_order_in_which_they_were_merged(
    tmp_path: Path,
) -> None:
    writers = tmp_path / "writers"
    (tmp_path / "anchor").mkdir()
    with Writer(writers / "one", key=KEY) as one, Writer(writers / "two", key=OTHER) as two:
        follower = Follower(tmp_path)
        first: list[str] = []
        done: list[Segment] = []
        for number in range(
            3
        ):  # a later look may bring an earlier time: the order is that of arrival
            add(one, said(f"one-{number}", time=LATER + 100 - number))
            add(two, said(f"two-{number}", time=LATER + 50 + number))
            shown, segments = follower.more()
            first += ids(shown)
            done += segments
        assert ids(list(Follower(tmp_path, done=done).before())) == first
        assert first[:2] == ["two-0", "one-0"]


def test_a_log_that_shrank_is_named(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as log:
        add(log, said("e1"))
    with pytest.raises(ShrunkLogError, match="tertius verify"):
        Follower(tmp_path / "log", done=[Segment("log", 0, 9)]).more()
    with pytest.raises(ShrunkLogError, match="another --state"):
        list(Follower(tmp_path / "log", done=[Segment("log", 0, 9)]).before())
