from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.asked import NOW, asked, chain, constitution, layer

from tertius.core.constitution import ConstitutionError
from tertius.core.decision import Fault, Vote, combine
from tertius.core.errors import TertiusError
from tertius.core.label import Confidentiality, Integrity, Label
from tertius.core.outcome import Outcome
from tertius.core.request import Action, PrincipalChain, Request
from tertius.log.notekey import SigningKey
from tertius.policy.conditions_document import KIND as CONDITIONS
from tertius.policy.conditions_document import Conditions, load_conditions
from tertius.policy.constitution import (
    KIND,
    ConstitutionLayer,
    NotInForceError,
    load_constitution,
)
from tertius.policy.envelope import EnvelopeError, Statement, Subject, TooFewSignaturesError, sign
from tertius.policy.request_context import Member
from tertius.policy.request_schema import EDGES
from tertius.policy.roots import Root, RootDocument, RootKey
from tertius.policy.signed import WrongRootError
from tertius.policy.versions import RolledBackError, Versions

HEAD = "forbid (principal, action, resource)"


KEYS = {name: SigningKey(name, bytes([number]) * 32) for number, name in enumerate("abc")}


def root(role: Any = "constitution", threshold: int = 2) -> Root:
    keys = tuple(RootKey(person=n, key=key.verifier.vkey) for n, key in KEYS.items())
    return Root(
        RootDocument(
            role=role, version=1, threshold=threshold, keys=keys, not_before=0, not_after=NOW
        )
    )


def signed(document: Any, *names: str, kind: str = KIND) -> bytes:
    """The document as it is signed; a mapping stands for one that no noun would take."""
    subject = Subject(name="campus", digest={"sha256": "0" * 64})
    plain = msgspec.to_builtins(document)
    payload = msgspec.json.encode(
        Statement(subject=(subject,), predicate_type=kind, predicate=plain)
    )
    envelope = None
    for name in names:
        envelope = sign(payload, KEYS[name], beside=envelope)
    assert envelope is not None
    return envelope.encode()


def test_forbids_escalates_or_abstains_and_never_permits() -> None:
    held = layer(
        'forbid (principal, action, resource == Resource::"sis.delete");',
        '@escalate forbid (principal, action == Action::"tool.call", resource);',
    )
    assert held.judge(asked(resource="sis.delete")) == Vote(
        layer="constitution", outcome=Outcome.FORBID, rule="k1", reason="reason 1 (and 1 more)"
    )
    assert held.judge(asked(resource="sis.read")).outcome is Outcome.ESCALATE
    assert held.judge(asked("rate", "sis.read")).outcome is Outcome.ABSTAIN


def test_outside_its_validity_nothing_is_judged() -> None:
    held = layer(HEAD + " when { context.hops > 9 };")
    assert held.judge(asked(time=NOW)).outcome is Outcome.ABSTAIN
    with pytest.raises(NotInForceError):
        held.judge(asked(time=2 * NOW + 1))


def test_a_rule_about_the_past_needs_a_history() -> None:
    with pytest.raises(ConstitutionError, match="no history is kept"):
        layer(HEAD + " when { context.counts.agent_hour > 5 };")


def test_loads_what_enough_people_signed_and_nothing_older() -> None:
    document = constitution(HEAD + ";", version=3)
    raw = signed(document, "a", "b")
    held, versions = load_constitution(raw, root(), versions=Versions())
    assert held.document == document
    assert load_constitution(raw, root(), versions=versions) == (held, versions)
    older = signed(constitution(HEAD + ";", version=2), "a", "b")
    with pytest.raises(RolledBackError, match="version 3 was in force"):
        load_constitution(older, root(), versions=versions)
    other = signed(constitution(HEAD + ";", HEAD + ";", version=3), "a", "b")
    with pytest.raises(RolledBackError, match="under the same version"):
        load_constitution(other, root(), versions=versions)


def test_one_signature_the_manifests_root_or_another_kind_is_not_enough() -> None:
    document = constitution(HEAD + ";")
    with pytest.raises(TooFewSignaturesError):
        load_constitution(signed(document, "a"), root(), versions=Versions())
    with pytest.raises(WrongRootError, match="a root for `manifests`"):
        load_constitution(signed(document, "a", "b"), root("manifests"), versions=Versions())
    wrong = signed(document, "a", "b", kind="urn:tertius:manifest:v1")
    with pytest.raises(EnvelopeError, match="expected `urn:tertius:constitution:v1`"):
        load_constitution(wrong, root(), versions=Versions())


@pytest.mark.parametrize(
    "change", [{"version": 0}, {"rules": []}, {"nme": "x"}, {"schema": ""}, {"accountable": ""}]
)
def test_refuses_what_is_no_constitution(change: dict[str, Any]) -> None:
    document = {**msgspec.to_builtins(constitution(HEAD + ";")), **change}
    with pytest.raises(EnvelopeError, match="no constitution: "):
        load_constitution(signed(document, "a", "b"), root(), versions=Versions())


def test_conditions_stand_under_the_manifests_root() -> None:
    document = Conditions(name="terms", version=2)
    raw = signed(document, "a", "c", kind=CONDITIONS)
    held, versions = load_conditions(raw, root("manifests"), versions=Versions())
    assert held.document == document and versions.last("conditions") is not None
    with pytest.raises(WrongRootError):
        load_conditions(raw, root(), versions=Versions())


