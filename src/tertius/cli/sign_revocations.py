"""Under which list of revocations a gate would close: asked before it is signed."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tertius.cli.sign_under import root_beside
from tertius.cli.signable import SIGNABLE
from tertius.core.errors import TertiusError
from tertius.policy.document import said_day
from tertius.policy.envelope_file import read_envelope
from tertius.policy.flaw import Flaw
from tertius.policy.manifests import SIGNED
from tertius.policy.revocation import Revocations
from tertius.policy.strict_yaml import Path as Place

Reason = tuple[Place, str]
"""Where in a document, and what is wrong with it."""
_STRANGER: Final = "revocations:"


def closing(path: Path, found: Revocations, earlier: Iterable[str]) -> Iterator[Reason]:
    """Say why a gate would close under a list, or refuse it.

    Parameters
    ----------
    path
        Its file.
    earlier
        What was revoked before: by the list that it replaces, and by all that a gate remembers.
    """
    missing = found.lacks(earlier)
    if missing:
        kind, name = missing[0].split(" ", 1)
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield (
            (f"{kind}s",),
            f"leaves out {kind} `{name}`{more}, revoked before; a gate takes only a list that "
            "holds all of the earlier one, and closes under any other: put it back",
        )
    if found.not_after < time.time_ns():
        ended = said_day(found.not_after)
        yield (
            ("not_after",),
            f"ended on {ended}; under it a gate permits nothing: write a later `not_after`",
        )
    yield from _needed(path, {bytes.fromhex(each) for each in found.keys})


def warned(flaw: Flaw) -> Flaw:
    """Say of a revoked name that nobody bears that it stays revoked once the list is signed."""
    if not _stranger(flaw):
        return flaw
    return replace(flaw, said=f"{flaw.said}, and the name can never be taken out again")


def stays(flaw: Flaw, before: Collection[str]) -> bool:
    """Whether a flaw is about a name that was revoked before: no newer list may leave it out."""
    return _stranger(flaw) and f"agent {flaw.where.removeprefix(_STRANGER)}" in before


def _stranger(flaw: Flaw) -> bool:
    return flaw.where.startswith(_STRANGER)


def _needed(path: Path, keys: set[bytes]) -> Iterator[Reason]:
    """Say which documents of all agents too few people would have signed without some keys."""
    root = root_beside(path, SIGNABLE["revocations"])
    if root is None or not keys:
        return
    for kind in ("conditions", "roles"):
        signed = path.with_name(kind + SIGNED)
        try:
            behind = root.count(read_envelope(signed))
        except TertiusError:  # missing, or in force nowhere
            continue
        if not root.suffices(behind - keys):
            yield (
                ("keys",),
                f"revokes a key without which too few people signed `{signed}`, and a gate closes: "
                f"sign {kind} with another key first; `tertius kill` stops everything until then",
            )
