"""Assemble the page: one file with its style, its script and its data, and nothing from elsewhere.

The policy in its head forbids every request, every script but its own (by digest) and every way of
turning text into markup. Texts of the log reach it in two ways only: escaped by `overview` and
`record`, and as data, which the script puts into text nodes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import msgspec

from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.log.verify_report import Report
from tertius.readers.table import TABLE
from tertius.report import overview, record, unevaluated
from tertius.report.data import Gathered, gather, ranked
from tertius.report.decisions import block
from tertius.report.pack import pack
from tertius.report.words import SAID, day, shown, taxon

_LINKS = '<a href="#worst">Most severe</a> <a href="#runs">Runs</a> '

_GATE = '<a href="#gate">The gate</a> '

MOST_BYTES = 5_000_000
"""The page is no larger than this, as long as shorter texts and fewer runs can help."""


def write_report(
    folder: Path,
    answers: Sequence[Answer],
    specs: Sequence[DetectorSpec],
    verification: Report | None,
    path: Path,
    *,
    runs: Collection[str] = (),
    now: int | None = None,
) -> int:
    """Write the report on a log and return its size in bytes.

    Parameters
    ----------
    folder : Path
        A deployment, or a single log.
    answers, specs : sequence
        What detectors said about this log, and what each declares of itself.
    verification : Report or None
        What the verifier said about this log; None if it was not asked.
    path : Path
        The file; an older one is replaced.
    runs : collection of str
        Names of the runs to report on; empty means all.
    now : int or None
        Seconds since 1970, to tell when the page was made; None leaves that out.

    Raises
    ------
    NoSuchRunError, NoRunsInLogError
        As `tertius.report.data.gather` does.

    Notes
    -----
    The same arguments give the same bytes. Texts are whole as far as there is room; where the page
    would grow beyond `MOST_BYTES` long ones are cut, their length being told, quoted ones least,
    and then runs without severe findings are only listed.
    """
    found = gather(folder, answers, specs, verification, runs=runs)
    data = page(found, now=now).encode()
    path.write_bytes(data)
    return len(data)


def page(found: Gathered, *, now: int | None = None) -> str:
    """Return the whole page."""
    pictures = {picture.name: picture for picture in found.pictures}
    order = [run.name for run in ranked(found.runs)]
    most = _around(found, list(pictures), now)
    around = len(_asset("report.html")) + sum(len(part.encode()) for part in most.values())
    blocks = pack([pictures[name] for name in order if name in pictures], MOST_BYTES - around)
    data = "".join(
        f'<script type="text/plain" id="run-{number}">{block}</script>\n'
        for number, block in enumerate(blocks.values())
    )
    parts = _around(found, list(blocks), now)
    return Template(_asset("report.html")).substitute(parts, blocks=data)


def _around(found: Gathered, drawn: Sequence[str], now: int | None) -> dict[str, str]:
    """Return all parts of the page but the blocks of the runs that are drawn."""
    made = f"Made on {day(now)} by Tertius" if now is not None else "Made by Tertius"
    known = frozenset(drawn)
    one = found.runs[0] if len(found.runs) == 1 else None
    name = shown((one.title or one.name) if one else called(found.folder))
    imported = formats(found)
    gate = block(found.gate, found.numbers, known)
    several = {
        "worst": overview.worst(found, known),
        "runs": overview.runs(found, known),
    }
    return {
        "title": escape(f"{name}: what happened"),
        "name": escape(name),
        "several": "" if one else Template(_asset("several.html")).substitute(several),
        "gate": gate,
        "links": ("" if one else _LINKS) + (_GATE if gate else ""),
        "policy": _policy(),
        "style": _asset("report.css"),
        "script": _script(),
        "lead": overview.lead(found, known),
        "status": record.status(found.verification, imported=bool(imported)),
        "detectors": overview.detectors(found) if one else "",
        "hidden": "" if one else "hidden",
        "blind": unevaluated.blind(found),
        "record": record.record(
            found.verification,
            found.folder,
            [run.name for run in found.runs] if found.elsewhere else (),
            formats=imported,
            called=called(found.folder),
        ),
        "made": escape(made),
        "head": _inert(_head(found, drawn)),
    }


def called(folder: Path) -> str:
    """Return the name of a log's folder, with its parent's where the name says nothing.

    Examples
    --------
    >>> called(Path("/kept/trip")), called(Path("/kept/trip/log"))
    ('trip', 'trip/log')
    """
    path = folder.resolve()
    plain = path.name in ("log", "logs", "out", "output", "tertius")
    return "/".join(path.parts[-2:]) if plain and path.parent.name else path.name


def formats(found: Gathered) -> list[str]:
    """Return the formats of recorded runs from which the runs on the page were imported."""
    return sorted({run.source for run in found.runs} & set(TABLE))


def _head(found: Gathered, drawn: Sequence[str]) -> dict[str, Any]:
    taxa = {
        id
        for finding in found.findings
        for id in (finding.failure_mode, finding.mast_mode or "", *finding.risk_factors)
        if id
    }
    return {
        "log": str(found.folder),
        "runs": list(drawn),
        "said": {kind: SAID[kind] for kind in sorted(found.kinds)},
        "detectors": {
            spec.name: {
                "title": spec.title,
                "plain": spec.plain,
                "blind": spec.blind,
                "source": spec.source,
            }
            for spec in found.specs
        },
        "taxa": {id: taxon(id) for id in sorted(taxa)},
    }


def _inert(value: Any) -> str:
    """Write JSON that no browser takes for markup, whatever the strings in it hold."""
    text = msgspec.json.encode(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _policy() -> str:
    return (
        "default-src 'none'; "
        f"script-src {_digest(_script())}; style-src {_digest(_asset('report.css'))}; "
        "img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return (files("tertius.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """Return the pieces of the script in the order of their numbers, as one."""
    folder = files("tertius.report") / "assets"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".js"))
    return "".join(map(_asset, names))
