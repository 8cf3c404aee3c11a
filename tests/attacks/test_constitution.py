"""What the constitution forbids is never brought about, through the open gate and all its layers.

Each rule stands beside the same thing said in Python (`tests/policy/test_constitution.py`), which
judges afterwards what the gate let happen.
"""

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.attacks.house import NOW, SECOND, build, digest_of, manifest, opened, tool
from tests.policy.test_constitution import ARGUMENTS, FAMILIES, LABELS, RULES

from tertius.adapters.by_hand import ByHand, Crew
from tertius.core.constitution import Constitution, ConstitutionRule
from tertius.core.constraints import AnyValue
from tertius.core.grants import DelegationCeiling, PeerGrant
from tertius.core.label import Confidentiality, Integrity
from tertius.core.outcome import Outcome
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.policy.conditions_document import Conditions
from tertius.policy.constitution import ConstitutionLayer
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.in_force import PolicyFlawError

AGENTS = tuple(FAMILIES)
TOOLS = ("ledger.pay", "sis.read")
EDGES = ("message.send", "delegate", "rate", "hand_off")
LIMIT = 12  # worlds in `make test`; each with up to 40 acts
ACTS = 40

ON_BEHALF: dict[str, Any] = {"action": "tool.call", "resource": "ledger.pay", "peer": None}

Act = dict[str, Any]


