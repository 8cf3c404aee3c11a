"""Scene 6, do not trust us: the log is attacked, and the verifier is asked each time."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tertius.cli.demo_scenes import tampering
from tertius.cli.demo_scenes.scene import Case, Check, Scene
from tertius.cli.demo_scenes.three_agents import NOW, anchor_key, three_agents, write
from tertius.cli.demo_scenes.witnesses import NAMES, asks, new_witness, policy
from tertius.core.errors import EXIT_INTEGRITY, EXIT_NOT_EVALUATED, EXIT_PASS
from tertius.log.cosigning import Witnesses
from tertius.log.verify import verify
from tertius.log.verify_report import Report
from tertius.runtime.index import build_index

OPERATOR, STRANGER = "operator", "stranger"  # seeds of their keys
PERSONAL = "address"  # the event whose content names a person
ORDER = "order"  # the event in which the money is spent

CENTURY = 100 * 365 * 86_400  # seconds

KEY, REMEMBERED, WITNESSES, NOTHING = "key", "remembered", "witnesses", "nothing"
_GIVEN = {
    KEY: "the log's public key",
    REMEMBERED: "key, and the checkpoint seen last",
    WITNESSES: "key, and two of three witnesses",
    NOTHING: "nothing but the files",
}


class Expected(Struct, frozen=True):
    """What the verifier is given and must answer: exit code, and the problem it must name."""

    given: str
    exit_code: int
    problem: str
    lesson: str


class Attack(Struct, frozen=True):
    """One thing that is done to a copy of the log."""

    folder: str
    title: str
    did: str
    expected: tuple[Expected, ...]
    allowed: bool = False


ATTACKS = (
    Attack(
        "log",
        "Nothing was done",
        "This is the log as it was written.",
        (
            Expected(KEY, EXIT_PASS, "", "Nobody touched it, and it is not accused."),
            Expected(WITNESSES, EXIT_PASS, "", "Outsiders say that they saw this history."),
        ),
        allowed=True,
    ),
    Attack(
        "one-bit",
        "One bit flipped",
        "In the entry that claims the money, 4280 becomes 5280.",
        (Expected(KEY, EXIT_INTEGRITY, "entry_altered", "Every entry is under a hash."),),
    ),
    Attack(
        "stranger",
        "A careful forger without the key",
        "4,280 EUR becomes 1,280 EUR; every hash, tile and checkpoint is made anew, "
        "and signed with a key of the forger's own.",
        (
            Expected(KEY, EXIT_INTEGRITY, "signature_missing", "Hashes are easy, the key is not."),
            Expected(
                NOTHING,
                EXIT_NOT_EVALUATED,
                "",
                "Consistent in itself, by somebody: without a key from elsewhere, no verdict.",
            ),
        ),
    ),
    Attack(
        "operator",
        "The operator, who has the key",
        "The same forgery, signed with the true key. One of the three witnesses is in on it.",
        (
            Expected(
                KEY,
                EXIT_PASS,
                "",
                "A signature binds everybody but the key's owner.",
            ),
            Expected(REMEMBERED, EXIT_INTEGRITY, "fork", "One old checkpoint is enough."),
            Expected(
                WITNESSES,
                EXIT_NOT_EVALUATED,
                "",
                "The honest two refuse to sign, so nobody vouches for it.",
            ),
        ),
    ),
    Attack(
        "cut-writer",
        "The end cut off one log",
        "The recorder's log is put back to a state from before the order; the anchor log stays.",
        (Expected(KEY, EXIT_INTEGRITY, "rollback", "The anchor log knows how long it was."),),
    ),
    Attack(
        "older-copy",
        "The end cut off everything",
        "The whole deployment is put back to a state from before the order.",
        (
            Expected(
                KEY,
                EXIT_PASS,
                "",
                "It is a true log, only an old one.",
            ),
            Expected(REMEMBERED, EXIT_INTEGRITY, "rollback", "Logs grow, they never shrink."),
            Expected(
                WITNESSES,
                EXIT_PASS,
                "",
                "Its cosignatures are real too, until they are older than you allow.",
            ),
        ),
    ),
    Attack(
        "erased",
        "A person's address erased, lawfully",
        "Salt and text are destroyed, and the log says so in an entry of its own.",
        (Expected(REMEMBERED, EXIT_PASS, "", "Erased is not broken: every hash still holds."),),
        allowed=True,
    ),
    Attack(
        "removed",
        "The same text removed, in silence",
        "Salt and text are destroyed, and no entry tells.",
        (Expected(KEY, EXIT_INTEGRITY, "content_missing", "Missing is not erased."),),
    ),
)


def play(out: Path) -> Scene:
    """Record the run below `out`, tamper with copies of it, and verify each.

    Parameters
    ----------
    out : Path
        Gets `log`, `copies/<attack>`, and what a verifier holds of its own in `outside`.
    """
    run = three_agents()
    with tempfile.TemporaryDirectory(prefix="tertius-") as room:
        prepare(out, Path(room))
    cases = tuple(_judge(attack, out) for attack in ATTACKS)
    report = _verify(out, out / "log", WITNESSES)
    facts = [(f"{log.name}: root of {log.size} entries", log.root) for log in report.logs]
    return Scene(
        number=6,
        title="Do not trust us",
        lead="Three agents order a solvent, and the run is written to a log. Then copies of the "
        "log are attacked, with more and more power, and the verifier is asked about each. It "
        "shares no code with the writer. Two attacks are not noticed by whoever knows the key "
        "alone; what notices them stands beside.",
        run=run,
        cases=cases,
        facts=tuple(facts),
        next=(shlex.join(["tertius", "trace", ORDER, "--log", str(out / "log")]),),
    )


def prepare(out: Path, private: Path) -> None:
    """Write the honest log and every tampered copy; private keys go to a folder of their own."""
    run, log, copies = three_agents(), out / "log", out / "copies"
    copies.mkdir(parents=True)
    key = anchor_key(OPERATOR).verifier
    honest = [new_witness(name, key) for name in NAMES]
    write(
        log,
        run,
        private=private / "operator",
        keys=OPERATOR,
        cosign=Witnesses([asks(each) for each in honest]),
        midway=copies / "older-copy",
    )
    forged = tampering.understate(run)
    write(copies / "stranger", forged, private=private / "stranger", keys=STRANGER)
    bribed = [new_witness(NAMES[0], key), *honest[1:]]
    write(
        copies / "operator",
        forged,
        private=private / "again",
        keys=OPERATOR,
        cosign=Witnesses([asks(each) for each in bribed], quorum=1),
    )
    for name in ("one-bit", "cut-writer", "erased", "removed"):
        shutil.copytree(log, copies / name)
    tampering.flip_bit(copies / "one-bit")
    tampering.cut_writer(copies / "cut-writer", copies / "older-copy")
    tampering.erase(copies / "erased", PERSONAL, private=private / "operator")
    tampering.remove(copies / "removed", PERSONAL)
    build_index(log)
    outside = out / "outside"
    outside.mkdir()
    (outside / "log.key").write_text(f"{key.vkey}\n")
    (outside / "witnesses.policy").write_text(policy(key))
    (outside / "seen-last.checkpoint").write_bytes((log / "anchor" / "checkpoint").read_bytes())


def _judge(attack: Attack, out: Path) -> Case:
    folder = out / "log" if attack.folder == "log" else out / "copies" / attack.folder
    checks = []
    for expected in attack.expected:
        report = _verify(out, folder, expected.given)
        checks.append(
            Check(
                given=_GIVEN[expected.given],
                said=said(report),
                expected=expected.exit_code,
                got=report.exit_code,
                wanted=expected.problem,
                named=tuple(sorted({problem.code for problem in report.problems})),
                lesson=expected.lesson,
                proof=tuple(note for fork in report.forks for note in (fork.ours, fork.theirs)),
                command=_command(out, folder, expected.given),
            )
        )
    return Case(title=attack.title, did=attack.did, allowed=attack.allowed, checks=tuple(checks))


def _verify(out: Path, folder: Path, given: str) -> Report:
    """Ask the verifier, with what it is given from outside the log and nothing else."""
    outside = out / "outside"
    key = (outside / "log.key").read_text().strip()
    return verify(
        folder,
        now=NOW,
        keys=() if given == NOTHING else (key,),
        policy=(outside / "witnesses.policy").read_bytes() if given == WITNESSES else None,
        checkpoint=(
            (outside / "seen-last.checkpoint").read_bytes() if given == REMEMBERED else None
        ),
    )


def said(report: Report) -> str:
    """Return the verifier's answer in one line."""
    return "; ".join(_words(report))


