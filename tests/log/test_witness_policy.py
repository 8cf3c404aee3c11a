"""Witness policies: the specification's example, quorums against a naive twin, every bad line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.log.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    add_signatures,
    open_checkpoint,
    sign_checkpoint,
)
from tertius.log.merkle import leaf_hash
from tertius.log.note import Verified
from tertius.log.notekey import COSIGNATURE, SigningKey, VerifierKey
from tertius.log.witness_policy import (
    MAX_POLICY,
    PolicyTextError,
    Standing,
    WitnessPolicy,
    evaluate,
    parse_policy,
)

LOG = SigningKey("tertius/a", bytes([99]) * 32)
STATED = Checkpoint("tertius/a", 1, leaf_hash(b"x"))
NOW = 1_800_000_000
HOUR = 3600


def witness(number: int, name: str = "") -> SigningKey:
    return SigningKey(name or f"witness/{number}", bytes([number]) * 32, kind=COSIGNATURE)


W = [witness(number) for number in range(1, 7)]
VKEYS = [each.verifier.vkey for each in W]

# The example of C2SP tlog-policy, with keys in place of its placeholders.
EXAMPLE = f"""\
log {LOG.verifier.vkey}

witness X1 {VKEYS[0]}
witness X2 {VKEYS[1]}
witness X3 {VKEYS[2]}
group X-witnesses 2 X1 X2 X3

witness Y1 {VKEYS[3]}
witness Y2 {VKEYS[4]}
witness Y3 {VKEYS[5]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def cosigned(policy: WitnessPolicy, times: dict[int, int]) -> SignedCheckpoint:
    """The checkpoint, cosigned by those of `W` at those times, opened under the policy."""
    lines = [W[number].cosign(STATED.text, time).line for number, time in times.items()]
    data = add_signatures(sign_checkpoint(STATED, LOG), lines)
    key = policy.log_key("tertius/a")
    assert key is not None
    return open_checkpoint(data, key, policy.witness_keys)


def standing(policy: WitnessPolicy, times: dict[int, int]) -> Standing:
    return evaluate(policy, cosigned(policy, times), now=NOW, max_age=HOUR).standing


def test_the_example_of_the_specification() -> None:
    policy = parse_policy(EXAMPLE.encode())
    assert policy.quorum == "X-and-Y"
    assert [(each.name, each.threshold) for each in policy.groups] == [
        ("X-witnesses", 2),
        ("Y-witnesses", 1),
        ("X-and-Y", 2),
    ]
    assert standing(policy, {0: NOW, 1: NOW, 3: NOW}) is Standing.MET
    assert standing(policy, {0: NOW, 1: NOW, 2: NOW}) is Standing.SHORT
    assert standing(policy, {0: NOW, 3: NOW, 4: NOW, 5: NOW}) is Standing.SHORT
    assert standing(policy, {}) is Standing.SHORT


@given(present=st.sets(st.integers(0, 5)), threshold=st.integers(1, 3))
def test_quorums_as_a_person_would_count_them(present: set[int], threshold: int) -> None:
    policy = parse_policy(EXAMPLE.replace("X-witnesses 2", f"X-witnesses {threshold}").encode())
    signed = SignedCheckpoint(
        STATED,
        cosigned(policy, {}).note,
        Verified(LOG.verifier),
        tuple(Verified(W[number].verifier, NOW) for number in sorted(present)),
    )
    enough = len(present & {0, 1, 2}) >= threshold and bool(present & {3, 4, 5})
    found = evaluate(policy, signed, now=NOW, max_age=HOUR)
    assert (found.standing is Standing.MET) == enough
    assert len(found.fresh) == len(present)


def test_no_quorum_is_met_by_nobody_and_says_so() -> None:
    policy = parse_policy(f"log {LOG.verifier.vkey}\nquorum none\n".encode())
    found = evaluate(policy, cosigned(policy, {}), now=NOW, max_age=HOUR)
    assert (found.standing, found.fresh) == (Standing.MET, ())


SINGLE = f"log {LOG.verifier.vkey}\nwitness w {VKEYS[0]}\nquorum w\n"


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, Standing.MET),
        (HOUR, Standing.MET),
        (HOUR + 1, Standing.STALE),
        (-300, Standing.MET),
        (-301, Standing.SHORT),
    ],
)
def test_an_old_cosignature_is_stale_and_one_from_the_future_is_none(
    age: int, expected: Standing
) -> None:
    assert standing(parse_policy(SINGLE.encode()), {0: NOW - age}) is expected


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_of_several_counts_and_a_future_one_hides_no_older_one(order: int) -> None:
    policy = parse_policy(SINGLE.encode())
    times = [NOW - 2 * HOUR, NOW - 10, NOW + 10 * HOUR][::order]
    lines = [W[0].cosign(STATED.text, time).line for time in times]
    data = add_signatures(sign_checkpoint(STATED, LOG), lines)
    signed = open_checkpoint(data, LOG.verifier, policy.witness_keys)
    assert len(signed.cosignatures) == 3
    assert evaluate(policy, signed, now=NOW, max_age=HOUR).standing is Standing.MET


