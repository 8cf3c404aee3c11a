"""`tertius diff`: 1 when anything widens."""

import json
from pathlib import Path

import pytest
from tests.cli.manifest_files import AID, write

from tertius.cli.main import run


def differ(tmp_path: Path, new: str, *more: str) -> int:
    old = write(tmp_path / "old.yaml")
    return run(["diff", str(old), str(write(tmp_path / "new.yaml", new)), *more])


def test_narrow_changes_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = AID.replace("version: 1", "version: 2").replace("high: 500", "high: 400")
    assert differ(tmp_path, new) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "narrow  tools.ledger.pay.arguments.amount: takes less",
        "1 change, 0 of them widen",
    ]


def test_a_change_that_widens_is_1_and_a_version_that_does_not_rise_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert differ(tmp_path, AID.replace("high: 500", "high: 600")) == 1
    out = capsys.readouterr().out
    assert "widen   tools.ledger.pay.arguments.amount: may take more" in out
    assert "note: `version` is 1; it must rise above 1" in out


def test_json_and_no_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert differ(tmp_path, AID, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"agent": "aid", "widens": False, "changes": []}


@pytest.mark.parametrize(
    ("new", "part"),
    [
        (AID.replace("agent: aid", "agent: x"), "`aid` and `x` are two agents"),
        (AID.replace("agent: aid", "agent: &a aid"), "new.yaml:1:8: an anchor"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, new: str, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert differ(tmp_path, new) == 2
    assert part in capsys.readouterr().err


ROLES = """\
version: 1
determinations:
- name: risk
  tools: [sis.set, sis.clear]
"""


def test_what_the_roles_let_go_widens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old" / "roles.yaml", ROLES)
    changed = ROLES.replace("version: 1", "version: 2").replace(
        "[sis.set, sis.clear]", "[sis.set]\n  keys: [[sis, risk]]"
    )
    new = write(tmp_path / "new" / "roles.yaml", changed)
    assert run(["diff", str(old), str(new)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "widen   determinations.risk.tools.sis.clear: a call of `sis.clear` changes `risk`",
        "narrow  determinations.risk.keys.sis:risk: key `risk` of `sis` changes `risk`",
        "2 changes, 1 of them widen",
    ]
    assert run(["diff", str(new), str(write(tmp_path / "aid.yaml"))]) == 2
    assert "`roles` and `manifest`; expected two manifests, " in capsys.readouterr().err


REVOKED = "version: {}\nagents: [{}]\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n"
RULES = """\
name: c
version: 1
rules:
- {id: one, why: w, cedar: 'forbid (principal, action, resource);'}
- {id: two, why: w, cedar: 'forbid (principal == Agent::"a", action, resource);'}
"""


def test_what_a_newer_list_of_revocations_drops_widens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path / "old" / "revocations.yaml", REVOKED.format(1, "support"))
    new = write(tmp_path / "new" / "revocations.yaml", REVOKED.format(2, "suport"))
    assert run(["diff", str(old), str(new)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "widen   agent support: left out; no gate takes such a list",
        "narrow  agent suport: revoked",
        "2 changes, 1 of them widen",
    ]


def test_rules_are_compared_by_their_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path / "old" / "conditions.yaml", RULES)
    text = RULES.replace("id: one", "id: three").replace('Agent::"a"', 'Agent::"b"')
    new = write(tmp_path / "new" / "conditions.yaml", text)
    assert run(["diff", str(old), str(new), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "conditions"
    assert [(each["path"], each["direction"], each["said"]) for each in told["changes"]] == [
        ("rules.one", "widen", "removed"),
        ("rules.two", "widen", "changed in cedar; cannot decide whether it narrows or widens"),
        ("rules.three", "narrow", "added"),
    ]
