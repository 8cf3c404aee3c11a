"""Times as people write them."""

import pytest

from tertius.core.grants import DelegationCeiling, ResourceBudget
from tertius.policy.document import as_noun, parse_time
from tertius.policy.strict_yaml import DocumentError, parse_yaml


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-09-01", 1_788_220_800 * 10**9),
        ("2026-09-01T00:00:01Z", 1_788_220_801 * 10**9),
        ("2026-09-01T00:00:01", None),
        ("2026-09-01T00:00:01+02:00", None),
        ("2026-13-01", None),
        ("1970-01-01", None),
        ("9999-01-01", None),
        ("", None),
    ],
)
def test_a_time_is_a_date_or_a_time_in_utc(text: str, time: int | None) -> None:
    assert parse_time(text) == time


def test_a_nouns_own_words_come_with_a_place() -> None:
    document = parse_yaml(b"resource: db\nkind: held\namount: -1\nunit: c\n", file="f")
    with pytest.raises(DocumentError, match="f:1:1: budget of `db` is -1"):
        as_noun(document, ResourceBudget)


def test_an_integer_out_of_range_is_named() -> None:
    with pytest.raises(DocumentError, match="f:1:8: expected a whole number <= 16, found `40`"):
        as_noun(parse_yaml(b"depth: 40\n", file="f"), DelegationCeiling)