def _words(report: Report) -> Iterator[str]:
    if report.status == "broken":
        first, more = report.problems[0], len(report.problems) - 1
        yield f"broken: {first.what}"
        if first.entry is not None:
            yield f"entry {first.entry}"
        if more:
            yield f"{more} more problem{'s' * (more > 1)}"
        return
    yield report.status.replace("_", " ")
    witnesses = report.logs[0].witnesses
    if witnesses == "met":
        yield "cosigned by a quorum of witnesses"
    elif witnesses == "not_met":
        yield "the witness quorum is not met"
    elif report.status == "not_evaluated":
        yield "no key to check the signature with"
    yield f"{sum(log.size for log in report.logs)} entries intact"
    if erased := sum(log.erased for log in report.logs):
        yield f"{erased} content{'s' * (erased > 1)} erased"


def _command(out: Path, folder: Path, given: str) -> str:
    outside = out / "outside"
    words = ["tertius", "verify", str(folder), "--no-memory"]
    if given != NOTHING:
        words += ["--key", str(outside / "log.key")]
    if given == WITNESSES:
        words += ["--policy", str(outside / "witnesses.policy")]
        words += ["--max-age", str(CENTURY)]  # the witnesses signed in the demo's own time
    if given == REMEMBERED:
        words += ["--checkpoint", str(outside / "seen-last.checkpoint")]
    return shlex.join(words)
