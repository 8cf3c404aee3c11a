"""What is ungoverned stops the start, unless somebody named it."""

import pytest
from tests.core.examples import COVERAGE

from tertius.core.coverage import Coverage, CoverageError, Surface, UngovernedError
from tertius.core.outcome import EnforcementLevel


def test_what_is_ungoverned_must_be_named_exactly() -> None:
    COVERAGE.require_named({"tool:shell"})
    for named in ((), ("shell",), ("tool:shell2",), ("TOOL:shell",)):
        with pytest.raises(UngovernedError, match="ungoverned `tool:shell`") as raised:
            COVERAGE.require_named(named)
        assert raised.value.exit_code == 2


def test_a_name_that_is_no_surface_is_told() -> None:
    with pytest.raises(UngovernedError, match=r"under `ungoverned`, where `tool:shel` is none"):
        COVERAGE.require_named(("tool:shel",))


def test_a_surface_is_on_one_list_only_and_gives_its_reason() -> None:
    surface = Surface(kind="tool", name="x", why="not wrapped")
    with pytest.raises(CoverageError, match="twice"):
        Coverage(
            adapter="a",
            level=EnforcementLevel.IN_PROCESS,
            governed=(surface,),
            ungoverned=(surface,),
        )
    with pytest.raises(CoverageError, match="say why"):
        Coverage(
            adapter="a",
            level=EnforcementLevel.IN_PROCESS,
            governed=(),
            ungoverned=(Surface(kind="tool", name="x"),),
        )
