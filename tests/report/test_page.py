"""The page as one file."""

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.report import small
from tests.report.small import ANSWERS, LONG, SPECS, chat, verdict, write

from tertius.core.events import RunStarted
from tertius.report import data as data_module
from tertius.report import page as page_module
from tertius.report.page import write_report


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "log")


def made(log: Path, **options: Any) -> str:
    out = log.parent / "report.html"
    size = write_report(log, ANSWERS, SPECS, verdict(log), out, **options)
    assert size == out.stat().st_size
    return out.read_text(encoding="utf-8")


def run(page: str, number: int = 0) -> dict[str, Any]:
    found = re.search(rf'id="run-{number}">([A-Za-z0-9+/=]*)</script>', page)
    assert found
    unpacked: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return unpacked


def test_the_same_log_gives_the_same_bytes(log: Path) -> None:
    assert made(log) == made(log)
    assert "2026-02-03 00:00 UTC" in made(log, now=1_770_076_800)


def test_no_text_of_the_log_ends_up_as_markup(log: Path) -> None:
    page = made(log)
    assert "window.broken" in page  # quoted, and in the data
    for opening in ("<script>window", "<img", "</script><", "<!--", "\u2028", "\u202e"):
        assert opening not in page
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts == [
        '<script type="application/json" id="head">',
        '<script type="text/plain" id="run-0">',
        '<script type="text/plain" id="run-1">',
        "<script>",
    ]


def test_the_policy_names_exactly_the_script_and_style_of_the_page(log: Path) -> None:
    page = made(log)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert "unsafe" not in policy[1] and "http:" not in policy[1] and "https:" not in policy[1]


