"""Every adapter in the table loads under its own name and keeps to the port."""

import pytest

from tertius.adapters.table import TABLE, UnknownAdapterError, load
from tertius.core.coverage import Coverage
from tertius.core.errors import CallerError


@pytest.mark.parametrize("name", TABLE)
def test_it_loads_and_refuses_a_foreign_target(name: str) -> None:
    adapter = load(name)
    assert adapter.name == name
    with pytest.raises(CallerError):
        adapter.attach(object(), object())  # type: ignore[arg-type]  # neither is what it says
    adapter.detach()
    adapter.detach()


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownAdapterError, match="did you mean `by_hand`"):
        load("by-hand")


def test_coverage_is_what_attach_returns() -> None:
    assert load("by_hand").attach.__annotations__["return"] in (Coverage, "Coverage")
