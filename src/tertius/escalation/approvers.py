"""Who may rule: enrolled people, their public keys, and the exact bytes that they sign.

A ruling is a signature, never a name typed or a row in a database. People are pseudonyms; who they
are lies elsewhere.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from tertius.core.errors import CallerError
from tertius.core.escalation import Escalation, Ruling
from tertius.core.events import Text
from tertius.core.names import nearest
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.core.request import Request

Choice = Literal["approve", "deny"]


class RegisterError(NounError):
    """A register of approvers that says something it cannot mean."""


class NotEnrolledError(CallerError):
    """Somebody who is not in the register."""


class Person(Noun, frozen=True, kw_only=True):
    """One enrolled person.

    Parameters
    ----------
    person
        Pseudonym.
    keys
        Ed25519 public keys, 64 hex digits each. Several keys are still one person.
    also
        Other names under which the person appears as a principal; for an agent that acts for one
        of them this person never rules.
    """

    person: ProperName
    keys: tuple[Hex64, ...]
    also: tuple[ProperName, ...] = ()

    def __post_init__(self) -> None:
        require_names(RegisterError, person=self.person, also=self.also)
        require_digests(RegisterError, **{f"key {i}": key for i, key in enumerate(self.keys, 1)})
        require_distinct(RegisterError, keys=self.keys, also=self.also)

    @property
    def names(self) -> frozenset[str]:
        """All names of the person."""
        return frozenset((self.person, *self.also))


class Register(Noun, frozen=True, kw_only=True):
    """Everybody who is enrolled. Its version rises with every change; a key left out is revoked.

    Raises
    ------
    RegisterError
        A person, name or key that stands there twice: one key is one person.

    Notes
    -----
    Whose signature stands under the register is for its reader to check; this value carries none.
    """

    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    people: tuple[Person, ...]

    def __post_init__(self) -> None:
        require_distinct(
            RegisterError,
            names=tuple(name for each in self.people for name in sorted(each.names)),
            keys=tuple(key for each in self.people for key in each.keys),
        )

    def keys_of(self, person: str) -> tuple[str, ...]:
        """Return a person's public keys, none if nobody of that name is enrolled."""
        return next((each.keys for each in self.people if each.person == person), ())

    def find(self, person: str) -> Person:
        """Return an enrolled person.

        Raises
        ------
        NotEnrolledError
            If there is none of that name.
        """
        for each in self.people:
            if each.person == person:
                return each
        known = nearest(person, (each.person for each in self.people))
        raise NotEnrolledError(
            f"`{ascii(person)[1:-1]}` is not enrolled{known}; to enrol, add the line that "
            "`tertius escalations enrol` printed to `policy/approvers.yaml`, raise its `version` "
            "and sign it"
        )

    def barred(self, request: Request) -> tuple[str, ...]:
        """Return who may not rule on a request: the agent, and everybody it acts for."""
        concerned = {request.agent, *request.chain.names}
        mine = {each.person for each in self.people if each.names & concerned}
        return tuple(sorted(concerned | mine))

    def holds(self, origin: str, escalation: Escalation, ruling: Ruling) -> bool:
        """Whether a key enrolled now for that person signed exactly this answer.

        Notes
        -----
        About 100 us. The statement is made anew from the escalation, so a row changed in a
        database changes what would have had to be signed.
        """
        if ruling.escalation != escalation.id or ruling.request != escalation.request:
            return False
        signed = statement(origin, escalation, ruling.person, ruling.choice, view=ruling.view)
        for public in self.keys_of(ruling.person):
            if key_digest(bytes.fromhex(public)) != ruling.key:
                continue
            try:
                key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
                key.verify(ruling.signature, signed)
            except (InvalidSignature, ValueError):
                return False
            return True
        return False


def key_digest(public: bytes) -> str:
    """Return the digest by which a ruling names its key."""
    return sha256(public).hexdigest()


def statement(
    origin: str, escalation: Escalation, person: str, choice: Choice, *, view: str
) -> bytes:
    """Return the exact bytes that a person signs.

    Notes
    -----
    Every value is a name, a number or hex, so no value can hold a line break and the bytes have
    one reading. `origin` is the log's, so an answer counts in no other deployment.

    Examples
    --------
    >>> asked = Escalation(id="x1", run="r", agent="a", request="0" * 64, view="1" * 64,
    ...     opened=1, deadline=9, approvers=("p-1",), asks="?", reason="?")
    >>> print(statement("campus/1", asked, "p-1", "deny", view=asked.view).decode())
    tertius/v1/ruling
    origin campus/1
    escalation x1
    request 0000000000000000000000000000000000000000000000000000000000000000
    view 1111111111111111111111111111111111111111111111111111111111111111
    until 9
    person p-1
    choice deny
    <BLANKLINE>
    """
    lines = (
        "tertius/v1/ruling",
        f"origin {origin}",
        f"escalation {escalation.id}",
        f"request {escalation.request}",
        f"view {view}",
        f"until {escalation.deadline}",
        f"person {person}",
        f"choice {choice}",
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def sign(
    key: Ed25519PrivateKey,
    origin: str,
    escalation: Escalation,
    *,
    person: str,
    choice: Choice,
    view: str,
    time: int,
    reason: Text = "",
) -> Ruling:
    """Return a person's signed answer.

    Parameters
    ----------
    view
        Digest of the bytes that the person has just seen, computed where they were shown.
    time
        UTC nanoseconds; the desk writes down its own.
    reason
        A remark. It is not signed and counts for nothing.
    """
    return Ruling(
        escalation=escalation.id,
        request=escalation.request,
        view=view,
        person=person,
        key=key_digest(key.public_key().public_bytes_raw()),
        choice=choice,
        time=time,
        reason=reason,
        signature=key.sign(statement(origin, escalation, person, choice, view=view)),
    )
