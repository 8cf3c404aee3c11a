"""Every line of the table loads, and no two formats claim one sample."""

from pathlib import Path

import pytest

from tertius.readers.source import head
from tertius.readers.table import TABLE, UnknownFormatError, load, recognise

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("name", TABLE)
def test_a_reader_bears_its_name_in_the_table(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", TABLE)
def test_a_reader_lies_in_a_file_of_this_room(name: str) -> None:
    assert TABLE[name].startswith("tertius.readers.")


def test_every_sample_is_recognised_by_exactly_one_format() -> None:
    samples = sorted(SAMPLES.iterdir())
    assert samples
    for sample in samples:
        knowing = [n for n in TABLE if load(n).recognises(sample, head(sample))]
        assert len(knowing) == 1, (sample, knowing)


def test_what_nobody_recognises_is_nobodys(tmp_path: Path) -> None:
    assert recognise(tmp_path / "a.txt", b"hello", [load(name) for name in TABLE]) is None


def test_an_unknown_format_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownFormatError, match="did you mean `who_and_when`"):
        load("who_when")
