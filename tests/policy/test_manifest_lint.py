"""Each flaw of a manifest, with its place and an example; and sound manifests without any."""

from typing import Any

import pytest
from tests.policy.documents import ADVISOR, AID, NOW, START, manifest, tool

from tertius.core.constraints import (
    AnyValue,
    InRange,
    Matches,
    OneOf,
    UnderPath,
)
from tertius.core.grants import (
    DelegationCeiling,
    PeerGrant,
    Protocol,
    ResourceBudget,
    Step,
    StoreGrant,
)
from tertius.core.label import Confidentiality
from tertius.core.manifest import Manifest
from tertius.policy.flaw import Flaw, Source
from tertius.policy.manifest_file import parse_manifest
from tertius.policy.manifest_lint import lint
from tertius.policy.strict_yaml import parse_yaml


def flaws(*manifests: Manifest, now: int = NOW) -> list[tuple[str, str, str]]:
    sources = [Source(manifest=m, file=f"{n}.yaml") for n, m in enumerate(manifests)]
    return [(flaw.kind, flaw.said, flaw.example) for flaw in lint(sources, now=now)]


def peer(name: str = "p-1", **settings: Any) -> PeerGrant:
    fields: dict[str, Any] = {"direction": "to", "kinds": ("message.send",), "via": "human"}
    return PeerGrant(peer=name, **{**fields, **settings})


def constrained(*arguments: Any, **settings: Any) -> Manifest:
    return manifest(tools=(tool("t", *arguments, **settings),))


def test_sound_manifests_have_none() -> None:
    assert flaws(AID, ADVISOR) == []


ASK = Step(type="ask", sender="aid")
TALK_A = Protocol(name="talk", steps=(Step(type="ask", sender="a"),))


def talking(*steps: Step, kinds: Any = ("message.send",)) -> Manifest:
    """Two people whom `aid` talks with under a protocol."""
    peers = tuple(
        peer(name, protocol="talk", direction="both", kinds=kinds) for name in ("p-1", "p-2")
    )
    return manifest(peers=peers, protocols=(Protocol(name="talk", steps=steps),))


@pytest.mark.parametrize(
    ("flawed", "kind", "said", "example"),
    [
        (constrained(Matches(argument="a", pattern="[z-a]")), "unreadable", "bad range", "`t`"),
        (constrained(AnyValue(argument="a"), OneOf(argument="a.b", values=(1,))), "contradicts",
         "as a whole and in part", "`t`"),
        (constrained(InRange(argument="a", low=0.2, high=0.8, whole=True)), "never-fires",
         "no whole number lies between 0.2 and 0.8", "any call of `t`"),
        (constrained(Matches(argument="a", pattern="b{9}", max_length=8)), "never-fires",
         "the shortest match has 9 characters", "`t`"),
        (constrained(UnderPath(argument="a", folders=("/data", "/data/x"))), "shadowed",
         "folder `/data/x` lies in `/data` already", "`/data/x/x`"),
        (constrained(OneOf(argument="a", values=(1, 1.0))), "shadowed",
         "`1.0` and `1` are one value", "`1`"),
        (constrained(AnyValue(argument="amount"), secret=("amuont",)), "never-fires",
         "did you mean `amount`", "amuont"),
        (constrained(clearance=Confidentiality.SECRET), "never-fires",
         "the agent holds nothing above `public`", "secret"),
        (manifest(memory=(StoreGrant(store="s", read=True, keys=("a/b",), prefixes=("a/",)),)),
         "shadowed", "`a/b` is covered by the prefix `a/`", "`a/b`"),
        (manifest(memory=(StoreGrant(store="s", read=True, prefixes=("", "a/")),)), "shadowed",
         "`a/` is covered by the prefix ``", "`a/`"),
        (manifest(peers=(peer(), peer(channel="line"))), "shadowed",
         "granted by `peers` 1", "from `aid` to `p-1`"),
        (manifest(protocols=(Protocol(name="talk", steps=(ASK,)),)), "never-fires",
         "no peer follows protocol `talk`", "`ask`"),
        (manifest(peers=(peer(protocol="talk"),),
                  protocols=(Protocol(name="talk", steps=(Step(type="ask", sender="p1"),)),)),
         "never-fires", "`p1` sends `ask` and is no party of `talk`; did you mean `p-1`", "`ask`"),
        (talking(Step(type="ask", sender="aid"), Step(type="x", sender="p-1")),
         "never-fires", "no edge from `p-1` that follows `talk` carries it", "`x`"),
        (talking(Step(type="ask", sender="aid", deadline=1.0)),
         "never-fires", "nothing comes before that it could count from", "`ask`"),
        (talking(Step(type="delegate", sender="aid", acknowledged=True), kinds=("delegate",)),
         "never-fires", "nobody takes such an act in", "`delegate`"),
        (manifest(peers=(peer(protocol="talk", kinds=("message.send", "accept")),),
                  protocols=(Protocol(name="talk", steps=(ASK,)),)),
         "never-fires", "`accept` cannot be put in an order", "`accept`"),
        (manifest(resources=(ResourceBudget(resource="gpu", kind="held", amount=0, unit="h"),)),
         "never-fires", "a budget of 0 h", "1 h of `gpu`"),
        (manifest(resources=(ResourceBudget(resource="gpu", kind="total", amount=0.5, unit="h"),)),
         "never-fires", "a budget of 0.5 h", "1 h of `gpu`"),
        (manifest(delegation=DelegationCeiling(depth=1, to=("p-1",), lifetime=1.0)),
         "never-fires", "no `delegate` edge leads there", "`delegate` to `p-1`"),
        (manifest(peers=(peer(kinds=("delegate",)),),
                  delegation=DelegationCeiling(depth=1, to=("p-1",), tools=("x",), lifetime=1.0)),
         "never-fires", "passes on `x`, which it does not hold", "`x`"),
        (manifest(peers=(peer("advisr", via="message"),)), "never-fires",
         "no manifest of peer `advisr`", "from `aid` to `advisr`"),
    ],
)  # fmt: skip
def test_each_flaw_of_one_manifest(flawed: Manifest, kind: str, said: str, example: str) -> None:
    found = flaws(flawed)
    assert len(found) == 1, found
    assert found[0][0] == kind and said in found[0][1] and example in found[0][2], found


