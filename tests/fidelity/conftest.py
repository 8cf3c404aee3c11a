"""Where published numbers are held against ours, and kept for the page docs/reference/fidelity.md.

A test asks for `published` and calls it once for each number; the call fails the test where ours
lies too far off. ``--fidelity-report FILE`` keeps what a whole run found; `make fidelity` does.
"""

import json
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Published = Callable[..., None]
FOUND: list[dict[str, Any]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fidelity-report", type=Path, help="keep what was found in this file")


@pytest.fixture
def published(request: pytest.FixtureRequest) -> Published:
    """Hold one of our numbers against a published one.

    ``published(what, value, ours, within=..., source=...)``: `within` is how far ours may lie from
    it (0 for exact), `interval` the 95% limits of ours where it is an estimate; `ours` may also be
    a sample of independent values, of which mean and interval are taken.
    """
    world = request.path.stem.removeprefix("test_")

    def held(
        what: str,
        value: float,
        ours: Any,
        *,
        within: float = 0.0,
        interval: tuple[float, float] | None = None,
        source: str,
    ) -> None:
        if np.ndim(ours):
            sample = np.asarray(ours, float)
            ours = sample.mean()
            half = 1.96 * sample.std(ddof=1) / sqrt(len(sample))
            interval = (ours - half, ours + half)
        ours = float(ours)
        met = abs(ours - value) <= within
        FOUND.append(
            {
                "world": world,
                "what": what,
                "published": value,
                "ours": short(ours),
                "interval": interval and [short(limit) for limit in interval],
                "within": short(within),
                "met": met,
                "source": source,
            }
        )
        assert met, f"{what}: published {value}, ours {ours}, more than {within} apart"

    return held


def short(number: float) -> float:
    """Six significant digits: what the same test gives on every machine."""
    return float(f"{number:.6g}")


@pytest.fixture(scope="session", autouse=True)
def report(request: pytest.FixtureRequest) -> Iterator[None]:
    """Write what was found, once all tests have run."""
    yield
    path = request.config.getoption("--fidelity-report", default=None)
    if path is not None:
        FOUND.sort(key=lambda each: each["world"])
        path.write_text(json.dumps(FOUND, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
