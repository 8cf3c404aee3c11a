"""The signed manifests of a deployment: each verified, or refused with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from tertius.core.errors import CallerError, TertiusError
from tertius.core.manifest import Manifest
from tertius.policy.arguments import Arguments
from tertius.policy.document import stated
from tertius.policy.envelope import EnvelopeError, parse_envelope, predicate_type, read_statement
from tertius.policy.files import read_file
from tertius.policy.manifest_file import parse_manifest
from tertius.policy.revocation import NOTHING_REVOKED, Revocations, Revoked
from tertius.policy.roots import Opened, Role, Root
from tertius.policy.signed import open_signed
from tertius.policy.strict_yaml import parse_yaml
from tertius.policy.versions import RolledBackError, Versions

KIND: Final = predicate_type("manifest")
SIGNED: Final = ".signed.json"
OTHER_ROOTS: Final[Mapping[str, Role]] = {
    "constitution": "constitution",
    "mode": "constitution",
    "reviews": "constitution",
    "approvers": "approvers",
}
"""Documents whose signers another root names than that of manifests."""
MAX_FILES: Final = 10_000
MAX_DRAFT: Final = 65_536  # bytes of a draft of which is said what it lacks


class DuplicateManifestError(CallerError):
    """Two manifests of one agent, or of agents whose names differ only in case."""


class UnsignedError(CallerError):
    """A manifest that nobody signed."""


class OtherConstitutionError(CallerError):
    """A manifest that was reviewed under another constitution than the one in force."""


class Held(Struct, frozen=True, kw_only=True):
    """One verified manifest, the digest of its signed bytes, its file, and the keys behind it."""

    manifest: Manifest
    digest: str
    file: str = ""
    keys: frozenset[bytes] = frozenset()


class Refusal(Struct, frozen=True, kw_only=True):
    """A file that grants nothing, why, and the agent that it claims to be of (never trusted)."""

    file: str
    agent: str
    error: TertiusError

    @property
    def problem(self) -> str:
        """Why it was refused."""
        return str(self.error)


class ManifestSet(Struct, frozen=True, kw_only=True):
    """What was found in a folder.

    `versions` is what to remember, once the set is put in force.
    """

    held: tuple[Held, ...]
    refusals: tuple[Refusal, ...]
    versions: Versions

    def whole(self) -> ManifestSet:
        """Return the set if nothing was refused.

        Raises
        ------
        TertiusError
            The first refusal's own error.
        """
        for refusal in self.refusals:
            raise refusal.error
        return self


def load_manifests(
    folder: Path, root: Root, *, versions: Versions, constitution: str | None = None
) -> ManifestSet:
    """Verify every ``*.signed.json`` in a folder.

    Parameters
    ----------
    root
        The manifests' root.
    versions
        What is remembered.
    constitution
        Digest of the constitution in force; None where there is none to compare.

    Returns
    -------
    ManifestSet
        An agent whose manifest is refused is not held, and everything it asks is forbidden.

    Raises
    ------
    UnreadableError
        The folder cannot be listed.

    Notes
    -----
    Whether a manifest is in force is not asked here but at every decision. About 200 us for each
    signature.
    """
    held: list[Held] = []
    refusals: list[Refusal] = []
    for path in _files(folder):
        try:
            held.append(_verified(path, root, constitution))
        except TertiusError as error:
            refusals.append(Refusal(file=path.name, agent=_claimed(path), error=_at(path, error)))
    kept, ambiguous = _without_ambiguous(held)
    refusals += ambiguous
    current: list[Held] = []
    for each in kept:
        agent, version = each.manifest.agent, each.manifest.version
        try:
            versions = versions.advance("manifest", version, each.digest, about=agent)
        except RolledBackError as error:
            refused = RolledBackError(f"{each.file}: {error}")
            refusals.append(Refusal(file=each.file, agent=each.manifest.agent, error=refused))
        else:
            current.append(each)
    refusals.sort(key=lambda refusal: refusal.file)
    return ManifestSet(held=tuple(current), refusals=tuple(refusals), versions=versions)


def hold(opened: Opened, *, file: str = "") -> Held:
    """Return the manifest in a document that was opened under the manifests' root.

    Raises
    ------
    EnvelopeError
        It is no manifest, or the statement is about another agent.
    ManifestError, ConstraintError
        A constraint that cannot be compiled.
    """
    manifest = stated(opened.statement.predicate, Manifest, "manifest")
    if opened.statement.subject[0].name != manifest.agent:
        raise EnvelopeError(f"a statement about another agent than `{manifest.agent}`")
    for tool in manifest.tools:
        Arguments(tool)
    return Held(manifest=manifest, digest=opened.digest, file=file, keys=opened.keys)


def load_revocations(
    path: Path, root: Root, held: Iterable[Held], *, versions: Versions
) -> tuple[Revoked, Versions]:
    """Read the signed revocation list, and what it amounts to for the manifests held.

    Raises
    ------
    RolledBackError
        An older list than one seen before, one that leaves out what was revoked, or none where
        there was one.
    TertiusError
        The list cannot be read or does not verify.
    """
    if not path.exists():
        seen = versions.last("revocations")
        if seen is not None:
            version = seen.version
            raise RolledBackError(f"no revocation list at `{path}`; version {version} was in force")
        return NOTHING_REVOKED, versions
    found, newer = open_signed(
        read_file(path), root, Revocations, kind="revocations", role="manifests", versions=versions
    )
    left_out = found.document.lacks(versions.revoked)
    if left_out:
        more = f", and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        raise RolledBackError(
            f"`{path}`: version {found.document.version} leaves out {_named(left_out[0])}{more}, "
            "revoked before; a newer list holds all that an older one held"
        )
    return amount_to(found.document, root, held), newer.revoking(found.document.entries)


def _named(entry: str) -> str:
    kind, name = entry.split(" ", 1)
    return f"{kind} `{name}`"


def amount_to(found: Revocations, root: Root, held: Iterable[Held]) -> Revoked:
    """Return what a list revokes: also what too few people signed once its keys are left out."""
    keys = frozenset(bytes.fromhex(key) for key in found.keys)
    unsigned = {each.digest for each in held if not root.suffices(each.keys - keys)}
    return Revoked(
        manifests=frozenset(found.manifests) | unsigned,
        agents=frozenset(found.agents),
        keys=keys,
        fresh_until=found.not_after,
    )


def how_to_sign(draft: Path) -> str:
    """Say how a document is signed, and under which root its signer's key must stand.

    Examples
    --------
    >>> how_to_sign(Path("policy/mode.yaml"))
    'run `tertius sign policy/mode.yaml --key KEY` with a private key of root `constitution`'
    """
    role = OTHER_ROOTS.get(draft.stem, "manifests")
    return f"run `tertius sign {draft} --key KEY` with a private key of root `{role}`"


def _files(folder: Path) -> list[Path]:
    """Return the signed files, and the drafts beside which none stands."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise CallerError(f"cannot list `{folder}`: {reason}") from error
    if len(names) > MAX_FILES:
        raise CallerError(f"`{folder}` holds {len(names)} files; expected at most {MAX_FILES}")
    signed = [name for name in names if name.endswith(SIGNED)]
    stems = {name.removesuffix(SIGNED) for name in signed}
    drafts = [
        n for n in names if n.endswith((".yaml", ".yml")) and n.rpartition(".")[0] not in stems
    ]
    return [folder / name for name in [*signed, *drafts]]


