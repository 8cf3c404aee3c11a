"""What vouches for a log from outside: keys, memory, a handed checkpoint, anchor, witnesses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.tampered.valid_log import (
    ANCHOR,
    KEY,
    NOW,
    START,
    Deployment,
    Log,
    make_deployment,
    make_log,
    put,
    sha256,
    signer,
    with_entry,
)

from tertius.core.errors import CallerError
from tertius.core.events import Cause, LogPosition, ModelCalled
from tertius.core.kinds import encode
from tertius.core.log_events import (
    CheckpointAnchored,
    LogClosed,
    LogOpened,
    WriterEnrolled,
    WriterRetired,
)
from tertius.log import verify_policy, verify_run
from tertius.log.verify import read_keys, verify
from tertius.log.verify_report import Report, render

ALICE, BOB = signer("tertius/alice"), signer("tertius/bob")
LONG, SHORT = make_log(600), make_log(500)
FORKED = with_entry(LONG, 450, LONG.entries[450].replace(b"agent-0", b"agent-1"))


def check(folder: Path, **options: Any) -> Report:
    return verify(folder, **{"now": NOW, "keys": [KEY.vkey], **options})


def codes(report: Report) -> set[str]:
    return {problem.code for problem in report.problems}


def rewrite(folder: Path, log: Log) -> Path:
    """Put another version of the log in the folder's place."""
    aside = folder.with_name(f"{folder.name}-{len(list(folder.parent.iterdir()))}")
    folder.rename(aside)
    return log.write(folder)


# -- keys ------------------------------------------------------------------------------------------


def test_a_pinned_key_is_enough_and_other_pins_do_not_matter(tmp_path: Path) -> None:
    folder = LONG.write(tmp_path / "log")
    pins = [ALICE.vkey, KEY.vkey, signer("witness/one", 4).vkey]
    assert check(folder, keys=[], pinned=pins).exit_code == 0
    assert check(folder, keys=[], pinned=[ALICE.vkey]).exit_code == 3


def test_a_key_handed_over_says_which_log_it_must_be(tmp_path: Path) -> None:
    report = check(LONG.write(tmp_path / "log"), keys=[ALICE.vkey])
    assert (report.exit_code, codes(report)) == (4, {"origin_differs"})


def test_a_key_handed_over_is_asked_for_even_if_the_right_one_is_pinned(tmp_path: Path) -> None:
    log = LONG.write(tmp_path / "log")
    assert check(log, keys=[ALICE.vkey], pinned=[KEY.vkey]).exit_code == 4
    assert check(log, keys=[KEY.vkey], pinned=[ALICE.vkey]).exit_code == 0


def test_a_key_swapped_inside_the_log_passes_only_where_no_key_is_known(tmp_path: Path) -> None:
    swapped = replace(LONG, key=replace(KEY, seed=sha256(b"attacker")))
    folder = swapped.write(tmp_path / "log")
    assert codes(check(folder)) == {"signature_missing"}
    report = check(folder, keys=[])
    assert (report.exit_code, report.problems) == (3, ())
    assert "no key to check the signature with" in render(report)


def test_a_key_file_inside_the_log_is_refused(tmp_path: Path) -> None:
    folder = LONG.write(tmp_path / "log")
    put(folder / "keys", KEY.vkey.encode())
    with pytest.raises(CallerError, match="inside the log"):
        read_keys(folder / "keys", log=folder)
    (tmp_path / "link").symlink_to(folder / "keys")
    with pytest.raises(CallerError, match="inside the log"):
        read_keys(tmp_path / "link", log=folder)


def test_a_key_file_holds_one_key_a_line(tmp_path: Path) -> None:
    put(tmp_path / "keys", f"# pinned by hand\n\n{KEY.vkey}\n".encode())
    assert read_keys(tmp_path / "keys", log=tmp_path / "log") == (KEY.vkey,)
    put(tmp_path / "bad", f"{KEY.vkey}\n{KEY.vkey[:-4]}\n".encode())
    with pytest.raises(CallerError, match="line 2"):
        read_keys(tmp_path / "bad", log=tmp_path / "log")
    (tmp_path / "keys").chmod(0o666)
    with pytest.raises(CallerError, match="others may write"):
        read_keys(tmp_path / "keys", log=tmp_path / "log")


