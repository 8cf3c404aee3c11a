"""The witness: what it cosigns, what it refuses, and what survives a crash."""

import threading
from pathlib import Path

import pytest
from tests.log.small_log import (
    FORK,
    KEY,
    LOG,
    NODE,
    NOW,
    ORIGIN,
    ORIGIN_HASH,
    Memory,
    asks,
    checkpoint,
    new_witness,
    prover,
    request,
    statuses,
)

from tertius.log.checkpoint import Checkpoint, open_checkpoint
from tertius.log.disk import Disk
from tertius.log.merkle import prove_consistency, span_root
from tertius.log.note import format_note, parse_signature
from tertius.log.notekey import SigningKey, VerifierKey
from tertius.log.witness import Kept, Witness, WitnessConfigError
from tertius.log.witness_request import (
    AddCheckpoint,
    Answer,
    cosign,
    format_request,
    read_answer,
)
from tertius.log.witness_store import FolderStore, WitnessFolderError


def test_a_growing_log_is_cosigned_step_by_step() -> None:
    witness = new_witness()
    for old, size in [(0, 0), (0, 1), (1, 7), (7, 8), (8, 8), (8, 40)]:
        answer = witness.add_checkpoint(request(old, size), now=NOW)
        assert answer.status == 200
        (line,) = read_answer(answer)
        signature = parse_signature(line.removesuffix("\n"))
        text = checkpoint(size).decode().partition("\n\n")[0] + "\n"
        assert KEY.verifier.verify(text, signature.blob) == NOW


def test_the_newest_checkpoint_is_shown_with_both_signatures() -> None:
    witness = new_witness()
    assert witness.latest(ORIGIN_HASH) is None
    assert statuses(witness, request(0, 5)) == [200]
    assert witness.latest("0" * 64) is None
    shown = witness.latest(ORIGIN_HASH)
    assert shown is not None
    signed = open_checkpoint(shown, LOG.verifier, [KEY.verifier])
    assert (signed.checkpoint.size, signed.cosignatures[0].time) == (5, NOW)


def test_junk_signatures_are_neither_heeded_nor_shown() -> None:
    witness = new_witness()
    text = Checkpoint(ORIGIN, 5, span_root(NODE, 0, 5)).text
    stranger = SigningKey("some/stranger", bytes([8]) * 32)
    note = format_note(text, [stranger.sign(text), LOG.sign(text)])
    assert statuses(witness, format_request(AddCheckpoint(0, (), note))) == [200]
    shown = witness.latest(ORIGIN_HASH)
    assert shown is not None and b"stranger" not in shown


def test_rollback_is_refused_with_the_size_last_seen() -> None:
    witness = new_witness()
    assert statuses(witness, request(0, 9)) == [200]
    for body in (request(0, 5), request(5, 9), request(5, 7), request(10, 12)):
        answer = witness.add_checkpoint(body, now=NOW)
        assert (answer.status, answer.body, answer.content_type) == (
            409,
            b"9\n",
            "text/x.tlog.size",
        )
    backwards = format_request(AddCheckpoint(9, (), checkpoint(5)))
    assert statuses(witness, backwards) == [400]


def test_a_fork_is_refused() -> None:
    witness = new_witness()
    assert statuses(witness, request(0, 9)) == [200]
    forks = [
        format_request(AddCheckpoint(9, (), checkpoint(9, FORK))),
        request(9, 12, FORK),
        format_request(AddCheckpoint(9, (), checkpoint(12, FORK))),
        format_request(
            AddCheckpoint(9, tuple(prove_consistency(NODE, 9, 12)), checkpoint(12, FORK))
        ),
    ]
    assert statuses(witness, *forks) == [422] * 4
    assert statuses(witness, request(9, 12)) == [200]


def test_proofs_that_are_not_asked_for_or_do_not_fit_are_refused() -> None:
    witness = new_witness()
    extra = (bytes(32),)
    assert statuses(witness, format_request(AddCheckpoint(0, extra, checkpoint(9)))) == [422]
    assert statuses(witness, request(0, 9)) == [200]
    proof = tuple(prove_consistency(NODE, 9, 12))
    for wrong in ((), proof[1:], proof + extra, proof[::-1]):
        body = format_request(AddCheckpoint(9, wrong, checkpoint(12)))
        assert statuses(witness, body) == [422]


def test_an_empty_tree_has_one_root() -> None:
    bad = Checkpoint(ORIGIN, 0, bytes(32))
    note = format_note(bad.text, [LOG.sign(bad.text)])
    assert statuses(new_witness(), format_request(AddCheckpoint(0, (), note))) == [422]


def test_unknown_logs_and_foreign_signatures() -> None:
    witness = new_witness()
    stranger = SigningKey("tertius/stranger", bytes([8]) * 32)
    assert statuses(witness, format_request(AddCheckpoint(0, (), checkpoint(5, key=stranger)))) == [
        404
    ]
    text = Checkpoint(ORIGIN, 5, span_root(NODE, 0, 5)).text
    same_name = SigningKey(ORIGIN, bytes([8]) * 32)
    forged = LOG.sign("another text\n")
    for signatures in ([same_name.sign(text)], [forged], [LOG.sign(text), forged]):
        note = format_note(text, signatures)
        assert statuses(witness, format_request(AddCheckpoint(0, (), note))) == [403]


