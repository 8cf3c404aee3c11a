"""The kill switch is seen at once, by all, for good, and needs nothing to work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tertius.policy.kill import SIZE, KillSwitch, KillSwitchError


def test_a_new_switch_is_armed_and_a_thrown_one_stays_thrown(tmp_path: Path) -> None:
    path = tmp_path / "kill"
    with KillSwitch(path) as switch:
        assert not switch.thrown
        switch.throw()
        switch.throw()
    with KillSwitch(path) as again:
        assert again.thrown
        again.reset()
    with KillSwitch(path) as armed:
        assert not armed.thrown


def test_another_process_throws_it(tmp_path: Path) -> None:
    path = tmp_path / "kill"
    with KillSwitch(path) as switch:
        code = (
            "import sys, pathlib; from tertius.policy.kill import KillSwitch; "
            "KillSwitch(pathlib.Path(sys.argv[1])).throw(); import os; os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], check=False)
        assert switch.thrown


def test_one_byte_written_by_hand_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "kill"
    with KillSwitch(path) as switch:
        with path.open("r+b") as file:
            file.write(b"?")
        assert switch.thrown


def test_throwing_it_takes_no_space(tmp_path: Path) -> None:
    path = tmp_path / "kill"
    with KillSwitch(path) as switch:
        before = os.stat(path)
        switch.throw()
        after = os.stat(path)
    assert (after.st_size, after.st_blocks, after.st_ino) == (SIZE, before.st_blocks, before.st_ino)


@pytest.mark.parametrize("content", [b"", b"A", b"A" * (SIZE + 1)])
def test_another_file_is_no_switch(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kill"
    path.write_bytes(content)
    with pytest.raises(KillSwitchError, match="is no kill switch"):
        KillSwitch(path)


def test_a_link_or_a_missing_folder_is_refused(tmp_path: Path) -> None:
    KillSwitch(tmp_path / "kill").close()
    (tmp_path / "link").symlink_to(tmp_path / "kill")
    for path in (tmp_path / "link", tmp_path / "none" / "kill"):
        with pytest.raises(KillSwitchError, match="cannot open kill switch"):
            KillSwitch(path)