# -- memory and checkpoints handed over ------------------------------------------------------------


def test_memory_stands_in_for_a_key_and_moves_forwards(tmp_path: Path) -> None:
    memory = tmp_path / "state" / "memory.json"
    folder = SHORT.write(tmp_path / "log")
    assert check(folder, memory=memory).exit_code == 0
    assert check(folder, keys=[], memory=memory).exit_code == 0
    assert check(rewrite(folder, LONG), keys=[], memory=memory).exit_code == 0
    assert check(rewrite(folder, SHORT), memory=memory).exit_code == 4


def test_rollback_to_a_signed_checkpoint_is_found_by_memory_or_checkpoint(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    folder = LONG.write(tmp_path / "log")
    assert check(folder, memory=memory).exit_code == 0
    rewrite(folder, SHORT)
    assert codes(check(folder, memory=memory)) == {"rollback"}
    assert codes(check(folder, checkpoint=LONG.note())) == {"rollback"}
    assert check(folder).exit_code == 0  # with neither, an old copy looks as good as new


def test_a_fork_is_found_and_both_notes_are_kept_as_proof(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    folder = LONG.write(tmp_path / "log")
    assert check(folder, memory=memory).exit_code == 0
    rewrite(folder, FORKED)
    assert check(folder).exit_code == 0  # one side of a fork alone shows nothing
    for report in (check(folder, memory=memory), check(folder, checkpoint=LONG.note())):
        assert (report.exit_code, codes(report)) == (4, {"fork"})
        (fork,) = report.forks
        assert (fork.ours, fork.theirs) == (FORKED.note().decode(), LONG.note().decode())
        assert fork.proven
        assert all(line in render(report) for line in LONG.note(600).decode().splitlines()[:3])


def test_an_altered_entry_is_no_fork_and_accuses_nobody(tmp_path: Path) -> None:
    folder, memory = LONG.write(tmp_path / "log"), tmp_path / "memory.json"
    assert check(folder, memory=memory).exit_code == 0
    bundle = folder / "tile" / "entries" / "001"
    bundle.write_bytes(bundle.read_bytes().replace(b"agent-0", b"agent-1", 1))
    report = check(folder, memory=memory)
    assert report.exit_code == 4
    assert "root_differs" in codes(report)
    assert report.forks == ()


def test_a_fork_behind_the_older_checkpoint_is_found_too(tmp_path: Path) -> None:
    folder = FORKED.write(tmp_path / "log")
    assert check(folder, checkpoint=LONG.note(400)).exit_code == 0
    assert codes(check(folder, checkpoint=LONG.note(451))) == {"fork"}
    assert codes(check(folder, checkpoint=LONG.note(512))) == {"fork"}


def test_a_checkpoint_handed_over_must_be_one_and_of_this_log(tmp_path: Path) -> None:
    folder = LONG.write(tmp_path / "log")
    with pytest.raises(CallerError, match="cannot be read"):
        check(folder, checkpoint=b"hello")
    forged = replace(LONG, key=replace(KEY, seed=sha256(b"attacker"))).note()
    with pytest.raises(CallerError, match="not signed"):
        check(folder, checkpoint=forged)
    assert codes(check(folder, checkpoint=make_log(9, ALICE).note())) == {"origin_differs"}


def test_nothing_is_remembered_of_what_is_not_clean(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    folder = LONG.write(tmp_path / "log")
    check(folder, keys=[], memory=memory)
    put(folder / "more", b"")
    check(folder, memory=memory)
    assert not memory.exists()


def test_a_damaged_memory_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    put(tmp_path / "memory.json", b'{"version":1')
    with pytest.raises(CallerError, match=r"memory\.json"):
        check(LONG.write(tmp_path / "log"), memory=tmp_path / "memory.json")
    with pytest.raises(CallerError, match="inside the log"):
        check(tmp_path / "log", memory=tmp_path / "log" / "memory.json")


def test_a_journal_alone_is_a_tail_without_authenticity(tmp_path: Path) -> None:
    log = make_log(30, tail=30)
    folder = log.write(tmp_path / "log")
    (folder / "checkpoint").unlink()
    report = check(folder)
    assert (report.exit_code, report.logs[0].origin, report.logs[0].tail) == (3, KEY.name, 30)
    assert codes(check(folder, checkpoint=LONG.note())) == {"rollback"}


# -- witnesses -------------------------------------------------------------------------------------

ONE, TWO = signer("witness/one", 4), signer("witness/two", 4)
POLICY = f"witness a {ONE.vkey}\nwitness b {TWO.vkey}\ngroup g {{}} a b\nquorum g\n"


@pytest.mark.parametrize(
    ("signers", "needed", "age", "answer", "code"),
    [
        ((ONE, TWO), "all", 0, "met", 0),
        ((ONE,), "any", 0, "met", 0),
        ((ONE,), "all", 0, "not_met", 3),
        ((ONE, ONE), "2", 0, "not_met", 3),
        ((), "any", 0, "not_met", 3),
        ((ONE, TWO), "all", 86_401, "stale", 3),
        ((ONE, TWO), "all", -301, "not_met", 3),
    ],
)
def test_the_quorum_counts_fresh_public_keys(
    tmp_path: Path, signers: Any, needed: str, age: int, answer: str, code: int
) -> None:
    log = replace(LONG, witnesses=signers, witness_time=NOW - age)
    policy = POLICY.format(needed).encode()
    report = check(log.write(tmp_path / "log"), policy=policy)
    assert (report.logs[0].witnesses, report.exit_code) == (answer, code)


def test_a_known_witness_whose_signature_fails_refuses_the_note(tmp_path: Path) -> None:
    false = replace(LONG, witnesses=(ONE,)).note().decode()
    true = replace(LONG, witnesses=(replace(ONE, seed=TWO.seed),)).note().decode()
    forged = false.split(" ")[-1][:8] + true.split(" ")[-1][8:]  # one's id, another's signature
    note = false.replace(false.split(" ")[-1], forged)
    folder = LONG.write(tmp_path / "log")
    put(folder / "checkpoint", note.encode())
    policy = POLICY.format("any").encode()
    assert "cosignature_invalid" in codes(check(folder, policy=policy))
    assert check(folder).exit_code == 0  # without the policy that line is of an unknown key


def test_one_key_under_two_names_is_refused_when_the_policy_is_read() -> None:
    twice = signer("witness/other-name", 4)
    twice = replace(twice, seed=ONE.seed)
    text = f"witness a {ONE.vkey}\nwitness b {twice.vkey}\ngroup g 2 a b\nquorum g\n"
    with pytest.raises(CallerError, match=r"line 2.*listed twice"):
        verify_policy.parse_policy(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum x",
        "quorum none\nquorum none",
        "quorums none",
        "group g 1 a\nquorum g",
        f"witness a {ONE.vkey}\ngroup g 0 a\nquorum g",
        f"witness a {ONE.vkey}\ngroup g 2 a\nquorum g",
        f"witness a {ONE.vkey}\ngroup g 2 a a\nquorum g",
        f"witness none {ONE.vkey}\nquorum none",
        f"witness a {KEY.vkey}\nquorum a",
        f"log {ONE.vkey}\nquorum none",
        f"log {KEY.vkey}\nlog {KEY.vkey}\nquorum none",
        "quorum none\r\n",
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(CallerError):
        verify_policy.parse_policy(text.encode())


def test_another_policy_than_last_time_is_told(tmp_path: Path) -> None:
    folder = replace(LONG, witnesses=(ONE, TWO)).write(tmp_path / "log")
    memory = tmp_path / "memory.json"
    assert check(folder, policy=POLICY.format("all").encode(), memory=memory).remarks == ()
    report = check(folder, memory=memory)
    assert [remark.code for remark in report.remarks] == ["policy_changed"]


def test_logs_of_a_policy_count_as_keys_handed_over(tmp_path: Path) -> None:
    folder = LONG.write(tmp_path / "log")
    policy = f"log {KEY.vkey} https://example.com/log\nquorum none\n".encode()
    assert check(folder, keys=[], policy=policy).exit_code == 0
    other = f"log {ALICE.vkey}\nquorum none\n".encode()
    assert codes(check(folder, keys=[], policy=other)) == {"origin_differs"}


# -- deployments -----------------------------------------------------------------------------------


def check_all(folder: Path, **options: Any) -> Report:
    return verify(folder, **{"now": NOW, "keys": [ANCHOR.vkey], **options})


def pair(alice: Log | None = None, extra: tuple[Any, ...] = ()) -> Deployment:
    writers = {"alice": alice or make_log(300, ALICE), "bob": make_log(20, BOB, tail=3)}
    return make_deployment(writers, extra)


def test_the_anchors_key_vouches_for_every_writer(tmp_path: Path) -> None:
    report = check_all(pair().write(tmp_path / "all"))
    assert (report.exit_code, report.problems) == (0, ())
    assert [(log.name, log.size, log.anchored) for log in report.logs] == [
        ("anchor", 7, None),
        ("writers/alice", 300, 300),
        ("writers/bob", 17, 17),
    ]
    assert {log.authenticity for log in report.logs} == {"verified"}
    assert check_all(tmp_path / "all", keys=[]).exit_code == 3


def rolled_back(folder: Path) -> None:
    deployment = pair()
    older = make_log(299, ALICE)
    replace(deployment, writers={**deployment.writers, "alice": older}).write(folder)


def forked_writer(folder: Path) -> None:
    deployment = pair()
    alice = deployment.writers["alice"]
    other = with_entry(alice, 200, alice.entries[200].replace(b"agent-0", b"agent-3"))
    replace(deployment, writers={**deployment.writers, "alice": other}).write(folder)


def writer_removed(folder: Path) -> None:
    deployment = pair()
    replace(deployment, writers={"bob": deployment.writers["bob"]}).write(folder)


def writer_added(folder: Path) -> None:
    deployment = pair()
    carol = make_log(5, signer("tertius/carol"))
    replace(deployment, writers={**deployment.writers, "carol": carol}).write(folder)


def writers_swapped(folder: Path) -> None:
    deployment = pair()
    alice, bob = deployment.writers.values()
    replace(deployment, writers={"alice": bob, "bob": alice}).write(folder)


def writer_resigned(folder: Path) -> None:
    deployment = pair()
    alice = replace(deployment.writers["alice"], key=replace(ALICE, seed=sha256(b"attacker")))
    replace(deployment, writers={**deployment.writers, "alice": alice}).write(folder)


def anchor_removed(folder: Path) -> None:
    pair().write(folder)
    (folder / "anchor").rename(folder.parent / "gone")


def anchor_forked(folder: Path) -> None:
    event = CheckpointAnchored(
        id="again", time=START, run="r", origin=ALICE.name, size=300, root="ab" * 32
    )
    pair(extra=(event,)).write(folder)


def writer_enrolled_twice(folder: Path) -> None:
    event = WriterEnrolled(
        id="again", time=START, run="r", writer="alice", origin="tertius/eve", key=BOB.vkey
    )
    pair(extra=(event,)).write(folder)


def retired_writer_grew(folder: Path) -> None:
    event = WriterRetired(
        id="over", time=START, run="r", writer="alice", origin=ALICE.name, size=299
    )
    pair(extra=(event,)).write(folder)


def writer_folder_is_link(folder: Path) -> None:
    pair().write(folder)
    (folder / "writers/alice").rename(folder.parent / "elsewhere")
    (folder / "writers/alice").symlink_to(folder.parent / "elsewhere")


def cited_leaf_is_another(folder: Path) -> None:
    pair(citing(20)[0]).write(folder)


def stray_beside_the_logs(folder: Path) -> None:
    put(pair().write(folder) / "key.txt", b"hello")


def citing(index: int) -> tuple[Log, Log]:
    """Alice's log with an entry that rests on Bob's entry 5, cited at `index`."""
    bob = make_log(20, BOB, tail=3)
    leaf = sha256(b"\0" + bob.entries[5]).hex()
    position = LogPosition(origin=BOB.name, index=index, leaf=leaf)
    cause = Cause(id=f"{BOB.name}/5", log=position)
    event = ModelCalled(id="cites", time=START, run="r", causes=(cause,))
    return make_log(300, ALICE, extra=(event,)), bob


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        (rolled_back, "rollback"),
        (forked_writer, "anchor_differs"),
        (writer_removed, "writer_missing"),
        (writer_added, "writer_unknown"),
        (writers_swapped, "writer_misplaced"),
        (writer_resigned, "signature_missing"),
        (anchor_removed, "anchor_missing"),
        (anchor_forked, "anchor_backwards"),
        (writer_enrolled_twice, "roster_twice"),
        (retired_writer_grew, "retired_changed"),
        (writer_folder_is_link, "stray_file"),
        (cited_leaf_is_another, "cause_unresolved"),
        (stray_beside_the_logs, "stray_file"),
    ],
)
def test_flaws_of_a_deployment_are_found(
    tmp_path: Path, flaw: Callable[[Path], None], code: str
) -> None:
    flaw(tmp_path / "all")
    report = check_all(tmp_path / "all")
    assert report.exit_code == 4
    assert code in codes(report)


@pytest.mark.parametrize(
    ("flaw", "defence", "replacement"),
    [
        (rolled_back, "check_member", lambda *_: None),
        (forked_writer, "check_member", lambda *_: None),
        (writer_removed, "missing_members", lambda *_: []),
        (writers_swapped, "check_member", lambda *_: None),
        (cited_leaf_is_another, "check_cited", lambda *_: {}),
    ],
)
def test_each_attack_on_a_deployment_succeeds_once_its_defence_is_removed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flaw: Callable[[Path], None],
    defence: str,
    replacement: Callable[..., Any],
) -> None:
    flaw(tmp_path / "all")
    monkeypatch.setattr(verify_run, defence, replacement)
    assert check_all(tmp_path / "all").exit_code == 0


def test_an_anchor_rewritten_without_a_writer_is_found_by_memory(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    folder = pair().write(tmp_path / "all")
    assert check_all(folder, memory=memory).exit_code == 0
    folder.rename(tmp_path / "before")
    alone = make_deployment({"bob": make_log(20, BOB, tail=3)}).write(folder)
    assert check_all(alone).exit_code == 0
    assert {"rollback", "writer_missing"} <= codes(check_all(alone, memory=memory))


def test_causes_in_other_logs_are_looked_up_or_counted(tmp_path: Path) -> None:
    alice, bob = citing(5)
    report = check_all(pair(alice).write(tmp_path / "all"))
    assert (report.exit_code, [log.cited for log in report.logs]) == (0, [0, 0, 0])
    report = verify(alice.write(tmp_path / "alone"), now=NOW, keys=[ALICE.vkey])
    assert (report.exit_code, report.logs[0].cited) == (0, 1)
    assert "1 causes in other logs not checked" in render(report)
    assert len(bob.entries) == 20


def rotated(next_key: str, root: str | None = None) -> Deployment:
    closing = LogClosed(id="closed", time=START, run="r", next_key=next_key)
    old = make_log(40, ALICE, extra=(closing,))
    last = len(old.entries) - 1
    leaf = sha256(b"\0" + old.entries[last]).hex()
    opening = LogOpened(
        id=f"{BOB.name}/0",
        time=START,
        run="r",
        origin=BOB.name,
        previous=LogPosition(origin=ALICE.name, index=last, leaf=leaf),
        previous_root=root or old.root().hex(),
    )
    return make_deployment(
        {"alice": old, "alice.1": with_entry(make_log(20, BOB), 0, encode(opening))}
    )


def test_a_rotated_key_continues_the_log_it_names(tmp_path: Path) -> None:
    assert check_all(rotated(BOB.vkey).write(tmp_path / "good")).exit_code == 0
    other = check_all(rotated(KEY.vkey).write(tmp_path / "key"))
    assert codes(other) == {"rotation_broken"}
    forked = check_all(rotated(BOB.vkey, "cd" * 32).write(tmp_path / "root"))
    assert codes(forked) == {"rotation_broken"}
