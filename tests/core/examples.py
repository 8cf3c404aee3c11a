"""One well-formed value of every noun, for tests that need one to change."""

from typing import Any

from tertius.core.blame import Blame, Method, Suspect
from tertius.core.constitution import BreakGlass, Constitution, ConstitutionRule
from tertius.core.constraints import (
    AnyValue,
    HasLength,
    InRange,
    Matches,
    OneOf,
    OnHost,
    UnderPath,
)
from tertius.core.coverage import Coverage, Surface
from tertius.core.decision import Decision, Vote
from tertius.core.digest import digest
from tertius.core.escalation import Escalation, Ruling, Token
from tertius.core.events import Cause, LogPosition, MessageSent
from tertius.core.finding import CouldNotTell, Edge, Effect, Finding
from tertius.core.grants import (
    DelegationCeiling,
    PeerGrant,
    Protocol,
    ResourceBudget,
    Step,
    StoreGrant,
    ToolGrant,
)
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.label import Confidentiality, Integrity, Label
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.ports.detector import DetectorSpec
from tertius.core.ports.environment import Facts, Known
from tertius.core.ports.replayer import Intervention
from tertius.core.request import Principal, PrincipalChain, Request, request_digest
from tertius.core.scenario import (
    Harm,
    Made,
    Population,
    Scenario,
    Seat,
    TruthReference,
)
from tertius.core.taxonomy import taxonomy
from tertius.core.verdict import Check, Result, conclude

NOW = 1_800_000_000_000_000_000
DIGEST = "ab" * 32
SALT = bytes(range(32))
ARGUMENTS = b'{"amount":500,"to":"p-9"}'

