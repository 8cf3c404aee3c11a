"""Who may rule in a deployment: the register of approvers, signed under a root of its own."""

from __future__ import annotations

from tertius.core.errors import CallerError
from tertius.escalation.approvers import Register
from tertius.policy.envelope_file import named
from tertius.policy.files import read_file
from tertius.policy.manifests import how_to_sign
from tertius.policy.roots import load_root
from tertius.policy.signed import open_signed
from tertius.policy.versions import RolledBackError, Versions
from tertius.runtime.places import Places


class NobodyEnrolledError(CallerError):
    """A deployment in which nobody may rule."""


def register_of(places: Places, *, time: int) -> Register:
    """Return who is enrolled, to somebody who rules: what the gate remembers is not theirs to read.

    Raises
    ------
    NobodyEnrolledError
        Nobody is.
    TertiusError
        As `read_register` says.
    """
    found, _ = read_register(places, versions=Versions(), time=time)
    if found is None:
        how = how_to_sign(places.policy / "approvers.yaml")
        raise NobodyEnrolledError(f"no signed approvers at `{places.signed('approvers')}`; {how}")
    return found


def read_register(
    places: Places, *, versions: Versions, time: int
) -> tuple[Register | None, Versions]:
    """Return who is enrolled, None where nobody ever was; and what to remember of it.

    Parameters
    ----------
    versions
        What is remembered.
    time
        UTC nanoseconds at which the approvers' root must be in force.

    Raises
    ------
    RolledBackError
        An older register than one seen before, or none where there was one.
    TertiusError
        It cannot be read or does not verify.
    """
    path = places.signed("approvers")
    if not path.exists():
        if versions.last("approvers") is not None:
            raise RolledBackError(f"no signed approvers at `{path}`; some were in force before")
        return None, versions
    root, versions = load_root(places.roots, "approvers", versions=versions, time=time)
    with named(path):
        found, versions = open_signed(
            read_file(path), root, Register, kind="approvers", role="approvers", versions=versions
        )
    return found.document, versions
