"""The published schema of `tertius.yaml` is its classes', and agrees with them."""

import json
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from tests.runtime.test_config import GOOD

from tertius.runtime.config_schema import FILE, schema, write


@pytest.fixture(scope="module")
def check() -> Any:
    document = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def test_the_committed_file_is_fresh(tmp_path: Any) -> None:
    assert FILE.read_bytes() == schema(), "run `python -m tertius.runtime.config_schema`"
    assert write(tmp_path / "a" / "schema.json").read_bytes() == schema()


def test_a_good_file_passes(check: Any) -> None:
    check.validate(YAML(typ="safe").load(GOOD.decode()))


@pytest.mark.parametrize(
    "tree",
    [
        {"eventz": []},
        {"events": [{"event": "tool.called"}]},
        {"events": [{"event": "tool.caled", "means": "rated"}]},
        {"events": [{"event": "tool.called", "means": "rated", "tol": "x"}]},
        {"events": [{"event": "tool.called", "means": "claimed", "where": {"a": {"b": 1}}}]},
        {"detectors": {"skip": ["no_ende"]}},
    ],
)
def test_what_is_refused_is_refused_by_the_schema_too(check: Any, tree: Any) -> None:
    assert not check.is_valid(tree)
