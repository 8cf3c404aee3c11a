"""A log as Arrow, polars and pandas tables with the same columns whatever it holds."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tertius.core.events import Asserted, Cause, MessageSent, ToolCalled, ToolReturned
from tertius.core.ports.detector import Detector
from tertius.detectors.table import load
from tertius.log.notekey import SigningKey
from tertius.log.read import NoLogError
from tertius.log.writer import Writer
from tertius.runtime.frames import COLUMNS, Frame, Frames, MissingLibraryError

KEY = SigningKey("tertius/test", bytes(32))
TIME = 1_772_355_600_000_000_001


@pytest.fixture
def log(tmp_path: Path) -> Path:
    with Writer(tmp_path / "log", key=KEY) as writer:
        text = writer.seal("grüße".encode())
        writer.append(
            MessageSent(id="m", time=TIME, run="r", agent="a", recipients=("b", "c"),
                        channel="team", content=text.digest), text)  # fmt: skip
        writer.append(ToolReturned(id="t", time=0, run="r", agent="b", tool="x", ok=False,
                                   causes=(Cause(id="m"),)))  # fmt: skip
        writer.append(Asserted(id="v", time=0, run="r", agent="b", about="p", value=0.5))
        call = ToolCalled(id="c0", time=0, run="r", agent="b", tool="x")
        for number in range(12):
            text = writer.seal(b"{}")
            writer.append(replace(call, id=f"c{number}", content=text.digest), text)
    return tmp_path / "log"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    with Writer(tmp_path / "empty", key=KEY):
        pass
    return tmp_path / "empty"


def detectors() -> list[Detector]:
    return [load("step_repetition")]


def test_events_have_a_row_each_and_unknown_is_null(log: Path) -> None:
    rows = Frames(log, text=True).events.to_arrow().to_pylist()
    assert [row["id"] for row in rows][:3] == ["m", "t", "v"]
    sent, returned, asserted = rows[:3]
    assert (sent["entry"], sent["kind"], sent["receivers"]) == (1, "message.sent", ["b", "c"])
    assert (sent["channel"], sent["text"], len(sent["content"])) == ("team", "grüße", 64)
    assert (returned["time"], returned["ok"], returned["causes"]) == (None, False, ["m"])
    assert (returned["text"], returned["channel"]) == (None, None)
    assert asserted["fields"] == '{"about":"p","value":0.5}'


def test_nanoseconds_survive(log: Path) -> None:
    times = Frames(log).events.to_arrow()["time"]
    assert times[0].value == TIME
    assert Frames(log).events.to_polars()["time"].dt.epoch("ns")[0] == TIME
    assert Frames(log).events.to_pandas()["time"].iloc[0].value == TIME


def test_edges_have_weights(log: Path) -> None:
    rows = Frames(log).edges.to_arrow().to_pylist()
    assert rows == [
        {"run": "r", "sender": "a", "receiver": to, "channel": "team", "weight": 1} for to in "bc"
    ]


def test_findings_are_the_detectors_and_the_same_each_time(log: Path) -> None:
    frames = Frames(log, detectors=detectors())
    rows = frames.findings.to_arrow().to_pylist()
    assert {row["detector"] for row in rows} == {"step_repetition"}
    assert rows[0]["agents"] == ["b"]
    assert set(rows[0]["evidence"]) <= {f"c{number}" for number in range(12)}
    assert frames.findings.to_arrow().to_pylist() == rows


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_columns_and_types_do_not_depend_on_the_log(name: str, log: Path, empty: Path) -> None:
    def frame(folder: Path) -> Frame:
        found: Frame = getattr(Frames(folder, text=True, detectors=detectors()), name)
        return found

    full, none = frame(log), frame(empty)
    assert list(COLUMNS[name]) == full.to_arrow().column_names
    assert none.to_arrow().num_rows == 0
    assert none.to_arrow().schema == full.to_arrow().schema
    assert none.to_polars().schema == full.to_polars().schema
    assert list(none.to_pandas().dtypes) == list(full.to_pandas().dtypes)
    assert list(full.to_polars().columns) == list(full.to_pandas().columns)


def test_text_is_a_column_only_on_request(log: Path) -> None:
    assert "text" not in Frames(log).events.to_arrow().column_names


@pytest.mark.parametrize(
    ("missing", "method"),
    [("pyarrow", "to_arrow"), ("polars", "to_polars"), ("pandas", "to_pandas")],
)
def test_a_missing_library_is_named_with_its_extra(
    log: Path, monkeypatch: pytest.MonkeyPatch, missing: str, method: str
) -> None:
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == missing:
            raise ModuleNotFoundError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(MissingLibraryError, match=rf"`{missing}` is not .* 'tertius\[frames\]'"):
        getattr(Frames(log).events, method)()


def test_a_folder_without_a_log_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NoLogError):
        Frames(tmp_path)
