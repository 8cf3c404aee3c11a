"""`tertius lint`: what is wrong with manifests, before they are signed or put in force."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.core.manifest import Manifest
from tertius.policy.envelope import EnvelopeError, parse_envelope, read_statement
from tertius.policy.files import read_file
from tertius.policy.flaw import Flaw, Source
from tertius.policy.manifest_file import read_manifest
from tertius.policy.manifest_lint import lint as lint_manifests
from tertius.policy.manifests import KIND, SIGNED
from tertius.policy.strict_yaml import DocumentError


class NoManifestsError(CallerError):
    """Nothing to look at; an empty set never passes."""


def lint(path: Path, *more: Path, json: Flag = False) -> int:
    """Look for flaws in manifests, each alone and all beside one another.

    Finds what cannot be read, can never fire, is covered by another clause, contradicts, gives one
    determination to two agents, or differs only in case. Signatures are not looked at. The exit
    code is 1 if there is a flaw.

    Parameters
    ----------
    path
        A manifest, or a folder of manifests; a signed one counts where its YAML file is missing.
    more
        More of them.
    json
        Print one JSON object.
    """
    files = [file for each in (path, *more) for file in _files(each)]
    if not files:
        raise NoManifestsError(f"no manifest in `{path}`; expected `.yaml` files")
    sources, flaws = _read(files)
    flaws += lint_manifests(sources, now=time.time_ns())
    if json:
        found = [msgspec.to_builtins(flaw) for flaw in flaws]
        print_json({"manifests": len(files), "flaws": found})
    else:
        for flaw in flaws:
            example = f" (for example: {safe(flaw.example)})" if flaw.example else ""
            print(f"{safe(flaw.place)}: {flaw.kind}: {safe(flaw.said, 400)}{example}")
        print(f"{counted(len(files), 'manifest')}, {counted(len(flaws), 'flaw')}")
    return EXIT_FINDING if flaws else EXIT_PASS


def read_either(path: Path) -> Source:
    """Read a manifest from its YAML file, or from its envelope without asking who signed it.

    Raises
    ------
    DocumentError, EnvelopeError
        It holds no manifest.
    """
    if not path.name.endswith(".json"):
        manifest, document = read_manifest(path)
        return Source(manifest=manifest, file=str(path), document=document)
    statement = read_statement(parse_envelope(read_file(path)).body, KIND)
    try:
        manifest = msgspec.convert(statement.predicate, Manifest)
    except msgspec.ValidationError as error:
        raise EnvelopeError(f"no manifest: {' '.join(str(error).split())[:200]}") from error
    return Source(manifest=manifest, file=str(path))


def _read(files: list[Path]) -> tuple[list[Source], list[Flaw]]:
    sources: list[Source] = []
    flaws: list[Flaw] = []
    for file in files:
        try:
            sources.append(read_either(file))
        except DocumentError as error:
            flaw = Flaw(
                file=error.file,
                line=error.line,
                column=error.column,
                kind="cannot-parse",
                said=error.problem,
            )
            flaws.append(flaw)
        except CallerError as error:
            flaws.append(Flaw(file=str(file), kind="cannot-parse", said=str(error)))
    return sources, flaws


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    drafts = sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml"))
    stems = {each.stem for each in drafts}
    signed = (each for each in path.iterdir() if each.name.endswith(SIGNED))
    return drafts + sorted(each for each in signed if each.name.removesuffix(SIGNED) not in stems)
