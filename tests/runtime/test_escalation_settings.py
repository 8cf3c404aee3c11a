"""`escalation:` in `tertius.yaml`: triggers as the gate takes them, and every mistake told."""

import pytest

from tertius.escalation.triggers import Terms, Trigger
from tertius.runtime.config import ConfigError, parse_config

ALL = b"""
escalation:
  triggers:
    - name: payments
      why: money leaves
      agents: [cashier]
      actions: [tool.call]
      resources: [refunds.pay]
      peers: [support]
      rules: [large]
      terms:
        quorum: 2
        approvers: [ann, bob]
        seconds: 60
        lifetime: 30
        blocking: false
        affected: [customer]
    - {name: mail, why: somebody looks, resources: [mail.send]}
"""


def test_every_key_reaches_the_gate() -> None:
    payments, mail = parse_config(ALL).escalation.values()
    assert payments == Trigger(
        name="payments", why="money leaves", agents=("cashier",), actions=("tool.call",),
        resources=("refunds.pay",), peers=("support",), rules=("large",),
        terms=Terms(quorum=2, approvers=("ann", "bob"), seconds=60, lifetime=30, blocking=False,
                    affected=("customer",)),
    )  # fmt: skip
    assert mail == Trigger(name="mail", why="somebody looks", resources=("mail.send",))
    assert parse_config(b"").escalation.values() == ()


def trigger(*lines: str) -> str:
    return "escalation:\n  triggers:\n    - " + "\n      ".join(("name: a", *lines)) + "\n"


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("escalation: {trigger: []}", "1:14", "did you mean `triggers`"),
        ("escalation: {triggers: 3}", "1:24", "expected a list"),
        (trigger("wy: b"), "4:7", "unknown key `wy`; did you mean `why`"),
        (trigger("agents: [x]"), "3:7", "missing key `why`"),
        (trigger("why: b"), "3:7", "a trigger for every act; name agents, actions"),
        (trigger("why: b", "agents: x"), "5:15", "expected a list"),
        (trigger("why: b", "agents: [1]"), "5:16", "expected a name"),
        (trigger("why: b", "agents: [two words]"), "3:7", "bad agents `two words`"),
        (trigger("why: b", "actions: [tool.cal]"), "5:17", "did you mean `tool.call`"),
        (trigger("why: b", "agents: [x]", "terms: {second: 9}"), "6:15", "did you mean `seconds`"),
        (trigger("why: b", "agents: [x]", "terms: {quorum: 0}"), "6:23", "greater than or equal"),
        (trigger("why: b", "agents: [x]", "terms: {quorum: '2'}"), "6:23", "a valid integer"),
        (
            trigger("why: b", "agents: [x]", "terms: {quorum: 2, approvers: [p]}"),
            "6:14",
            "quorum 2 of 1 approvers can never be reached",
        ),
        (
            trigger("why: b", "agents: [x]") + "    - {name: a, why: b, agents: [y]}\n",
            "6:14",
            "a second trigger named `a`",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, problem: str) -> None:
    with pytest.raises(ConfigError) as found:
        parse_config(text.encode())
    assert problem in str(found.value)
    assert str(found.value).startswith(f"tertius.yaml:{place}: ")
