"""Amounts in a line of text: read, or refused with a reason."""

import pytest

from tertius.detectors.amounts import AmountsError, amounts


def test_it_reads_names_and_numbers() -> None:
    assert amounts("") == {}
    assert amounts("a=b=2 *=0.5") == {"a=b": 2.0, "*": 0.5}


@pytest.mark.parametrize("text", ["lake", "=3", "lake=", "lake=ten", "lake=nan", "lake=inf",
                                  "lake=-1", "lake=1 lake=2"])  # fmt: skip
def test_it_refuses_the_rest(text: str) -> None:
    with pytest.raises(AmountsError):
        amounts(text)
