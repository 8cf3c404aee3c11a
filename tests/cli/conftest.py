"""What the tests of the command share: a home of their own, and one log to look into."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.manifest_files import keygen

from tertius.cli.main import run

FOLDER = Path(__file__).parent.parent / "readers" / "samples"
NAMES = ("team.jsonl", "who_when_chat.json", "who_when_team.json")
SAMPLES = [str(FOLDER / name) for name in NAMES]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and memory lie in the test's own folder, and no log is named."""
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.delenv("TERTIUS_LOG", raising=False)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of the samples, for tests that leave it as it is."""
    room = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(room / "config"))
        assert run(["analyze", *SAMPLES, "--log", str(room / "log")]) == 0
        yield room / "log"


@pytest.fixture
def log(kept: Path, tmp_path: Path) -> Path:
    """A copy of that log, to be spoilt."""
    return Path(shutil.copytree(kept, tmp_path / "log"))


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Path]:
    (tmp_path / "keys").mkdir()
    made = {name: keygen(name, tmp_path / "keys") for name in ("alice", "bob")}
    capsys.readouterr()
    return made
