"""The document of roles: where each determination is kept, so that writing there is making it.

Who owns a determination stands in the owner's own manifest, under `owns`. Here stands what changes
it: the tools and the memory keys that nobody but the owner may use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

from tertius.core.events import Text
from tertius.core.noun import Noun, NounError, ProperName, require_distinct, require_names
from tertius.policy.envelope import predicate_type
from tertius.policy.manifest_diff import Change
from tertius.policy.roots import Root
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import Versions

KIND: Final = predicate_type("roles")


class RolesError(NounError):
    """Roles that contradict each other, or leave a determination to nobody."""


class Determination(Noun, frozen=True, kw_only=True):
    """Where a determination is kept, so that writing there is making it.

    Parameters
    ----------
    name
        As in a manifest's `owns`.
    tools
        Tools whose call changes it.
    keys
        Memory keys, ``store`` and key, that hold it: the key itself and all below ``key/``.
    """

    name: ProperName
    tools: tuple[ProperName, ...] = ()
    keys: tuple[tuple[ProperName, Text], ...] = ()

    def __post_init__(self) -> None:
        require_names(RolesError, determination=self.name, tools=self.tools)
        require_names(RolesError, store=tuple(store for store, _ in self.keys))
        if not (self.tools or self.keys):
            raise RolesError(f"`{self.name}` is kept nowhere; name its tools or its keys")


class RolesDocument(Noun, frozen=True, kw_only=True):
    """Where all determinations of a deployment are kept.

    Parameters
    ----------
    version
        Rises with every change; an older one is a rollback.
    determinations
        Each once, and at least one.

    Raises
    ------
    RolesError
        A determination twice, or none.
    """

    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    determinations: tuple[Determination, ...]

    def __post_init__(self) -> None:
        require_distinct(RolesError, determinations=tuple(d.name for d in self.determinations))
        if self.version < 1:
            raise RolesError(f"version {self.version} of the roles; versions begin at 1")
        if not self.determinations:
            raise RolesError("a document of roles without determinations; leave it out")


def roles_diff(old: RolesDocument, new: RolesDocument) -> tuple[Change, ...]:
    """Return what changed: what nobody but an owner may do any more narrows, what is let go widens.

    Examples
    --------
    >>> one = Determination(name="risk", tools=("sis.set",))
    >>> two = Determination(name="risk", tools=("sis.set",), keys=(("sis", "risk"),))
    >>> old = RolesDocument(version=1, determinations=(one,))
    >>> new = RolesDocument(version=2, determinations=(two,))
    >>> [(change.path, change.direction) for change in roles_diff(old, new)]
    [('determinations.risk.keys.sis:risk', 'narrow')]
    """
    before, after = dict(_kept(old)), dict(_kept(new))
    gone = [Change(path=p, direction="widen", said=before[p]) for p in before if p not in after]
    come = [Change(path=p, direction="narrow", said=after[p]) for p in after if p not in before]
    return (*gone, *come)


def _kept(document: RolesDocument) -> Iterator[tuple[str, str]]:
    """Yield each tool and key that an owner alone may use, and what it changes."""
    for each in document.determinations:
        said = f"changes `{each.name}`"
        for tool in each.tools:
            yield f"determinations.{each.name}.tools.{tool}", f"a call of `{tool}` {said}"
        for store, key in each.keys:
            path = f"determinations.{each.name}.keys.{store}:{key}"
            yield path, f"key `{key}` of `{store}` {said}"


def load_roles(
    raw: bytes, root: Root, *, versions: Versions
) -> tuple[Signed[RolesDocument], Versions]:
    """Read the signed roles; they stand under the manifests' root.

    Raises
    ------
    WrongRootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        As `open_signed` says.
    RolledBackError
        Newer ones, or others of the same version, were in force before.
    """
    return open_signed(raw, root, RolesDocument, kind="roles", role="manifests", versions=versions)
