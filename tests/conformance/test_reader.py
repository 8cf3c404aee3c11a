"""Our readers pass the checks for readers, and each check catches the reader that breaks it.

Damaged inputs in this file: 3 samples x 2,000 copies, seeded.
"""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import ConformanceError, check_reader, damaged
from tertius.core.events import Acted, Cause, MessageSent
from tertius.core.kinds import Event
from tertius.core.ports.reader import Fingerprint, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.jsonl import JsonLines
from tertius.readers.table import TABLE, load

SAMPLES = Path(__file__).parent.parent / "readers" / "samples"
OF = {
    "who_and_when": [SAMPLES / "who_when_chat.json", SAMPLES / "who_when_team.json"],
    "jsonl": [SAMPLES / "team.jsonl"],
}
HIDDEN = {
    SAMPLES / "who_when_chat.json": [
        "hidden-answer-seven", "hidden-question-1", "hidden-level-2", "hidden-step-3",
        "hidden-blame-CountingExpert", "hidden-reason: invented the numbers",
    ],
    SAMPLES / "who_when_team.json": [
        "hidden-answer-pier-D", "hidden-question-2", "hidden-step-8", "hidden-blame-Assistant",
        "hidden-reason: did not read the chart",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", OF)
def test_readers_keep_the_port(name: str) -> None:
    report = check_reader(load(name), OF[name], hidden=HIDDEN, mutants=2000, seed=1)
    assert report.samples == len(OF[name])
    assert report.mutants == 2000 * len(OF[name])
    assert report.events > 5


@pytest.mark.parametrize("name", [name for name in TABLE if name not in OF])
def test_every_other_reader_of_the_table_is_held_to_the_port_by_its_own_test(name: str) -> None:
    module = TABLE[name].partition(":")[0].rpartition(".")[2]
    test = SAMPLES.parent / f"test_{module}.py"
    assert "check_reader(" in test.read_text(), name


def test_damage_is_the_same_for_a_seed_and_most_of_it_is_damage() -> None:
    raw = OF["jsonl"][0].read_bytes()
    first, second = ([damaged(raw, r) for _ in range(500)] for r in (random.Random(3),) * 2)
    again = [damaged(raw, r) for r in [random.Random(3)] for _ in range(500)]
    assert first == again and first != second
    assert sum(copy != raw for copy in first) > 450


def sent(id: str, **fields: Any) -> Recorded:
    return Recorded(event=MessageSent(id=id, time=0, run="r", agent="a", **fields))


class Scripted:
    """A reader that yields what it is told for any file."""

    name = "scripted"

    def __init__(self, *records: Any, recognised: bool = True) -> None:
        self.records = records
        self.recognised = recognised

    def recognises(self, path: Path, head: bytes) -> bool:
        return self.recognised

    def read(self, path: Path) -> Iterator[Any]:
        yield from self.records


def event(**fields: Any) -> Recorded:
    made: Event = Acted(id="e", time=0, run="r", step=1, **fields)
    return Recorded(event=made)


@pytest.mark.parametrize(
    ("records", "broken"),
    [
        ([], "gives no event"),
        ([ReadProblem(path="p", message="odd")], "has a problem: odd"),
        ([sent("e1"), sent("e1")], "id `e1` is used twice"),
        ([sent("e1", causes=(Cause(id="e2"),)), sent("e2")], "cause `e2` stands nowhere earlier"),
        ([sent("e1", causes=(Cause(id="e1"),))], "cause `e1` stands nowhere earlier"),
        ([sent("e1"), sent("e2", causes=(Cause(id="e1", basis="observed"),))], "nobody observed"),
        ([sent("e1", content="ab" * 32)], "fills `content`"),
        ([sent("e1", identity="bound")], "says more than a file can know"),
        ([sent("two words")], "invalid event `two words`"),
        ([sent("e1", recipients=("n" * 128,) * 600)], "invalid event `e1`"),
        ([sent("e1"), TruthRecord(run="other", data={})], "truth of a run `other`"),
        ([sent("e1"), ReadProblem(path="p", message="a\nb", warning=True)], "one line"),
        ([Recorded(event=MessageSent(id="e", time=0, run="", agent="a"))], "belongs to no run"),
        ([Skipped(reason="labels", rows=3)], "gives no event and is not skipped"),
        ([Skipped(reason="")], "needs a reason"),
        ([Skipped(reason="labels"), TruthRecord(run="two words", data={})], "belongs to no run"),
        ([sent("e1"), Fingerprint(run="r", digest="ab" * 32)], "fingerprint of `r` after"),
        ([Fingerprint(run="r", digest="short"), sent("e1")], "64 hex digits"),
    ],
)
def test_a_reader_that_breaks_the_port_is_named(records: list[Any], broken: str) -> None:
    with pytest.raises(ConformanceError, match=broken):
        check_reader(Scripted(*records), [OF["jsonl"][0]], mutants=1)


def test_a_leak_into_content_or_event_is_named_and_so_is_a_lost_label() -> None:
    sample = OF["jsonl"][0]
    truth = TruthRecord(run="r", data={"answer": ["seven"]})
    leaked = Recorded(event=sent("e1").event, contents=(b"it is seven",))
    for records in ([leaked, truth], [sent("seven"), truth]):
        with pytest.raises(ConformanceError, match="`seven` leaked"):
            check_reader(Scripted(*records), [sample], hidden={sample: ["seven"]}, mutants=1)
    with pytest.raises(ConformanceError, match="`seven` is in no truth record"):
        check_reader(Scripted(sent("e1")), [sample], hidden={sample: ["seven"]}, mutants=1)
    check_reader(Scripted(sent("e1"), truth), [sample], hidden={sample: ["seven"]}, mutants=1)


def test_a_reader_that_raises_changes_the_file_or_its_mind_is_named(tmp_path: Path) -> None:
    sample = tmp_path / "team.jsonl"
    sample.write_bytes(OF["jsonl"][0].read_bytes())

    class Raising(JsonLines):
        def read(self, path: Path) -> Iterator[Any]:
            path.read_bytes().decode()
            yield from super().read(path)

    class Writing(JsonLines):
        def read(self, path: Path) -> Iterator[Any]:
            yield from super().read(path)
            if path == sample:
                path.write_bytes(path.read_bytes() + b"\n")

    class Moody(JsonLines):
        count = 0

        def read(self, path: Path) -> Iterator[Any]:
            Moody.count += 1
            yield sent(f"e{Moody.count}")

    for reader, broken in ((Raising(), "raised UnicodeDecode"), (Moody(), "two reads"),
                           (Writing(), "changed the file")):  # fmt: skip
        with pytest.raises(ConformanceError, match=broken):
            check_reader(reader, [sample], mutants=100)


def test_a_reader_that_misses_its_own_format_is_named() -> None:
    with pytest.raises(ConformanceError, match="does not recognise its own format"):
        check_reader(Scripted(sent("e1"), recognised=False), [OF["jsonl"][0]], mutants=1)


def test_labels_alone_are_a_good_sample_that_says_so() -> None:
    sample = OF["jsonl"][0]
    reader = Scripted(TruthRecord(run="r", data={"answer": 7}), Skipped(reason="labels of runs"))
    assert check_reader(reader, [sample], mutants=1).truths == 1


def test_a_packed_sample_is_recognised_by_what_it_holds(tmp_path: Path) -> None:
    sample = tmp_path / "team.jsonl.gz"
    sample.write_bytes(gzip.compress(OF["jsonl"][0].read_bytes()))
    assert check_reader(JsonLines(), [sample], mutants=300).events > 5


def test_no_samples_is_no_pass() -> None:
    with pytest.raises(ConformanceError, match="nothing would be checked"):
        check_reader(JsonLines(), [])
