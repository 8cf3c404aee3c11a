"""The store: durable, private, one writer at a time, and never half."""

import os
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.escalation.office import NOW, SECOND, Office, S, a_request

from tertius.escalation.store import Store
from tertius.escalation.transaction import (
    ChangedMeanwhileError,
    NoSuchQuestionError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
)


def test_commits_survive_a_power_cut_as_far_as_sqlite_can_promise(office: Office) -> None:
    db = office.store._db
    assert db.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA: the journal's end too
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_block_that_raises_leaves_nothing(office: Office) -> None:
    id = office.ask()
    with pytest.raises(RuntimeError), office.store.transaction(NOW) as tx:
        row = tx.load(id)
        tx.swap(row, replace(row.question, state=S.DENIED))
        tx.put("killed", "yes")
        raise RuntimeError
    with office.store.transaction(NOW) as tx:
        assert (tx.load(id).question.state, tx.get("killed", "")) == (S.OPEN, "")


def test_who_looked_before_a_change_writes_nothing(office: Office) -> None:
    id = office.ask()
    with office.store.transaction(NOW) as tx:
        row = tx.load(id)
    office.says(id, "p-1")
    with pytest.raises(ChangedMeanwhileError), office.store.transaction(NOW) as tx:
        tx.swap(row, replace(row.question, state=S.DENIED))
    assert office.state(id) is S.OPEN


def test_its_time_never_goes_back_even_when_reopened(office: Office) -> None:
    with office.store.transaction(NOW + 9) as tx:
        assert tx.now == NOW + 9
    office.reopen()
    with office.store.transaction(NOW) as tx:
        assert tx.now == NOW + 9


def test_the_file_is_private(office: Office) -> None:
    assert office.path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_may_touch_is_refused(tmp_path: Path) -> None:
    Office(tmp_path).store.close()
    path = tmp_path / "escalations.db"
    path.chmod(0o640)
    with pytest.raises(StoreError, match="others may read or write"):
        Store(path)
    path.chmod(0o600)
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with pytest.raises(StoreError, match="no plain file"):
        Store(link)
    os.link(path, tmp_path / "twice.db")
    with pytest.raises(StoreError, match="no plain file"):
        Store(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        Store(tmp_path / "none.db")


@pytest.mark.parametrize("junk", [b"not a database, but long enough to be looked at" * 40])
def test_something_else_is_damaged_not_used(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(junk)
    path.chmod(0o600)
    with pytest.raises(StoreDamagedError):
        Store(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (a)")
    other.commit()
    other.close()
    path.chmod(0o600)
    with pytest.raises(StoreDamagedError, match="no store of questions"):
        Store(path)


def test_a_locked_store_says_so_and_is_usable_afterwards(tmp_path: Path) -> None:
    office = Office(tmp_path)
    hasty = Store(office.path, busy=0)
    with office.store.transaction(NOW), pytest.raises(StoreBusyError, match="in use"):
        hasty.transaction(NOW).__enter__()
    with hasty.transaction(NOW) as tx:
        assert tx.rows() == []
    hasty.close()
    office.store.close()


def test_after_a_failed_write_it_stops_until_reopened(office: Office) -> None:
    office.ask()
    office.store._db.execute("PRAGMA max_page_count = 1")
    (pages,) = office.store._db.execute("PRAGMA page_count").fetchone()
    office.store._db.execute(f"PRAGMA max_page_count = {pages}")
    big = a_request("q2", arguments={"text": "x" * 200_000})
    with pytest.raises(StoreError, match="full"):
        office.ask(big)
    with pytest.raises(StoreError, match="stopped"):
        office.ask(a_request("q3"))
    office.reopen()
    office.ask(a_request("q3"))


def test_a_row_that_contradicts_itself_is_told(office: Office) -> None:
    id = office.ask()
    office.store._db.execute("UPDATE question SET state = 'granted'")
    with pytest.raises(StoreDamagedError, match="contradicts its own row"):
        office.desk.token(id, now=office.now)
    office.store._db.execute("UPDATE question SET state = 'open', question = '{'")
    with pytest.raises(StoreDamagedError, match="is damaged"):
        office.desk.list(now=office.now)


def test_an_unknown_id_is_shown_inert(office: Office) -> None:
    with pytest.raises(NoSuchQuestionError, match=r"no question `\\x1b\[2J`"):
        office.desk.show("\x1b[2J", now=office.now)


def test_a_forked_child_is_refused(office: Office) -> None:
    office.store._owner += 1  # as a child would see it
    with pytest.raises(StoreError, match="forked child"):
        office.ask()
    office.store._owner -= 1


def test_the_latest_time_is_kept_by_whoever_looks(office: Office) -> None:
    office.ask()
    office.desk.list(now=NOW + 700 * SECOND)
    assert office.state("x-q1") is S.EXPIRED
