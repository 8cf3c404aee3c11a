"""Rules that follow from findings: which applies, what could never apply, and what ships."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.core.examples import FINDING

from tertius.core.noun import NounError
from tertius.detectors.table import TABLE
from tertius.runtime.watch_rules import SHIPPED, WatchRule, WatchRuleError, WatchRules


def rule(**fields: Any) -> WatchRule:
    return WatchRule(**{"name": "one", "why": "it matters", "detectors": ("avoidance",), **fields})


@pytest.mark.parametrize(
    ("least", "matched"),
    [("low", ["low", "medium", "high"]), ("medium", ["medium", "high"]), ("high", ["high"])],
)
def test_a_rule_applies_from_its_severity_on_to_its_own_detectors(
    least: Any, matched: list[str]
) -> None:
    made = rule(least=least)
    for severity in ("low", "medium", "high"):
        found = replace(FINDING, detector="avoidance", severity=severity)
        assert made.matches(found) == (severity in matched)
        assert not made.matches(replace(found, detector="no_end"))


def test_the_first_that_fits_applies() -> None:
    rules = WatchRules([rule(least="high"), rule(name="two"), rule(name="three")])
    found = replace(FINDING, detector="avoidance", severity="high")
    assert [
        None if made is None else made.name
        for made in (
            rules.of(found),
            rules.of(replace(found, severity="low")),
            rules.of(replace(found, detector="no_end")),
        )
    ] == ["one", "two", None]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"detectors": ()}, "names no detectors; name at least one"),
        ({"measure": "throttle"}, "say every how many `seconds`"),
        ({"detectors": ("a", "a")}, "twice"),
        ({"name": "two words"}, "bad rule"),
        ({"detectors": ("two words",)}, "bad detectors"),
    ],
)
def test_a_rule_that_could_never_apply_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises((WatchRuleError, NounError), match=said):
        rule(**fields)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(WatchRuleError, match="twice"):
        WatchRules([rule(), rule(least="high")])


def test_a_question_is_asked_on_its_rules_terms() -> None:
    (trigger,) = WatchRules([rule()]).triggers()
    assert trigger.rules == ("one",)
    assert (trigger.terms.blocking, trigger.terms.seconds) == (False, 3600)
    assert trigger.name not in WatchRules([rule()]).names


def test_what_ships_names_detectors_that_there_are_and_says_why() -> None:
    assert [made.name for made in SHIPPED] == ["repeated-agreement", "gone-quiet", "off-the-truth"]
    for made in SHIPPED:
        assert set(made.detectors) <= set(TABLE)
        assert not made.terms.blocking
