"""Messages that repeat a form without saying the same."""

import pytest

from tertius.report.ledger import only_form

FORM = 'Ledger:\n{{"done": {{"why": "{}", "answer": false}}, "next": "{}", "how": "{}"}}'
FIRST = FORM.format("nobody has looked", "bob", "look it up")
OTHER = FORM.format("bob has looked", "cat", "count them")


@pytest.mark.parametrize(
    ("texts", "only"),
    [
        ((FIRST, OTHER), True),
        ((FIRST, FIRST), False),
        ((FIRST, OTHER, FORM.format("nobody has looked", "bob", "at last")), False),
        ((FIRST, "bob, look it up"), False),
        (('{"a": "b"}', '{"a": "c"}'), False),
        ((FIRST,), False),
        ((), False),
    ],
)
def test_a_form_repeats_only_if_half_of_its_values_do(texts: tuple[str, ...], only: bool) -> None:
    assert only_form(texts) is only