@st.composite
def acts(draw: st.DrawFn) -> Act:
    action = draw(st.sampled_from(["tool.call", "tool.call", *EDGES]))
    on_tool = action == "tool.call"
    return {
        "agent": draw(st.sampled_from([*AGENTS * 3, "stranger"])),
        "action": action,
        "resource": draw(st.sampled_from([*TOOLS, "note"])) if on_tool else None,
        "peer": None if on_tool else draw(st.sampled_from(AGENTS)),
        "arguments": draw(ARGUMENTS),
        "label": draw(LABELS),
        "chain": draw(st.sampled_from([None] * 8 + [0, 1, 2, 3, -1, -1])),
        "later": draw(st.sampled_from([0] * 40 + [1] * 18 + [40, 100_000])),
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Random rules, and manifests that grant at random, up to everything."""
    texts = draw(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=2, unique=True))
    constitution = Constitution(
        name="house", version=1, accountable="p-17",
        schema="type Arguments = { amount?: Long };",
        rules=tuple(
            ConstitutionRule(id=f"k{n}", why=f"reason {n}", cedar=text)
            for n, text in enumerate(texts, 1)
        ),
        not_before=0, not_after=NOW + 50_000 * SECOND,
    )  # fmt: skip
    kinds = draw(st.sampled_from([EDGES, EDGES, EDGES[:2], EDGES[2:]]))
    free = (AnyValue(argument="amount", optional=True), AnyValue(argument="to", optional=True))
    # where a rule forbids all that an agent could be granted, nothing would start with such a grant
    there = [a for a in AGENTS if a != "advisor" or not any('family == "g"' in t for t in texts)]
    linked = [a for a in there if a != "tutor" or not any('Agent::"tutor"' in t for t in texts)]
    agents = []
    for agent in there:
        others = tuple(each for each in linked if each != agent and agent in linked)
        granted = draw(st.sampled_from([TOOLS, TOOLS, TOOLS, TOOLS[:1], ()]))
        depth = draw(st.sampled_from([3, 2, 1, 0]))
        agents.append(
            manifest(
                agent,
                model_family=FAMILIES[agent],
                principal=draw(st.sampled_from(["registrar"] * 5 + ["dean"])),
                constitution=digest_of("constitution", constitution),
                tools=tuple(
                    tool(name, *free, integrity=Integrity.LOW, clearance=Confidentiality.SECRET)
                    for name in granted
                ),
                clearance=Confidentiality.SECRET,
                peers=tuple(PeerGrant(peer=o, direction="both", kinds=kinds) for o in others),
                delegation=DelegationCeiling()
                if not (depth and granted and others and "delegate" in kinds)
                else DelegationCeiling(
                    depth=depth,
                    to=others,
                    actions=("tool.call",),
                    tools=tuple(granted),
                    lifetime=60.0,
                ),
            )
        )
    return {"texts": texts, "constitution": constitution, "agents": agents}


def rooted(name: str, *through: str) -> PrincipalChain:
    """Return a chain as somebody might forge it."""
    root = Principal(name=name, kind="person", identity="bound")
    links = [Principal(name=each, kind="agent", delegation=f"{each}/d") for each in through]
    return PrincipalChain(links=(root, *links))


def live(world: dict[str, Any], wanted: list[Act], folder: Path) -> list[Request]:
    """Let the agents do what they want; return the requests that were permitted."""
    now, done = [NOW], list[Request]()
    chains = [rooted("registrar"), rooted("dean"), rooted("registrar", "planner"),
              rooted("dean", "planner", "helper")]  # fmt: skip
    principals = {each.agent: each.principal for each in world["agents"]}
    nothing = Conditions(name="none", version=1)
    build(folder, *world["agents"], constitution=world["constitution"], conditions=nothing)
    with opened(folder, clock=lambda: now[0]) as governed:
        hands = ByHand(clock=lambda: now[0])
        hands.attach(Crew(), governed.gate)
        for act in wanted:
            now[0] += act["later"] * SECOND
            own = rooted(principals.get(act["agent"], "registrar"))
            chain = own if act["chain"] is None else chains[act["chain"]]
            fields = {name: act[name] for name in ("agent", "action", "resource", "peer", "label")}
            if act["action"] == "delegate" and act["agent"] in AGENTS:
                try:
                    with hands.agent(act["agent"], run="r", chain=chain, task="t") as me:
                        chains.append(
                            me.delegate(act["peer"], actions=["tool.call"], tools=TOOLS[:1],
                                        lifetime=50.0, depth=0)
                        )  # fmt: skip
                except NotPermittedError:
                    pass
            for agent, more in ((act["agent"], {}), (act["peer"], ON_BEHALF)):
                if more and act["action"] != "delegate":
                    continue  # else the receiver goes on with the authority that it was given
                given = {**fields, "agent": agent, "chain": chains[-1] if more else chain, **more}
                asked = governed.gate.ask(
                    arguments=act["arguments"], run="r", task="t", identity="bound", **given
                )
                if asked.decision.obeyed is Outcome.PERMIT:
                    assert asked.request is not None
                    assert asked.request.decoded() == asked.decision.frozen_arguments()
                    done.append(asked.request)
        done += [
            each for each in governed.gate.running() if each.id not in {other.id for other in done}
        ]
    return done


def forbidden(world: dict[str, Any], done: list[Request]) -> list[Request]:
    """Return what happened and must not have: forbidden by a rule, or not told by it."""
    return [
        request
        for request in done
        if any(RULES[text](request) is not False for text in world["texts"])
        or request.time > world["constitution"].not_after
    ]


@settings(
    max_examples=LIMIT, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(worlds(), st.lists(acts(), min_size=10, max_size=ACTS))
def test_random_groups_never_bring_about_what_is_forbidden(
    world: dict[str, Any], wanted: list[Act]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = live(world, wanted, Path(folder) / "house")
        except PolicyFlawError:
            assume(False)
        assert forbidden(world, done) == []


def everything() -> tuple[dict[str, Any], list[Act]]:
    """A world that grants all, with one rule, and acts that keep and break it."""
    text = next(each for each in sorted(RULES) if "amount * 3" in each)
    constitution = Constitution(
        name="house", version=1, accountable="p-17", schema="type Arguments = { amount?: Long };",
        rules=(ConstitutionRule(id="k1", why="w", cedar=text),),
        not_before=0, not_after=NOW + 50_000 * SECOND,
    )  # fmt: skip
    aid = manifest(
        "aid", model_family="f", principal="registrar",
        constitution=digest_of("constitution", constitution),
        tools=(tool("ledger.pay", AnyValue(argument="amount", optional=True)),),
    )  # fmt: skip
    amounts: list[Any] = [1, 300, 301, 2**53 - 1, -(2**53) + 1, True, "1", 5.5, None, [1]]
    base = {"agent": "aid", "action": "tool.call", "resource": "ledger.pay", "peer": None,
            "label": None, "chain": 0, "later": 0}  # fmt: skip
    wanted = [{**base, "arguments": {"amount": amount}} for amount in amounts]
    return {"texts": [text], "constitution": constitution, "agents": [aid]}, wanted


@pytest.mark.parametrize("defended", [True, False])
def test_the_judge_of_these_tests_sees_it_when_the_constitution_is_not_asked(
    defended: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, wanted = everything()
    if not defended:
        numbers = itertools.count()
        abstain = ConstitutionLayer.judge

        def silent(self: ConstitutionLayer, request: Request) -> Any:
            with monkeypatch.context() as patch:
                patch.setattr(type(self.rules), "fired", lambda self, request, chronicle: ())
                next(numbers)
                return abstain(self, request)

        monkeypatch.setattr(ConstitutionLayer, "judge", silent)
    done = live(world, wanted, tmp_path / "house")
    assert {
        request.decoded()["amount"] for request in done if type(request.decoded()["amount"]) is int
    } >= {1, 300}
    assert (forbidden(world, done) == []) is defended
