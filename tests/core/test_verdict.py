"""Pass, fail, not evaluated: worst wins, and nothing checked is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.verdict import (
    Check,
    Result,
    Verdict,
    VerdictError,
    ZeroChecksError,
    conclude,
)


def checks(results: list[Result]) -> list[Check]:
    return [Check(name=f"c{i}", result=r, detail="why") for i, r in enumerate(results)]


@given(st.lists(st.sampled_from(Result), min_size=1, max_size=6))
def test_a_verdict_passes_only_when_every_check_did(results: list[Result]) -> None:
    verdict = conclude(checks(results))
    assert (verdict.result is Result.PASS) == all(r is Result.PASS for r in results)
    assert (verdict.result is Result.FAIL) == any(r is Result.FAIL for r in results)


def test_zero_checks_is_an_error_that_exits_as_not_evaluated() -> None:
    with pytest.raises(ZeroChecksError) as raised:
        conclude([])
    assert raised.value.exit_code == 3
    with pytest.raises(ZeroChecksError):
        Verdict(result=Result.PASS, checks=())


def test_a_verdict_cannot_be_better_than_its_checks() -> None:
    with pytest.raises(VerdictError, match="amount to `fail`"):
        Verdict(result=Result.PASS, checks=tuple(checks([Result.PASS, Result.FAIL])))


def test_a_check_is_counted_once() -> None:
    check = Check(name="root", result=Result.PASS)
    with pytest.raises(VerdictError, match="twice"):
        conclude([check, check])


def test_anything_but_a_pass_says_why() -> None:
    for result in (Result.FAIL, Result.NOT_EVALUATED):
        with pytest.raises(VerdictError, match="without saying why"):
            Check(name="root", result=result)


def test_exit_codes() -> None:
    assert [r.exit_code for r in Result] == [0, 1, 3]
