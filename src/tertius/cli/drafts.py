"""Policy as it lies in files, as YAML or signed, to be looked at and never enforced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from tertius.cli.signable import SIGNABLE, kind_of
from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.policy.document import read_document, stated
from tertius.policy.envelope import parse_envelope, read_statement
from tertius.policy.files import read_file
from tertius.policy.flaw import Flaw, Source
from tertius.policy.manifests import MAX_DRAFT, SIGNED
from tertius.policy.strict_yaml import Document, DocumentError

YAML = (".yaml", ".yml")


class Draft(Struct, frozen=True, kw_only=True):
    """One file's document: its kind, what it says, and where each part stands if it is YAML.

    `digest` is the one that `tertius sign` prints for it.
    """

    file: Path
    kind: str
    noun: Noun
    document: Document | None = None
    digest: str = ""


class Drafts(Struct, frozen=True):
    """All that was read, a flaw for each file that cannot be, and whose manifest that may be."""

    found: list[Draft] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    @property
    def gaps(self) -> bool:
        """Whether a document other than a manifest cannot be read."""
        return any(kind_of_signed(Path(flaw.where)) != "manifest" for flaw in self.flaws)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The manifests."""
        return tuple(
            Source(manifest=each.noun, file=str(each.file), document=each.document)
            for each in self.found
            if isinstance(each.noun, Manifest)
        )

    def one(self, kind: str) -> Any:
        """Return what the document of a kind says, None if there is none."""
        found = self.draft(kind)
        return None if found is None else found.noun

    def draft(self, kind: str) -> Draft | None:
        """Return the document of a kind, None if there is none."""
        return next((each for each in self.found if each.kind == kind), None)


def kind_of_signed(path: Path) -> str:
    """Return what a file is by its name, signed or not."""
    return kind_of(path.with_name(path.name.removesuffix(SIGNED)))


def read_draft(path: Path) -> Draft:
    """Read one document; what kind it is says its name.

    Raises
    ------
    DocumentError, EnvelopeError
        It holds no such document.
    """
    kind = kind_of_signed(path)
    noun = SIGNABLE[kind].noun
    if path.suffix != ".json":
        document = read_document(path)
        said, payload = SIGNABLE[kind].payload(document)
        made = digest("document", payload)
        return Draft(file=path, kind=kind, noun=said, document=document, digest=made)
    body = parse_envelope(read_file(path)).body
    said = stated(read_statement(body, SIGNABLE[kind].kind).predicate, noun, kind)
    return Draft(file=path, kind=kind, noun=said, digest=digest("document", body))


def read_drafts(files: list[Path]) -> Drafts:
    """Read documents; one that cannot be read hides no other."""
    drafts = Drafts()
    for file in files:
        try:
            drafts.found.append(read_draft(file))
        except DocumentError as error:
            flaw = Flaw(
                where=error.file, line=error.line, column=error.column, kind="unreadable",
                said=error.problem,
            )  # fmt: skip
            drafts.flaws.append(flaw)
            drafts.unread.update(_claims(file))
        except CallerError as error:
            drafts.unread.update(_claims(file))
            drafts.flaws.append(Flaw(where=str(file), kind="unreadable", said=str(error)))
    return drafts


def _claims(file: Path) -> Iterator[str]:
    """Yield whose manifest a file that cannot be read may be: by its name, and by what it says."""
    if kind_of_signed(file) != "manifest":
        return
    yield file.name.removesuffix(SIGNED).removesuffix(".yaml").removesuffix(".yml")
    try:
        raw = read_file(file, limit=MAX_DRAFT)
    except CallerError:
        return
    yield from re.findall(r"^agent: *([A-Za-z0-9._:/-]+)", raw.decode("utf-8", "replace"), re.M)


def damaged_below(path: Path) -> Iterator[Flaw]:
    """Yield the signed documents of a folder that cannot be read, also beside their YAML files."""
    policy = path / "policy" if (path / "policy").is_dir() else path
    for folder in (policy, policy / "manifests"):
        for file in sorted(folder.glob(f"*{SIGNED}")):
            if file.with_name(file.name.removesuffix(SIGNED) + ".yaml").exists():
                try:
                    read_draft(file)
                except CallerError as error:
                    yield Flaw(where=str(file), kind="unreadable", said=str(error))


def files_below(path: Path) -> list[Path]:
    """Return the documents of a folder, and of `policy` and `manifests` in it.

    A signed document counts where its YAML file is missing.
    """
    if not path.is_dir():
        return [path]
    if (path / "policy").is_dir():
        return files_below(path / "policy")
    names = sorted(path.iterdir())
    drafts = [each for each in names if each.suffix in YAML and each.is_file()]
    stems = {each.stem for each in drafts}
    signed = [each for each in names if each.name.endswith(SIGNED)]
    alone = [each for each in signed if each.name.removesuffix(SIGNED) not in stems]
    more = files_below(path / "manifests") if (path / "manifests").is_dir() else []
    return [*drafts, *alone, *more]
