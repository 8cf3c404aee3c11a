from typing import Any

import pytest
from tests.policy.asked import NOW, asked, member

from tertius.core.events import Asserted, BaseEvent, ToolReturned, Verified
from tertius.core.outcome import Outcome
from tertius.policy.cedar_text import CedarError
from tertius.policy.conditions import ConditionsLayer, condition_rules
from tertius.policy.conditions_document import (
    ConditionRule,
    Conditions,
    ConditionsError,
    Consensus,
    Counter,
    Match,
    SplitTask,
)
from tertius.policy.counters import CounterError
from tertius.policy.history import History

HEAD = "forbid (principal, action, resource)"
FAMILIES = {"a": "f", "b": "g", "c": "h", "aid": "f", "copy": "f"}
ON = Match(actions=("determine",), resources=("risk",))


def held(*, families: dict[str, str] = FAMILIES, **parts: Any) -> tuple[ConditionsLayer, History]:
    conditions = Conditions(name="terms", version=1, **parts)
    rules = condition_rules(conditions, members=[member("aid")])
    history = History(conditions, read=rules.counters, families=families)
    return ConditionsLayer(conditions, rules, history), history


def rule(text: str, id: str = "c1") -> ConditionRule:
    return ConditionRule(id=id, why="because", cedar=text)


def test_a_rate_is_held_over_its_window() -> None:
    layer, history = held(rules=(rule(f"{HEAD} when {{ context.counts.agent_minute > 3 }};"),))
    said = []
    for number in range(5):
        request = asked(id=f"q{number}")
        history.reserve(request, NOW)
        said.append(layer.judge(request).outcome)
        if said[-1] is Outcome.FORBID:
            history.release(request)
        else:
            history.commit(request)
    assert said == [Outcome.ABSTAIN] * 3 + [Outcome.FORBID] * 2
    assert layer.judge(asked(id="q9", time=NOW + 120 * 10**9)).outcome is Outcome.ABSTAIN


def test_small_payments_are_summed() -> None:
    spent = Counter(name="spent", per=("agent",), window=3600.0, amount="amount")
    layer, history = held(
        counters=(spent,), rules=(rule(f"@escalate {HEAD} when {{ context.counts.spent > 100 }};"),)
    )
    for number in range(4):
        request = asked(id=f"q{number}", arguments={"amount": 30})
        history.reserve(request, NOW)
        vote = layer.judge(request)
        history.commit(request)
    assert vote.outcome is Outcome.ESCALATE


def test_forbid_beats_escalate() -> None:
    layer, _ = held(
        rules=(rule(f"@escalate {HEAD};"), rule(f"{HEAD} when {{ context.hops > 0 }};", "c2"))
    )
    assert (layer.judge(asked()).outcome, layer.judge(asked()).rule) == (Outcome.FORBID, "c2")


def test_an_order_that_is_broken_forbids_though_a_rule_only_asks() -> None:
    split = SplitTask(
        id="leak",
        why="export and send",
        steps=(Match(resources=("sis.export",)), Match(actions=("message.send",))),
    )
    layer, history = held(rules=(rule(f"@escalate {HEAD};"),), splits=(split,))
    history.reserve(asked(resource="sis.export"), NOW)
    vote = layer.judge(asked("message.send", None, id="q2", peer="x"))
    assert (vote.outcome, vote.rule) == (Outcome.FORBID, "leak")


# -- consensus -------------------------------------------------------------------------------------


def voted(agent: str, value: Any = "high", **more: Any) -> Asserted:
    given: dict[str, Any] = {"id": f"v/{agent}", "identity": "bound", "task": "t1", **more}
    return Asserted(time=NOW, run="r1", agent=agent, about="risk", value=value, **given)


def read(agent: str) -> ToolReturned:
    given: dict[str, Any] = {"id": f"read/{agent}", "agent": agent, "identity": "bound"}
    return ToolReturned(time=NOW, run="r1", tool="sis.read", **given)


def checked(
    agent: str, of: str, *evidence: str, result: Any = "confirmed", identity: Any = "bound"
) -> Verified:
    return Verified(
        id=f"c/{agent}",
        time=NOW,
        run="r1",
        agent=agent,
        task="t1",
        subject=f"v/{of}",
        result=result,
        evidence=evidence,
        identity=identity,
    )


