"""A seeded run gives the bytes kept in `tests/golden/log`, today and after every change."""

import shutil
from pathlib import Path

import pytest
from tests.golden import regenerate
from tests.twins import naive_log

from tertius.log.verify import verify
from tertius.log.writer import Writer


def test_a_seeded_run_keeps_its_bytes(tmp_path: Path) -> None:
    regenerate.write(tmp_path / "log")
    assert regenerate.files(tmp_path / "log") == regenerate.files(regenerate.HERE)


def test_the_kept_log_verifies_and_agrees_with_the_twin(tmp_path: Path) -> None:
    report = verify(regenerate.HERE, now=0, keys=[regenerate.KEY.verifier.vkey])
    assert report.status == "verified", report.problems
    twin = naive_log.read(regenerate.HERE)
    derived = {**twin.files(), "checkpoint": (regenerate.HERE / "checkpoint").read_bytes()}
    assert derived == regenerate.files(regenerate.HERE)
    assert 2 not in twin.contents and twin.content(3) == b'{"sheet":0}'


@pytest.mark.parametrize("sealer", ["thread", "process"])
def test_the_kept_log_can_be_gone_on_with(tmp_path: Path, sealer: str) -> None:
    folder = tmp_path / "log"
    shutil.copytree(regenerate.HERE, folder)
    with Writer(folder, key=regenerate.KEY, sealer=sealer) as log:  # type: ignore[arg-type]
        assert log.recovered.size == 274
        assert log.recovered.replayed == 0
    assert regenerate.files(folder) == regenerate.files(regenerate.HERE)
