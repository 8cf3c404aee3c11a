"""The section `watch:`: what an operator may write, and how a mistake is named."""

import pytest

from tertius.runtime.config import ConfigError, parse_config
from tertius.runtime.watch_rules import SHIPPED

GOOD = b"""\
watch:
  rules:
    - name: too-cosy
      why: two agents only ever work with each other
      detectors: [partner_preference, coalition]
      least: medium
      measure: throttle
      seconds: 60
      at_once: false
      terms: {seconds: 7200, blocking: true, quorum: 2}
"""


def test_what_is_written_is_what_the_watch_takes() -> None:
    rules = parse_config(GOOD).watch.value()
    assert rules.names == ("too-cosy", *(rule.name for rule in SHIPPED))
    own = rules.rules[0]
    assert (own.detectors, own.least) == (("partner_preference", "coalition"), "medium")
    assert (own.measure, own.seconds, own.at_once) == ("throttle", 60, False)
    assert (own.terms.seconds, own.terms.blocking, own.terms.quorum) == (7200, True, 2)


def test_without_a_section_the_three_that_ship_apply() -> None:
    assert parse_config(b"").watch.value().rules == SHIPPED


def test_the_three_can_be_switched_off_and_replaced() -> None:
    assert parse_config(b"watch: {shipped: false}").watch.value().rules == ()
    own = b"{name: gone-quiet, why: w, detectors: [avoidance]}"
    alone = parse_config(b"watch: {shipped: false, rules: [" + own + b"]}").watch.value()
    assert alone.names == ("gone-quiet",)
    with pytest.raises(ConfigError, match="a second rule named `gone-quiet`"):
        parse_config(b"watch: {rules: [" + own + b"]}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("detectors: [avoidnce]", "unknown detector `avoidnce`; did you mean `avoidance`"),
        ("detectors: []", "names no detectors"),
        ("detectors: [avoidance], measure: quarantin", "did you mean `quarantine`"),
        ("detectors: [avoidance], least: hihg", "did you mean `high`"),
        ("detectors: [avoidance], measure: throttle", "say every how many `seconds`"),
        ("detectors: [avoidance], seconds: 0", "greater than or equal to 1"),
        ("detectors: [avoidance], sconds: 5", "unknown key `sconds`; did you mean `seconds`"),
        ("detectors: [avoidance], terms: {seconds: 0}", "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_named(fields: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"watch:\n  rules:\n    - {{name: one, why: w, {fields}}}\n".encode())
    assert said in str(caught.value)


def test_a_rule_on_detectors_that_do_not_run_is_refused() -> None:
    text = b"""
detectors: {skip: [coalition]}
watch:
  rules:
    - {name: own, why: it matters, detectors: [coalition], measure: verify}
"""
    with pytest.raises(ConfigError, match="rule `own` can never fire; `detectors:` leaves out"):
        parse_config(text)
