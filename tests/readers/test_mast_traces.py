"""Early MAST traces: four systems in one file, on lines made by hand in their shape."""

import json
from pathlib import Path

from tertius.conformance.reader import check_reader
from tertius.core.events import BaseEvent, MessageSent
from tertius.core.ports.reader import ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.mast_traces import MastTraces

SAMPLE = Path(__file__).parent / "samples" / "mast_traces.jsonl"


def events(run: str, path: Path = SAMPLE) -> dict[str, BaseEvent]:
    """Events of one run, by the part of the id that follows it."""
    found = [r.event for r in MastTraces().read(path) if isinstance(r, Recorded)]
    return {e.id.removeprefix(run + "/"): e for e in found if e.run == run}


def test_the_reader_keeps_the_port_and_hides_labels_and_notes() -> None:
    hidden = [
        "hidden-note", "hidden-yes", "hidden-problem", "hidden-answer-7", "hidden-grade",
        "hidden-issue", "hidden-patch", "hidden-question", "hidden-answer",
    ]  # fmt: skip
    report = check_reader(MastTraces(), [SAMPLE], hidden={SAMPLE: hidden}, mutants=800)
    assert report.truths == 4


def test_each_system_is_read_in_its_own_way_and_empty_rows_are_counted() -> None:
    records = list(MastTraces().read(SAMPLE))
    assert [record.run for record in records if isinstance(record, TruthRecord)] == [
        "mast/AG2-jam-jars", "mast/HyperAgent-kettle-12", "mast/MA-ToT-ferry",
        "mast/PeerReview-ferry",
    ]  # fmt: skip
    assert records[-1] == Skipped(reason="rows without events", rows=1)


def test_a_chat_names_its_speakers_and_its_lines_are_one_text() -> None:
    (first, *_) = [
        r
        for r in MastTraces().read(SAMPLE)
        if isinstance(r, Recorded) and isinstance(r.event, MessageSent)
    ]
    assert isinstance(first.event, MessageSent)
    assert (first.event.agent, first.event.recipients) == ("proxy", ("assistant",))
    assert first.contents == (b"Nine jars,\ntwo break.",)


def test_the_system_is_told_by_the_trajectory_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    path.write_text(json.dumps({**rows[1], "system": "AG2"}) + "\n")
    assert events("mast/AG2-kettle-12", path)["4"].agent == "Navigator"


def test_text_that_no_system_is_known_for_is_one_message_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_text('{"instance_id": "x", "note": {}, "trajectory": ["once", "upon a time"]}\n')
    (sent,) = [e for e in events("mast/unknown-x", path).values() if isinstance(e, MessageSent)]
    assert (sent.agent, sent.recipients) == ("", ())


def test_a_broken_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    lines = SAMPLE.read_text().splitlines()
    odd = ['{"instance_id": "a", "trajectory": 7}', '{"instance_id": "b", "trajectory": {"0": 1}}',
           '{"instance_id": "c", "trajectory": ["x", 1]}',
           '{"instance_id": "d", "trajectory": [{"name": "x"}, 7]}']  # fmt: skip
    path.write_text("\n".join([*odd, lines[0]]))
    problems = [r for r in MastTraces().read(path) if isinstance(r, ReadProblem)]
    assert [(p.record, p.field) for p in problems] == [
        (1, "$.trajectory"), (2, "$.trajectory"), (3, "$.trajectory"), (4, "$.trajectory[0]"),
        (4, "$.trajectory[1]"),
    ]  # fmt: skip
    assert events("mast/AG2-jam-jars", path)["2"].agent == "proxy"
