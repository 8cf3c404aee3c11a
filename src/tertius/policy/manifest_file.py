"""The file in which a manifest is written, reviewed and signed: one agent, YAML.

Its keys are the fields of `tertius.core.manifest.Manifest`; times are written as dates. What is
signed is the noun, and the digest of this file with it.
"""

from __future__ import annotations

from pathlib import Path

from tertius.core.manifest import Manifest
from tertius.policy.document import as_noun, read_document
from tertius.policy.strict_yaml import Document


def read_manifest(path: Path) -> tuple[Manifest, Document]:
    """Read a manifest's file.

    Returns
    -------
    tuple of Manifest and Document
        What it says, and where each part of it stands.

    Raises
    ------
    DocumentError
        With file, line, column, the value, what was expected, and the nearest known name.
    """
    document = read_document(path)
    return parse_manifest(document), document


def parse_manifest(document: Document) -> Manifest:
    r"""Return the manifest that a document holds.

    Examples
    --------
    >>> from tertius.policy.strict_yaml import parse_yaml
    >>> parse_manifest(parse_yaml(b"agent: two words\n", file="aid.yaml"))
    Traceback (most recent call last):
    ...
    tertius.policy.strict_yaml.DocumentError: aid.yaml:1:8: expected 1 to 128 ...
    """
    return as_noun(document, Manifest)
