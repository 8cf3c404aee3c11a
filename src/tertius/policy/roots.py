"""Who may sign what: one root for manifests, one for the constitution, one for approvers.

A root is itself a signed document. The first is trusted because it was put where only the operator
writes, outside every folder of documents; each later one is signed by the threshold of the one
before and by its own. A root of one role vouches for nothing of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.events import Time
from tertius.core.noun import Noun, NounError, ProperName, require_names
from tertius.log.notekey import ED25519, KeyTextError, parse_vkey
from tertius.policy.document import stated
from tertius.policy.envelope import (
    Envelope,
    Statement,
    TooFewSignaturesError,
    parse_envelope,
    predicate_type,
    read_statement,
    signers,
)
from tertius.policy.envelope_file import named
from tertius.policy.files import read_file
from tertius.policy.versions import Versions

KIND: Final = predicate_type("root")

Role = Literal["manifests", "constitution", "approvers"]


class RootError(NounError):
    """A root that could never be met, or met too easily."""


class NoRootError(CallerError):
    """There is no root of a role, or it is not in force."""


class RootKey(Noun, frozen=True, kw_only=True):
    """A public key, as `tertius keygen` prints it, and whose it is (a pseudonym)."""

    person: ProperName
    key: Annotated[str, Meta(max_length=300)]

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return parse_vkey(self.key).public


class RootDocument(Noun, frozen=True, kw_only=True):
    """Keys, and how many people must sign.

    Parameters
    ----------
    role
        What is signed under it.
    version
        Rises by one with every change.
    threshold
        Distinct people who must sign.
    keys
        A key stands here once. A person may have several and counts once.
    not_before, not_after
        Validity in UTC nanoseconds.

    Raises
    ------
    RootError
        A key twice, under whatever names, or a threshold that cannot be reached.
    """

    role: Role
    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    threshold: Annotated[int, Meta(ge=1, le=64)]
    keys: Annotated[tuple[RootKey, ...], Meta(min_length=1, max_length=64)]
    not_before: Time
    not_after: Time

    def __post_init__(self) -> None:
        seen: dict[bytes, str] = {}
        for each in self.keys:
            require_names(RootError, person=each.person)
            try:
                key = parse_vkey(each.key)
            except KeyTextError as error:
                raise RootError(str(error)) from error
            if key.kind != ED25519:
                raise RootError(f"key `{key.name}` is a witness's; expected a signing key")
            if key.public in seen:
                raise RootError(f"key `{key.name}` is the key of `{seen[key.public]}` once more")
            seen[key.public] = key.name
        people = {each.person for each in self.keys}
        if not 1 <= self.threshold <= len(people):
            raise RootError(f"threshold {self.threshold} of {len(people)} people cannot be met")
        if self.not_before >= self.not_after:
            raise RootError("a root ends before it begins")


class Opened(Struct, frozen=True, kw_only=True):
    """A document whose signatures were counted.

    `digest` is that of its signed bytes; `people` signed, each under one of `keys`.
    """

    statement: Statement
    digest: str
    people: frozenset[str]
    keys: frozenset[bytes]


class Root:
    """A root in force.

    Examples
    --------
    >>> from tertius.log.notekey import SigningKey
    >>> from tertius.policy.envelope import sign, statement
    >>> key = SigningKey("alice", bytes(32))
    >>> document = RootDocument(role="manifests", version=1, threshold=1, not_before=0, not_after=9,
    ...     keys=(RootKey(person="p-1", key=key.verifier.vkey),))
    >>> raw = sign(statement(KIND, "manifests", document, source=b""), key).encode()
    >>> sorted(Root(document).open(raw, KIND).people)
    ['p-1']
    """

    def __init__(self, document: RootDocument, *, digest: str = "") -> None:
        self.document: Final = document
        self.digest: Final = digest
        self._people = {each.public: each.person for each in document.keys}

    def open(self, raw: bytes, kind: str) -> Opened:
        """Return the document in an envelope, once enough people signed it.

        Raises
        ------
        EnvelopeError
            No envelope, or around a document of another kind.
        BadSignatureError, TooFewSignaturesError
            The signatures do not hold, or are not enough.
        """
        envelope = parse_envelope(raw)
        keys = self.count(envelope)
        found = read_statement(envelope.body, kind)
        people = frozenset(self._people[key] for key in keys)
        return Opened(
            statement=found, digest=digest("document", envelope.body), people=people, keys=keys
        )

    def count(self, envelope: Envelope) -> frozenset[bytes]:
        """Return the keys of this root that signed, of at least `threshold` people.

        Raises
        ------
        BadSignatureError, TooFewSignaturesError
            The signatures do not hold, or are not enough.
        """
        keys = signers(envelope, self._people)
        if not self.suffices(keys):
            people = len({self._people[key] for key in keys})
            raise TooFewSignaturesError(
                f"signed by {people} of {self.document.threshold} people whom the "
                f"`{self.document.role}` root demands; the next reviewer runs `tertius sign`"
            )
        return keys

    def suffices(self, keys: frozenset[bytes]) -> bool:
        """Tell whether enough people stand behind these keys."""
        people = {self._people[key] for key in keys if key in self._people}
        return len(people) >= self.document.threshold

    def predicate(self, envelope: bytes, kind: str) -> Mapping[str, Any]:
        """Return the strictly parsed document inside, once enough signatures hold."""
        return self.open(envelope, kind).statement.predicate

    def in_force(self, time: int) -> bool:
        """Whether the root is valid at a time, in UTC nanoseconds."""
        return self.document.not_before <= time <= self.document.not_after


def first_root(raw: bytes) -> Root:
    """Return the root that a deployment begins with, signed by its own threshold.

    Raises
    ------
    RootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        It is no root, or does not vouch for itself.
    """
    # the keys that must have signed it are its own, so it is read before they are counted
    claimed = _document(read_statement(parse_envelope(raw).body, KIND))
    opened = Root(claimed).open(raw, KIND)
    return Root(claimed, digest=opened.digest)


def next_root(old: Root, raw: bytes) -> Root:
    """Return the root that follows `old`: signed by the old threshold and by the new one.

    Raises
    ------
    RootError
        Another role, or not the next version.
    """
    opened = old.open(raw, KIND)
    document = _document(opened.statement)
    if document.role != old.document.role:
        raise RootError(f"a root for `{document.role}` cannot follow one for `{old.document.role}`")
    if document.version != old.document.version + 1:
        raise RootError(
            f"version {document.version} of root `{document.role}` does not follow "
            f"version {old.document.version}"
        )
    Root(document).open(raw, KIND)
    return Root(document, digest=opened.digest)


def load_root(folder: Path, role: Role, *, versions: Versions, time: int) -> tuple[Root, Versions]:
    """Read the newest root of a role from ``<role>.<version>.signed.json``, and its whole chain.

    Parameters
    ----------
    folder
        Written by the operator alone, outside every folder of signed documents.
    versions
        What is remembered.
    time
        UTC nanoseconds at which the root must be in force.

    Raises
    ------
    NoRootError
        There is none, or it is not in force.
    RolledBackError
        A newer one was in force before.
    RootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        A link of the chain does not hold.
    """
    root = newest_root(folder, role)
    newer = versions.advance("root", root.document.version, root.digest, about=role)
    if not root.in_force(time):
        raise NoRootError(f"root `{role}` version {root.document.version} is not in force")
    return root, newer


def newest_root(folder: Path, role: Role) -> Root:
    """Return the newest root of a role, whether or not it is in force.

    Raises
    ------
    NoRootError, RootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        There is none, or a link of its chain does not hold.
    """
    found = sorted(
        (int(number), path)
        for path in folder.glob(f"{role}.*.signed.json")
        if (number := path.name.split(".")[1]).isdecimal()
    )
    if not found:
        raise NoRootError(f"no root `{role}` in `{folder}`; expected `{role}.1.signed.json`")
    with named(found[0][1]):
        root = first_root(read_file(found[0][1]))
    if root.document.role != role:
        raise RootError(f"`{found[0][1]}` is a root for `{root.document.role}`")
    for _, path in found[1:]:
        with named(path):
            root = next_root(root, read_file(path))
    return root


def _document(found: Statement) -> RootDocument:
    return stated(found.predicate, RootDocument, "root")
