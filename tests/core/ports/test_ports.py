"""Every port is one file, one Protocol, documented, and asks for what the design says."""

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

import tertius.core.ports.reader as reader

PORTS = {
    "adapter": "attach detach name",
    "attributor": "attribute method name",
    "detector": "clone finish parameters spec update",
    "environment": (
        "acting agents describe facts idle legal parties reset restore run seats snapshot "
        "state_hash step steps_taken tells time"
    ),
    "player": "act kind learn name restore sit snapshot",
    "policy": "judge layer",
    "reader": "name read recognises",
    "replayer": "name replay",
    "system": "agents run",
}


def port(name: str) -> Any:
    return getattr(importlib.import_module(f"tertius.core.ports.{name}"), name.capitalize())


def test_there_is_one_file_for_each_port() -> None:
    files = {p.stem for p in Path(reader.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(PORTS)


@pytest.mark.parametrize("name", sorted(PORTS))
def test_a_port_asks_for_exactly_its_members_and_documents_each(name: str) -> None:
    protocol = port(name)
    members = {n: m for n, m in vars(protocol).items() if not n.startswith("_")}
    assert sorted(members) == PORTS[name].split()
    for member in (protocol, *members.values()):
        assert inspect.getdoc(member)


def test_a_reader_yields_three_kinds_of_things_and_truth_is_no_event() -> None:
    truth = reader.TruthRecord(run="r1", data={"mistake_agent": "a"})
    assert not isinstance(truth, reader.Recorded)
    problem = reader.ReadProblem(path="f.json", message="broken JSON", offset=17)
    assert (problem.record, problem.offset, problem.field) == (None, 17, None)
