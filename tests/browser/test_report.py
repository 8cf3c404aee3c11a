"""The report, in Chromium: silent, accessible, worked by keyboard, and deaf to script in texts."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page
from tests.report.small import ANSWERS, LONG, SPECS, chat, verdict, write

from tertius.core.events import Basis, Cause, MessageSent
from tertius.core.kinds import Event
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_build import Link
from tertius.report.page import write_report

PHONE, DESKTOP = 375, 1280
READY = "html[data-ready]"


class Opened(NamedTuple):
    page: Page
    faults: list[str]
    asked: list[str]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on the hostile little log."""
    room: Path = tmp_path_factory.mktemp("report")
    log = write(room / "log")
    write_report(log, ANSWERS, SPECS, verdict(log), room / "report.html", now=1_770_000_000)
    return (room / "report.html").as_uri()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on one group chat, in which nothing was found but code failed."""
    room: Path = tmp_path_factory.mktemp("talk")
    log = write(room / "log", chat(rounds=12))
    write_report(log, (), SPECS, verdict(log), room / "report.html")
    return (room / "report.html").as_uri()


@pytest.fixture
def open_at(browser: Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_page(address: str, *, width: int = DESKTOP, dark: bool = False) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        opened = Opened(context.new_page(), [], [])
        opened.page.on("console", lambda message: opened.faults.append(message.text))
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.page.goto(address)
        opened.page.wait_for_selector(READY, state="attached")
        return opened

    yield open_page
    for context in contexts:
        context.close()


def card(page: Page) -> str:
    return page.locator("#event").inner_text()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_is_whole_and_accessible(
    open_at: Callable[..., Opened],
    violations: Callable[[Page], list[str]],
    address: str,
    width: int,
    dark: bool,
) -> None:
    page, faults, asked = open_at(f"{address}#run=r&event=5", width=width, dark=dark)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for summary in page.locator("summary").all():
        summary.click()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.strip("rgb()").split(","))) < 3 * 128) == dark
    assert violations(page) == []
    page.locator("#as-table").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []


def test_script_in_texts_names_and_titles_is_only_text(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, faults, asked = open_at(f"{address}#run=r")
    for number in range(1, 11):
        page.evaluate("hash => location.hash = hash", f"#run=r&event={number}")
        page.locator(f"#event h4:has-text('#{number} ')").wait_for()
    page.locator("#as-table").click()
    page.locator("#graph .node").first.click()
    assert page.evaluate("typeof window.broken") == "undefined"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 4
    assert len([url for url in asked if not url.startswith("data:")]) == 1
    assert faults == []
    page.evaluate("location.hash = '#run=r&event=3'")
    page.locator("#event h4:has-text('#3 ')").wait_for()
    assert "</script><script>window.broken = 1</script><img" in card(page)
    assert "\\u202e001$" in card(page) and "\u202e" not in card(page)


def test_text_cannot_become_markup_even_by_a_mistake_of_ours(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(address)
    attempts = """() => ["innerHTML", "outerHTML"].map(way => {
        const place = document.body.appendChild(document.createElement("p"));
        try { place[way] = "<img src=x>"; return "taken"; } catch { return "refused"; }
    })"""
    assert page.evaluate(attempts) == ["refused", "refused"]


def test_places_to_look_are_told_in_order_without_a_click(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(address)
    assert page.locator("#run-title").inner_text().startswith("Run: Run </script>")
    story = page.locator("#story").inner_text()
    answered, points = story.split("Places to look, in the order of the run")
    assert "and no verdicts" in points
    assert points.index("finding A detector finds, severity high: Said") < points.index("failed A")
    assert "failed A call failed “exit code 1” no later call did better" in points
    assert "trouble The run ended as failed: “gave up”" in points
    assert "Recorded as failed: “gave up”" in answered
    assert (
        "3 agents, and how often each sent something: coder (3), "
        in page.locator("#talk").inner_text()
    )


def test_an_event_tells_its_causes_and_what_it_reached(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r&event=6")
    told = card(page)
    assert "coder got a tool's result" in told
    assert "tool: shell · outcome: failed" in told
    assert "failure on record failed, says the record “exit code 1”" in told
    assert "rest on it, directly or through others: 1 of 3, by coder (1)" in told
    assert "The way back" in told
    way = page.locator("#event .way li")
    assert [text.split()[0] for text in way.all_inner_texts()] == ["#3", "#4", "#5", "#6,"]
    page.locator("#infer input").check()
    assert "2 of 3, by coder (1)" in card(page)


def test_erased_cut_and_unknown_are_said_so(open_at: Callable[..., Opened], address: str) -> None:
    page, _, _ = open_at(f"{address}#run=r&event=7")
    assert "(erased)" in card(page) and "logged act" in card(page)
    assert "dull/1 (observed, not in this run)" in card(page)
    page.evaluate("location.hash = '#run=r&event=5'")
    page.locator("#event h4:has-text('#5 ')").wait_for()
    assert page.locator("#event .quote").inner_text() == LONG
    assert "channel\nnot known" in card(page)
    page.evaluate("location.hash = '#run=r&event=9'")
    page.locator("#event h4:has-text('#9 ')").wait_for()
    assert "from\nnot known" in card(page)


def test_unobserved_channels_are_dashed_and_the_table_says_so(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    dashed = page.locator("#graph .edge.dashed title").all_text_contents()
    assert any("no message on record, but what one did rests" in text for text in dashed)
    whole = page.locator("#graph .edge:not(.dashed) title").all_text_contents()
    assert any("over board" in text for text in whole)
    rows = page.locator("#edges tbody tr").all_inner_texts()
    assert any("no message on record, but" in row for row in rows)
    assert any("a channel that the record does not name" in row for row in rows)
    page, _, _ = open_at(f"{address}#run=dull")
    (dashed,) = page.locator("#graph .edge.dashed title").all_text_contents()
    assert "channel that the record does not name" in dashed


def test_a_click_on_a_mark_chooses_its_event(open_at: Callable[..., Opened], address: str) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    painted = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }"""
    assert page.locator("#timeline .room canvas").evaluate(painted) > 4
    place = page.evaluate("(t => [t.x(3), t.y(page.run.events.agent[3])])(page.views.timeline)")
    window = page.locator("#timeline .window")
    window.click(position={"x": place[0], "y": place[1]})
    assert "#4 Plänner" in card(page)
    window.hover(position={"x": place[0], "y": place[1]})
    assert page.locator("#timeline .hint").inner_text().startswith("#4 Plänner")


