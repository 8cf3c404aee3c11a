"""The indexes beside a log find events and causes, and are never older than the log unnoticed."""

import shutil
from pathlib import Path

import pytest

from tertius.core.events import Cause, MessageSent, ToolCalled
from tertius.graphs.lineage_file import LineageIndexError
from tertius.log.deployment import Deployment, KeyFolder
from tertius.runtime.index import (
    EventIndex,
    IndexMissingError,
    build_index,
    open_lineage,
    sources_of,
)


def append(folder: Path, *numbers: int) -> None:
    keys = KeyFolder(folder.parent / "keys", outside=folder)
    with Deployment(folder, keys=keys, checkpoint_every=None) as deployment:
        writer = deployment.writer("desk")
        for number in numbers:
            causes = (Cause(id=f"m{number - 1}"),) if number > 1 else ()
            writer.append(MessageSent(id=f"m{number}", time=0, run="r", agent="a", causes=causes))
        writer.append(ToolCalled(id=f"t{numbers[-1]}", time=0, run="q", agent="b", tool="search"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    append(tmp_path / "d", 1, 2, 3)
    assert build_index(tmp_path / "d") == 4
    return tmp_path / "d"


def test_events_are_found_by_id_run_agent_and_kind(folder: Path) -> None:
    index = EventIndex(folder)
    found = index.get("m2")
    assert found is not None
    assert (found.log, found.kind, found.run, found.agent) == ("desk", "message.sent", "r", "a")
    assert [each.id for each in index.find(run="r")] == ["m1", "m2", "m3"]
    assert [each.id for each in index.find(agent="b")] == ["t3"]
    assert [each.id for each in index.find(kind="tool.called", run="q")] == ["t3"]
    assert len(index.find(limit=2)) == 2
    assert index.get("m9") is None
    assert index.names("run") == ["q", "r"]
    assert index.names("agent") == ["a", "b"]
    index.close()


def test_causes_are_followed(folder: Path) -> None:
    lineage = open_lineage(folder)
    assert lineage.ancestors("m3").ids() == ["m1", "m2"]
    assert lineage.descendants("m1").ids() == ["m2", "m3"]


def test_the_logs_own_entries_are_not_indexed(folder: Path) -> None:
    index = EventIndex(folder)
    assert {each.kind for each in index.find()} == {"message.sent", "tool.called"}
    index.close()


def test_a_grown_log_makes_the_index_stale_and_rebuilding_mends_it(folder: Path) -> None:
    append(folder, 4)
    with pytest.raises(IndexMissingError, match="rebuild-index"):
        EventIndex(folder)
    with pytest.raises(LineageIndexError, match="rebuild-index"):
        open_lineage(folder)
    build_index(folder)
    assert open_lineage(folder).ancestors("m4").ids() == ["m1", "m2", "m3"]


def test_a_lost_or_damaged_index_is_named_and_built_again(folder: Path) -> None:
    (folder / "index" / "events.sqlite").write_bytes(b"no database at all")
    with pytest.raises(IndexMissingError, match="damaged"):
        EventIndex(folder)
    shutil.rmtree(folder / "index")
    with pytest.raises(IndexMissingError, match="no index"):
        EventIndex(folder)
    assert build_index(folder) == 4
    EventIndex(folder).close()


def test_an_index_names_the_state_it_was_built_from(folder: Path) -> None:
    (source,) = sources_of(folder)
    assert source.size == 5
