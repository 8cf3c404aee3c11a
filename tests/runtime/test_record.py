"""Ingested runs become log entries; answers never do."""

from pathlib import Path

from tertius.core.events import Flagged, MessageSent
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.record import BATCH, record

KEY = SigningKey("tertius/test", bytes(32))


def said(number: int, text: bytes | None) -> Recorded:
    event = MessageSent(id=f"r/{number}", time=0, run="r", agent="a", recipients=("b",))
    return Recorded(event=event, contents=() if text is None else (text,))


def test_events_keep_their_order_and_their_content(tmp_path: Path) -> None:
    texts = [b"first", None, b"", b"last"]
    with Writer(tmp_path / "log", key=KEY) as writer:
        assert record([said(n, text) for n, text in enumerate(texts)], writer) == 4
    reader = LogReader(tmp_path / "log")
    assert [event.id for event in reader.events()][1:] == ["r/0", "r/1", "r/2", "r/3"]
    assert [reader.content(index) for index in range(1, 5)] == texts


def test_answers_go_to_whoever_asked_and_not_into_the_log(tmp_path: Path) -> None:
    answer = TruthRecord(run="r", data={"guilty": "the-butler"})
    seen: list[TruthRecord] = []
    with Writer(tmp_path / "log", key=KEY) as writer:
        record([said(0, b"hello"), answer, said(1, None)], writer, on_truth=seen.append)
    assert seen == [answer]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"hello" in kept
    assert b"the-butler" not in kept


def test_more_events_than_one_batch_all_arrive(tmp_path: Path) -> None:
    many = [said(number, b"%d" % number) for number in range(2 * BATCH + 7)]
    with Writer(tmp_path / "log", key=KEY) as writer:
        assert record(iter(many), writer) == len(many)
    reader = LogReader(tmp_path / "log")
    assert len(reader) == len(many) + 1
    assert reader.content(2 * BATCH + 7) == b"%d" % (2 * BATCH + 6)


def test_events_without_a_content_field_are_recorded(tmp_path: Path) -> None:
    with Writer(tmp_path / "log", key=KEY) as writer:
        record([Recorded(event=Flagged(id="f", time=0, run="r", subject="r/0"))], writer)
    assert LogReader(tmp_path / "log").event(1).id == "f"
