"""The outcome of a test: pass, fail, or not evaluated. A test that checked nothing has none."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from tertius.core.errors import (
    EXIT_FINDING,
    EXIT_NOT_EVALUATED,
    EXIT_PASS,
    NotEvaluatedError,
)
from tertius.core.events import Text
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names


class ZeroChecksError(NotEvaluatedError, ValueError):
    """A test that made no check. An empty set never passes."""


class VerdictError(NounError):
    """A verdict that does not follow from its checks."""


class Result(StrEnum):
    """What one check, or a whole test, came to."""

    PASS = "pass"
    FAIL = "fail"
    NOT_EVALUATED = "not_evaluated"

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ends with this result."""
        codes = {"pass": EXIT_PASS, "fail": EXIT_FINDING, "not_evaluated": EXIT_NOT_EVALUATED}
        return codes[self.value]


class Check(Noun, frozen=True, kw_only=True):
    """One thing that was looked at, and what came of it; anything but a pass says why."""

    name: ProperName
    result: Result
    detail: Text = ""

    def __post_init__(self) -> None:
        require_names(VerdictError, check=self.name)
        if self.result is not Result.PASS and not self.detail.strip():
            raise VerdictError(f"check `{self.name}` is `{self.result}` without saying why")


class Verdict(Noun, frozen=True, kw_only=True):
    """The result of a test with the checks that it rests on.

    Raises
    ------
    ZeroChecksError
        There are no checks.
    VerdictError
        The result is not what the checks amount to, or one is named twice.

    Notes
    -----
    One failed check fails the test; without a failure, one that was not evaluated leaves the
    whole test not evaluated.
    """

    result: Result
    checks: tuple[Check, ...]

    def __post_init__(self) -> None:
        require_distinct(VerdictError, checks=tuple(check.name for check in self.checks))
        due = _sum(self.checks)
        if self.result is not due:
            raise VerdictError(f"verdict `{self.result}`; the checks amount to `{due}`")


def conclude(checks: Iterable[Check]) -> Verdict:
    """Return the verdict that the checks amount to.

    Raises
    ------
    ZeroChecksError
        There are no checks.

    Examples
    --------
    >>> root = Check(name="root", result=Result.PASS)
    >>> quorum = Check(name="quorum", result=Result.NOT_EVALUATED, detail="no witness policy")
    >>> conclude([root]).result.value, conclude([root, quorum]).result.value
    ('pass', 'not_evaluated')
    >>> conclude([])
    Traceback (most recent call last):
    ...
    tertius.core.verdict.ZeroChecksError: no checks were made; a test that checks nothing has \
no verdict
    """
    made = tuple(checks)
    return Verdict(result=_sum(made), checks=made)


def _sum(checks: tuple[Check, ...]) -> Result:
    if not checks:
        raise ZeroChecksError("no checks were made; a test that checks nothing has no verdict")
    results = {check.result for check in checks}
    for worst in (Result.FAIL, Result.NOT_EVALUATED):
        if worst in results:
            return worst
    return Result.PASS
