"""The one family of errors that Tertius raises, and the exit codes of its command.

Classes follow who must act. A `CallerError` is mended by whoever typed the command or called the
function; a `NotEvaluatedError` says that a question could not be answered; an `IntegrityError`
says that a record no longer is what it was.
"""

from __future__ import annotations

EXIT_PASS = 0
EXIT_FINDING = 1
EXIT_CALLER = 2
EXIT_NOT_EVALUATED = 3
EXIT_INTEGRITY = 4


class TertiusError(Exception):
    """Base of every error that Tertius raises on purpose.

    Parameters
    ----------
    message : str
        One line, lower case, no final stop; says what was expected and what to do next.

    Examples
    --------
    >>> TertiusError("no such run `r9`; `tertius log show` lists the runs").exit_code
    2
    """

    exit_code: int = EXIT_CALLER


class CallerError(TertiusError):
    """The caller's mistake: a bad argument, file or setting (exit 2)."""


class PlacedError(CallerError):
    """A mistake in a file, with its place.

    Attributes
    ----------
    file : str
        Where it was read.
    line, column : int
        From 1; 0 where the file as a whole is meant.
    problem : str
        What is wrong, without the place.

    Examples
    --------
    >>> str(PlacedError("tertius.yaml", 3, 1, "unknown key `gat`; did you mean `gate`?"))
    'tertius.yaml:3:1: unknown key `gat`; did you mean `gate`?'
    """

    def __init__(self, file: str, line: int, column: int, problem: str) -> None:
        place = f"{file}:{line}:{column}" if line else file
        super().__init__(f"{place}: {problem}")
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem


class NotEvaluatedError(TertiusError):
    """The question could not be answered; this is neither a pass nor a failure (exit 3)."""

    exit_code = EXIT_NOT_EVALUATED


class IntegrityError(TertiusError):
    """A record was altered, cut or forked (exit 4)."""

    exit_code = EXIT_INTEGRITY