def _verified(path: Path, root: Root, constitution: str | None) -> Held:
    if not path.name.endswith(SIGNED):
        raise UnsignedError(f"nobody signed it; {_left_to_do(path)}")
    held = hold(root.open(read_file(path), KIND), file=path.name)
    if constitution is not None and held.manifest.constitution != constitution:
        raise OtherConstitutionError(
            f"reviewed under constitution {held.manifest.constitution[:16]}; "
            f"{constitution[:16]} is in force"
        )
    return held


def _left_to_do(path: Path) -> str:
    """Say what keeps a draft from being signed, with its place, or how to sign it."""
    try:
        raw = read_file(path, limit=MAX_DRAFT)
        parse_manifest(parse_yaml(raw, file=path.name))
    except TertiusError as error:
        return str(error)
    return how_to_sign(path)


def _at(path: Path, error: TertiusError) -> TertiusError:
    """Put the file in front of a message, and keep its class and exit code."""
    placed = type(error).__new__(type(error))
    placed.args = (f"{path.name}: {error}",)
    placed.__cause__ = error
    return placed


def _claimed(path: Path) -> str:
    """Return the agent that a refused file claims to be of; only ever shown, never trusted."""
    try:
        return read_statement(parse_envelope(read_file(path)).body, KIND).subject[0].name
    except TertiusError:
        return path.name.removesuffix(SIGNED).removesuffix(".yaml").removesuffix(".yml")


def _without_ambiguous(held: list[Held]) -> tuple[list[Held], list[Refusal]]:
    """Refuse all manifests of agents that share a name, or differ only in case."""
    named: defaultdict[str, list[Held]] = defaultdict(list)
    for each in held:
        named[each.manifest.agent.lower()].append(each)
    kept: list[Held] = []
    refusals: list[Refusal] = []
    for same in named.values():
        if len(same) == 1:
            kept += same
            continue
        for each in same:
            other = next(one for one in same if one is not each)
            what = f"{each.file}: `{other.file}` is of agent `{other.manifest.agent}` too"
            if other.manifest.agent != each.manifest.agent:
                what = f"{each.file}: agent differs only in case from `{other.manifest.agent}`"
            error = DuplicateManifestError(f"{what}; neither is in force")
            refusals.append(Refusal(file=each.file, agent=each.manifest.agent, error=error))
    return kept, refusals
