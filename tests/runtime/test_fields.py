"""Foreign values fit a field as a whole, or not at all."""

from typing import Any

import pytest

from tertius.core.events import Asserted, Promised, Rated, TaskCompleted
from tertius.core.kinds import KINDS
from tertius.runtime.fields import MisfitError, fields_of, required_of
from tertius.runtime.rules import MEANINGS


@pytest.mark.parametrize(
    ("cls", "name", "given", "value"),
    [
        (Rated, "ratee", "Web Surfer", "Web-Surfer-83a3f0c5"),
        (Rated, "ratee", 7, "7"),
        (Rated, "score", "4.5", 4.5),
        (Rated, "score", 3, 3),
        (Rated, "evidence", ["e1", "e2", "e1"], ("e1", "e2")),
        (Rated, "evidence", "e1", ("e1",)),
        (Asserted, "act", "Vote", "vote"),
        (Asserted, "value", False, False),
        (Asserted, "value", "yes", "yes"),
        (Asserted, "confidence", "0.25", 0.25),
        (TaskCompleted, "ok", "TRUE", True),
        (Promised, "due", "2026-03-01T09:00:00Z", 1772355600000000000),
    ],
)
def test_what_fits(cls: type[Any], name: str, given: object, value: object) -> None:
    assert fields_of(cls)[name].fit(given) == value


@pytest.mark.parametrize(
    ("cls", "name", "given", "why"),
    [
        (Rated, "ratee", "", "expected a name, found ``"),
        (Rated, "ratee", True, "expected a name, found `true`"),
        (Rated, "ratee", {"a": 1}, "expected a name, found an object"),
        (Rated, "score", "four", "expected a number, found `four`"),
        (Rated, "score", True, "expected a number, found `true`"),
        (Rated, "score", 10**400, "expected a number up to"),
        (Rated, "evidence", [["e"]], "expected a name, found a list of 1"),
        (Asserted, "act", "opinion", "none of the words here; expected one of"),
        (Asserted, "value", "x" * 1001, "at most 1000 characters"),
        (Asserted, "value", None, "expected a number, found null"),
        (Asserted, "confidence", 1.5, "from 0 to 1, found `1.5`"),
        (TaskCompleted, "ok", "done", "expected true or false"),
        (Promised, "due", "2026-03-01", "ISO 8601 with a zone"),
        (Promised, "due", 17, "from 2000 to 2100"),
    ],
)
def test_what_does_not_fit_says_why(cls: type[Any], name: str, given: object, why: str) -> None:
    with pytest.raises(MisfitError, match=why):
        fields_of(cls)[name].fit(given)


def test_every_meaning_has_fields_that_can_be_filled() -> None:
    for kind in MEANINGS:
        assert {"agent", "task"} <= set(fields_of(KINDS[kind]))
        assert not {"id", "causes", "content", "identity"} & set(fields_of(KINDS[kind]))
    assert required_of(Rated) == ["ratee", "score"]
    assert required_of(Asserted) == []
