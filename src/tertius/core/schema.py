"""JSON Schemas of every noun, written from the types: ``python -m tertius.core.schema``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from tertius.core.blame import Blame
from tertius.core.constitution import Constitution
from tertius.core.coverage import Coverage
from tertius.core.decision import Decision, Vote
from tertius.core.escalation import Escalation, Ruling, Token
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.kinds import Event
from tertius.core.label import Label
from tertius.core.manifest import Manifest
from tertius.core.ports.detector import DetectorSpec
from tertius.core.ports.environment import Facts
from tertius.core.ports.replayer import Intervention
from tertius.core.request import Request
from tertius.core.scenario import Scenario
from tertius.core.taxonomy_entries import Taxonomy
from tertius.core.verdict import Verdict

FOLDER: Final = Path(__file__).with_name("schemas")

NOUNS: Final[dict[str, Any]] = {
    "blame": Blame,
    "constitution": Constitution,
    "could_not_tell": CouldNotTell,
    "coverage": Coverage,
    "decision": Decision,
    "detector_spec": DetectorSpec,
    "environment_facts": Facts,
    "escalation": Escalation,
    "event": Event,
    "finding": Finding,
    "intervention": Intervention,
    "label": Label,
    "manifest": Manifest,
    "request": Request,
    "ruling": Ruling,
    "scenario": Scenario,
    "taxonomy": Taxonomy,
    "token": Token,
    "verdict": Verdict,
    "vote": Vote,
}
"""Every published noun, by the name of its file."""


def schema(name: str) -> bytes:
    """Return the JSON Schema (2020-12) of one noun as indented UTF-8 with a final line break.

    Notes
    -----
    A schema says what types can say: unknown kinds and fields, ranges, lengths, alphabets. What
    relates two fields (a digest to its arguments, an interval to its value) is checked only when
    the noun is made.

    Examples
    --------
    >>> b'"additionalProperties": false' in schema("vote")
    True
    """
    (root,), components = msgspec.json.schema_components(
        [NOUNS[name]], ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **root,
        "$defs": components,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all schemas into `folder` and return their paths; others there are not touched."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name in NOUNS:
        path = folder / f"{name}.json"
        path.write_bytes(schema(name))
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write():
        print(written.name)
