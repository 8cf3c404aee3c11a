"""Every wording that is searched for can be proposed as a rule, and its needles do not hide it."""

import pytest

from tertius.core.kinds import KINDS
from tertius.runtime.fields import fields_of
from tertius.runtime.pattern import Pattern
from tertius.runtime.rules import MEANINGS, EventRule
from tertius.runtime.vocabulary import CUES, KEYS, VERBS, Cue

SAID = {
    "says approved": "Fine. I approve src/pay.py.",
    "says a vote": "My vote is: option-b, all in all",
    "says a rating": "I rate bob 7/10.",
    "says a recommendation": "Therefore I recommend Halden",
    "says a final answer": "FINAL ANSWER: 42",
    "says a promise": "I promise to deliver it tomorrow.",
}


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue.name)
def test_a_cue_is_a_legal_rule_and_finds_its_wording(cue: Cue) -> None:
    text = SAID[cue.name]
    rule = {"event": "message.sent", "matches": cue.pattern.pattern, "means": cue.means}
    EventRule.model_validate({**rule, "with": cue.values})
    assert any(needle in text.lower().encode() for needle in cue.needles)
    found = cue.pattern.search(text)
    assert found is not None
    assert Pattern(cue.pattern.pattern).search(text) == found.groupdict()


def test_a_full_stop_is_no_part_of_what_was_approved() -> None:
    found = CUES[0].pattern.search("I approve src/pay.py.")
    assert found is not None and found["what"] == "src/pay.py"


def test_words_speak_of_meanings_and_fields_that_exist() -> None:
    assert set(VERBS) <= set(MEANINGS)
    assert set(KEYS) <= {field for kind in MEANINGS for field in fields_of(KINDS[kind])}