def test_a_step_that_waits_for_a_third_partys_can_never_come() -> None:
    talk = Protocol(
        name="talk",
        steps=(Step(type="ask", sender="b"), Step(type="tell", sender="c", after=("ask",))),
    )
    edges = {n: peer(n, via="message", direction="both", protocol="talk") for n in "abc"}
    kinds = flaws(
        manifest("a", peers=(edges["b"], edges["c"]), protocols=(talk,)),
        manifest("b", peers=(peer("a", via="message", direction="both"),)),
        manifest("c", peers=(peer("a", via="message", direction="both"),)),
    )
    assert len(kinds) == 1 and "`tell` comes after what others" in kinds[0][1], kinds


def test_a_manifest_that_has_ended_is_inert() -> None:
    (ended, *_) = lint([Source(manifest=AID, file="a")], now=AID.not_after + 1)
    assert (ended.kind, ended.stops) == ("inert", False)
    assert ended.said == "`aid` may do nothing: expired on 1970-01-01; sign a new version"
    assert flaws(AID, ADVISOR, now=START - 1) == [], "one that is yet to begin can"


def test_nothing_is_said_of_a_peer_whose_manifest_cannot_be_read() -> None:
    source = Source(manifest=AID, file="a")
    (flaw,) = lint([source], now=NOW)
    assert flaw.said.startswith("no manifest of peer `advisor`")
    assert lint([source], now=NOW, unread={"advisor"}) == ()


@pytest.mark.parametrize(
    ("one", "other", "kind", "said"),
    [
        (manifest("a", owns=("x",)), manifest("b", owns=("x",)), "overlap",
         "`b` and `a` both own `x`"),
        (manifest("a"), manifest("A"), "case", "agent `A` differs only in case from `a`"),
        (manifest("a", tools=(tool("t"),)), manifest("b", tools=(tool("T"),)), "case",
         "tool `T` differs only in case"),
        (manifest("a"), manifest("a", version=2), "contradicts", "a second manifest of `a`"),
        (manifest("a"), manifest("b", constitution="dd" * 32), "contradicts",
         "the constitution is another one in `0.yaml`"),
        (manifest("a", tools=(tool("t"),)), manifest("b", tools=(tool("t", schema="dd" * 32),)),
         "contradicts", "the schema of `t` is another one"),
        (manifest("a", resources=(ResourceBudget(resource="g", kind="held", amount=1, unit="h"),)),
         manifest("b", resources=(ResourceBudget(resource="g", kind="held", amount=1, unit="s"),)),
         "contradicts", "the budget of `g` is another one in `0.yaml`"),
        (manifest("a", resources=(ResourceBudget(resource="g", kind="held", amount=1, unit="h"),)),
         manifest("b", resources=(ResourceBudget(resource="g", kind="held", amount=2, unit="h"),)),
         "contradicts", "the budget of `g`"),
        (manifest("a", resources=(ResourceBudget(resource="g", kind="held", amount=1, unit="h"),)),
         manifest("b", resources=(ResourceBudget(resource="g", kind="total", amount=1, unit="h"),)),
         "contradicts", "the budget of `g`"),
        (manifest("a", peers=(peer("b", via="message", protocol="talk"),), protocols=(TALK_A,)),
         manifest("b", peers=(peer("a", via="message", direction="from", protocol="tell"),),
                  protocols=(Protocol(name="tell", steps=TALK_A.steps),)),
         "contradicts", "it follows `tell`, in `0.yaml` it follows `talk`"),
        (manifest("a", peers=(peer("b", via="message", protocol="talk"),),
                  protocols=(Protocol(name="talk", steps=(*TALK_A.steps,
                                      Step(type="answer", sender="b", after=("ask",)))),)),
         manifest("b", peers=(peer("a", via="message", direction="from"),)),
         "never-fires", "no edge from `b` that follows `talk` carries it"),
        (manifest("a", peers=(peer("b", via="message"),)), manifest("b"), "never-fires",
         "`b` does not accept it from `a`: `message.send`"),
        (manifest("a"), manifest("b", peers=(peer("a", via="message", direction="from"),)),
         "never-fires", "`a` does not send it to `b`"),
    ],
)  # fmt: skip
def test_each_flaw_of_two_manifests(one: Manifest, other: Manifest, kind: str, said: str) -> None:
    found = flaws(one, other)
    assert len(found) == 1, found
    assert found[0][0] == kind and said in found[0][1] and found[0][2], found


def test_a_flaw_has_line_and_column() -> None:
    text = f"""\
agent: aid
version: 1
role: r
operator: o
principal: p
accountable: x
model_family: m
not_before: 2026-01-01
not_after: 2027-01-01
constitution: {"ab" * 32}
peers:
  - peer: nobody
    direction: to
    kinds: [message.send]
"""
    document = parse_yaml(text.encode(), file="aid.yaml")
    source = Source(manifest=parse_manifest(document), file="aid.yaml", document=document)
    (flaw,) = lint([source], now=source.manifest.not_before)
    assert flaw.place == "aid.yaml:12:11"


def test_flaws_are_sorted_by_place() -> None:
    assert Flaw(where="a", line=2, kind="case", said="x") < Flaw(
        where="a", line=10, kind="case", said="x"
    )
