"""The verifier on valid logs, and on every flaw that one folder alone can show."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.tampered import flaws
from tests.tampered.valid_log import KEY, NOW, START, make_log, put, sha256

from tertius.core.errors import CallerError
from tertius.core.events import Cause
from tertius.core.log_events import LogRecovered
from tertius.log import (
    verify_acts,
    verify_chunk,
    verify_frames,
    verify_log,
    verify_scan,
    verify_stale,
    verify_trust,
)
from tertius.log.verify import verify
from tertius.log.verify_report import Report, render


def check(folder: Path, **options: Any) -> Report:
    return verify(folder, **{"now": NOW, "keys": [KEY.vkey], **options})


def codes(report: Report) -> set[str]:
    return {problem.code for problem in report.problems}


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511, 512, 513, 1025])
def test_a_valid_log_of_any_size_verifies(tmp_path: Path, count: int) -> None:
    report = check(make_log(count).write(tmp_path / "log"))
    assert (report.exit_code, report.problems, report.remarks) == (0, (), ())
    assert report.logs[0].size == count
    assert report.logs[0].signed_by == f"{KEY.name}+{KEY.id.hex()}"


def test_a_log_over_several_chunks_verifies_on_two_processes_as_on_one(tmp_path: Path) -> None:
    folder = make_log(65_536 + 300, tail=20).write(tmp_path / "log")
    one, two = check(folder), check(folder, processes=2)
    assert one == two
    assert (one.exit_code, one.logs[0].size, one.logs[0].tail) == (0, 65_816, 20)


def test_flaws_across_chunks_are_found_by_name(tmp_path: Path) -> None:
    nobody = (Cause(id="nobody"), Cause(id="later"))
    events = (
        flaws._called(f"{KEY.name}/17"),
        flaws._called("x", causes=nobody),
        flaws._called("later", causes=(Cause(id=f"{KEY.name}/9"),)),
    )
    folder = make_log(65_536, extra=events).write(tmp_path / "log")
    for processes in (1, 2):
        report = check(folder, processes=processes)
        assert [(p.code, p.entry) for p in report.problems] == [
            ("id_twice", 65_536),
            ("cause_unresolved", 65_537),
            ("cause_unresolved", 65_537),
        ]
        assert "later entry 65538" in report.problems[2].what


def test_without_any_key_nothing_is_called_authentic(tmp_path: Path) -> None:
    report = check(make_log(300).write(tmp_path / "log"), keys=[])
    assert (report.status, report.exit_code) == ("not_evaluated", 3)
    assert report.logs[0].authenticity == "not_evaluated"


def test_the_tail_behind_the_checkpoint_is_counted_and_called_so(tmp_path: Path) -> None:
    report = check(make_log(700, tail=12).write(tmp_path / "log"))
    assert (report.exit_code, report.logs[0].size, report.logs[0].tail) == (0, 688, 12)
    assert "tail of 12 not yet under a checkpoint" in render(report)


def test_an_edit_of_the_tail_with_a_new_block_digest_stays_unanchored(tmp_path: Path) -> None:
    log = make_log(700, tail=12)
    folder = log.write(tmp_path / "log")
    edited = replace(
        log, entries=tuple(e.replace(b"agent-1", b"agent-2") for e in log.entries)
    ).block(688, 700)
    put(folder / f"journal/{688:020d}", edited)
    report = check(folder)
    assert (report.exit_code, report.logs[0].tail) == (0, 12)


def test_a_torn_last_block_is_no_breach_and_never_counted(tmp_path: Path) -> None:
    log = make_log(700, tail=12)
    folder = log.write(tmp_path / "log")
    one = log.block(688, 694)
    two = log.block(694, 700, previous=one[96:128])
    put(folder / f"journal/{688:020d}", one + two[:-3])
    report = check(folder)
    assert (report.exit_code, report.logs[0].tail) == (0, 6)
    assert [remark.code for remark in report.remarks] == ["torn_tail"]


def test_sealed_entries_may_still_lie_in_the_journal(tmp_path: Path) -> None:
    log = make_log(700, tail=12)
    folder = log.write(tmp_path / "log")
    (folder / f"journal/{688:020d}").unlink()
    one = log.block(600, 650)
    put(folder / f"journal/{600:020d}", one + log.block(650, 695, previous=one[96:128]))
    put(folder / f"journal/{695:020d}", log.block(695, 700))
    report = check(folder)
    assert "journal_order" in codes(report)  # the chain goes on from file to file
    two = log.block(650, 695, previous=one[96:128])
    put(folder / f"journal/{695:020d}", log.block(695, 700, previous=two[96:128]))
    report = check(folder)
    assert (report.exit_code, report.logs[0].tail) == (0, 12)


def test_leftovers_of_a_crash_are_told_and_harmless(tmp_path: Path) -> None:
    log = make_log(700, tail=100)
    folder = log.write(tmp_path / "log")
    for path, data in {**log.tiles(590), **log.tiles(650)}.items():
        put(folder / path, data)
    put(folder / "tile/entries/002.p/99.tmp", b"")
    put(folder / "checkpoint.tmp", b"half a note")
    payload = folder / "payload/00000000"
    put(payload, payload.read_bytes() + log.frame(600) + log.frame(603)[:20])
    report = check(folder)
    assert report.exit_code == 0, render(report)
    assert {remark.code for remark in report.remarks} == {
        "tile_stale",
        "tile_unsealed",
        "temporary_file",
        "payload_unsealed",
        "payload_torn",
    }


def test_a_logged_erasure_is_told_from_a_missing_content(tmp_path: Path) -> None:
    report = check(flaws.log_with_erasure().write(tmp_path / "log"))
    assert (report.exit_code, report.logs[0].erased, report.logs[0].missing) == (0, 1, 0)


def test_a_torn_tail_set_aside_and_logged_is_accounted_for(tmp_path: Path) -> None:
    digest = sha256(b"torn").hex()
    event = LogRecovered(
        id="r", time=START, run="r", digest=digest, length=4, kept_as=f"aside/{digest}"
    )
    folder = make_log(300, extra=(event,)).write(tmp_path / "log")
    put(folder / "aside" / digest, b"torn")
    assert check(folder).exit_code == 0
    put(folder / "aside" / digest, b"born")
    assert codes(check(folder)) == {"aside_altered"}


@pytest.mark.parametrize("flaw", [*flaws.DISK, *flaws.OPERATOR], ids=lambda flaw: flaw.__name__)
def test_every_flaw_is_found_and_named(tmp_path: Path, flaw: flaws.Flaw) -> None:
    flaw(tmp_path / "log")
    report = check(tmp_path / "log")
    assert (report.status, report.exit_code) == ("broken", 4)
    assert {**flaws.DISK, **flaws.OPERATOR}[flaw] in codes(report)
    assert render(report).isascii()
    assert "\x1b" not in render(report)


def nothing(*_: Any, **__: Any) -> Any:
    return []


def agree(*_: Any, **__: Any) -> Any:
    return True


# Which function stands in the way of which flaw; without it the flaw goes unnoticed.
DEFENCES: list[tuple[flaws.Flaw, list[tuple[Any, str, Callable[..., Any]]]]] = [
    (
        flaws.entry_field_edited,
        [(verify_chunk, "_explain_row", nothing), (verify_log, "rebuild_tree", nothing)],
    ),
    (
        flaws.entries_swapped,
        [
            (verify_chunk, "_explain_row", nothing),
            (verify_log, "rebuild_tree", nothing),
            (verify_scan, "tally", lambda *_, **__: verify_frames.Tally()),
            (verify_log, "link_entries", nothing),
        ],
    ),
    (flaws.tile_bit_flipped, [(verify_chunk, "_explain_row", nothing)]),
    (flaws.upper_tile_bit_flipped, [(verify_log, "check_upper", nothing)]),
    (flaws.entries_rewritten_unsigned, [(verify_log, "rebuild_tree", nothing)]),
    (flaws.key_swapped_inside_log, [(verify_trust, "signed_by", lambda _, keys: keys)]),
    (flaws.signature_bit_flipped, [(verify_trust, "signed_by", lambda _, keys: keys)]),
    (flaws.content_bit_flipped, [(verify_scan.Scan, "judge", nothing)]),
    (flaws.content_removed_unerased, [(verify_acts, "check_erasures", nothing)]),
    (flaws.payload_removed_unerased, [(verify_acts, "check_erasures", nothing)]),
    (flaws.content_added, [(verify_scan.Scan, "judge", nothing)]),
    (flaws.file_added, [(verify_log, "place_of", lambda _: "lock")]),
    (flaws.partial_tile_contradicts, [(verify_stale, "_agrees", agree)]),
    (flaws.aside_unlogged, [(verify_acts, "check_aside", nothing)]),
    (flaws.id_twice, [(verify_log, "check_ids", nothing)]),
    (flaws.cause_from_nowhere, [(verify_log, "check_ids", nothing)]),
    (flaws.cause_later, [(verify_log, "check_ids", nothing)]),
    (flaws.not_opened, [(verify_acts, "check_ends", nothing)]),
    (flaws.opened_twice, [(verify_acts, "check_ends", nothing)]),
    (flaws.closed_early, [(verify_acts, "check_ends", nothing)]),
    (flaws.erased_another_content, [(verify_acts, "check_erasures", nothing)]),
]


@pytest.mark.parametrize(
    ("flaw", "removed"), DEFENCES, ids=lambda each: getattr(each, "__name__", "")
)
def test_each_attack_succeeds_once_its_defence_is_removed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flaw: flaws.Flaw,
    removed: list[tuple[Any, str, Callable[..., Any]]],
) -> None:
    flaw(tmp_path / "log")
    for owner, name, replacement in removed:
        monkeypatch.setattr(owner, name, replacement)
    assert check(tmp_path / "log").problems == ()


def test_an_unreadable_folder_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="no folder"):
        check(tmp_path / "nowhere")
    with pytest.raises(CallerError, match="no log in"):
        check(tmp_path)


def test_problems_of_one_kind_are_counted_after_the_first_few(tmp_path: Path) -> None:
    flaws.payload_removed_unerased(tmp_path / "log")
    report = check(tmp_path / "log")
    assert len(report.problems) == 21
    assert report.problems[-1].what == "213 more of this kind"
    assert report.logs[0].missing == 233
