"""The parts of the import contract that import-linter cannot say (the rest: pyproject.toml)."""

import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "tertius"


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("tertius", include_external_packages=True, cache_dir=None)


def outside(graph: grimp.ImportGraph, module: str) -> set[str]:
    """Root names of what `module` imports from elsewhere than this package."""
    imported = graph.find_modules_directly_imported_by(module)
    return {name.partition(".")[0] for name in imported} - {"tertius"}


def test_core_depends_on_msgspec_and_the_standard_library_alone(graph: grimp.ImportGraph) -> None:
    allowed = sys.stdlib_module_names | {"msgspec"}
    core = {name for name in graph.modules if f"{name}.".startswith("tertius.core.")}
    assert core
    strangers = {name: outside(graph, name) - allowed for name in core}
    assert {name: found for name, found in strangers.items() if found} == {}


def test_the_verifier_shares_no_code_with_the_writer(graph: grimp.ImportGraph) -> None:
    rooms = graph.find_children("tertius.log")
    verifiers = {name for name in rooms if name.startswith("tertius.log.verify")}
    assert verifiers, "no `log/verify*.py` found; did the verifier move?"
    shared = {
        (verifier, other)
        for verifier in verifiers
        for other in rooms - verifiers
        if graph.chain_exists(importer=verifier, imported=other, as_packages=True)
    }
    assert shared == set()


def test_no_module_imports_from_a_package_face(graph: grimp.ImportGraph) -> None:
    faces = {name for name in graph.modules if (SRC.parent / name.replace(".", "/")).is_dir()}
    importers = {
        (importer, face)
        for face in faces
        for importer in graph.find_modules_that_directly_import(face)
    }
    assert importers == set()


def test_every_face_holds_at_most_a_docstring() -> None:
    faces = list(SRC.rglob("__init__.py"))
    assert faces
    for face in faces:
        text = face.read_text(encoding="utf-8").strip()
        assert text.startswith('"""') and text.endswith('"""') and text.count('"""') == 2, face


@pytest.mark.parametrize("room", ["core", "log", "policy"])
def test_rooms_that_judge_or_record_are_under_the_no_network_contract(room: str) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    covered = {name for each in contracts for name in each.get("source_modules", [])}
    assert f"tertius.{room}" in covered or not (SRC / room).exists()
