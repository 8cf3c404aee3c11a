"""Every page of the built documentation, in Chromium: loads whole, offline, and accessible.

Run with `make test-browser`. Pages come from a server on loopback; whatever a page asks of any
other host is refused and fails the test.
"""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, Route

HERE = Path(__file__).parent
SITE = HERE.parent.parent / "docs" / "_build" / "html"
PAGES = sorted(page.relative_to(SITE).as_posix() for page in SITE.rglob("*.html"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve files and say nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[tuple[Page, list[str]]]:
    """A page, and the list of what went wrong on it."""
    faults: list[str] = []

    def only_here(route: Route) -> None:
        if route.request.url.startswith((site, "data:")):
            route.continue_()
        else:
            faults.append(f"asked for {route.request.url}")
            route.abort()

    def answered(response: Response) -> None:
        if response.status > 399:
            faults.append(f"{response.status} {response.url}")

    context = browser.new_context(service_workers="block")
    context.route("**/*", only_here)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("response", answered)
    yield page, faults
    context.close()


def test_there_are_pages() -> None:
    assert "index.html" in PAGES


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_accessible(
    watched: tuple[Page, list[str]],
    violations: Callable[[Page], list[str]],
    site: str,
    name: str,
    theme: str,
) -> None:
    page, faults = watched
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{site}/{name}", wait_until="load")
    assert page.title()
    assert violations(page) == []
    assert faults == []
