"""What a user's words name, in which order, and what is left alone."""

import os
from pathlib import Path

import pytest

from tertius.runtime.paths import NoSuchPathError, find


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/2.json", "b/1.json", "a.json", ".git/config", "b/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def names(tree: Path, *words: str) -> list[str]:
    found = find([tree / word if word != "-" else word for word in words])
    return [os.path.relpath(f.path, tree) if str(f.path) != "-" else "-" for f in found]


def test_a_folder_gives_its_files_sorted_without_hidden_ones(tree: Path) -> None:
    assert names(tree, ".") == ["a.json", "b/1.json", "b/2.json"]


def test_words_keep_their_order_and_a_file_comes_once(tree: Path) -> None:
    assert names(tree, "b/2.json", ".", "-") == ["b/2.json", "a.json", "b/1.json", "-"]


def test_a_pattern_is_matched_and_goes_deep_on_demand(tree: Path) -> None:
    assert names(tree, "b/[12].json") == ["b/1.json", "b/2.json"]
    assert names(tree, "**/1.json") == ["b/1.json"]
    assert names(tree, "[b]") == ["b/1.json", "b/2.json"]


def test_a_name_that_looks_like_a_pattern_is_a_name_first(tree: Path) -> None:
    (tree / "[x].json").write_text("x")
    assert names(tree, "[x].json") == ["[x].json"]


@pytest.mark.parametrize("word", ["none.json", "*.none", "none/", "a\0b"])
def test_a_word_that_names_nothing_is_an_error(tree: Path, word: str) -> None:
    with pytest.raises(NoSuchPathError) as caught:
        names(tree, word)
    assert caught.value.exit_code == 2


def test_links_inside_a_folder_are_refused_and_named_ones_are_read(tree: Path) -> None:
    (tree / "b" / "loop").symlink_to(tree)
    (tree / "b" / "other").symlink_to("/etc/hostname")
    refused = {f.path.name: f.refused for f in find([tree]) if f.refused}
    assert refused == {"loop": "symbolic link", "other": "symbolic link"}
    (tree / "link").symlink_to(tree / "a.json")
    (found,) = find([tree / "link"])
    assert found.named and not found.refused


def test_a_pipe_inside_a_folder_is_refused(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    assert [f.refused for f in find([tree]) if f.path.name == "pipe"] == ["no plain file"]
