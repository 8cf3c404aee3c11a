"""The demo's page, in Chromium: silent, accessible, and no wider than a phone."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

PHONE, DESKTOP = 360, 1280


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page that `tertius demo` writes."""
    out: Path = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "tertius.cli.main", "demo", "--no-open", "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (out / "index.html").as_uri()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_demo_page_is_whole_and_accessible(
    browser: Browser,
    violations: Callable[[Page], list[str]],
    demo_page: str,
    width: int,
    theme: str,
) -> None:
    dark = theme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
    )
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(demo_page, wait_until="load")
    assert [url for url in asked if not url.startswith("data:")] == [demo_page]
    assert faults == []
    for each in page.locator("summary").all():
        each.focus()
        page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == page.locator("details").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.strip("rgb()").split(","))) < 3 * 128) == dark
    assert violations(page) == []
    context.close()