# -- what the constitution forbids is never brought about ------------------------------------------

# Each rule stands beside the same thing said in Python. The second half of the pair answers True
# (forbidden), False, or None where the rule cannot be told, which must come to a forbid as well.

FAMILIES = {"aid": "f", "tutor": "f", "advisor": "g"}
MEMBERS = tuple(
    Member(agent=a, operator="campus", principal="dean", family=f) for a, f in FAMILIES.items()
)


def amount(request: Request) -> Any:
    return request.decoded().get("amount")


def long(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def over(request: Request) -> bool | None:
    value = amount(request)
    if value is None and "amount" not in request.decoded():
        return False
    return value > 500 if long(value) else None


def tripled(request: Request) -> bool | None:
    value = amount(request)
    if value is None and "amount" not in request.decoded():
        return False
    return value * 3 > 900 if long(value) and long(value * 3) else None


def secret(request: Request) -> bool:
    return request.label is None or request.label.confidentiality is Confidentiality.SECRET


def from_web(request: Request) -> bool:
    return (
        request.label is None or request.label.origins == ("*",) or "web" in request.label.origins
    )


def family(request: Request) -> bool | None:
    return FAMILIES[request.agent] == "g" if request.agent in FAMILIES else None


RULES: dict[str, Any] = {
    'forbid (principal, action == Action::"tool.call", resource == Resource::"ledger.pay") when '
    "{ context.arguments has amount && context.arguments.amount > 500 };": lambda q: (
        over(q) if (q.action, q.resource) == ("tool.call", "ledger.pay") else False
    ),
    f"{HEAD} when {{ context.arguments has amount && context.arguments.amount * 3 > 900 }};": (
        tripled
    ),
    f"{HEAD} when {{ context.confidentiality > 2 }};": secret,
    f'{HEAD} when {{ context.all_origins || context.origins.contains("web") }};': from_web,
    f'{HEAD} when {{ principal.family == "g" }};': family,
    'forbid (principal == Agent::"tutor", action, resource is Agent);': lambda q: (
        q.agent == "tutor" and (q.resource is None or (q.peer is not None and q.action in EDGES))
    ),
    f"{HEAD} when {{ context.hops > 2 }};": lambda q: len(q.chain.links) > 2,
    f'{HEAD} unless {{ context.root == "registrar" }};': lambda q: q.chain.names[0] != "registrar",
    f"{HEAD} when {{ context has peer && context.peer == principal }};": lambda q: (
        q.peer == q.agent
    ),
}
AGENTS = st.sampled_from(["aid", "tutor", "advisor", "stranger"])
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.sampled_from([500, 501, 300, 301, 2**62, 2**63, -(2**63), True, 5.5, "501", None, [501]]),
)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["amount", "to", "__entity", "amoun\u0442"]), NUMBERS, max_size=3
)
LABELS = st.one_of(
    st.none(),
    st.builds(
        lambda c, i, o: Label(confidentiality=c, integrity=i, origins=tuple(sorted(set(o)))),
        st.sampled_from(Confidentiality),
        st.sampled_from(Integrity),
        st.lists(st.sampled_from(["web", "sis"]), max_size=2),
    ),
)
CHAINS = st.sampled_from([chain(), chain("planner"), chain("planner", "helper")])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    action: Action = draw(st.sampled_from(["tool.call", "message.send", "delegate", "rate"]))
    resource = draw(st.sampled_from(["ledger.pay", "sis.read", None]))
    peer = draw(AGENTS if resource is None else st.one_of(st.none(), AGENTS))
    links: PrincipalChain = draw(CHAINS)
    return asked(
        action,
        resource,
        agent=draw(AGENTS),
        peer=peer,
        arguments=draw(ARGUMENTS),
        label=draw(LABELS),
        links=links,
    )


def outcome(held: ConstitutionLayer, request: Request, others: list[Vote]) -> Outcome:
    """What the gate makes of it: whatever a layer raises is a fault."""
    try:
        return combine([held.judge(request), *others])
    except TertiusError as error:
        return combine(others, [Fault(layer="constitution", message=str(error)[:1000])])


def granted(rule: str) -> Vote:
    return Vote(layer="manifest", outcome=Outcome.PERMIT, rule=rule, reason="anything goes")


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(sorted(RULES)), min_size=1, unique=True),
    requests(),
    st.lists(st.sampled_from(["m1", "m2"]), max_size=3),
)
def test_no_peer_manifest_delegation_or_argument_brings_about_what_is_forbidden(
    texts: list[str], request: Request, grants: list[str]
) -> None:
    held = layer(*texts, schema="type Arguments = { amount?: Long };", members=MEMBERS)
    others = [granted(rule) for rule in grants]
    said = [RULES[text](request) for text in texts]
    answer = outcome(held, request, others)
    if any(each is not False for each in said):
        assert answer is Outcome.FORBID
    else:
        assert answer is (Outcome.PERMIT if grants else Outcome.FORBID)


@given(requests(), st.sampled_from(sorted(RULES)))
def test_it_judges_the_same_twice(request: Request, text: str) -> None:
    held = layer(text, schema="type Arguments = { amount?: Long };", members=MEMBERS)
    assert outcome(held, request, []) is outcome(held, request, [])
