"""A question compared with the log: what is the same, what is not, and what nobody can tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.escalation.office import NOW, Office, a_request, rewrite_whole

from tertius.escalation.asked import (
    Logged,
    NothingToShowError,
    NotWhatWasAskedError,
    asked_in,
    require_asked,
)
from tertius.escalation.transaction import Row
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    key = SigningKey("campus/1", bytes(32))
    with Writer(tmp_path / "log", key=key, clock=lambda: NOW) as log:
        yield log


def into(writer: Writer, office: Office) -> None:
    """Write what the office's log holds into a real one."""
    for event, content in office.log:
        sealed = None if content is None else writer.seal(content)
        kept = event if sealed is None else replace(event, content=sealed.digest)
        writer.wait(writer.append(kept, sealed))


def row(office: Office, id: str = "x-q1") -> Row:
    return office.desk.show(id, now=office.now)


def test_it_is_found_in_the_journal_and_behind_a_checkpoint(office: Office, writer: Writer) -> None:
    office.ask()
    into(writer, office)
    look = asked_in(writer.folder)
    assert look("x-q1") == office.asked("x-q1") is not None
    require_asked(row(office), look)
    writer.checkpoint()
    assert look("x-q1") == office.asked("x-q1")
    assert look("x-q") is None and look("other") is None


def test_what_is_asked_later_is_found_too(office: Office, writer: Writer) -> None:
    look = asked_in(writer.folder)
    office.ask()
    with pytest.raises(NotWhatWasAskedError, match="the log has no question `x-q1`"):
        require_asked(row(office), look)
    into(writer, office)
    require_asked(row(office), look)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "routine"},
        {"quorum": 1},
        {"approvers": ("p-2", "p-1")},
        {"affected": ("nobody",)},
        {"lifetime": 10**15},
        {"deadline": NOW + 10**15},
        {"request": a_request("q1", arguments={"amount": 499, "to": "s-9"})},
        {"secret": ("amount",)},
    ],
)
def test_whatever_is_changed_in_the_store_is_told(
    office: Office, change: dict[str, object]
) -> None:
    office.ask()
    require_asked(row(office), office.asked)
    rewrite_whole(office, "x-q1", **change)
    with pytest.raises(NotWhatWasAskedError, match="asked something else"):
        require_asked(row(office), office.asked)


def test_two_openings_are_none(office: Office) -> None:
    office.ask()
    found = office.asked("x-q1")
    assert found is not None
    with pytest.raises(NotWhatWasAskedError):
        require_asked(row(office), lambda id: replace(found, times=2))


def test_erased_content_is_told_from_altered_content(office: Office) -> None:
    office.ask()
    terms = row(office).question.escalation
    with pytest.raises(NothingToShowError, match="was erased"):
        require_asked(row(office), lambda id: Logged(terms.request, terms.deadline, ""))
    office.says("x-q1", "p-1", "deny")
    office.desk.erase("x-q1", now=office.now)
    with pytest.raises(NothingToShowError, match="the log has what became of it"):
        require_asked(row(office), office.asked)
