"""`tertius lint`: what is wrong with policy, before it is signed or put in force."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec

from tertius.cli.drafts import Drafts, files_below, kind_of_signed, read_drafts
from tertius.cli.screen import Flag, counted, print_json, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.policy.flaw import Flaw
from tertius.policy.manifest_lint import lint as lint_manifests
from tertius.policy.policy_lint import lint_policy

NOTES: Final = frozenset({"idle", "not-decided"})
"""Kinds that are told and are no flaw: a constitution may forbid what nobody is granted."""


class NoPolicyError(CallerError):
    """Nothing to look at; an empty set never passes."""


def lint(path: Path, *more: Path, json: Flag = False) -> int:
    """Look for flaws in policy: each document alone, and all beside one another.

    Finds what cannot be read, can never fire, is covered by another clause, contradicts, gives one
    determination to two agents, differs only in case, or leaves a request that no approval can
    ever allow. Signatures are not looked at. The exit code is 1 if there is a flaw; that a rule
    fires on nothing that is granted, or that nobody can tell, is only noted.

    Parameters
    ----------
    path
        A document, or a folder: of manifests, of policy, or of a whole deployment. A signed one
        counts where its YAML file is missing. A file is what its name says, such as `roles.yaml`;
        any other is a manifest.
    more
        More of them.
    json
        Print one JSON object.
    """
    files = [file for each in (path, *more) for file in files_below(each)]
    if not files:
        raise NoPolicyError(f"no manifest in `{path}`; expected `.yaml` files")
    drafts = read_drafts(files)
    every = [*drafts.flaws, *lint_manifests(drafts.sources, now=time.time_ns()), *_whole(drafts)]
    notes = [flaw for flaw in every if flaw.kind in NOTES]
    flaws = [flaw for flaw in every if flaw.kind not in NOTES]
    others = sum(kind_of_signed(file) != "manifest" for file in files)
    manifests = len(files) - others
    if json:
        told = {"flaws": msgspec.to_builtins(flaws), "notes": msgspec.to_builtins(notes)}
        print_json({"manifests": manifests, "others": others, **told})
    else:
        for flaw in every:
            example = f" (for example: {safe(flaw.example)})" if flaw.example else ""
            print(f"{safe(flaw.place)}: {flaw.kind}: {safe(flaw.said, 400)}{example}")
        noted = f", {counted(len(notes), 'note')}" if notes else ""
        beside = f", {counted(others, 'other document')}" if others else ""
        print(f"{counted(manifests, 'manifest')}{beside}, {counted(len(flaws), 'flaw')}{noted}")
    return EXIT_FINDING if flaws else EXIT_PASS


def _whole(drafts: Drafts) -> list[Flaw]:
    """Return the flaws of a set as a whole.

    Without manifests nobody can tell what is idle, and without approvers who might answer.
    """
    constitution, conditions = drafts.one("constitution"), drafts.one("conditions")
    roles, register = drafts.one("roles"), drafts.one("approvers")
    if constitution is None and conditions is None and roles is None:
        return []
    people = () if register is None else register.people
    found = lint_policy(
        manifests=[source.manifest for source in drafts.sources],
        constitution=constitution,
        conditions=conditions,
        determinations=() if roles is None else roles.determinations,
        approvers=tuple(each.person for each in people if each.keys),
    )
    if drafts.sources:
        return found
    return [flaw for flaw in found if flaw.kind not in ("idle", "gridlock")]
