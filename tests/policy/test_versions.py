"""What was seen only moves forwards, and lies elsewhere than the documents."""

from pathlib import Path

import pytest

from tertius.policy.versions import (
    RolledBackError,
    Versions,
    VersionsFileError,
    recall,
    remember,
)

A, B = "aa" * 32, "bb" * 32
SEEN = Versions().advance("manifest", 7, A, about="aid")


def test_forwards_and_again_but_never_back() -> None:
    assert SEEN.advance("manifest", 7, A, about="aid") == SEEN
    assert SEEN.advance("manifest", 9, B, about="aid").seen["manifest aid"].version == 9
    assert SEEN.advance("manifest", 1, B, about="other").seen["manifest aid"].version == 7
    with pytest.raises(RolledBackError, match="version 6 of `manifest aid`; version 7 was"):
        SEEN.advance("manifest", 6, A, about="aid")
    with pytest.raises(RolledBackError, match="same version 7"):
        SEEN.advance("manifest", 7, B, about="aid")


def test_only_manifests_and_roots_speak_about_something() -> None:
    assert SEEN.last("manifest", about="aid") is not None and SEEN.last("roles") is None
    with pytest.raises(ValueError, match="of kind `constitution` about `campus`"):
        SEEN.advance("constitution", 1, A, about="campus")
    with pytest.raises(ValueError, match="of kind `manifest` about ``"):
        SEEN.last("manifest")


def test_it_survives_and_two_writers_keep_the_higher(tmp_path: Path) -> None:
    path, folder = tmp_path / "state" / "versions.json", tmp_path / "manifests"
    assert recall(path, outside=folder) == Versions()
    remember(path, SEEN, outside=folder)
    remember(path, Versions().advance("manifest", 3, B, about="aid"), outside=folder)
    remember(path, Versions().advance("root", 2, B, about="manifests"), outside=folder)
    found = recall(path, outside=folder).seen
    assert (found["manifest aid"].version, found["root manifests"].version) == (7, 2)


def test_it_never_lies_beside_the_documents(tmp_path: Path) -> None:
    with pytest.raises(VersionsFileError, match="remember versions elsewhere"):
        recall(tmp_path / "versions.json", outside=tmp_path)
    with pytest.raises(VersionsFileError, match="elsewhere"):
        remember(tmp_path / "below" / "versions.json", SEEN, outside=tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"seen": []}',
        b'{"more": 1}',
        b'{"format": "x"}',
        b'{"format": "tertius-versions-1"}',
        b"\xff",
    ],
)
def test_a_damaged_file_is_never_taken_for_an_empty_one(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "versions.json"
    path.write_bytes(raw)
    with pytest.raises(VersionsFileError, match="cannot read"):
        recall(path, outside=tmp_path / "manifests")


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VersionsFileError, match="cannot write"):
        remember(tmp_path / "file" / "versions.json", SEEN, outside=tmp_path / "manifests")
