"""Every way a command can go wrong, as one line for a person and an exit code."""

from __future__ import annotations

import errno
from types import NoneType
from typing import get_args

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)

from tertius.core.errors import EXIT_CALLER, EXIT_NOT_EVALUATED, TertiusError
from tertius.core.names import nearest

EXIT_INTERRUPTED = 130
EXTRAS = {"scipy": "watch", "numba": "watch", "altair": "plots", "starlette": "server"}
"""Which extra brings what an installation without extras lacks."""
EXPECTED = {int: "a whole number", float: "a number", bool: "no value"}
NEXT = {
    errno.ENOSPC: "free some room and try again",
    errno.EDQUOT: "free some room and try again",
    errno.EEXIST: "name a new file or folder",
    errno.ENOENT: "make the folder first, or check the path",
    errno.ENOTDIR: "a part of the path is a file; name another",
    errno.EISDIR: "expected a file, this is a folder",
    errno.EACCES: "choose a place that you may read and write",
    errno.EPERM: "choose a place that you may read and write",
    errno.EROFS: "choose a place that can be written",
}


def complaint(error: BaseException) -> tuple[str, int]:
    """Return what to tell the person, and the exit code."""
    if isinstance(error, CycloptsError):
        return _words(error) + _see(error), EXIT_CALLER
    if isinstance(error, TertiusError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.errno is not None:
        return _system(error), EXIT_CALLER
    if isinstance(error, ImportError) and (lacking := _lacking(error)):
        extra = EXTRAS[lacking]
        return f"`{lacking}` is not installed; run `pip install 'tertius[{extra}]'`", EXIT_CALLER
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", EXIT_INTERRUPTED
    text = f"internal error, {type(error).__name__}: {error}; add --debug and report this"
    return text, EXIT_NOT_EVALUATED


def _lacking(error: BaseException) -> str:
    """Return what an extra would bring and a failed import missed; empty for any other failure."""
    cause: BaseException | None = error
    while cause is not None:
        name = (getattr(cause, "name", None) or "").partition(".")[0]
        if name in EXTRAS:
            return name
        cause = cause.__cause__ or cause.__context__
    return ""


def _words(error: CycloptsError) -> str:
    """Say what is wrong with the words of a command."""
    if isinstance(error, UnknownOptionError):
        word = (error.token.keyword or error.token.value).split("=")[0]
        known = (name for each in error.argument_collection for name in each.names)
        options = {name for name in known if name.startswith("--")}
        return f"unknown option `{word}`{nearest(word, options)}"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        name = error.keyword or error.argument.name
        if error.keyword is None and error.argument.index is not None:  # a place, not an option
            return f"missing `{name.lstrip('-').upper()}`"
        return f"`{name}` needs a value" if name.startswith("-") else f"missing `{name}`"
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        given = error.unused_tokens[0]
        played = f"; `tertius run {given}` plays a study" if _chain(error) == ["list"] else ""
        return f"unexpected argument `{given}`{played}"
    if isinstance(error, RepeatArgumentError):
        return f"`{error.token.keyword}` is given twice; expected once"
    if isinstance(error, CoercionError) and error.token is not None:
        name = error.token.keyword or (error.argument.name if error.argument else "an argument")
        kinds = [each for each in get_args(error.target_type) if each not in (None, NoneType)]
        listed = ", ".join(f"`{each}`" for each in kinds)
        kind = kinds[0] if len(kinds) == 1 else error.target_type
        expected = EXPECTED.get(kind or str, f"one of {listed}" if listed else "another")
        return f"bad value `{error.token.value}` for `{name}`; expected {expected}"
    if isinstance(error, ValidationError) and error.argument is not None:
        token = error.argument.tokens[0]
        name = token.keyword or error.argument.name
        return f"bad value `{token.value}` for `{name}`; {_lowered(error.exception_message)}"
    return _lowered(str(error))


def _see(error: CycloptsError) -> str:
    """Point to the help of the command that was meant."""
    return f"; see `{' '.join(['tertius', *_chain(error), '--help'])}`"


def _chain(error: CycloptsError) -> list[str]:
    return list(error.command_chain or ())


def _system(error: OSError) -> str:
    """Say what the system refused, and what to do about it."""
    place = f" `{error.filename}`" if error.filename is not None else ""
    reason = (error.strerror or type(error).__name__).lower()
    return f"cannot use{place}: {reason}; {NEXT.get(error.errno or 0, 'check it and try again')}"


def _lowered(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:]