def test_nothing_on_the_page_is_fetched(log: Path) -> None:
    addresses: list[str] = []

    class Addresses(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("img", "iframe", "object", "embed", "form", "base")
            addresses.extend(v or "" for k, v in attrs if k in ("src", "href", "srcset", "action"))

    Addresses().feed(made(log))
    assert [each for each in addresses if not each.startswith("#")] == ["data:,"]
    assert "url(" not in page_module._asset("report.css")


def test_the_script_makes_no_markup_out_of_text() -> None:
    script = page_module._script()
    sinks = ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(")
    assert [sink for sink in sinks if sink in script] == []


def test_a_long_text_is_whole_while_there_is_room_and_its_length_told(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = run(made(log))
    text = data["events"]["text"][4]
    assert data["lengths"][text] == len(LONG)
    assert data["texts"][text] == LONG
    monkeypatch.setattr(page_module, "MOST_BYTES", 0)
    data = run(made(log))
    assert data["lengths"][text] == len(LONG)
    assert len(data["texts"][text]) < len(LONG)


def test_runs_that_do_not_fit_are_listed_without_a_link(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_BYTES", 0)
    page = made(log)
    assert 'id="run-0"' in page and 'id="run-1"' not in page
    assert '<a href="#run=r">' in page and '<a href="#run=dull">' not in page
    assert "The other 1 did not fit" in page
    assert f"tertius report {log} --run NAME" in page


def test_the_page_says_what_the_record_is_worth(log: Path, tmp_path: Path) -> None:
    assert "The record is verified" in made(log)
    write_report(log, (), (), None, tmp_path / "unasked.html")
    assert "was not verified" in (tmp_path / "unasked.html").read_text()
    with (log / "tile/entries/000.p/14").open("r+b") as file:
        file.seek(40)
        file.write(b"X")
    report = verdict(log)
    assert report.status == "broken"
    write_report(write(tmp_path / "whole"), (), (), report, tmp_path / "broken.html")
    assert "The record is broken" in (tmp_path / "broken.html").read_text()


def test_the_page_says_how_to_check_it(log: Path) -> None:
    page = made(log)
    assert f"tertius verify {log} --key operator.key" in page
    assert small.KEY.verifier.name in page


def test_verified_is_said_of_the_import_and_not_of_what_came_before(tmp_path: Path) -> None:
    assert "nothing about whether what agents wrote is true" in made(write(tmp_path / "own"))
    began = RunStarted(id="x/start", time=0, run="x", source="who_and_when")
    log = write(tmp_path / "log", [(began, "")])
    page = made(log)
    assert "made by importing recorded runs (format: who_and_when)" in page
    assert f"into the log <bdi>{tmp_path.name}/log</bdi>" in page
    assert "The record is verified" in page and "a file like any other" in page


def test_what_is_compared_with_entries_is_put_into_words(log: Path) -> None:
    page = made(log)
    assert "Its entries vouch for 7 texts, 6 match, 1 erased by a logged act; 7 are" in page
    assert "No independent witness was asked to countersign its state." in page


def test_the_command_that_makes_the_page_again_names_its_runs(log: Path) -> None:
    again = f"tertius report {log} --key operator.key"
    assert f"{again} --output again.html" in made(log)
    assert f"{again} --run r --output again.html" in made(log, runs=["r"])


def test_a_page_on_one_run_has_no_list_of_runs_and_is_named_after_it(log: Path) -> None:
    one, both = made(log, runs=["dull"]), made(log)
    assert "<h1>What happened in <bdi>dull</bdi></h1>" in one
    assert f"<h1>What happened in <bdi>{log.parent.name}/log</bdi></h1>" in both
    for part in ('id="runs"', 'id="worst"', 'href="#worst"'):
        assert part in both and part not in one


def test_failures_are_counted_before_any_script_runs(log: Path) -> None:
    page = made(log)
    assert "The record itself tells of 2 failures in 1 run." in page
    assert "1 finding in 1 run, 1 of high severity. Of 2 detectors, each of which" in page
    assert "1 could tell in every run, 0 in some runs only, and 1 in none" in page
    quiet = made(log, runs=["dull"])
    none = (
        "Nothing in the record says by itself that this run failed, and no message says “this is "
        "the answer”; whether the answer is right is not known here."
    )
    assert none in quiet
    told = quiet.index("No detector has a finding, which does not show that all is well: see")
    assert told < quiet.index("Of 2 detectors, 1 looked and found nothing")
    assert "No event has a time" in quiet
    one = made(log, runs=["r"])
    assert "The record itself tells of 2 failures (" in one
    assert '<a href="#run=r&amp;event=6">#6</a>' in one


def test_no_failure_is_said_only_where_nothing_of_the_kind_is_on_the_page(
    tmp_path: Path,
) -> None:
    trace = "a line\n" * 9 + "Traceback (most recent call last):\n  x\nBadRequestError: 400\nSo: 7."
    run = [(event, text.replace("Round 0 of it.", trace)) for event, text in chat(rounds=1)]
    good = [(event, text) for event, text in run if "exitcode" not in text]
    page = made(write(tmp_path / "log", good))
    assert "The record itself holds 1 event (" in page and "worth a look." in page
    assert "says by itself" not in page[: page.index("<script>")]
    clean = [(event, text.replace(trace, "Well.")) for event, text in good]
    page = made(write(tmp_path / "clean" / "log", clean))
    assert "Nothing in the record says by itself that this run failed" in page
    both = [*good, *chat("other", rounds=1)[:2]]
    page = made(write(tmp_path / "both" / "log", both))
    assert "The record itself holds 1 event in 1 run worth a look." in page


def test_of_events_that_were_not_read_nothing_is_said(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_module, "MOST_EVENTS", 1)
    page = made(log, runs=["dull"])
    assert "Nothing in the record, as far as it was read for this page, says by itself" in page


def test_what_was_not_evaluated_is_told(log: Path) -> None:
    page = made(log)
    blind = page[page.index('id="blind"') : page.index('id="record"')]
    assert "Votes bought</strong> had nothing to read" in blind
    assert "asserted, paid" in blind
    assert "nobody voted &lt;/script&gt;" in blind
    assert "who did it in 1, over which channel in 2, when in 2" in blind
    assert "anything said once" in blind


def test_who_could_not_tell_is_one_closed_line_with_their_number(log: Path) -> None:
    for options in ({}, {"runs": ["r"]}):
        page = made(log, **options)
        blind = page[page.index('id="blind"') : page.index('id="record"')]
        assert "<details><summary>1 detector could not tell, and why</summary>" in blind
        assert "<h3>Detectors that could not tell" not in blind
    found = page[page.index('id="findings-title"') : page.index('id="blind"')]
    line = "<details><summary>1 of 2 detectors could not tell, and why; how many looked</summary>"
    open_part, _, folded = found.partition(line)
    assert "1 finding, 1 of high severity" in open_part and "nobody voted" not in open_part
    assert "1 could not tell: nobody voted" in folded


def test_silence_is_never_said_in_words_that_read_as_all_is_well(log: Path) -> None:
    out = log.parent / "nothing.html"
    write_report(log, (), SPECS, verdict(log), out)
    for page in (made(log), made(log, runs=["dull"]), out.read_text(encoding="utf-8")):
        assert "No detector found anything" not in page and "tells of no failure" not in page


def test_what_nothing_looked_at_is_said_once_however_much_was_found(log: Path) -> None:
    for options in ({}, {"runs": ["dull"]}, {"runs": ["r"]}):
        assert made(log, **options).lower().count("nothing looked beyond the record") == 1


def test_blind_spots_are_open_for_detectors_with_an_answer_and_folded_for_others(
    log: Path,
) -> None:
    def told(page: str) -> tuple[str, str]:
        blind = page[page.index('id="blind"') : page.index('id="record"')]
        here, _, folded = blind.partition("with no answer on this page, cannot see")
        return here, folded

    here, folded = told(made(log))
    assert "anything said once" in here and "with an answer on this page cannot see</h3>" in here
    assert folded == ""  # both have one
    here, folded = told(made(log, runs=["dull"]))
    assert "What 2 detectors, " in here and "anything said once" in folded


def test_a_report_without_detectors_says_that_nothing_was_evaluated(log: Path) -> None:
    out = log.parent / "bare.html"
    write_report(log, (), (), None, out)
    assert "nothing was evaluated" in out.read_text()


def test_findings_stand_at_the_top_with_their_quotes(log: Path) -> None:
    page = made(log)
    top = page[page.index('id="worst"') : page.index('id="runs"')]
    assert '<span class="chip high">high</span>' in top
    assert "#run=r&amp;finding=" in top
    assert "&lt;/script&gt;&lt;script&gt;window.broken = 1" in top
