"""The emergency door of a gate: prepared, opened, told, closed by itself, reviewed after."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.test_governed import POLICY, ask, events, folder, opened, rewrite

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.cli.demo_scenes.university.founding import (
    MANIFESTS,
    SENATE,
    approver,
    publish,
)
from tertius.cli.signable import SIGNABLE
from tertius.core.decision import Decision
from tertius.core.digest import digest
from tertius.core.errors import TertiusError
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.log.notekey import SigningKey
from tertius.policy.break_glass import NotPreparedError
from tertius.policy.envelope import TooFewSignaturesError, parse_envelope, sign
from tertius.policy.strict_yaml import parse_yaml
from tertius.runtime.governed import Governed

__all__ = ["folder"]  # a fixture
SECOND = 1_000_000_000
PREPARED = """\
accountable: dean
break_glass:
  people: [dean, provost]
  scope: [sis.attendance, aid.award, aid.record]
  seconds: 600
"""
OLD = "91fb07854518a3a34ee7c6204cdb5d3db274e77e46990ca218c5536408fdd1b2"
ATTENDANCE = ("sis.attendance", {"student": "s-07"})


@pytest.fixture
def prepared(folder: Path) -> Path:
    """A university whose constitution prepares an emergency door."""
    change = ("accountable: dean\n", PREPARED)
    rewrite(folder, "constitution", change, kind="constitution")
    for name in MANIFESTS:
        rewrite(folder, name, (OLD, constitution_of(folder)))
    return folder


def constitution_of(folder: Path) -> str:
    raw = (folder / "policy" / "constitution.signed.json").read_bytes()
    return digest("document", parse_envelope(raw).body)


def break_glass(folder: Path, *people: str, **more: Any) -> str:
    """Sign an opening as approvers, and return its digest."""
    fields = {
        "constitution": constitution_of(folder), "scope": ["sis.attendance"],
        "reason": "the list of a fire drill", "opened": NOW, **more,
    }  # fmt: skip
    text = json.dumps(fields).encode()
    _, payload = SIGNABLE["break-glass"].payload(parse_yaml(text, file="break-glass"))
    envelope = None
    for person in people:
        key = SigningKey(person, approver(person).private_bytes_raw())
        envelope = sign(payload, key, beside=envelope)
    assert envelope is not None
    (folder / "policy" / "break-glass.signed.json").write_bytes(envelope.encode())
    return digest("document", payload)


def reads(governed: Governed, agent: str = "advising") -> Decision:
    return ask(governed, agent, *ATTENDANCE).decision


def told(folder: Path) -> list[PolicyChanged]:
    found = [event for event in events(folder) if isinstance(event, PolicyChanged)]
    return [event for event in found if event.subject == "break-glass"]


def test_it_is_opened_while_the_gate_stands_flagged_and_closes_by_itself(prepared: Path) -> None:
    now = [NOW]
    with opened(prepared, clock=lambda: now[0]) as governed:
        assert reads(governed).outcome is Outcome.FORBID
        opening = break_glass(prepared, "dean", "provost")
        assert reads(governed).outcome is Outcome.FORBID, "a file opens nothing by itself"
        door = governed.break_glass()
        assert (door.people, door.closes) == (("dean", "provost"), NOW + 600 * SECOND)
        assert reads(governed).outcome is Outcome.PERMIT
        assert reads(governed, "stranger").outcome is Outcome.FORBID, "nobody answers for it"
        now[0] = door.closes
        assert reads(governed).outcome is Outcome.FORBID
        assert [each.opening for each in governed.owed] == [opening]
    [event] = told(prepared)
    assert (event.change, event.digest) == ("widen", opening)
    assert event.reason.startswith("opened by dean, provost for sis.attendance: the list")
    decided = [each for each in events(prepared) if isinstance(each, Decided)]
    flagged = [any("break-glass" in rule for rule in each.rules) for each in decided]
    assert flagged == [False, False, True, False, False]


def test_the_constitution_the_switch_and_the_roles_hold(prepared: Path) -> None:
    break_glass(prepared, "dean", "provost", scope=["aid.record", "aid.award", "sis.attendance"])
    with opened(prepared) as governed:
        assert reads(governed).outcome is Outcome.PERMIT  # it is open
        record = ask(governed, "advising", "aid.record", {"student": "s-07"}).decision
        assert record.outcome is Outcome.FORBID, "the constitution keeps it in its office"
        award = {"student": "s-07", "amount": 10, "approved_by": "dean"}
        assert ask(governed, "advising", "aid.award", award).decision.outcome is Outcome.FORBID
        governed.kill.throw()
        assert reads(governed).outcome is Outcome.FORBID


def test_it_is_told_once_and_opened_again_by_a_restart_within_its_time(prepared: Path) -> None:
    break_glass(prepared, "dean", "provost")
    for start in "ab":
        with opened(prepared, start=start) as governed:
            assert reads(governed).outcome is Outcome.PERMIT
            governed.break_glass()
    assert len(told(prepared)) == 1
    with opened(prepared, start="c", clock=lambda: NOW + 600 * SECOND) as governed:
        assert reads(governed).outcome is Outcome.FORBID
        with pytest.raises(NotPreparedError, match="is over"):
            governed.break_glass()
    assert len(told(prepared)) == 1


@pytest.mark.parametrize(
    ("people", "more", "error"),
    [
        (["dean"], {}, TooFewSignaturesError),
        (["dean", "registrar"], {}, TooFewSignaturesError),
        (["dean", "provost"], {"scope": ["sis.withdraw"]}, NotPreparedError),
        (["dean", "provost"], {"constitution": "0" * 64}, NotPreparedError),
    ],
)
def test_what_opens_no_door_stops_no_gate_and_is_in_the_log(
    people: list[str], more: dict[str, Any], error: type[Exception], prepared: Path
) -> None:
    break_glass(prepared, *people, **more)
    with opened(prepared) as governed:
        assert reads(governed).outcome is Outcome.FORBID
        with pytest.raises(error):
            governed.break_glass()
        assert governed.owed == ()
    [event] = told(prepared)
    assert event.change == "revoke" and event.reason.startswith("refused: ")


def test_a_constitution_that_prepares_none_has_no_door(folder: Path) -> None:
    break_glass(folder, "dean", "provost")
    with opened(folder) as governed, pytest.raises(NotPreparedError, match="prepares no"):
        governed.break_glass()


def test_a_review_is_owed_until_it_is_signed(prepared: Path) -> None:
    opening = break_glass(prepared, "dean", "provost")
    opened(prepared).close()
    (prepared / "policy" / "break-glass.signed.json").unlink()
    with opened(prepared, start="b") as governed:
        [owed] = governed.owed
        assert (owed.opening, owed.time) == (opening, NOW)
    text = f"version: 1\nreviews:\n  - {{opening: {opening}, found: all was needed}}\n"
    _, payload = SIGNABLE["reviews"].payload(parse_yaml(text.encode(), file="reviews"))
    publish(prepared / "policy" / "reviews.signed.json", payload, SENATE)
    with opened(prepared, start="c") as governed:
        assert governed.owed == ()
    (prepared / "policy" / "reviews.signed.json").unlink()
    with pytest.raises(TertiusError, match="no reviews at"):
        opened(prepared, start="d")


def test_the_university_prepares_none(folder: Path) -> None:
    assert "break_glass" not in (POLICY / "constitution.yaml").read_text()
    with opened(folder) as governed:
        assert governed.policy.constitution.break_glass is None and governed.owed == ()
