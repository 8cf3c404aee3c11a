"""`tertius lint`: what is wrong with policy, before it is signed or put in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from tertius.cli.drafts import Drafts, damaged_below, files_below, kind_of_signed, read_drafts
from tertius.cli.lint_whole import as_in_force, flaws_together, place_in, placed, remembered
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.cli.sign_replacing import replacing_flaws, revoked_before, unsigned
from tertius.cli.sign_revocations import stays, warned
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.policy.flaw import Flaw
from tertius.runtime.config import ConfigError, load_config
from tertius.runtime.configured import CONFIG
from tertius.runtime.soundness import Whole
from tertius.runtime.trigger_lint import rule_flaws, trigger_flaws

NOTES: Final = frozenset({"idle", "not-decided", "unsigned"})
"""Kinds that are told and are no flaw: a constitution may forbid what nobody is granted."""


class NoPolicyError(CallerError):
    """Nothing to look at; an empty set never passes."""


def lint(path: Path, *more: Path, json: Flag = False) -> int:
    """Look for flaws in policy: each document alone, and all beside one another.

    Finds what cannot be read, can never fire, is covered by another clause, contradicts, gives one
    determination to two agents, differs only in case, does nothing as things stand, or leaves a
    request that no approval can ever allow. Of the folder of a deployment it asks all that the gate
    asks at its start, except who signed: also which constitution manifests name, and what the
    questions in `tertius.yaml` mean. Of a document that would replace another it says why
    `tertius sign` would refuse it, such as what a newer list of revocations leaves out. The exit
    code is 1 if there is a flaw; that a rule fires on nothing that is granted, that nobody can
    tell, that a list already signed revokes a name that nobody bears, or that a draft in the
    folder of a deployment is not signed yet, is only noted.

    Parameters
    ----------
    path
        A document, or a folder: of manifests, of policy, or of a whole deployment. A signed one
        counts where its YAML file is missing, and must be readable anyhow. A file is what its name
        says, such as `roles.yaml`; any other is a manifest.
    more
        More of them.
    json
        Print one JSON object.
    """
    files = [file for each in (path, *more) for file in files_below(each)]
    if not files:
        raise NoPolicyError(f"no manifest in `{path}`; expected `.yaml` files")
    drafts = read_drafts(files)
    damaged = [flaw for each in (path, *more) for flaw in damaged_below(each)]
    every = [warned(flaw) for flaw in (*drafts.flaws, *damaged, *_whole(drafts, path))]
    before = revoked_before(drafts.draft("revocations"), remembered(path))
    notes = [flaw for flaw in every if flaw.kind in NOTES or stays(flaw, before)]
    flaws = [flaw for flaw in every if flaw not in notes]
    others = sum(kind_of_signed(file) != "manifest" for file in files)
    manifests = len(files) - others
    if json:
        told = {
            name: [_as_dict(flaw, drafts) for flaw in some]
            for name, some in (("flaws", flaws), ("notes", notes))
        }
        print_json({"manifests": manifests, "others": others, **told})
    else:
        for flaw in every:
            example = f" (for example: {safe(flaw.example)})" if flaw.example else ""
            where = safe(placed(flaw, drafts.found), 400)
            print(f"{where}: {flaw.kind}: {safe(flaw.said, 400)}{example}")
        noted = f", {counted(len(notes), 'note')}" if notes else ""
        beside = f", {counted(others, 'other document')}" if others else ""
        print(f"{counted(manifests, 'manifest')}{beside}, {counted(len(flaws), 'flaw')}{noted}")
    return EXIT_FINDING if flaws else EXIT_PASS


def _as_dict(flaw: Flaw, drafts: Drafts) -> dict[str, Any]:
    """Return a flaw with the file that it stands in, where `where` says only what it is about."""
    said: dict[str, Any] = msgspec.to_builtins(flaw)
    place = place_in(flaw, drafts.found)
    if place is not None:
        said["file"], said["line"], said["column"] = place
    return said


def _whole(drafts: Drafts, folder: Path) -> Iterator[Flaw]:
    """Yield what is wrong with drafts beside one another, and with what each would replace."""
    whole = as_in_force(drafts, folder)
    yield from flaws_together(drafts, whole)
    for draft in drafts.found:
        yield from replacing_flaws(draft, whole.remembered)
    if (folder / "policy").is_dir():
        yield from unsigned(drafts.found, folder / "policy")
    yield from _elsewhere(drafts)
    if not drafts.gaps:
        yield from _triggers(folder, whole)


def _elsewhere(drafts: Drafts) -> Iterator[Flaw]:
    """Yield manifests that were reviewed under another constitution."""
    constitution = drafts.draft("constitution")
    for source in drafts.sources:
        named = source.manifest.constitution
        if constitution is not None and named != constitution.digest:
            said = f"reviewed under constitution {named}; the one here is {constitution.digest}"
            yield source.flaw("contradicts", ("constitution",), said)


def _triggers(folder: Path, whole: Whole) -> Iterator[Flaw]:
    """Yield what is wrong with the questions in `tertius.yaml`, if it is this folder's."""
    file = folder / CONFIG
    if not file.is_file():
        return
    try:
        config = load_config(file)
    except ConfigError as error:
        yield Flaw(
            where=error.file, line=error.line, column=error.column, kind="unreadable",
            said=error.problem,
        )  # fmt: skip
        return
    if (folder / config.gate.folder).resolve() == folder.resolve():
        for said in trigger_flaws(config.escalation.values(), whole):
            yield Flaw(where=str(file), kind="never-fires", said=said)
        for said in rule_flaws(config.watch.value(), whole.able):
            yield Flaw(where=str(file), kind="gridlock", said=said)
