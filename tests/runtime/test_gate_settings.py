"""`gate:` in `tertius.yaml`: where the gate stands, what is outside, and every mistake told."""

import pytest

from tertius.core.outcome import EnforcementLevel
from tertius.runtime.config import ConfigError, parse_config


def test_left_out_it_is_the_folder_of_the_file() -> None:
    gate = parse_config(b"").gate
    assert (gate.folder, gate.level, gate.ungoverned) == (".", None, ())


def test_all_of_it() -> None:
    text = b"gate: {folder: deployed, level: sidecar, ungoverned: ['storage:desk', 'tool:shell']}"
    gate = parse_config(text).gate
    assert (gate.folder, gate.level) == ("deployed", EnforcementLevel.SIDECAR)
    assert gate.ungoverned == ("storage:desk", "tool:shell")


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("gate: {foldr: x}", "1:8", "unknown key `foldr`; did you mean `folder`"),
        ("gate: {shadow: true}", "1:8", "unknown key `shadow`; expected one of `folder`"),
        ("gate: {folder: 3}", "1:16", "expected a text, found `3`"),
        ("gate: {level: sidcar}", "1:15", "unknown level `sidcar`; did you mean `sidecar`"),
        ("gate: {level: gateway}", "1:15", "unknown level `gateway`; expected one of"),
        ("gate: {ungoverned: storage:desk}", "1:20", "expected a list"),
        ("gate: {ungoverned: [desk]}", "1:21", "`desk` is no surface; expected such as `storage:d"),
        ("gate: {ungoverned: [7]}", "1:21", "`7` is no surface"),
        ("gate: {ungoverned: ['storge:desk']}", "1:21", "did you mean `storage`"),
        ("gate: {ungoverned: ['tool:a', 'tool:a']}", "1:31", "`tool:a` for the second time"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, problem: str) -> None:
    with pytest.raises(ConfigError) as found:
        parse_config(text.encode())
    assert str(found.value).startswith(f"tertius.yaml:{place}: ")
    assert problem in str(found.value)