def test_what_an_event_reached_is_what_the_lineage_says(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    rng = random.Random(3)
    every: tuple[Basis, ...] = ("declared", "observed", "inferred")
    links: list[tuple[str, list[Link]]] = []
    for number in range(60):
        earlier = rng.sample(range(number), min(number, rng.randint(0, 3)))
        links.append((f"x/{number}", [(f"x/{e}", rng.choice(every), None) for e in earlier]))
    events: list[tuple[Event, str]] = [
        (
            MessageSent(id=id, time=0, run="x", agent="a",
                        causes=tuple(Cause(id=to, basis=basis) for to, basis, _ in causes)),
            "",
        )
        for id, causes in links
    ]  # fmt: skip
    write_report(write(tmp_path / "log", events), (), (), None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    lineage = Lineage.of(links)
    ask = """inferred => {
        page.run.inferred = inferred;
        const ids = (i, side) => page.run.reach(i, side).events.map(e => page.run.fullId(e)).sort();
        const { up, down, count } = page.run;
        return [...Array(count).keys()].map(i => [ids(i, up), ids(i, down)]);
    }"""
    for inferred, bases in ((False, every[:2]), (True, every)):
        told = page.evaluate(ask, inferred)
        for (id, _), (up, down) in zip(links, told, strict=True):
            assert up == sorted(lineage.ancestors(id, bases=bases).ids())
            assert down == sorted(lineage.descendants(id, bases=bases).ids())


def test_the_timeline_is_worked_by_keyboard(open_at: Callable[..., Opened], address: str) -> None:
    page, faults, _ = open_at(f"{address}#run=r")
    timeline = page.locator("#timeline [role=slider]")
    timeline.focus()
    spoken = lambda: timeline.get_attribute("aria-valuetext") or ""  # noqa: E731
    page.keyboard.press("Home")
    assert spoken().startswith("1: ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert spoken().startswith("3: coder sent a message to Plänner")
    page.keyboard.press("ArrowDown")
    assert spoken().startswith("5: coder")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert spoken().startswith("2: ")
    page.keyboard.press("End")
    assert spoken().startswith("10: ")
    assert page.url.endswith("#run=r&event=10")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "event-title"
    page.keyboard.press("Escape")
    assert spoken() == "no event chosen" and page.url.endswith("#run=r")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"
    assert faults == []


def test_everything_can_be_reached_by_tab_and_shows_its_focus(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r&event=5")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    names, bare = set(), []
    look = """() => {
        const at = document.activeElement, part = at.closest("section, header, body");
        const ring = getComputedStyle(at).outlineStyle !== "none" || at.matches(".node");
        return [part.id || at.tagName, ring, at.outerHTML.slice(0, 80)];
    }"""
    page.locator("a.skip").focus()
    for _ in range(140):
        page.keyboard.press("Tab")
        section, ring, html = page.evaluate(look)
        if section == "BODY":
            break
        names.add(section)
        bare += [] if ring else [html]
    assert bare == []
    assert {"worst", "runs", "run", "event", "blind"} <= names


def test_agents_are_walked_with_arrow_keys(open_at: Callable[..., Opened], address: str) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    page.locator("#graph .node[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    at = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    assert page.locator("#agent h4").inner_text() in label
    assert "of its own" in page.locator("#agent").inner_text()
    assert page.evaluate("[scrollY, document.activeElement.getAttribute('role')]") == [at, "button"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator("#agent h4").inner_text() not in label
    page.locator("#agent button", has_text="Close").click()
    assert page.locator("#agent").inner_text() == ""


def test_evidence_leads_to_its_event_and_back(open_at: Callable[..., Opened], address: str) -> None:
    page, _, _ = open_at(address)
    page.locator("#worst a").first.click()
    page.locator("#findings .finding:focus").wait_for()
    page.locator("#findings .evidence .jump").last.click()
    assert page.url.endswith("#run=r&event=5")
    assert "#5 coder sent a message" in card(page)
    page.go_back()
    page.locator("#event:has-text('No event is chosen')").wait_for()


def test_the_table_says_what_the_timeline_shows(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    page.locator("#as-table").click()
    rows = page.locator("#table tbody tr")
    assert rows.count() == 10
    assert "2026-01-01 00:02:00.000" in rows.nth(2).inner_text()
    page.get_by_label("Search").last.fill("EXIT CODE")
    assert rows.all_inner_texts()[0].startswith("#6")
    assert rows.count() == 1
    page.get_by_label("Search").last.fill("")
    page.locator("#table select").last.select_option("found")
    assert rows.count() == 2
    rows.last.locator("button").click()
    page.locator("#table select").last.select_option("reached")
    assert [text.split()[0] for text in rows.locator("button").all_inner_texts()] == ["#6", "#8"]
    page.locator("#table select").last.select_option("wrong")
    wrong = rows.locator("td:first-child").all_inner_texts()
    assert ["failure" in text for text in wrong] == [False, False, True, True]


def test_another_run_is_chosen_from_the_list(open_at: Callable[..., Opened], address: str) -> None:
    page, faults, _ = open_at(address)
    page.locator("#run-only").check()
    assert page.locator("#runs tbody tr:visible").count() == 1
    page.locator("#run-only").uncheck()
    page.locator("#runs a", has_text="dull").click()
    page.locator("#run-title:has-text('Run dull')").wait_for()
    story = page.locator("#story").inner_text()
    assert "No failed call and no words of going on without evidence were noticed" in story
    page.evaluate("location.hash = '#run=nobody'")
    page.locator("text=This page holds no run named nobody.").wait_for()
    assert faults == []


def test_without_script_the_result_is_still_told(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    text = page.locator("body").inner_text()
    assert "1 finding in 1 run" in text and "2 failures in 1 run" in text
    assert "What was not evaluated" in text
    assert "need the script in this file" in text
    context.close()


def test_print_shows_the_findings_on_white(open_at: Callable[..., Opened], address: str) -> None:
    page, _, _ = open_at(f"{address}#run=r", dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert sum(map(int, ink.strip("rgb()").split(","))) < 3 * 64
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    corner = "c => [...c.getContext('2d').getImageData(1, 1, 1, 1).data]"
    assert page.locator("#timeline .room canvas").evaluate(corner) == [255, 255, 255, 255]
    assert page.locator("#findings .finding").is_visible()
    assert not page.locator("nav").is_visible()


def test_a_page_on_one_run_answers_at_once(open_at: Callable[..., Opened], talk: str) -> None:
    page, faults, _ = open_at(talk)
    assert page.locator("#runs, #worst").count() == 0
    assert page.locator("h1").inner_text() == "What happened in chat"
    assert "which does not show that all is well" in page.locator("#found").inner_text()
    story = page.locator("#story").inner_text()
    assert "“How many stops?”" in story and "You are given" not in story
    assert "gives this briefing as a message of Data_Analysis_Expert" in story
    points = story.split("Places to look, in the order of the run")[1]
    assert page.locator("#story .point").first.inner_text().startswith("#3 Computer_terminal")
    assert "“IndentationError: unexpected indent” no later call did better" in points
    assert "Traceback" not in story
    assert "came back empty: Round 11 of it. Computer_terminal gave back, in #18: “[]”" in points
    assert "#20 Verification_Expert: “So there are 4711 stops.”" in story
    assert "“4711” in the last words is first seen here, in an agent's own words; no" in points
    page.locator("#story summary", has_text="The whole message").click()
    assert "You are given a plan." in page.locator("#story").inner_text()
    assert faults == []


def test_a_group_chat_is_told_as_messages_that_everybody_hears(
    open_at: Callable[..., Opened], talk: str, address: str
) -> None:
    page, _, _ = open_at(talk)
    told = page.locator("#edges").inner_text()
    assert "Everybody hears everything: 18 messages in a group chat." in told
    assert "All of it over group-chat." in told
    rows = page.locator("#edges tbody tr").all_inner_texts()
    assert sorted(rows) == [
        "Computer_terminal\teverybody else\t2",
        "Data_Analysis_Expert\teverybody else\t13",
        "Verification_Expert\teverybody else\t3",
    ]
    assert page.locator("#graph .weight").count() == 0
    assert not page.locator("#numbers").is_visible()
    page, _, _ = open_at(f"{address}#run=r")  # no group chat
    assert page.locator("#graph .weight").count() > 0 and page.locator("#numbers").is_visible()
    assert "Everybody hears" not in page.locator("#edges").inner_text()


def test_the_order_of_the_talk_is_one_line(
    open_at: Callable[..., Opened], talk: str, tmp_path: Path
) -> None:
    page, _, _ = open_at(talk)
    assert page.locator("#order").inner_text() == (
        "In order: Data_Analysis_Expert → Computer_terminal → Verification_Expert → "
        "Data_Analysis_Expert\u00a0\u00d712 → Computer_terminal → Verification_Expert\u00a0\u00d72."
    )
    pair = [
        (
            MessageSent(id=f"p/{n}", time=0, run="p", agent="ab"[n % 2], recipients=("ba"[n % 2],)),
            "",
        )
        for n in range(8)
    ]
    write_report(write(tmp_path / "log", pair), (), (), None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    assert page.locator("#order").inner_text() == "In order: (a ⇄ b\u00a0\u00d74)."


def test_messages_have_a_count_of_their_own(open_at: Callable[..., Opened], talk: str) -> None:
    page, _, _ = open_at(talk)
    heads = page.locator("#transcript .turn h4").all_inner_texts()
    assert [re.search(r"message \d+ of \d+", head)[0] for head in heads] == [  # type: ignore[index]
        f"message {n} of 18" for n in range(1, 19)
    ]
    page.locator("#turn-20 .jump").first.click()
    assert "message\n17 of 18" in card(page)


def test_that_nobody_names_an_answer_comes_before_the_last_words(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    asks = "Open the map. Please report the number of stops you see."
    events = [(event, text.replace("So there are 4711 stops.", asks)) for event, text in chat()]
    write_report(write(tmp_path / "log", events), (), SPECS, None, tmp_path / "page.html")
    page, faults, _ = open_at((tmp_path / "page.html").as_uri())
    story = page.locator("#story").inner_text()
    none = story.index("No message says “this is the answer”; the last words are:")
    assert story.index("What was answered") < none < story.index("Open the map.")
    assert story.count("They ask somebody to do something.") == 1
    assert "first seen" not in story
    assert faults == []


def test_that_a_later_call_ran_is_not_called_a_repair(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    events = [
        (event, text.replace("Code output: []", "Code output: 4711 stops"))
        for event, text in chat()
    ]
    write_report(write(tmp_path / "log", events), (), SPECS, None, tmp_path / "page.html")
    page, faults, _ = open_at((tmp_path / "page.html").as_uri())
    story = page.locator("#story").inner_text()
    assert "a later one of its kind ran, which does not say that it did the work" in story
    assert "noticed, and no message says “this is the answer”" in story
    ran = "A later call of the same kind ran without an error, in #8; whether it did the work"
    assert f"{ran} is not said. See in #7 what it did." in story
    assert "repair" not in page.locator("body").inner_text()
    first = page.locator("#story .chip", has_text="first failure, a later call ran")
    assert "low" in (first.get_attribute("class") or "").split()
    assert page.locator("#story .chip.good").count() == 0
    assert "“4711” in the last words is first seen in what a tool gave back" in story
    page.locator("#story .jump", has_text="#8").first.click()
    assert "#8 Computer_terminal" in card(page)
    assert faults == []


def test_a_message_without_words_stands_in_the_transcript(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    blank = {"Round 0 of it.": " \n", "Round 1 of it.": ""}
    events = [(event, blank.get(text, text)) for event, text in chat()]
    write_report(write(tmp_path / "log", events), (), SPECS, None, tmp_path / "page.html")
    page, faults, _ = open_at((tmp_path / "page.html").as_uri())
    turns = page.locator(".turn").all_inner_texts()
    assert sum("(empty)" in turn for turn in turns) == 1
    assert sum("(no text on record)" in turn for turn in turns) == 1
    numbers = [n for turn in turns for n in turn.split(" ", 1)[0].lstrip("#").split("/")]
    assert numbers == [str(n) for n in range(2, len(events))]  # all but the run's start and end
    page.locator(".turn h4 .jump", has_text=re.compile("^4$")).click()
    assert "#4 Computer_terminal" in card(page)
    assert faults == []


def test_how_well_the_form_fits_is_not_told_in_bold(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    events = [(event, text.replace("4711 stops", "12 or 13 stops")) for event, text in chat()]
    write_report(write(tmp_path / "log", events), (), SPECS, None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    told = page.locator("#story dd .soft", has_text="they hold 2 numbers (12, 13) and mark none.")
    assert told.count() == 1 and told.locator("strong").count() == 0


def test_words_of_doubt_are_quoted_with_their_event(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    events = [
        (event, text.replace("Round 0 of it.", "Go on. Let's assume 4711."))
        for event, text in chat()
    ]
    write_report(write(tmp_path / "log", events), (), SPECS, None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    (point,) = page.locator("#story .point", has_text="no evidence").all_inner_texts()
    assert point.startswith("#6 Data_Analysis_Expert")
    assert "the failed one in #3: “Let's assume 4711.” introduced here Taken up in #" in point
    assert "New here: “4711”. (found by a list of phrases)" in point


def test_the_transcript_loses_nothing_but_fences(open_at: Callable[..., Opened], talk: str) -> None:
    page, faults, _ = open_at(talk)
    shown = "texts => texts.map(text => el('div', {}, ...fenced(text)).textContent)"
    pieces = ["```", "```", "`", "\n", " ", "python", "c++", "33040, 33037", "x = 1", "é"]
    rng = random.Random(7)
    texts = ["".join(rng.choices(pieces, k=rng.randint(0, 12))) for _ in range(2000)]
    bare = [re.sub(r"\s", "", text) for text in page.evaluate(shown, texts)]
    assert bare == [re.sub(r"\s", "", text.replace("```", "")) for text in texts]
    kinds = """text => [...el("div", {}, ...fenced(text)).children].map(part =>
        [part.className, part.querySelector(".language")?.textContent.trim(), part.textContent])"""
    assert page.evaluate(kinds, "So ```33040, 33037```\n```c++\nx\n```") == [
        ["", None, "33040, 33037"],
        ["block", "c++", "c++\nx"],
    ]
    assert faults == []


def test_what_a_chats_rule_makes_rest_on_an_event_is_said_to_be_that(
    open_at: Callable[..., Opened], talk: str
) -> None:
    page, _, _ = open_at(f"{talk}#run=chat&event=3")
    told = card(page)
    assert "Passed on in #4 to Data_Analysis_Expert and Verification_Expert." in told
    assert "does not tell which later message took this one up" in told
    for said in ("rest on it", "Led directly to", "declared"):
        assert said not in told


def test_the_transcript_holds_every_message_once_with_its_turning_points(
    open_at: Callable[..., Opened], talk: str, address: str
) -> None:
    page, faults, _ = open_at(talk)
    turns = page.locator("#transcript .turn")
    assert turns.count() == 18
    result = page.locator("#turn-3").inner_text()
    assert "passed on in #4" in result and "a call failed" in result
    assert page.locator("#turn-4").count() == 0
    page.locator("#turn-3 h4 .jump", has_text=re.compile("^4$")).click()
    assert "what #3 gave back" in card(page)
    page.locator("#story .jump", has_text="#20").last.click()
    assert page.evaluate("document.activeElement.id") == "turn-20"
    page.locator("#turn-20 .jump").first.click()
    assert page.evaluate("document.activeElement.id") == "event-title"
    page, more, _ = open_at(f"{address}#run=r")
    long = page.locator("#turn-5")
    begin, between, end = long.locator(".words").all()
    assert not between.is_visible()
    seen = begin.inner_text(), end.inner_text()
    assert LONG.startswith(seen[0]) and LONG.endswith(seen[1])
    left = f"{len(LONG) - len(seen[0]) - len(seen[1]):,} characters"
    page.get_by_role("button", name=f"… show {left} left out here …").click()
    assert between.is_visible()
    assert "".join(long.locator(".words").all_text_contents()) == LONG
    page.get_by_role("button", name=f"Fold these {left} again").click()
    assert not between.is_visible()
    assert faults == [] and more == []


def test_what_is_folded_is_left_to_the_browsers_own_search(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    between, more = page.locator("#turn-5 .between"), page.locator("#turn-5 .more")
    assert between.get_attribute("hidden") == "until-found"  # searched, and opened where found
    assert more.get_attribute("aria-expanded") == "false"
    between.dispatch_event("beforematch")
    assert more.get_attribute("aria-expanded") == "true"
    assert more.inner_text().startswith("Fold these")


def test_a_text_comes_in_three_parts_that_lose_nothing_and_keep_code_code(
    open_at: Callable[..., Opened], talk: str
) -> None:
    page, faults, _ = open_at(talk)
    ask = """([texts, ends]) => texts.map(text => {
        const [begin, middle, end, left] = parts(text, ends);
        const plain = part => el("div", {}, ...fenced(part)).textContent;
        return [begin, middle, end].map(plain).concat(left);
    })"""
    rng = random.Random(9)
    pieces = ["```", "`", "\n", " ", "python", "x = 1", "é", "\U0001f600", "word " * 9]
    texts = ["".join(rng.choices(pieces, k=rng.randint(8, 40))) for _ in range(2000)]
    bare = lambda text: re.sub(r"[\s`]", "", text)  # noqa: E731
    for text, (*three, left) in zip(texts, page.evaluate(ask, [texts, [20, 30]]), strict=True):
        assert bare("".join(three)) == bare(text)
        assert 0 <= left <= len(text.encode("utf-16-le")) // 2
    code = "Run\n```python\n" + "x = 1\n" * 2000 + "```\nIt ran."
    blocks = """([text, ends]) => parts(text, ends).slice(0, 3).map(part =>
        el("div", {}, ...fenced(part)).querySelectorAll("code.block").length)"""
    assert page.evaluate(blocks, [code, [500, 400]]) == [1, 1, 1]
    assert faults == []


def test_some_hundred_messages_stand_there_at_once(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    write_report(write(tmp_path / "log", chat(rounds=300)), (), SPECS, None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    assert page.locator("#transcript .turn").count() == 306
    assert not page.locator("#transcript .pager button").first.is_visible()


def test_a_long_transcript_is_turned_page_by_page_or_shown_and_printed_whole(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    write_report(write(tmp_path / "log", chat(rounds=600)), (), SPECS, None, tmp_path / "page.html")
    page, faults, _ = open_at((tmp_path / "page.html").as_uri())
    turns, told = page.locator("#transcript .turn"), page.locator("#transcript [role=status]")
    assert turns.count() == 100 and told.inner_text() == "1 to 100 of 606"
    page.get_by_role("button", name="Later messages").click()
    assert told.inner_text() == "101 to 200 of 606"
    page.locator("#story .jump", has_text="#3").first.click()
    assert told.inner_text() == "1 to 100 of 606"
    count = """() => addEventListener("beforeprint", () => {
        window.printed = document.querySelectorAll(".turn").length;
    })"""
    page.evaluate(count)
    page.pdf()
    assert page.evaluate("window.printed") == 606
    assert turns.count() == 100
    page.get_by_role("button", name="Show all 606").click()
    assert turns.count() == 606
    assert page.evaluate("document.activeElement === document.querySelector('.turn')")
    assert faults == []


def test_nothing_of_a_message_is_folded_on_paper(
    open_at: Callable[..., Opened], address: str
) -> None:
    page, _, _ = open_at(f"{address}#run=r")
    between = page.locator("#turn-5 .between")
    assert not between.is_visible()
    page.emulate_media(media="print")
    assert between.is_visible() and between.bounding_box()["height"] > 100  # type: ignore[index]
    assert not page.locator("#turn-5 .more").is_visible()


@pytest.mark.parametrize(("width", "dark"), [(PHONE, True), (DESKTOP, False)])
def test_tables_fit_and_names_break_only_at_their_joints(
    open_at: Callable[..., Opened],
    violations: Callable[[Page], list[str]],
    talk: str,
    width: int,
    dark: bool,
) -> None:
    page, _, _ = open_at(f"{talk}#run=chat&event=3", width=width, dark=dark)
    page.locator("#graph .node").first.click()
    page.locator("#as-table").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "list => list.filter(each => each.scrollWidth > each.clientWidth).map(e => e.ariaLabel)"
    assert page.locator(".scroll").evaluate_all(wide) == []
    assert page.locator("#edges th", has_text="times").is_visible()
    lines = """part => {
        const range = document.createRange(), broken = [];
        for (const text of [...part.querySelectorAll("bdi")].flatMap(name => [...name.childNodes]))
            if (text.nodeType === 3) for (const word of text.data.matchAll(/[A-Za-z]+/g)) {
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                if (range.getClientRects().length > 1) broken.push(word[0]);
            }
        return broken;
    }"""
    for place in ("#event h4", "#edges table", "#story"):
        assert page.locator(place).evaluate(lines) == []


def test_a_short_run_is_seen_whole_with_its_failures(
    open_at: Callable[..., Opened], talk: str
) -> None:
    page, _, _ = open_at(talk)
    room = "w => [w.scrollWidth - w.clientWidth, w.scrollLeft]"
    assert page.locator("#timeline .window").evaluate(room) == [0, 0]
    has = """canvas => {
        const probe = document.createElement("canvas").getContext("2d");
        probe.fillStyle = colours().high;
        probe.fillRect(0, 0, 1, 1);
        const red = new Uint32Array(probe.getImageData(0, 0, 1, 1).data.buffer)[0];
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Uint32Array(data.buffer).includes(red);
    }"""
    assert page.locator("#timeline .strip").evaluate(has)
    assert page.locator("#timeline .room canvas").evaluate(has)
    page.locator("#closer").click()
    assert page.locator("#timeline .window").evaluate(room)[0] > 0


def test_a_long_run_opens_where_something_first_went_wrong(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    events = chat(rounds=300)
    early, late = events[:1] + events[5:-8], events[1:5]
    log = write(tmp_path / "log", [*early, *late, *events[-8:]])
    write_report(log, (), SPECS, None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    seen = """() => {
        const t = page.views.timeline, at = page.run.headline().event;
        return [at > 200, t.x(at) > t.gutter && t.x(at) < t.wide];
    }"""
    assert page.evaluate(seen) == [True, True]


def test_show_it_on_the_timeline_lands_there(open_at: Callable[..., Opened], address: str) -> None:
    for width in (PHONE, DESKTOP):
        page, _, _ = open_at(f"{address}#run=r", width=width)
        page.locator("#as-table").click()
        page.locator("#findings .jump", has_text="Show it on the timeline").click()
        timeline = page.locator("#timeline [role=slider]")
        assert timeline.is_visible()
        assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"
        box = timeline.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= 800
        assert (timeline.get_attribute("aria-valuetext") or "").startswith("3: ")


def test_a_filter_that_leaves_nothing_says_so(
    open_at: Callable[..., Opened], tmp_path: Path
) -> None:
    log = write(tmp_path / "log")
    write_report(log, (), SPECS, None, tmp_path / "page.html")
    page, _, _ = open_at((tmp_path / "page.html").as_uri())
    page.locator("#run-only").check()
    assert page.locator("#run-count").inner_text() == "No run has findings."
