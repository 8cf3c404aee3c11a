"""Which log a gate stood on, remembered away from the log, so that one that is gone is missed."""

from __future__ import annotations

import msgspec

from tertius.core.errors import IntegrityError
from tertius.core.noun import Noun, ProperName
from tertius.log.deployment import origin_of
from tertius.log.disk import Disk, write_new
from tertius.policy.files import read_file
from tertius.runtime.places import Places


class LogGoneError(IntegrityError):
    """The log of earlier starts is missing, or another one lies in its place."""


class LogRemembered(Noun, frozen=True, kw_only=True):
    """The origin of the anchor log."""

    origin: ProperName


def require_log(places: Places) -> None:
    """Refuse to begin a new history where there was one.

    Raises
    ------
    LogGoneError
        The log that is remembered is missing, or another one lies there; says how to go on.
    TertiusError
        What is remembered cannot be read.
    """
    if not places.log_remembered.exists():
        return
    raw = read_file(places.log_remembered)
    try:
        known = msgspec.json.decode(raw, type=LogRemembered).origin
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise LogGoneError(f"`{places.log_remembered}` is damaged; restore it") from error
    anchor = places.log / "anchor"
    if anchor.is_dir() and (origin := origin_of(anchor)) == known:
        return
    found = f"holds log `{origin}`, and no more `{known}`" if anchor.is_dir() else "is missing"
    raise LogGoneError(
        f"the log `{places.log}` {found}; restore it, or, to begin a new history, "
        f"move `{places.log_remembered}` and `{places.escalations}` away"
    )


def remember_log(places: Places, origin: str) -> None:
    """Remember the log on which a gate stands."""
    raw = msgspec.json.encode(LogRemembered(origin=origin))
    if not places.log_remembered.exists():
        write_new(Disk(), places.log_remembered, raw + b"\n")
