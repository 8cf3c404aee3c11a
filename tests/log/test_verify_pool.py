"""Tasks give the same answers in this process and in others, in order; a lost worker is told."""

import os
import signal
from pathlib import Path

import pytest
from tests.tampered.valid_log import make_log

from tertius.core.errors import CallerError
from tertius.log import verify_pool
from tertius.log.verify_files import Folder
from tertius.log.verify_pool import Pool, WorkerLostError
from tertius.log.verify_worker import CheckChunk, CheckJournal, FindNames, Found, Task

SIZE = 690
TASKS: list[Task] = [
    CheckChunk("", 0, SIZE, True),
    CheckJournal("", [f"journal/{SIZE:020d}"], SIZE),
    *[CheckChunk("", 0, size, True) for size in (1, 256, 300)],
]


def test_workers_answer_in_order_and_as_this_process_does(tmp_path: Path) -> None:
    folder = make_log(700, tail=10).write(tmp_path / "log")
    with Folder(folder) as root, Pool(root, processes=1) as here, Pool(root, processes=2) as there:
        one = list(here.run(TASKS))
        two = list(there.run(TASKS))
        assert [getattr(a, "problems", None) for a in one] == [
            getattr(a, "problems", None) for a in two
        ]
        assert [type(answer) for answer in one] == [type(answer) for answer in two]
        assert [getattr(answer, "roots", b"") for answer in one] == [
            getattr(answer, "roots", b"") for answer in two
        ]


def test_a_large_task_does_not_block_the_pipes(tmp_path: Path) -> None:
    folder = make_log(700).write(tmp_path / "log")
    many = frozenset(float(number) for number in range(60_000))
    tasks: list[Task] = [FindNames("", 0, 700, [], many)] * 8
    with Folder(folder) as root, Pool(root, processes=2) as pool:
        assert list(pool.run(tasks)) == [Found([])] * 8


def test_a_worker_that_ends_is_told(tmp_path: Path) -> None:
    folder = make_log(700).write(tmp_path / "log")
    with Folder(folder) as root, Pool(root, processes=2) as pool:
        answers = pool.run(TASKS * 20)
        next(answers)
        for worker in pool._workers:
            os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLostError):
            list(answers)


def test_what_a_worker_may_not_read_is_the_callers_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_log(700).write(tmp_path / "log")
    monkeypatch.setattr(verify_pool, "_FEW", 0)
    with Folder(folder) as root, Pool(root, processes=2) as pool:
        missing: list[Task] = [FindNames("gone", 0, 1, [], frozenset())]
        with pytest.raises(CallerError):
            list(pool.run(missing))


def test_the_working_directory_is_no_import_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_log(700, tail=10).write(tmp_path / "log")
    for name in ("tertius", "msgspec", "struct"):
        (folder / f"{name}.py").write_text("raise SystemExit('hostile')")
    monkeypatch.chdir(folder)
    with Folder(Path()) as root, Pool(root, processes=2) as pool:
        assert len(list(pool.run(TASKS))) == len(TASKS)