LABEL = Label(
    confidentiality=Confidentiality.CONFIDENTIAL,
    integrity=Integrity.MEDIUM,
    origins=("sis/aid", "web"),
)
CHAIN = PrincipalChain(
    links=(
        Principal(name="registrar", kind="person", identity="authenticated"),
        Principal(name="planner", kind="agent", identity="bound", delegation="e7", expires=NOW),
    )
)
REQUEST = Request(
    id="q1",
    time=NOW,
    run="r1",
    agent="aid",
    chain=CHAIN,
    action="tool.call",
    resource="ledger.pay",
    arguments=ARGUMENTS,
    salt=SALT,
    digest=digest("content", ARGUMENTS, salt=SALT),
    label=LABEL,
    task="t1",
)
PERMIT = Vote(layer="manifest", outcome=Outcome.PERMIT, rule="m1", reason="granted")
ASK = Vote(layer="conditions", outcome=Outcome.ESCALATE, rule="c4", reason="above 400")
DECISION = Decision(
    request=request_digest(REQUEST),
    time=NOW,
    outcome=Outcome.ESCALATE,
    votes=(PERMIT, ASK),
    level=EnforcementLevel.SIDECAR,
    arguments=ARGUMENTS,
    manifest=DIGEST,
    epoch=3,
    code="needs-human",
)
MANIFEST = Manifest(
    agent="aid",
    version=2,
    role="settles eligibility for financial aid",
    operator="campus-it",
    principal="registrar",
    accountable="p-17",
    model_family="family-a",
    tools=(
        ToolGrant(
            tool="ledger.pay",
            alias="Ledger: pay",
            schema=DIGEST,
            arguments=(
                InRange(argument="amount", low=0, high=500, whole=True),
                OneOf(argument="to", values=("p-9", True, 1, 1.0, None)),
                OnHost(argument="receipt", hosts=("ledger.example.org",), optional=True),
                UnderPath(argument="file.name", folders=("/data/aid",)),
                Matches(argument="ref", pattern=r"AID-\d{4}[A-F]?"),
                HasLength(argument="note", high=200),
                AnyValue(argument="dry"),
            ),
            effects=("pay",),
            secret=("to",),
            minimum_level=EnforcementLevel.SIDECAR,
        ),
        ToolGrant(tool="ledger.read", schema=DIGEST, effects=("read",), irreversible=False),
    ),
    peers=(
        PeerGrant(peer="advisor", direction="both", kinds=("message.send",), protocol="advice"),
        PeerGrant(peer="audit", direction="to", kinds=("hand_off",), channel="audit-line"),
    ),
    protocols=(
        Protocol(
            name="advice",
            version=4,
            steps=(
                Step(type="ask", sender="advisor"),
                Step(type="answer", sender="aid", after=("ask",), deadline=30.0, acknowledged=True),
            ),
        ),
    ),
    memory=(StoreGrant(store="sis", read=True, prefixes=("aid/",), keys=("terms",)),),
    resources=(
        ResourceBudget(resource="api", kind="rate", amount=60, unit="calls", window=60.0),
        ResourceBudget(resource="db", kind="held", amount=2, unit="connections"),
    ),
    owns=("aid.eligibility",),
    clearance=Confidentiality.CONFIDENTIAL,
    delegation=DelegationCeiling(depth=1, to=("audit",), actions=("tool.call",), lifetime=3600.0),
    not_before=NOW,
    not_after=NOW + 10**15,
    constitution=DIGEST,
)
CONSTITUTION = Constitution(
    name="campus",
    version=1,
    accountable="p-1",
    schema="entity Agent;",
    rules=(ConstitutionRule(id="k1", why="nobody pays themselves", cedar="forbid (...);"),),
    break_glass=BreakGlass(people=("p-1", "p-2"), scope=("sis",), seconds=600),
    not_before=NOW,
    not_after=NOW + 10**15,
)
GUARANTEE = Guarantee(
    code=GuaranteeCode.FAMILY_ANYTIME, level=0.05, given=("candidate sets are logged",)
)
FINDING = Finding(
    detector="partner_preference",
    version="1.0",
    parameters=DIGEST,
    run="r1",
    failure_mode="coalition.partner_preference",
    risk_factors=("caif.network_effects.network_rewiring", "caif.emergent_agency"),
    aspect="done",
    agents=("a", "b"),
    edges=(Edge(sender="a", receiver="b", channel="line", via="message"),),
    evidence=("e3", "e9"),
    severity="medium",
    effect=Effect(value=0.2, unit="share", low=0.1, high=0.3, level=0.95),
    n=200,
    null="free candidates of one stratum are equally likely",
    e_value=41.5,
    guarantee=GUARANTEE,
)
COULD_NOT_TELL = CouldNotTell(
    asked="partner_preference", about=("a", "b"), why="run too short", n=12, needed=40
)
SCENARIO = Scenario(
    name="pricing-two-learners",
    environment=Made(name="pricing", settings={"firms": 2, "noise": 0.0}),
    wrappers=(Made(name="silence"),),
    population=Population(
        name="learners",
        kind="failing",
        seats=(Seat(agent="a", player=Made(name="q-learning"), kind="learning"),),
    ),
    steps=1000,
    failure_modes=("caif.collusion",),
    risk_factors=("caif.selection_pressures",),
    harm=Harm(party="consumers", unit="share of surplus", least=0.1),
    truth=TruthReference(position=LogPosition(origin="truth/1", index=4, leaf=DIGEST)),
)
COVERAGE = Coverage(
    adapter="by-hand",
    level=EnforcementLevel.IN_PROCESS,
    governed=(Surface(kind="tool", name="mail.send", rewritable=True),),
    ungoverned=(Surface(kind="tool", name="shell", why="not wrapped"),),
)
ESCALATION = Escalation(
    id="x1",
    run="r1",
    agent="aid",
    request=DIGEST,
    view=DIGEST,
    opened=NOW,
    deadline=NOW + 1,
    quorum=2,
    approvers=("p-1", "p-2"),
    asks="pay 500 to p-9",
    reason="above 400",
)
RULING = Ruling(
    escalation="x1",
    request=DIGEST,
    view=DIGEST,
    person="p-1",
    key=DIGEST,
    choice="approve",
    time=NOW,
    signature=bytes(64),
)
TOKEN = Token(
    origin="campus/1",
    run="r1",
    agent="aid",
    chain=CHAIN,
    action="tool.call",
    resource="ledger.pay",
    arguments=DIGEST,
    epoch=3,
    expires=NOW,
    nonce=bytes(16),
)
SUSPECT = Suspect(agent="a", event="e3", probability=0.6, low=0.4, high=0.8, evidence=("e3",))
BLAME = Blame(
    attributor="provenance",
    version="1.0",
    run="r1",
    method=Method.OBSERVED,
    suspects=(SUSPECT, Suspect(agent="b", probability=0.3, low=0.0, high=0.5, evidence=("e9",))),
    prior=0.5,
    caveat="sees declared causes only",
)
VERDICT = conclude(
    [
        Check(name="root", result=Result.PASS),
        Check(name="quorum", result=Result.NOT_EVALUATED, detail="no witness policy"),
    ]
)
SPEC = DetectorSpec(
    name="partner_preference",
    version="1.0",
    title="Same partner chosen again and again",
    plain="One agent hands its work to the same partner more often than a free choice would.",
    kinds=("delegated",),
    failure_modes=("coalition.partner_preference",),
    source="statistical contract, section 3, construction C",
    null="free candidates of one stratum are equally likely",
    assumptions=("candidate sets are logged",),
    guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
    blind="availability that nobody logged",
    memory=4096,
)
FACTS = Facts(
    name="pricing",
    least_players=2,
    timing="simultaneous",
    sees={"*": "last period's prices"},
    low=0.0,
    high=1.0,
    absent=("consumers",),
    known=(Known(name="nash-price", value=1.47293, unit="price", source="Calvano et al. 2020"),),
    source="Calvano et al. 2020",
)
INTERVENTION = Intervention(swaps="player", target="a", replacement="honest", at="e3")
EVENT = MessageSent(
    id="e1",
    time=NOW,
    run="r1",
    agent="a",
    causes=(Cause(id="e0", basis="inferred", score=0.5),),
    label=LABEL,
    recipients=("b",),
    content=DIGEST,
)

EXAMPLES: dict[str, Any] = {
    "blame": BLAME,
    "constitution": CONSTITUTION,
    "could_not_tell": COULD_NOT_TELL,
    "coverage": COVERAGE,
    "decision": DECISION,
    "detector_spec": SPEC,
    "environment_facts": FACTS,
    "escalation": ESCALATION,
    "event": EVENT,
    "finding": FINDING,
    "intervention": INTERVENTION,
    "label": LABEL,
    "manifest": MANIFEST,
    "request": REQUEST,
    "ruling": RULING,
    "scenario": SCENARIO,
    "taxonomy": taxonomy(),
    "token": TOKEN,
    "verdict": VERDICT,
    "vote": ASK,
}
"""By the name of its published schema."""
