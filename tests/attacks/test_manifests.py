"""Attacks on arguments and manifests, each beside the same attack with the defence taken away.

The attacks are those of the security contract, section 10, that the manifest layer answers.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer import SSlibKey
from tests.policy.documents import (
    ADVISOR,
    AID,
    ALICE,
    BOB,
    END,
    NOW,
    PAY,
    START,
    allow,
    ask,
    manifest,
    publish,
    root,
    signed,
    tool,
)

from tertius.core.constraints import Matches, OneOf, UnderPath
from tertius.core.digest import digest
from tertius.core.grants import PeerGrant, StoreGrant
from tertius.core.outcome import Outcome
from tertius.core.request import Request, RequestError
from tertius.log.notekey import SigningKey
from tertius.policy import arguments, envelope, granted, roots
from tertius.policy.allow_set import AllowSet
from tertius.policy.canonical import ArgumentsError, canonical_bytes, canonical_json
from tertius.policy.envelope import TooFewSignaturesError, keyid, parse_envelope
from tertius.policy.manifests import KIND, load_manifests
from tertius.policy.revocation import Revoked
from tertius.policy.roots import KIND as ROOT
from tertius.policy.roots import Root, RootError, RootKey, first_root, next_root
from tertius.policy.versions import Versions


def permits(allowed: AllowSet, request: Request) -> bool:
    return allowed.judge(request).outcome is Outcome.PERMIT


@contextmanager
def without(module: object, name: str, instead: object) -> Iterator[None]:
    """Take a defence away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, instead)
        yield


# -- arguments mutated after the permit ------------------------------------------------------------


def test_arguments_changed_after_the_permit_are_not_what_runs() -> None:
    mine: dict[str, Any] = {"amount": 5}
    request = ask(resource="ledger.pay", arguments=mine)
    assert permits(allow(AID), request)
    mine["amount"] = 10_000
    assert request.decoded() == {"amount": 5}, "the frozen copy runs"
    with pytest.raises(RequestError, match="not that of its arguments"):
        msgspec.structs.replace(request, arguments=canonical_bytes(mine))


def test_whoever_runs_the_values_it_came_with_runs_the_changed_ones() -> None:
    mine: dict[str, Any] = {"amount": 5}
    assert permits(allow(AID), ask(resource="ledger.pay", arguments=mine))
    mine["amount"] = 10_000
    assert mine != {"amount": 5}, "judged as 5, run as 10,000"


# -- `True` for a granted 1 ------------------------------------------------------------------------

ONE = manifest(tools=(tool("t", OneOf(argument="n", values=(1,))),))


def test_true_is_not_the_one_that_was_granted() -> None:
    assert permits(allow(ONE), ask(resource="t", arguments={"n": 1}))
    assert not permits(allow(ONE), ask(resource="t", arguments={"n": True}))


def test_a_plain_set_of_values_takes_true_for_one() -> None:
    def untyped(constraint: OneOf) -> tuple[arguments.Check, str]:
        return frozenset(constraint.values).__contains__, "none of them"

    with without(arguments, "_COMPILERS", {**arguments._COMPILERS, OneOf: untyped}):
        assert permits(allow(ONE), ask(resource="t", arguments={"n": True}))


# -- a duplicate key -------------------------------------------------------------------------------

TWICE = b'{"amount":10000,"amount":5}'


def test_a_duplicate_key_is_refused_before_anybody_judges() -> None:
    with pytest.raises(ArgumentsError, match="duplicate key"):
        canonical_json(TWICE)


