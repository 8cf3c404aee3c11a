"""The index at rest: what is written is read back, and what is stale or damaged is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graphs.records import RUN

from tertius.core.errors import EXIT_NOT_EVALUATED
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_file import LineageIndexError, Source, StaleLineageError

NOW = (
    Source(origin="log.example/a", size=5, root="aa" * 32),
    Source(origin="log.example/b", size=0, root="bb" * 32),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "index" / "lineage"
    Lineage.of(RUN).save(folder, sources=NOW)
    return folder


def test_an_index_answers_the_same_from_disk(saved: Path) -> None:
    held, mapped = Lineage.of(RUN), Lineage.open(saved, expect=NOW[::-1])
    assert mapped.counts == held.counts
    assert mapped.sources == NOW
    for event, _ in RUN:
        for ask in ("ancestors", "descendants"):
            assert getattr(mapped, ask)(event).by_basis() == getattr(held, ask)(event).by_basis()
        assert mapped.causes(event) == held.causes(event)
    assert mapped.paths("ask", "answer") == held.paths("ask", "answer")


def test_saving_again_replaces_the_index_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "index" / "lineage"
    Lineage.of(RUN).save(folder, sources=NOW)
    Lineage.of(RUN[:2]).save(folder, sources=NOW[:1])
    assert Lineage.open(folder).counts.events == 2
    assert list(folder.parent.iterdir()) == [folder]


def test_a_failed_save_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lineage"
    Lineage.of(RUN).save(folder, sources=NOW)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.save", full)
    with pytest.raises(LineageIndexError, match=r"cannot write .*: No space left"):
        Lineage.of(RUN[:2]).save(folder, sources=NOW)
    assert Lineage.open(folder).counts.events == 5
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_index_can_be_kept(tmp_path: Path) -> None:
    Lineage.of([]).save(tmp_path / "lineage", sources=())
    assert Lineage.open(tmp_path / "lineage").counts.events == 0


@pytest.mark.parametrize(
    "now",
    [
        (NOW[0],),
        (NOW[0], Source(origin="log.example/b", size=1, root="bb" * 32)),
        (NOW[0], Source(origin="log.example/b", size=0, root="cc" * 32)),
        (),
    ],
)
def test_an_index_of_another_state_of_the_log_is_stale(
    saved: Path, now: tuple[Source, ...]
) -> None:
    with pytest.raises(StaleLineageError, match="run `tertius log rebuild-index`") as caught:
        Lineage.open(saved, expect=now)
    assert caught.value.exit_code == EXIT_NOT_EVALUATED


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LineageIndexError, match=r"no lineage index at .*rebuild-index"):
        Lineage.open(tmp_path / "nowhere")


@given(st.data())
@settings(max_examples=60)
def test_any_flipped_bit_is_noticed(saved: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(saved.iterdir())))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    flipped = bytearray(whole)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    try:
        with pytest.raises(LineageIndexError, match="run `tertius log rebuild-index`"):
            Lineage.open(saved)
    finally:
        path.write_bytes(whole)


def test_a_header_that_claims_another_log_is_refused(saved: Path) -> None:
    path = saved / "header.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("log.example/a", "log.example/c"), encoding="utf-8")
    try:
        with pytest.raises(LineageIndexError, match=r"header\.json` is damaged"):
            Lineage.open(saved)
    finally:
        path.write_text(whole, encoding="utf-8")


def test_every_cut_or_lost_file_is_noticed_without_reading_contents(saved: Path) -> None:
    for path in sorted(saved.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(LineageIndexError, match=path.name):
            Lineage.open(saved, check_contents=False)
        path.unlink()
        with pytest.raises(LineageIndexError):
            Lineage.open(saved, check_contents=False)
        path.write_bytes(whole)
    Lineage.open(saved, check_contents=False)


@pytest.mark.parametrize("name", ["header.json", "link.npy"])
def test_a_pipe_or_link_in_place_of_a_file_is_refused(saved: Path, name: str) -> None:
    path, aside = saved / name, saved.parent / "aside"
    path.rename(aside)
    try:
        for put in (os.mkfifo, lambda at: at.symlink_to(aside)):
            put(path)
            with pytest.raises(LineageIndexError, match="damaged"):
                Lineage.open(saved, check_contents=False)
            path.unlink()
    finally:
        aside.rename(path)
