"""A deployment: one anchor log vouching for the log of every writer."""

import itertools
import shutil
from pathlib import Path

import pytest

from tertius.core.errors import CallerError, IntegrityError
from tertius.core.events import MessageSent
from tertius.core.log_events import CheckpointAnchored, LogClosed, LogOpened, WriterRetired
from tertius.log import commit
from tertius.log.content import SeededSalts
from tertius.log.deployment import (
    Deployment,
    KeyFolder,
    NotADeploymentError,
    logs_of,
    origin_of,
)
from tertius.log.keys import KeyFileError, KeyInsideLogError
from tertius.log.merkle import leaf_hash
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader, NoLogError
from tertius.log.recover import BehindError


def message(number: int) -> MessageSent:
    return MessageSent(id=f"m{number}", time=0, run="r", agent="a", recipients=("b",))


class Lab:
    """A deployment folder, its keys, and seeded everything."""

    def __init__(self, room: Path) -> None:
        self.folder = room / "deployment"
        self.keys = KeyFolder(room / "keys", outside=self.folder)
        self._bytes = itertools.count(1)

    def entropy(self, count: int) -> bytes:
        return (next(self._bytes) % 251).to_bytes(1, "big") * count

    def open(self) -> Deployment:
        return Deployment(
            self.folder,
            keys=self.keys,
            entropy=self.entropy,
            clock=lambda: 1_760_000_000_000_000_000,
            salts=SeededSalts(1),
            checkpoint_every=None,
        )


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def ids(log: Path) -> list[str]:
    return [event.id for event in LogReader(log).events()]


def test_the_log_of_a_writer_on_the_roster_has_begun_on_disk(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "GATHER", 3600)
    with lab.open() as deployment:
        assert deployment.writer("one").status().durable == 1


def test_a_writer_is_enrolled_and_its_checkpoints_are_anchored(lab: Lab) -> None:
    with lab.open() as deployment:
        writer = deployment.writer("desk")
        writer.append(message(1))
        writer.checkpoint()
        writer.append(message(2))
    assert ids(lab.folder / "writers" / "desk")[1:] == ["m1", "m2"]
    events = list(LogReader(lab.folder / "anchor").events())
    sizes = [event.size for event in events if isinstance(event, CheckpointAnchored)]
    assert sizes == [2, 3]
    roots = [event.root for event in events if isinstance(event, CheckpointAnchored)]
    newest = LogReader(lab.folder / "writers" / "desk").checkpoint
    assert newest is not None
    assert roots[-1] == newest.root.hex()


def test_reopening_goes_on_where_it_stopped(lab: Lab) -> None:
    with lab.open() as deployment:
        deployment.writer("desk").append(message(1))
    with lab.open() as deployment:
        assert deployment.writer("desk").append(message(2)) == 2
    assert ids(lab.folder / "writers" / "desk")[1:] == ["m1", "m2"]


def test_an_older_copy_of_a_writers_log_is_refused(lab: Lab, tmp_path: Path) -> None:
    with lab.open() as deployment:
        deployment.writer("desk").append(message(1))
    log = lab.folder / "writers" / "desk"
    shutil.copytree(log, tmp_path / "snapshot")
    with lab.open() as deployment:
        deployment.writer("desk").append(message(2))
    shutil.rmtree(log)
    shutil.copytree(tmp_path / "snapshot", log)
    with lab.open() as deployment, pytest.raises(BehindError, match="old copy"):
        deployment.writer("desk")


def test_a_writer_that_is_gone_is_not_quietly_made_anew(lab: Lab) -> None:
    with lab.open() as deployment:
        deployment.writer("desk").append(message(1))
    shutil.rmtree(lab.folder / "writers" / "desk")
    with lab.open() as deployment, pytest.raises(NoLogError, match="on the roster"):
        deployment.writer("desk")


def test_a_rotated_log_is_closed_and_continued_under_a_new_key(lab: Lab) -> None:
    with lab.open() as deployment:
        deployment.writer("desk").append(message(1))
        deployment.rotate("desk").append(message(2))
    old, new = lab.folder / "writers" / "desk", lab.folder / "writers" / "desk.1"
    closing = LogReader(old).event(len(LogReader(old)) - 1)
    opening = LogReader(new).event(0)
    assert isinstance(closing, LogClosed)
    assert isinstance(opening, LogOpened)
    assert opening.previous is not None
    last = LogReader(old).entry(opening.previous.index)
    assert opening.previous.leaf == leaf_hash(last).hex()
    assert closing.next_key.startswith(opening.origin)
    final = LogReader(old).checkpoint
    assert final is not None
    assert opening.previous_root == final.root.hex()
    anchored = list(LogReader(lab.folder / "anchor").events())
    assert any(
        isinstance(event, WriterRetired) and event.origin == final.origin for event in anchored
    )


def test_two_writers_have_origins_of_their_own(lab: Lab) -> None:
    with lab.open() as deployment:
        for name in ("desk", "floor"):
            deployment.writer(name).append(message(1))
    logs = logs_of(lab.folder)
    assert [log.name for log in logs] == ["anchor", "desk", "floor"]
    assert len({origin_of(log) for log in logs}) == 3


def test_a_folder_with_something_else_in_it_is_left_alone(lab: Lab) -> None:
    lab.folder.mkdir()
    (lab.folder / "thesis.txt").write_text("mine")
    with pytest.raises(NotADeploymentError, match="holds no log"):
        lab.open()
    assert [path.name for path in lab.folder.iterdir()] == ["thesis.txt"]


def test_without_its_key_a_deployment_does_not_open(lab: Lab, tmp_path: Path) -> None:
    lab.open().close()
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(KeyFileError):
        lab.open()


def test_keys_are_never_kept_inside_the_deployment(tmp_path: Path) -> None:
    folder = tmp_path / "deployment"
    with pytest.raises(KeyInsideLogError):
        Deployment(folder, keys=KeyFolder(folder / "keys", outside=folder))


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "two words"])
def test_writer_names_must_do_as_folders(lab: Lab, name: str) -> None:
    with lab.open() as deployment, pytest.raises(CallerError, match="bad writer"):
        deployment.writer(name)


def test_a_key_made_beforehand_signs_the_anchor_log(lab: Lab) -> None:
    key = SigningKey("tertius/told-to-witnesses", bytes(32))
    for _ in range(2):
        with Deployment(lab.folder, keys=lab.keys, key=key) as deployment:
            assert deployment.key == key.verifier
    assert origin_of(lab.folder / "anchor") == "tertius/told-to-witnesses"


def test_another_key_does_not_open_a_deployment(lab: Lab) -> None:
    lab.open().close()
    with pytest.raises(IntegrityError):
        Deployment(lab.folder, keys=lab.keys, key=SigningKey("tertius/other", bytes(32)))