def test_a_plain_reader_judges_the_last_and_a_tool_may_run_the_first() -> None:
    judged = msgspec.json.decode(TWICE)
    assert permits(allow(AID), ask(resource="ledger.pay", arguments=judged))
    first = json.loads(TWICE, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert first["amount"] == 10_000


# -- NaN digests as null ---------------------------------------------------------------------------


def test_nan_has_no_digest() -> None:
    with pytest.raises(ArgumentsError, match="not finite"):
        canonical_bytes({"amount": float("nan")})


def test_a_plain_encoder_gives_nan_the_digest_of_null() -> None:
    def committed(value: object) -> str:
        return digest("content", msgspec.json.encode({"amount": value}), salt=bytes(32))

    assert committed(float("nan")) == committed(None)


# -- names that look alike -------------------------------------------------------------------------

ALIKE = ["\u0430id", "a\u200bid", "aid\u0301", "\uff41id", "aid\u202e", "AID", "aid ", "aid\x00"]


@pytest.mark.parametrize("name", ALIKE)
def test_a_name_that_looks_like_another_is_no_name_or_another(name: str) -> None:
    try:
        request = ask(resource="ledger.pay", agent=name, arguments={"amount": 5})
    except RequestError as error:
        assert name not in str(error) or name.isascii(), "shown escaped"
        return
    assert not permits(allow(AID), request)


def test_a_reader_that_folds_names_takes_them_for_the_real_one() -> None:
    folded = {unicodedata.normalize("NFKC", name).casefold().strip("\x00 ") for name in ALIKE}
    assert "aid" in folded


# -- dots and percent escapes in paths -------------------------------------------------------------

FILES = manifest(tools=(tool("read", UnderPath(argument="path", folders=("/data",))),))
CLIMBING = [
    "/data/../etc/passwd",
    "/data/%2e%2e/etc/passwd",
    "/data/%252e%252e/etc/passwd",
    "/data/..%2fetc/passwd",
    "/data/./../etc",
    "/data/..\\etc",
    "/data/%c0%ae%c0%ae/etc",
]


@pytest.mark.parametrize("path", CLIMBING)
def test_a_path_that_climbs_out_is_refused(path: str) -> None:
    assert not permits(allow(FILES), ask(resource="read", arguments={"path": path}))


def test_a_prefix_lets_every_one_of_them_through() -> None:
    def by_prefix(constraint: UnderPath) -> tuple[arguments.Check, str]:
        return (lambda value: str(value).startswith(constraint.folders)), "elsewhere"

    with without(arguments, "_COMPILERS", {**arguments._COMPILERS, UnderPath: by_prefix}):
        allowed = allow(FILES)
    for path in CLIMBING:
        assert permits(allowed, ask(resource="read", arguments={"path": path}))


def test_a_key_that_climbs_out_of_its_prefix_is_refused_unless_nobody_resolves_it() -> None:
    store = StoreGrant(store="sis", read=True, prefixes=("aid/",))
    climbing = ask("memory.read", resource="sis", key="aid/../grades")
    assert not permits(allow(manifest(memory=(store,))), climbing)
    with without(granted, "is_settled", lambda key: True):
        assert permits(allow(manifest(memory=(store,))), climbing)


# -- a pattern bomb --------------------------------------------------------------------------------

BOMB = "a*" * 9 + "b"
TEXT = "a" * 60


def test_a_pattern_bomb_takes_one_step_for_each_character() -> None:
    """Counted, not timed: the automaton looks each character up once."""
    bombed = manifest(tools=(tool("t", Matches(argument="a", pattern=BOMB)),))
    assert not permits(allow(bombed), ask(resource="t", arguments={"a": TEXT}))

    class Counted(dict[str, int]):
        looked = 0

        def get(self, key: str, default: Any = None) -> Any:
            Counted.looked += 1
            return super().get(key, default)

    pattern = arguments.LinearPattern(BOMB)
    pattern._ascii = Counted(pattern._ascii)
    assert not pattern.matches(TEXT)
    assert Counted.looked == len(TEXT)


def test_a_backtracking_matcher_takes_more_steps_than_there_are_characters() -> None:
    """The naive matcher that `re` is an instance of, with its steps counted."""
    steps = 0

    def match(items: int, left: int) -> bool:
        nonlocal steps
        steps += 1
        if steps > 100_000:
            return False
        if items == 0:
            return False  # here `b` would have to follow, and never does
        return any(match(items - 1, left - taken) for taken in range(left, -1, -1))

    assert not match(9, len(TEXT))
    assert steps > 100_000
    assert re.fullmatch("a*b", TEXT) is None, "with one repetition there is one way back"


# -- a manifest that expires, or is revoked, during the run ----------------------------------------


def test_a_manifest_that_ends_during_the_run_grants_nothing_afterwards() -> None:
    allowed = allow(AID)
    for time, good in ((START, True), (END, True), (END + 1, False), (START - 1, False)):
        request = ask(resource="ledger.pay", arguments={"amount": 5}, time=time)
        assert permits(allowed, request) is good


def test_a_gate_that_asks_at_load_alone_goes_on_granting() -> None:
    allowed = allow(AID)
    late = ask(resource="ledger.pay", arguments={"amount": 5}, time=END + 1)
    always = {name: (own, 0, END + 1) for name, (own, _, _) in allowed._in_force.items()}
    with without(allowed, "_in_force", always):
        assert permits(allowed, late)


def test_revocation_takes_hold_during_the_run_and_withholding_the_list_gains_nothing() -> None:
    good = ask(resource="ledger.pay", arguments={"amount": 5})
    allowed = allow(AID)
    assert permits(allowed, good)
    assert not permits(allowed.under(Revoked(agents=frozenset({"aid"}))), good)
    assert not permits(allowed.under(Revoked(fresh_until=NOW - 1)), good)
    assert permits(allowed.under(Revoked()), good), "without a list, or a time on it, it goes on"


# -- one key, two ids ------------------------------------------------------------------------------


def twice() -> bytes:
    """One person's signature, a second time under another id."""
    tree = json.loads(signed(AID, ALICE))
    tree["signatures"].append({**tree["signatures"][0], "keyid": "second"})
    return json.dumps(tree).encode()


def test_one_key_under_two_ids_is_one_person() -> None:
    with pytest.raises(TooFewSignaturesError, match="signed by 1 of 2"):
        root(ALICE, BOB).open(twice(), KIND)
    second = SigningKey("second", bytes([1] * 32))
    keys = tuple(
        RootKey(person=f"p-{k.verifier.name}", key=k.verifier.vkey) for k in (ALICE, second)
    )
    with pytest.raises(RootError, match="once more"):
        root(ALICE, BOB, keys=keys)


def test_a_library_that_counts_ids_is_satisfied_by_one_key() -> None:
    other = OtherEnvelope.from_dict(json.loads(twice()))
    public = ALICE.verifier.public
    keys = [
        SSlibKey(id, "ed25519", "ed25519", {"public": public.hex()})
        for id in (keyid(public), "second")
    ]
    assert len(other.verify(keys, 2)) == 2


# -- signatures ------------------------------------------------------------------------------------


def forged() -> bytes:
    """A manifest that grants everything, under signatures made for another."""
    tree = json.loads(signed(AID, ALICE, BOB))
    wide = msgspec.structs.replace(AID, owns=("everything",))
    tree["payload"] = json.loads(signed(wide, ALICE))["payload"]
    return json.dumps(tree).encode()


def test_a_payload_under_signatures_of_another_is_tampering() -> None:
    with pytest.raises(envelope.BadSignatureError):
        root(ALICE, BOB).open(forged(), KIND)


def test_whoever_counts_signatures_without_checking_them_takes_it() -> None:
    with without(envelope, "_holds", lambda public, blob, message: True):
        opened = root(ALICE, BOB).open(forged(), KIND)
    assert opened.statement.predicate["owns"] == ["everything"]


def test_a_root_that_the_old_one_did_not_sign_does_not_follow_it() -> None:
    mine = SigningKey("mallory", bytes([9] * 32))
    old = first_root(signed(root(ALICE, BOB).document, ALICE, BOB, kind=ROOT, name="manifests"))
    taken = msgspec.structs.replace(root(mine).document, version=2)
    raw = signed(taken, mine, kind=ROOT, name="manifests")
    with pytest.raises(TooFewSignaturesError):
        next_root(old, raw)
    assert Root(taken).open(raw, ROOT), "by its own word alone it would be a root"


# -- rollback --------------------------------------------------------------------------------------


def rolled_back(folder: Path) -> Versions:
    """A narrowed manifest was in force; the wider one of before is put back."""
    wide = publish(folder, AID, ALICE, BOB).read_bytes()
    publish(folder, msgspec.structs.replace(AID, version=2, tools=()), ALICE, BOB)
    seen = load_manifests(folder, root(ALICE, BOB), versions=Versions()).whole().versions
    (folder / "aid.signed.json").write_bytes(wide)
    return seen


def test_a_manifest_that_was_replaced_does_not_come_back(tmp_path: Path) -> None:
    seen = rolled_back(tmp_path / "m")
    found = load_manifests(tmp_path / "m", root(ALICE, BOB), versions=seen)
    assert not found.held
    assert "version 2 was in force before" in found.refusals[0].problem


def test_without_memory_the_old_manifest_is_as_good_as_new(tmp_path: Path) -> None:
    rolled_back(tmp_path / "m")
    found = load_manifests(tmp_path / "m", root(ALICE, BOB), versions=Versions()).whole()
    assert found.held[0].manifest.tools == (PAY,)


# -- an edge that only its sender wants ------------------------------------------------------------


def test_an_agent_is_not_reached_by_whom_it_does_not_accept() -> None:
    deaf = msgspec.structs.replace(ADVISOR, peers=())
    message = ask("message.send", peer="advisor")
    assert not permits(allow(AID, deaf), message)
    with without(AllowSet, "_accepted", lambda self, own, request, peer: None):
        assert permits(allow(AID, deaf), message)


def test_a_granted_channel_does_not_open_another_kind_of_channel() -> None:
    line = PeerGrant(peer="advisor", direction="both", kinds=("message.send",), channel="line")
    aid = manifest(peers=(line,))
    advisor = manifest("advisor", peers=(msgspec.structs.replace(line, peer="aid"),))
    allowed = allow(aid, advisor)
    assert permits(allowed, ask("message.send", peer="advisor", channel="line"))
    for change in ({"channel": "side"}, {"via": "memory", "channel": "line"}, {}):
        assert not permits(allowed, ask("message.send", peer="advisor", **change))


# -- a denial as an oracle -------------------------------------------------------------------------


def test_a_denial_says_nothing_of_another_agents_manifest() -> None:
    """Whether a tool is granted to somebody else does not show."""
    stranger = manifest("stranger")
    request = ask(agent="stranger", resource="ledger.pay", arguments={"amount": 5})
    unknown = ask(agent="stranger", resource="ledger.xyz", arguments={"amount": 5})
    answers = [allow(AID, stranger).judge(each) for each in (request, unknown)]
    assert answers[0].rule == answers[1].rule
    assert answers[0].reason.replace("pay", "xyz") == answers[1].reason


# -- megabytes and depth ---------------------------------------------------------------------------


def test_arguments_too_large_or_too_deep_never_reach_a_policy() -> None:
    for raw in (b'{"a":"' + b"x" * 1_048_576 + b'"}', b'{"a":' * 40 + b"1" + b"}" * 40,
                b'{"a":' + b"[" * 100_000, b'{"a":9007199254740993}'):  # fmt: skip
        with pytest.raises(ArgumentsError):
            canonical_json(raw)


def test_a_plain_reader_takes_a_number_for_another() -> None:
    assert int(float("9007199254740993")) == 9007199254740992, "as JavaScript reads it"


def test_parsing_bytes_that_nobody_signed_is_never_asked_for() -> None:
    """The payload is read once the signatures are counted; before, it is bytes."""
    read: list[bytes] = []
    original = envelope.read_statement

    def watched(payload: bytes, kind: str) -> envelope.Statement:
        read.append(payload)
        return original(payload, kind)

    with without(roots, "read_statement", watched), pytest.raises(TooFewSignaturesError):
        root(ALICE, BOB).open(signed(AID, ALICE), KIND)
    assert not read
    assert parse_envelope(signed(AID, ALICE)).body
