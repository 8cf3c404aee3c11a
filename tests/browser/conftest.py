"""Chromium, and axe-core's opinion of a page."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "chromium not found; install Debian's package or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """Where a loaded page breaks the accessibility rules."""

    def judge(page: Page) -> list[str]:
        page.evaluate(AXE.read_text())  # not a script tag: a page may forbid these
        options = {"runOnly": {"type": "tag", "values": RULES}}
        found = page.evaluate("options => axe.run(document, options)", options)
        assert found["passes"], "axe-core ran no rule"
        return [
            f"{each['id']}: {each['help']} ({node['target']})"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    return judge
