"""Published schemas are the types', and hold what they promise."""

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from tests.core.examples import EXAMPLES

from tertius.core.kinds import KINDS
from tertius.core.schema import FOLDER, NOUNS, schema, write


def validator(name: str) -> Any:
    document = json.loads(schema(name))
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def as_json(noun: Any) -> Any:
    return json.loads(msgspec.json.encode(noun))


def test_committed_files_are_what_the_types_generate() -> None:
    assert {p.name for p in FOLDER.iterdir()} == {f"{name}.json" for name in NOUNS}
    for name in NOUNS:
        committed = (FOLDER / f"{name}.json").read_bytes()
        assert committed == schema(name), f"run `python -m tertius.core.schema` for {name}"


def test_write_writes_every_noun(tmp_path: Any) -> None:
    assert sorted(p.stem for p in write(tmp_path)) == sorted(NOUNS)
    assert (tmp_path / "finding.json").read_bytes() == schema("finding")


def test_every_published_noun_has_an_example() -> None:
    assert set(EXAMPLES) == set(NOUNS)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_encoded_noun_validates_and_decodes_to_itself(name: str) -> None:
    noun = EXAMPLES[name]
    validator(name).validate(as_json(noun))
    raw = msgspec.json.encode(noun)
    decoded = msgspec.json.decode(raw, type=NOUNS[name])
    assert decoded == noun
    assert msgspec.json.encode(decoded) == raw


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_unknown_field_is_refused_by_schema_and_decoder(name: str) -> None:
    tree = {**as_json(EXAMPLES[name]), "surprise": 1}
    assert not validator(name).is_valid(tree)
    with pytest.raises(msgspec.ValidationError, match="unknown field `surprise`"):
        msgspec.json.decode(json.dumps(tree), type=NOUNS[name])


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_missing_required_field_is_refused(name: str) -> None:
    check = validator(name)
    tree = as_json(EXAMPLES[name])
    definition = json.loads(schema(name))
    if name == "label":  # every field may be missing, and means most restricted
        assert check.is_valid({})
        return
    if name == "event":
        required = ["kind", "id", "time", "run"]
    else:
        required = definition["$defs"][definition["$ref"].rsplit("/", 1)[1]]["required"]
    for field in required:
        assert not check.is_valid({k: v for k, v in tree.items() if k != field}), field


def test_an_unknown_kind_of_event_is_refused() -> None:
    tree = {**as_json(EXAMPLES["event"]), "kind": "message.snet"}
    assert not validator("event").is_valid(tree)


def test_every_kind_of_event_is_in_the_schema() -> None:
    document = json.loads(schema("event"))
    kinds = {
        d["properties"]["kind"]["enum"][0]
        for d in document["$defs"].values()
        if "kind" in d.get("properties", {})
    }
    assert kinds == set(KINDS)


def test_an_unknown_constraint_type_is_refused() -> None:
    tree = as_json(EXAMPLES["manifest"])
    tree["tools"][0]["arguments"][0]["type"] = "in_rnage"
    assert not validator("manifest").is_valid(tree)


def test_a_name_outside_the_alphabet_is_refused_by_the_schema() -> None:
    tree = {**as_json(EXAMPLES["request"]), "agent": "two words"}
    assert not validator("request").is_valid(tree)