def test_one_key_under_two_ids_does_not_reach_a_quorum_of_two() -> None:
    """The attack: one secret, two names, so two key ids and two valid cosignatures."""
    alias = witness(1, "witness/alias")
    assert alias.verifier.key_id != W[0].verifier.key_id
    text = (
        f"witness a {VKEYS[0]}\nwitness b {alias.verifier.vkey}\ngroup both all a b\nquorum both\n"
    )
    with pytest.raises(PolicyTextError, match=r"line 2: same public key as witness `witness/1`"):
        parse_policy(text.encode())
    honest = parse_policy(
        f"witness a {VKEYS[0]}\nwitness b {VKEYS[1]}\ngroup both all a b\nquorum both\n".encode()
    )
    lines = [each.cosign(STATED.text, NOW).line for each in (W[0], alias)]
    data = add_signatures(sign_checkpoint(STATED, LOG), lines)
    keys = [*honest.witness_keys, alias.verifier]
    signed = open_checkpoint(data, LOG.verifier, keys)
    assert len(signed.cosignatures) == 2
    found = evaluate(honest, signed, now=NOW, max_age=HOUR)
    assert (found.standing, found.fresh) == (Standing.SHORT, ("a",))


def test_a_log_cannot_be_its_own_witness() -> None:
    own = VerifierKey("witness/own", COSIGNATURE, LOG.verifier.public)
    text = f"log {LOG.verifier.vkey}\nwitness own {own.vkey}\nquorum own\n"
    with pytest.raises(PolicyTextError, match="line 2: same public key as log"):
        parse_policy(text.encode())


def test_blanks_comments_and_opaque_names() -> None:
    text = (
        b"\t# a comment\n\n  witness \t \xff\xfe "
        + VKEYS[0].encode()
        + b" http://w/ \nquorum \xff\xfe"
    )
    policy = parse_policy(text + b"\n")
    assert policy.witnesses[0].url == "http://w/"
    assert policy.witnesses[0].name.encode("utf-8", "surrogateescape") == b"\xff\xfe"
    kelvin = f"witness K {VKEYS[0]}\nwitness \u212a {VKEYS[1]}\nquorum \u212a\n"
    assert len(parse_policy(kelvin.encode()).witnesses) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no quorum line"),
        ("quorum none", "line 1: does not end in a newline"),
        ("quorum none\nquorum none\n", "line 2: second quorum line"),
        ("quorum w\n", "line 1: `w` is not defined on an earlier line"),
        ("quorums none\n", "line 1: unknown keyword `quorums`; did you mean `quorum`"),
        ("quorum\n", "line 1: expected `quorum <name>"),
        ("quorum none none\n", "line 1: expected `quorum <name>"),
        ("log\n", "line 1: expected `log <vkey>"),
        ("witness w\n", "line 1: expected `witness <name>"),
        ("group g all\n", "line 1: expected `group <name>"),
        ("log nonsense\n", "line 1: verifier key is not of the form"),
        (f"log {VKEYS[0]}\n", "line 1: a log key has signature type 0x01"),
        (f"witness w {LOG.verifier.vkey}\n", "line 1: a witness key has signature type 0x04"),
        (f"log {LOG.verifier.vkey}\nlog {LOG.verifier.vkey}\n", "line 2: same public key"),
        (f"witness none {VKEYS[0]}\n", "line 1: name `none` is taken"),
        (f"witness w {VKEYS[0]}\nwitness w {VKEYS[1]}\n", "line 2: name `w` is taken"),
        (f"witness w {VKEYS[0]}\ngroup w any w\n", "line 2: name `w` is taken"),
        (f"witness w {VKEYS[0]}\ngroup g 2 w\n", "line 2: threshold 2 of 1"),
        (f"witness w {VKEYS[0]}\ngroup g 0 w\n", "line 2: bad threshold `0`"),
        (f"witness w {VKEYS[0]}\ngroup g 01 w\n", "line 2: bad threshold `01`"),
        (f"witness w {VKEYS[0]}\ngroup g +1 w\n", "line 2: bad threshold"),
        (f"witness w {VKEYS[0]}\ngroup g any w w\n", "line 2: `w` is a member twice"),
        (f"witness w {VKEYS[0]}\ngroup g any w\ngroup h any w\n", "line 3: `w` is a member twice"),
        ("group g any g\n", "line 1: `g` is not defined"),
        ("group g any none\n", "line 1: `none` is not defined"),
        ("quorum none\r\n", "line 1: control character 0x0d"),
        ("# ok\nquorum none\x7f\n", "line 2: control character 0x7f"),
        ("quorum\u00a0none\n", "line 1: unknown keyword"),
    ],
)
def test_bad_policies_name_the_line(text: str, expected: str) -> None:
    with pytest.raises(PolicyTextError) as caught:
        parse_policy(text.encode())
    assert expected in str(caught.value)


def test_an_overlong_policy_is_refused() -> None:
    with pytest.raises(PolicyTextError, match="expected at most"):
        parse_policy(b"#" * MAX_POLICY + b"\n")


WORDS = ["log", "witness", "group", "quorum", "none", "all", "any", "1", "2", "w", "x", *VKEYS[:3]]
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join), max_size=6)


@given(st.binary(max_size=100) | LINES.map(lambda lines: "\n".join([*lines, ""]).encode()))
def test_parsing_raises_only_policy_errors(data: bytes) -> None:
    try:
        policy = parse_policy(data)
    except PolicyTextError:
        return
    signed = SignedCheckpoint(
        STATED,
        cosigned(parse_policy(SINGLE.encode()), {}).note,
        Verified(LOG.verifier),
        tuple(Verified(each.verifier, NOW) for each in W),
    )
    assert evaluate(policy, signed, now=NOW, max_age=0).standing is Standing.MET