SOUND = (voted("a"), voted("b"), read("c"), checked("c", "a", "read/c"))


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        (SOUND, ""),
        ((), "0 of 2 agents agree"),
        ((voted("a"), *SOUND[2:]), "1 of 2 agents agree"),
        ((voted("a"), voted("a", id="again"), *SOUND[2:]), "1 of 2 agents agree"),
        ((voted("a"), voted("b", identity="asserted"), *SOUND[2:]), "1 of 2 agents agree"),
        ((voted("a"), voted("b", "low"), *SOUND[2:]), "0 of 2 agents agree"),
        ((voted("a"), voted("b", task="t2"), *SOUND[2:]), "1 of 2 agents agree"),
        ((voted("a"), voted("copy"), *SOUND[2:]), "1 of 2 model families agree"),
        ((voted("a"), voted("stranger"), *SOUND[2:]), "1 of 2 model families agree"),
        (SOUND[:3], "nobody independent has checked it"),
        ((*SOUND[:2], read("b"), checked("b", "a", "read/b")), "nobody independent"),
        ((*SOUND[:2], read("aid"), checked("aid", "a", "read/aid")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a", "v/b")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a", "never")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a", "read/c", identity="asserted")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a", "read/c", result="unclear")), "nobody independent"),
        ((*SOUND[:3], checked("c", "a", "read/c", result="contradicted")), "contradicts it"),
        ((*SOUND, voted("a", id="anew")), "nobody independent"),
    ],
)
def test_a_consensus_counts_when_it_is_one(events: tuple[BaseEvent, ...], missing: str) -> None:
    layer, history = held(consensus=(Consensus(id="two", why="two heads", act=ON),))
    for event in events:
        history.observe(event)
    vote = layer.judge(asked("determine", "risk"))
    assert vote.outcome is (Outcome.FORBID if missing else Outcome.ABSTAIN)
    assert missing in vote.reason
    assert layer.judge(asked("determine", "other")).outcome is Outcome.ABSTAIN


def test_a_consensus_is_on_the_value_that_is_acted_upon() -> None:
    layer, history = held(consensus=(Consensus(id="two", why="w", act=ON, verified=False),))
    for event in (voted("a"), voted("b"), voted("c", "low")):
        history.observe(event)
    assert layer.judge(asked("determine", "risk", arguments={"value": "high"})).outcome is (
        Outcome.ABSTAIN
    )
    assert layer.judge(asked("determine", "risk", arguments={"value": "low"})).outcome is (
        Outcome.FORBID
    )


def test_rules_read_the_evidence_too() -> None:
    text = (
        'forbid (principal, action == Action::"determine", resource) unless { context.verified };'
    )
    layer, history = held(rules=(rule(text),))
    for event in SOUND[:3]:
        history.observe(event)
    assert layer.judge(asked("determine", "risk")).outcome is Outcome.FORBID
    history.observe(SOUND[3])
    assert layer.judge(asked("determine", "risk")).outcome is Outcome.ABSTAIN


def test_a_counter_that_nobody_declares_does_not_load() -> None:
    with pytest.raises(CedarError, match=r"attribute `counts\.spent`"):
        held(rules=(rule(f"{HEAD} when {{ context.counts.spent > 1 }};"),))


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"counters": (Counter(name="agent_hour"),)}, CounterError),
        ({"counters": (Counter(name="x", group="nobody"),)}, ConditionsError),
        ({"rules": (rule(HEAD + ";"), rule(HEAD + ";"))}, ConditionsError),
        ({"version": 0}, ConditionsError),
    ],
)
def test_refuses_conditions_that_cannot_hold(parts: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        Conditions(**{"name": "terms", "version": 1, **parts})


def test_a_match_for_everything_and_one_step_are_refused() -> None:
    with pytest.raises(ConditionsError, match="every act"):
        Match()
    with pytest.raises(ConditionsError, match="two different steps"):
        SplitTask(id="s", why="w", steps=(ON, ON))
    with pytest.raises(ConditionsError, match="quorum 1"):
        Consensus(id="c", why="w", act=ON, quorum=1)
