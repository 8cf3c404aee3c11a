"""Bad input, item by item, through the open gate.

Whatever is wrong with a document or a request, three things hold: it is forbidden, the log says
why and where, and the agent is told one of four codes and nothing else.
"""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.attacks.house import (
    AID,
    CLERK,
    CODES,
    END,
    NOW,
    REVIEWERS,
    SECOND,
    START,
    ask,
    build,
    decisions,
    digest_of,
    enveloped,
    manifest,
    manifest_file,
    opened,
    put,
    refusals,
    signed,
)

from tertius.adapters.by_hand import ByHand, Crew
from tertius.core.decision import Decision
from tertius.core.errors import TertiusError
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided
from tertius.policy.envelope import parse_envelope
from tertius.policy.revocation import Revocations
from tertius.runtime.denied import NotPermittedError
from tertius.runtime.tool import tool_of

Spoil = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "house")


def said(event: Decided) -> str:
    return "\n".join([*event.errors, *event.rules])


def test_in_the_house_as_it_stands_all_is_well(folder: Path) -> None:
    """The other tests of this file spoil one thing each."""
    with opened(folder) as governed:
        assert not governed.policy.manifests.refusals
        for arguments, fields in GOOD:
            assert ask(governed, arguments, **fields).decision.outcome is Outcome.PERMIT
    assert not refusals(folder)


# -- manifests -------------------------------------------------------------------------------------


def on_file(change: Callable[[bytes], bytes]) -> Spoil:
    """Change the bytes of the manifest's file."""

    def spoil(folder: Path) -> None:
        path = manifest_file(folder)
        path.write_bytes(change(path.read_bytes()))

    return spoil


