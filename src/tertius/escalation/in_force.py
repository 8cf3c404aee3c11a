"""What a store remembers only forwards: its log, and the highest register of approvers."""

from __future__ import annotations

from msgspec import json

from tertius.core.digest import digest
from tertius.core.errors import CallerError, IntegrityError
from tertius.escalation.approvers import Register
from tertius.escalation.transaction import Transaction


class RegisterRollbackError(IntegrityError):
    """The register of approvers is older than, or another than, one seen before."""


def require_origin(tx: Transaction, origin: str) -> None:
    """Refuse a store that belongs to another log.

    Raises
    ------
    CallerError
        It does.
    """
    known = tx.get("origin", origin)
    if known != origin:
        raise CallerError(f"these questions belong to log `{known}`; expected `{origin}`")
    tx.put("origin", origin)


def require_newer(tx: Transaction, register: Register) -> None:
    """Accept the same register again or a higher version, and remember it.

    Raises
    ------
    RegisterRollbackError
        It is older, or another one of the same version.
    """
    content = digest("register", json.encode(register))
    version, _, known = tx.get("register", f"0 {content}").partition(" ")
    if register.version < int(version) or (register.version == int(version) and content != known):
        raise RegisterRollbackError(
            f"register of approvers has version {register.version}; version {version} with "
            "another content was in force, expected a higher one"
        )
    tx.put("register", f"{register.version} {content}")


def require_current(tx: Transaction, register: Register) -> None:
    """Refuse to go on with a register when another process has put a newer one in force.

    Raises
    ------
    RegisterRollbackError
        There is a newer one.
    """
    version = int(tx.get("register", "0").partition(" ")[0])
    if register.version < version:
        raise RegisterRollbackError(
            f"register of approvers has version {register.version}; version {version} is in force, "
            "load it"
        )
