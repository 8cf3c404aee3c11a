"""The layers of one policy: which acts last, and what an agent's own manifest grants."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.policy.asked import asked

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import found
from tertius.runtime.in_force import read_policy
from tertius.runtime.layers import Layers
from tertius.runtime.places import Places


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    folder = tmp_path_factory.mktemp("policy") / "u"
    found(folder)
    return Layers(read_policy(Places(folder), time=NOW))


@pytest.mark.parametrize(
    ("request_", "lasts"),
    [
        ({"agent": "retention", "resource": "sis.attendance"}, False),
        ({"agent": "financial-aid", "resource": "aid.award"}, True),
        ({"agent": "retention", "resource": "unheard-of"}, True),
        ({"action": "message.send", "resource": None, "peer": "advising"}, False),
        ({"action": "policy.propose", "resource": "x"}, True),
        ({"action": "memory.write", "resource": "casefile", "key": "k"}, False),
    ],
)
def test_unmarked_tools_and_what_leaves_the_group_cannot_be_taken_back(
    request_: dict[str, Any], lasts: bool, layers: Layers
) -> None:
    assert layers.irreversible(asked(**request_)) is lasts


def test_what_leads_to_a_person_cannot_be_taken_back(layers: Layers) -> None:
    told = asked("message.send", None, peer="student")
    assert layers.irreversible(replace(told, via="human"))
    assert not layers.irreversible(told)


def test_every_layer_is_asked(layers: Layers) -> None:
    policies = layers.policies(epoch=3)
    names = [layer.layer for layer in policies.layers]
    assert set(names) == {"constitution", "roles", "manifest", "conditions", "flow"}
    assert policies.epoch == 3 and policies.manifest_of("advising")
    assert policies.schema_of("advising", "sis.grades") and not policies.schema_of("x", "y")