def on_envelope(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def edited(raw: bytes) -> bytes:
        tree = json.loads(raw)
        change(tree)
        return json.dumps(tree).encode()

    return on_file(edited)


def on_payload(change: Callable[[bytes], bytes]) -> Spoil:
    """Change the signed text itself, and have it signed by whoever must."""
    return on_file(lambda raw: enveloped(change(parse_envelope(raw).body), REVIEWERS))


def signing(people: tuple[str, ...]) -> Spoil:
    return lambda folder: put(folder, AID, people)


def unsigned(text: str) -> Spoil:
    """Leave a draft where a signed manifest was."""

    def spoil(folder: Path) -> None:
        path = manifest_file(folder)
        path.unlink()
        (path.parent / "aid.yaml").write_bytes(text.encode())

    return spoil


def rolled_back(folder: Path) -> None:
    path = manifest_file(folder)
    old = path.read_bytes()
    put(folder, replace(AID, version=2))
    opened(folder).close()
    path.write_bytes(old)


def revoking(**what: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        given = {"version": 1, "not_before": START, "not_after": END, **what}
        raw = signed("revocations", Revocations(**given))
        (folder / "policy" / "revocations.signed.json").write_bytes(raw)

    return spoil


def a_link(folder: Path) -> None:
    path = manifest_file(folder)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


DRAFT = "agent: aid\nversion: 1\nrole: keeps house\n"
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
CYRILLIC = "\\u0430id"

MANIFESTS: dict[str, tuple[Spoil, str]] = {
    "unsigned": (unsigned(DRAFT), r"aid\.yaml: nobody signed it; .*missing key"),
    "an anchor": (unsigned(f"{DRAFT}owns: &x [a]\n"), r"aid\.yaml:4:7: an anchor"),
    "an alias": (unsigned(f"{DRAFT}owns: *x\n"), r"aid\.yaml:4:7: an alias"),
    "a bomb": (unsigned(BOMB), r"aid\.yaml:1:5: an anchor"),
    "a tag": (unsigned(f"{DRAFT}owns: !!set [a]\n"), r"aid\.yaml:4:7: a tag"),
    "a duplicate key": (
        unsigned(f"{DRAFT}version: 2\n"),
        r"aid\.yaml:4:1: duplicate key `version`; the first is at 2:1",
    ),
    "an unknown key": (
        unsigned(f"{DRAFT}clearence: secret\n"),
        r"aid\.yaml:4:1: unknown key `clearence`; did you mean `clearance`",
    ),
    "a tab": (unsigned(f"{DRAFT}owns:\t[a]\n"), r"aid\.yaml:4:6: a tab; expected spaces"),
    "a draft nested too deep": (unsigned("[" * 4000), r"aid\.yaml:1:\d+: nested deeper than 16"),
    "a draft of a megabyte": (unsigned("#" * 1_048_577), r"aid\.yaml.*more than 65536 bytes"),
    "an unheard-of link": (a_link, r"aid\.signed\.json: cannot read"),
    "signed by strangers": (signing(("mallory", "mallet")), r"aid\.signed\.json: signed by 0 of 2"),
    "signed by one of two": (signing(("ann",)), r"aid\.signed\.json: signed by 1 of 2"),
    "one key under two ids": (
        on_envelope(lambda t: t.update(signatures=[
            t["signatures"][0], {**t["signatures"][0], "keyid": "another"}])),
        r"aid\.signed\.json: signed by 1 of 2",
    ),
    "changed under its signatures": (
        on_envelope(lambda t: t.update(payload=base64.b64encode(
            base64.b64decode(t["payload"]).replace(b"keeps house", b"owns house!")).decode())),
        r"aid\.signed\.json: signature of trusted key .* does not hold",
    ),
    "a signature of something else": (
        on_envelope(lambda t: t["signatures"][0].update(sig=t["signatures"][1]["sig"])),
        r"aid\.signed\.json: signature of trusted key .* does not hold",
    ),
    "no base64": (on_envelope(lambda t: t.update(payload="%%%")), "the payload .* is no base64"),
    "another type of payload": (
        on_envelope(lambda t: t.update(payloadType="text/plain")), "payload type `text/plain`",
    ),
    "half-written": (
        on_file(lambda raw: raw[: len(raw) // 2]), r"aid\.signed\.json: no signed envelope",
    ),
    "empty": (on_file(lambda raw: b""), r"aid\.signed\.json: no signed envelope"),
    "padded with megabytes": (
        on_file(lambda raw: raw + b" " * 9_000_000), r"aid\.signed\.json.*more than 8388608 bytes",
    ),
    "nested deep": (on_file(lambda raw: b"[" * 100_000), r"aid\.signed\.json: no signed envelope"),
    "of another constitution": (
        lambda folder: put(folder, replace(AID, constitution="0" * 64)),
        r"aid\.signed\.json: reviewed under constitution 0{16}",
    ),
    "of another agent": (
        on_payload(lambda p: p.replace(b'"name":"aid"', b'"name":"ada"')),
        r"aid\.signed\.json: a statement about another agent than `aid`",
    ),
    "another kind of document": (
        on_payload(lambda p: p.replace(b"urn:tertius:manifest:v1", b"urn:tertius:manifest:v9")),
        r"aid\.signed\.json: a document of kind `urn:tertius:manifest:v9`",
    ),
    "a duplicate key, signed": (
        on_payload(lambda p: p.replace(b'"version":1', b'"version":1,"version":2', 1)),
        r"aid\.signed\.json: no statement: .*duplicate key",
    ),
    "an unknown key, signed": (
        on_payload(lambda p: p.replace(b'"version":1', b'"version":1,"clearence":"secret"', 1)),
        r"aid\.signed\.json: no manifest: .*unknown .*`clearence`",
    ),
    "a version that is true": (
        on_payload(lambda p: p.replace(b'"version":1', b'"version":true', 1)),
        r"aid\.signed\.json: no manifest: .*version",
    ),
    "a huge version": (
        on_payload(lambda p: p.replace(b'"version":1', b'"version":1' + b"0" * 400, 1)),
        r"aid\.signed\.json: no ",
    ),
    "a version that is no number": (
        on_payload(lambda p: p.replace(b'"version":1', b'"version":NaN', 1)),
        r"aid\.signed\.json: no statement",
    ),
    "a name outside the alphabet": (
        on_payload(lambda p: p.replace(b'"aid"', f'"{CYRILLIC}"'.encode())),
        r"aid\.signed\.json: no statement: .*regex",
    ),
    "rolled back": (rolled_back, r"aid\.signed\.json: .*version 2 was in force before"),
    "two of one agent": (
        lambda folder: put(folder, replace(AID, version=2), file="another"),
        r"aid\.signed\.json: `another\.signed\.json` is of agent `aid` too; neither is in force",
    ),
    "two that differ only in case": (
        lambda folder: put(folder, manifest("AID")),
        r"aid\.signed\.json: agent differs only in case from `AID`; neither is in force",
    ),
    "revoked by agent": (revoking(agents=("aid",)), "manifest of `aid` version 1 was revoked"),
    "revoked by digest": (
        revoking(manifests=(digest_of("manifest", AID),)), "of `aid` version 1 was revoked",
    ),
    "stale list of revocations": (
        revoking(not_after=NOW - 1), "cannot be used: the revocation list is too old",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_bad_manifest(name: str, folder: Path) -> None:
    spoil, why = MANIFESTS[name]
    spoil(folder)
    with opened(folder) as governed:
        asked = ask(governed)
        assert asked.decision.outcome is Outcome.FORBID
        assert asked.decision.code == "denied"  # not even which of these it was
        clerk = ask(governed, agent="clerk").decision.outcome
        assert clerk is (Outcome.FORBID if "stale" in name else Outcome.PERMIT)
    (event,) = [each for each in decisions(folder) if each.agent == "aid"]
    if not name.startswith(("revoked", "stale")):  # those are in order, and verified
        found = refusals(folder)
        assert any(re.search(why, each.reason) for each in found)
        assert {each.subject.lower() for each in found} <= {"manifest:aid", "manifest:ada"}
    assert matches(why, "\n".join([said(event), *[each.reason for each in refusals(folder)]]))


def matches(pattern: str, text: str) -> bool:
    """Search as `re` does, and show both where nothing is found."""
    found = re.search(pattern, text)
    assert found, f"{pattern!r} is not in {text!r}"
    return True


@pytest.mark.parametrize(
    ("time", "why"),
    [(START - 1, "not yet in force"), (START + 1, ""), (END, ""), (END + 1, "has expired")],
)
def test_a_manifest_before_and_after_its_time(time: int, why: str, folder: Path) -> None:
    now = [NOW]
    with opened(folder, clock=lambda: now[0]) as governed:
        assert ask(governed).decision.outcome is Outcome.PERMIT
        now[0] = time
        decision = ask(governed).decision
    assert decision.outcome is (Outcome.FORBID if why else Outcome.PERMIT)
    assert decision.code in (("denied",) if why else (None,))
    assert matches(why, said(decisions(folder)[-1]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"not_after": NOW - 1}, "has expired"),
        ({"not_before": NOW + SECOND}, "not yet in force"),
    ],
)
def test_a_manifest_out_of_its_time_at_the_start(
    change: dict[str, Any], why: str, folder: Path
) -> None:
    put(folder, replace(AID, **change))
    try:
        with opened(folder) as governed:
            assert ask(governed).decision.code == "denied"
        assert matches(why, said(decisions(folder)[-1]))
    except TertiusError as error:  # nothing starts at all, which forbids as well
        assert matches(r"aid\.signed\.json.*(expired|never-fires)", str(error))


# -- requests --------------------------------------------------------------------------------------


class Text(str):
    """A text whose comparison somebody else wrote."""


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


HOLDS_ITSELF: list[Any] = []
HOLDS_ITSELF.append(HOLDS_ITSELF)

GOOD: list[tuple[Any, dict[str, Any]]] = [
    ({}, {}),
    ({"text": "x" * 200_000}, {}),
    ({"text": nested(30)}, {}),
    ({"n": 1}, {"resource": "once"}),
    ({"n": 1.0}, {"resource": "once"}),
    ({"path": "/data/a"}, {"resource": "file.read"}),
    ({"amount": 50}, {"resource": "ledger.pay"}),
    ({"n": 3000}, {"resource": "triple"}),
    ("hello", {"action": "message.send", "resource": None, "peer": "clerk"}),
    ({}, {"action": "memory.read", "resource": "files", "key": "aid/x"}),
]

ONCE, FILE, PAY = {"resource": "once"}, {"resource": "file.read"}, {"resource": "ledger.pay"}
READ = {"action": "memory.read", "resource": "files"}
BAD, NOT_GRANTED, DENIED = "bad-argument", "not-granted", "denied"

REQUESTS: dict[str, tuple[Any, dict[str, Any], str, str]] = {
    # arguments
    "a megabyte": ({"text": "x" * 1_048_576}, {}, BAD, r"1048\d+ bytes; expected at most 262144"),
    "ten thousand values": ({"text": [0] * 10_000}, {}, BAD, "more than 10000 values"),
    "deep nesting": ({"text": nested(40)}, {}, BAD, "nested deeper than 32"),
    "nesting without end": ({"text": HOLDS_ITSELF}, {}, BAD, "nested deeper than 32"),
    "nan": ({"n": float("nan")}, ONCE, BAD, "a number that is not finite"),
    "infinity": ({"n": float("-inf")}, ONCE, BAD, "a number that is not finite"),
    "a huge integer": ({"n": 2**53}, ONCE, BAD, r"a whole number beyond 2\*\*53 - 1"),
    "a huger integer": ({"n": 10**5000}, ONCE, BAD, r"a whole number beyond 2\*\*53 - 1"),
    "a huge float": ({"n": 2.0**60}, ONCE, BAD, r"a whole number beyond 2\*\*53 - 1"),
    "true for 1": ({"n": True}, ONCE, DENIED, "`arguments.n` is not of its declared type Long"),
    "a text for 1": ({"n": "1"}, ONCE, DENIED, "`arguments.n` is not of its declared type Long"),
    "a fraction for 1": ({"n": 1.5}, ONCE, DENIED, "`arguments.n` is not of its declared type"),
    "another number": ({"n": 2}, ONCE, BAD, "argument `n` is none of the granted values"),
    "another argument": ({"n": 1, "m": 1}, ONCE, BAD, "`m`"),
    "no argument": ({}, ONCE, BAD, "argument `n` is missing"),
    "a lone surrogate": ({"text": "\ud800"}, {}, BAD, "a lone surrogate is no text"),
    "a surrogate as key": ({"\udfff": 1}, {}, BAD, "a lone surrogate is no text"),
    "a key that is no text": ({1: "x"}, {}, BAD, "a key that is no text"),
    "bytes": ({"text": b"x"}, {}, BAD, "a value of type `bytes`; expected plain JSON"),
    "a tuple": ({"text": (1,)}, {}, BAD, "a value of type `tuple`"),
    "a set": ({"text": {1}}, {}, BAD, "a value of type `set`"),
    "a text of one's own": ({"text": Text("x")}, {}, BAD, "a value of type `Text`"),
    "anything": ({"text": object()}, {}, BAD, "a value of type `object`"),
    "a list of arguments": ([1], ONCE, DENIED, "`arguments` is no object"),
    "no arguments at all": (5, ONCE, DENIED, "`arguments` is no object"),
    "a path with dots": ({"path": "/data/../etc"}, FILE, BAD, "argument `path`"),
    "a path with percents": ({"path": "/data/%252e%252e/etc"}, FILE, BAD, "argument `path`"),
    "a negative amount": ({"amount": -5}, PAY, DENIED, "argument `amount` is summed"),
    "an overflow": ({"n": 2**53 - 1}, {"resource": "triple"}, DENIED, "tripled, an overflow"),
    # names
    "an unknown agent": ({}, {"agent": "nobody"}, DENIED, "`nobody` has no manifest in force"),
    "an agent in capitals": ({}, {"agent": "AID"}, DENIED, "`AID` has no manifest in force"),
    "a cyrillic agent": ({}, {"agent": "\u0430id"}, BAD, r"bad agent `\\u0430id`; expected 1"),
    "a wide agent": ({}, {"agent": "\uff41id"}, BAD, r"bad agent `\\uff41id`"),
    "zero width": ({}, {"agent": "a\u200bid"}, BAD, r"bad agent `a\\u200bid`"),
    "turned around": ({}, {"agent": "aid\u202e"}, BAD, r"bad agent `aid\\u202e`"),
    "two words": ({}, {"agent": "aid clerk"}, BAD, "bad agent `aid clerk`"),
    "a line break": ({}, {"agent": "aid\n"}, BAD, r"bad agent `aid\\n`"),
    "an empty name": ({}, {"agent": ""}, BAD, "bad agent ``"),
    "a long name": ({}, {"agent": "a" * 129}, BAD, "bad agent `aaaa"),
    "a tool in capitals": ({}, {"resource": "NOTE"}, NOT_GRANTED, "does not grant tool `NOTE`"),
    "a tool with a space": ({}, {"resource": "note "}, BAD, "bad resource `note `"),
    "a tool misspelt": ({}, {"resource": "nots"}, NOT_GRANTED, "`nots`; did you mean `note`"),
    "a peer in capitals": (
        {}, {"action": "message.send", "resource": None, "peer": "CLERK"}, NOT_GRANTED, "`CLERK`",
    ),
    "a bad channel": ({}, {"channel": "a b"}, BAD, "bad channel `a b`"),
    "a bad run": ({}, {"run": "\ud800"}, BAD, r"bad run `\\ud800`"),
    "a bad task": ({}, {"task": ""}, BAD, "bad task ``"),
    "no target": ({}, {"resource": None}, BAD, "has no target; expected a resource or a peer"),
    "a key that climbs": ({}, {**READ, "key": "aid/../x"}, NOT_GRANTED, "does not grant that key"),
    # types
    "an agent that is true": ({}, {"agent": True}, BAD, "bad agent; expected a text, found `bool`"),
    "an agent that is nothing": ({}, {"agent": None}, BAD, "without an id, a run or an agent"),
    "an agent that is many": ({}, {"agent": ["aid"]}, BAD, "agent"),
    "an agent in bytes": ({}, {"agent": b"aid"}, BAD, "bad agent; expected a text, found `bytes`"),
    "a tool that is a number": ({}, {"resource": 5}, BAD, "bad resource; expected a text"),
    "an unknown act": ({}, {"action": "tool.cal"}, BAD, r"'tool.cal'.*\$\.action"),
    "an act that is a number": ({}, {"action": 5}, BAD, r"\$\.action"),
    "an act that is a list": ({}, {"action": ["tool.call"]}, BAD, "action"),
    "an unknown kind of channel": ({}, {"via": "telepathy"}, BAD, r"'telepathy'.*\$\.via"),
    "a kind that is a number": ({}, {"via": 5}, BAD, r"\$\.via"),
    "a key that is a number": ({}, {**READ, "key": 5}, BAD, r"\$\.key"),
    "a key of a surrogate": ({}, {**READ, "key": "aid/\ud800"}, BAD, "surrogates not allowed"),
    "a key of a megabyte": ({}, {**READ, "key": "aid/" + "x" * 1_048_576}, BAD, r"\$\.key"),
    "a label that is a text": ({}, {"label": "public"}, BAD, r"\$\.label"),
    "a label that is anything": ({}, {"label": object()}, BAD, "object"),
    "an identity of one's own": ({}, {"identity": "root"}, BAD, r"'root'.*\$\.identity"),
    "no chain": ({}, {"chain": None}, BAD, r"\$\.chain"),
    "a chain that is a text": ({}, {"chain": "dean"}, BAD, r"\$\.chain"),
    "a chain that is a list": ({}, {"chain": ["dean"]}, BAD, "chain"),
}  # fmt: skip


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Decision, Decided]]:
    """Ask for all of them at one gate, which goes on serving, and read its log."""
    folder = build(tmp_path_factory.mktemp("asked") / "house")
    given = []
    with opened(folder) as governed:
        for arguments, fields, _, _ in REQUESTS.values():
            given.append(ask(governed, arguments, **fields).decision)
        assert not governed.gate.running()
        # nothing of it counted, or an agent could use up its group's budget with what is no act
        assert ask(governed, {"amount": 100}, **PAY).decision.outcome is Outcome.PERMIT
        assert ask(governed, {"amount": 1}, **PAY).decision.outcome is Outcome.FORBID
    told = decisions(folder)[:-2]
    return dict(zip(REQUESTS, zip(given, told, strict=True), strict=True))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bad_request(name: str, answered: dict[str, tuple[Decision, Decided]]) -> None:
    decision, event = answered[name]
    _, _, code, why = REQUESTS[name]
    assert (decision.outcome, decision.code) == (Outcome.FORBID, code)
    assert code in CODES
    assert event.outcome == "forbid"
    assert matches(why, said(event))


def test_a_request_made_by_hand_is_looked_at_as_closely(folder: Path) -> None:
    """`gate.request` takes what an adapter made; Python checks no type when it is made."""
    with opened(folder) as governed:
        good = ask(governed).request
        assert good is not None
        assert governed.gate.request(replace(good, id="again")).outcome is Outcome.PERMIT
        for number, field in enumerate(("via", "label", "key", "action", "identity", "chain")):
            for value in (5, "x" * 100_000, object(), b"x"):
                bad = replace(good, id=f"q{number}", **{field: value})
                decision = governed.gate.request(bad)
                assert (decision.outcome, decision.code) == (Outcome.FORBID, BAD)
    assert all(each.errors for each in decisions(folder)[2:])


def note(text: Any = None) -> None: ...


def once(n: Any) -> None: ...


def look(path: Any) -> None: ...


def pay(amount: Any) -> None: ...


def test_an_agent_learns_the_code_and_nothing_else(folder: Path) -> None:
    """What a member raises says one of four words, whatever the log says."""
    tools = {"note": note, "once": once, "file.read": look, "ledger.pay": pay}
    pins = {name: tool_of(name, function).schema for name, function in tools.items()}
    for each in (AID, CLERK):
        kept = tuple(replace(t, schema=pins[t.tool]) for t in each.tools if t.tool in pins)
        put(folder, replace(each, tools=kept))
    with opened(folder) as governed:
        hands = ByHand(clock=lambda: NOW)
        hands.attach(Crew(tools=tools), governed.gate)
        who = {"run": "r", "chain": governed.chain_of("aid"), "task": "t"}
        with hands.agent("aid", **who) as me:
            for arguments, fields, code, _ in REQUESTS.values():
                tool_name = fields.get("resource", "note")
                told_of = fields.keys() <= {"resource"} and isinstance(tool_name, str)
                if not (told_of and isinstance(arguments, dict)) or "1" in map(str, arguments):
                    continue
                with pytest.raises(NotPermittedError) as error:
                    me.call(tool_name, **arguments)
                assert str(error.value) == f"not permitted: {code}"
                assert error.value.__cause__ is None and error.value.__context__ is None


# -- documents of the group ------------------------------------------------------------------------

GROUP = {
    "constitution": ("constitution.signed.json", REVIEWERS),
    "conditions": ("conditions.signed.json", ("mallory", "mallet")),
}


@pytest.mark.parametrize("name", GROUP)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda raw, people: raw[:100], "no signed envelope"),
        (lambda raw, people: b"", "no signed envelope"),
        (lambda raw, people: enveloped(parse_envelope(raw).body, people), "signed by 0 of"),
        (lambda raw, people: raw.replace(b"payload", b"paylord", 1), "no signed envelope"),
        (lambda raw, people: b"[" * 1_000_000, "no signed envelope"),
    ],
)
def test_a_bad_document_of_the_group_starts_nothing(
    name: str, change: Callable[[bytes, tuple[str, ...]], bytes], why: str, folder: Path
) -> None:
    file, others = GROUP[name]
    path = folder / "policy" / file
    path.write_bytes(change(path.read_bytes(), others))
    with pytest.raises(TertiusError) as error:
        opened(folder)
    assert matches(why, str(error.value)) and "\n" not in str(error.value)
    assert not (folder / "log" / "writers").exists() or not decisions(folder)
