"""Every decoder of foreign bytes on the way to the gate, with what must hold of each answer.

A decoder either returns a value, of which more is asked (written and read again it is the same), or
refuses with one of our own errors in one line. Anything else is a finding.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import rfc8785
from tests.attacks import house

from tertius.cli.signable import SIGNABLE
from tertius.core.constitution import ConstitutionRule
from tertius.core.digest import digest
from tertius.core.errors import CallerError, TertiusError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Request
from tertius.escalation.approvers import Person, Register
from tertius.policy.allow_set import AllowSet
from tertius.policy.canonical import canonical_bytes, canonical_json
from tertius.policy.cedar import CedarRules
from tertius.policy.cedar_text import parse_rule
from tertius.policy.counters import BUILT_IN
from tertius.policy.declared_arguments import declared_arguments
from tertius.policy.document import stated
from tertius.policy.envelope import parse_envelope, read_statement
from tertius.policy.manifests import KIND, Held, hold
from tertius.policy.request_context import Member, NoChronicle
from tertius.policy.request_schema import shape
from tertius.policy.revocation import Revocations
from tertius.policy.roots import Opened, Root
from tertius.policy.strict_yaml import parse_yaml
from tertius.server import gate_wire

MAX_MESSAGE = 2_000


class Decoder(NamedTuple):
    """A decoder, and texts that it reads, from which damaged ones are made."""

    read: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]


class FindingError(AssertionError):
    """An answer that none may give."""


def outcome_of(decoder: Decoder, data: bytes) -> str:
    """Feed some bytes; return ``read`` or ``refused``.

    Raises
    ------
    FindingError
        It raised something else, or refused in words that cannot be shown.
    """
    try:
        decoder.read(data)
    except TertiusError as error:
        said = str(error)
        if not said or len(said) > MAX_MESSAGE or not said.isprintable():
            raise FindingError(f"refused with {said[:300]!r}") from error
        return "refused"
    except FindingError:
        raise
    except BaseException as error:
        raise FindingError(f"{type(error).__name__}: {str(error)[:300]}") from error
    return "read"


def _same(one: object, other: object) -> None:
    if one != other:
        raise FindingError(f"read again it is another: {str(one)[:200]} and {str(other)[:200]}")


# -- documents -------------------------------------------------------------------------------------


def _yaml(kind: str) -> Callable[[bytes], Any]:
    def read(data: bytes) -> None:
        noun, payload = SIGNABLE[kind].payload(parse_yaml(data, file=f"{kind}.yaml"))
        predicate = read_statement(payload, SIGNABLE[kind].kind).predicate
        _same(stated(predicate, type(noun), kind), noun)  # type: ignore[arg-type]

    return read


def _as_yaml(document: Any) -> bytes:
    """JSON is YAML, one value in a line; times stay whole numbers."""
    return json.dumps(msgspec.to_builtins(document), indent=1).encode()


def _manifest_payload(data: bytes) -> None:
    """A statement that enough people signed, whatever stands in it."""
    opened = Opened(statement=read_statement(data, KIND), digest="0" * 64, people=frozenset(),
                    keys=frozenset())  # fmt: skip
    found = hold(opened)
    allowed = AllowSet([Held(manifest=found.manifest, digest="0" * 64)], level=_LEVEL)
    for request in _REQUESTS:
        if allowed.judge(request).outcome not in (Outcome.PERMIT, Outcome.FORBID):
            raise FindingError("a manifest neither permits nor forbids")


def _envelope(data: bytes) -> None:
    opened = _ROOT.open(data, KIND)
    _same(parse_envelope(data).body in _SIGNED, True)  # nobody else's bytes were ever signed
    hold(opened)


# -- rules -----------------------------------------------------------------------------------------


def _rule(data: bytes) -> None:
    """Parse, type-check, and ask the rule about requests."""
    text = _text(data)
    rules = CedarRules([ConstitutionRule(id="k1", why="w", cedar=text)], _SHAPE, members=_MEMBERS)
    for request in _REQUESTS:
        try:
            fired = rules.fired(request, NoChronicle())
        except TertiusError:
            continue
        if {rule.id for rule in fired} - {"k1"}:
            raise FindingError("a rule fired that is not there")


def _parsed(data: bytes) -> None:
    parse_rule("k1", _text(data))


def _declared(data: bytes) -> None:
    shape(_text(data), BUILT_IN)
    _same(declared_arguments(_text(data)), declared_arguments(_text(data)))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


# -- requests --------------------------------------------------------------------------------------


def _arguments(data: bytes) -> None:
    """Canonical bytes are the same twice, and those that the reference implementation writes."""
    raw = canonical_json(data)
    _same(canonical_json(raw), raw)
    tree = json.loads(raw)
    _same(rfc8785.dumps(tree), raw)
    _same(canonical_bytes(tree), raw)
    _same(json.loads(data), tree)


def _request(data: bytes) -> None:
    """A request as it stands in a store, a card or a token."""
    try:
        found = msgspec.json.decode(data, type=Request)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise CallerError("no request") from error
    _same(msgspec.json.decode(msgspec.json.encode(found), type=Request), found)


def _question(data: bytes) -> None:
    """A question to the sidecar."""
    gate_wire.question(data)


def _built(action: str, arguments: bytes, **target: Any) -> Request:
    fields: dict[str, Any] = {"agent": "aid", "run": "r", "chain": house.CHAIN, "time": house.NOW}
    return Request(
        id="q1", action=action, arguments=arguments, salt=bytes(32),  # type: ignore[arg-type]
        digest=digest("content", arguments, salt=bytes(32)), **fields, **target,
    )  # fmt: skip


_LEVEL = EnforcementLevel.IN_PROCESS
_REQUESTS = (
    _built("tool.call", b'{"amount":50}', resource="ledger.pay"),
    _built("tool.call", b'{"amount":9007199254740991}', resource="ledger.pay", task="t"),
    _built("tool.call", b'{"path":"/data/x"}', resource="file.read"),
    _built("message.send", b'"hello"', peer="clerk"),
    _built("memory.read", b"{}", resource="files", key="aid/x"),
    _built("delegate", b"[]", peer="clerk"),
)
_ROOT = Root(house.root_of("manifests", house.REVIEWERS))
_SIGNED = tuple(house.payload_of("manifest", each) for each in (house.AID, house.CLERK))
_SHAPE = shape(house.CONSTITUTION.schema, BUILT_IN)
_MEMBERS = tuple(
    Member(agent=each, operator="campus", principal="dean", family="f") for each in ("aid", "clerk")
)
_RULES = (
    *(rule.cedar.encode() for rule in (*house.CONSTITUTION.rules, *house.CONDITIONS.rules)),
    b'@escalate forbid (principal == Agent::"aid", action in [Action::"tool.call", Action::"rate"],'
    b' resource) unless { context.hops < 3 && !(principal.family like "f*") };',
    b"forbid (principal, action, resource is Agent) when { if context has task then "
    b"context.counts.agent_hour * 2 > 5 else [1, 2].contains(context.hops) };",
    b"// a comment\nforbid (principal, action, resource)\nwhen { context.all_origins || "
    b'context.origins.contains("web") };',
)
_ARGUMENTS = (
    b'{"amount":50,"to":"p-9","list":[1,2.5,1e3,-0.0,true,null],"deep":{"a":{"b":[{}]}}}',
    '{"text":"a\\u0041 \\"quoted\\" \u00e9 \U0001f600","\u00e9":1,"e":2}'.encode(),
    b'[9007199254740991,-9007199254740991,0.1,1e-7,123456789.125,"\\ud83d\\ude00"]',
)
_ASK = gate_wire.Ask(
    7, "aid", "tool.call", b"{}", "r", msgspec.Raw(gate_wire.encode(house.CHAIN)), "note"
)


def decoders() -> dict[str, Decoder]:
    """Return every decoder by name."""
    manifests = tuple(map(_as_yaml, (house.AID, house.CLERK)))
    revoked = Revocations(version=1, agents=("aid",), not_before=0, not_after=9)
    person = Person(person="p-1", keys=("0" * 63 + "1",))
    return {
        "manifest.yaml": Decoder(_yaml("manifest"), manifests),
        "constitution.yaml": Decoder(_yaml("constitution"), (_as_yaml(house.CONSTITUTION),)),
        "conditions.yaml": Decoder(_yaml("conditions"), (_as_yaml(house.CONDITIONS),)),
        "revocations.yaml": Decoder(_yaml("revocations"), (_as_yaml(revoked),)),
        "statement": Decoder(_manifest_payload, _SIGNED),
        "envelope": Decoder(
            _envelope, tuple(house.signed("manifest", each) for each in (house.AID, house.CLERK))
        ),
        "approvers.yaml": Decoder(
            _yaml("approvers"), (_as_yaml(Register(version=1, people=(person,))),)
        ),
        "schema": Decoder(_declared, (house.CONSTITUTION.schema.encode(), _SCHEMA)),
        "rule": Decoder(_parsed, _RULES),
        "rule, judged": Decoder(_rule, _RULES),
        "arguments": Decoder(_arguments, _ARGUMENTS),
        "request": Decoder(_request, tuple(map(msgspec.json.encode, _REQUESTS))),
        "question": Decoder(_question, tuple(map(gate_wire.encode, (gate_wire.Hello(1), _ASK)))),
    }


_SCHEMA = b'type Arguments = { // what rules see\n "to"?: String, who?: { ids?: Set<Long> } };'
