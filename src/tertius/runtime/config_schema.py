"""JSON Schema of `tertius.yaml`, from its classes: ``python -m tertius.runtime.config_schema``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tertius.runtime.config import Config

FILE: Final = Path(__file__).with_name("schemas") / "tertius.yaml.json"


def schema() -> bytes:
    """Return the JSON Schema (2020-12) as indented UTF-8 with a final line break.

    Notes
    -----
    An editor that reads it completes keys and marks unknown ones. What relates two keys (a field
    to the kind that `means` names, a place to the kind of event) is checked only by `load_config`.

    Examples
    --------
    >>> b'"tool.called"' in schema()
    True
    """
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(by_alias=True),
        "title": "tertius.yaml",
    }
    return json.dumps(document, indent=2, sort_keys=False).encode() + b"\n"


def write(path: Path = FILE) -> Path:
    """Write the schema and return its path."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(schema())
    return path


if __name__ == "__main__":
    print(write().name)