def test_extension_lines_are_refused() -> None:
    text = Checkpoint(ORIGIN, 5, span_root(NODE, 0, 5), ("extension",)).text
    note = format_note(text, [LOG.sign(text)])
    assert statuses(new_witness(), format_request(AddCheckpoint(0, (), note))) == [400]


def test_a_clock_that_goes_back_signs_nothing() -> None:
    witness = new_witness()
    assert witness.add_checkpoint(request(0, 5), now=NOW).status == 200
    assert witness.add_checkpoint(request(5, 6), now=NOW - 1).status == 500
    assert witness.add_checkpoint(request(5, 6), now=NOW).status == 200


def test_a_crash_between_saving_and_answering_costs_one_more_question(tmp_path: Path) -> None:
    """The log never got the answer; it asks again from where the witness says it is."""

    class Crash(Exception):
        pass

    class CrashAfterSave(FolderStore):
        def save(self, kept: Kept) -> None:
            super().save(kept)
            raise Crash

    store = CrashAfterSave(tmp_path)
    with pytest.raises(Crash):
        new_witness(store).add_checkpoint(request(0, 9), now=NOW)
    store.close()
    restarted = new_witness(FolderStore(tmp_path))
    assert statuses(restarted, request(0, 9)) == [409]
    lines = cosign(asks(restarted), checkpoint(9), old_size=0, size=9, prove=prover(9))
    assert len(lines) == 1
    assert statuses(restarted, format_request(AddCheckpoint(9, (), checkpoint(9, FORK)))) == [422]


def test_a_crash_before_saving_gives_no_cosignature_away(tmp_path: Path) -> None:
    class NoRename(Disk):
        def rename(self, source: Path, target: Path) -> None:
            raise OSError(5, "input/output error")

    store = FolderStore(tmp_path, disk=NoRename())
    with pytest.raises(WitnessFolderError):
        new_witness(store).add_checkpoint(request(0, 9), now=NOW)
    store.close()
    restarted = new_witness(FolderStore(tmp_path))
    assert statuses(restarted, request(0, 12, FORK)) == [200]


def test_of_two_requests_at_once_one_wins() -> None:
    """The race that the specification warns of: N+K must not be rolled back to N."""
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Memory):
        def save(self, kept: Kept) -> None:
            inside.set()
            go_on.wait(10)
            super().save(kept)

    witness = new_witness(Slow())
    found: list[int] = []

    def ask(size: int) -> None:
        found.append(witness.add_checkpoint(request(0, size), now=NOW).status)

    first = threading.Thread(target=ask, args=(12,))
    second = threading.Thread(target=ask, args=(9,))
    first.start()
    assert inside.wait(10)
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert found == [200, 409]


def test_a_witness_needs_its_own_kind_of_key_and_keys_for_its_logs() -> None:
    with pytest.raises(WitnessConfigError):
        Witness(LOG, {ORIGIN: [LOG.verifier]}, Memory())
    with pytest.raises(WitnessConfigError):
        Witness(KEY, {ORIGIN: []}, Memory())


# A conversation that the tests of another witness hold (torchwood, cmd/litewitness/testdata):
# its origin and key, then old size, proof, size, root, log signature, and the status expected.
SIGSUM = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"
AT_1 = (
    1,
    "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
)
AT_3 = (
    3,
    "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
    "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
)
AT_5 = (
    5,
    "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
    "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
)
TO_3 = [
    "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
TO_5 = [
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=",
    "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]


def test_a_conversation_of_another_witness_implementation() -> None:
    key = VerifierKey(SIGSUM, 1, bytes.fromhex(SIGSUM_KEY))
    witness = Witness(KEY, {SIGSUM: [key]}, Memory())

    def ask(old: int, proof: list[str], stated: tuple[int, str, str]) -> Answer:
        size, root, signature = stated
        note = f"{SIGSUM}\n{size}\n{root}\n\n\u2014 {SIGSUM} {signature}\n"
        lines = "".join(f"{line}\n" for line in [f"old {old}", *proof])
        return witness.add_checkpoint(f"{lines}\n{note}".encode(), now=NOW)

    forged = (AT_3[0], AT_3[1], AT_3[2].replace("6go=", "6gw="))
    assert ask(0, [], AT_1).status == 200
    assert ask(1, TO_3, forged).status == 403
    assert ask(1, [], AT_3).status == 422
    assert ask(1, [TO_3[0], TO_3[1].replace("AAA=", "BAA=")], AT_3).status == 422
    assert ask(1, TO_3, AT_3).status == 200
    assert ask(1, TO_3, AT_5).body == b"3\n"
    assert ask(3, TO_5, AT_5).status == 200
    assert ask(0, [], AT_5).body == b"5\n"
