"""Which detectors run, and with what: checked against the detectors themselves."""

import pytest

from tertius.detectors import table
from tertius.runtime.config import Config, ConfigError, parse_config


def test_without_a_section_all_run_with_their_own_values() -> None:
    settings = Config().detectors
    assert settings.names == tuple(table.TABLE)
    assert [each.spec.name for each in settings.load()] == list(table.TABLE)


def test_order_is_the_tables_and_skip_wins() -> None:
    raw = b"detectors: {run: [no_end, agent_loop, step_repetition], skip: [no_end]}"
    assert parse_config(raw).detectors.names == ("step_repetition", "agent_loop")


def test_parameters_reach_the_detector() -> None:
    raw = b"detectors: {run: [step_repetition], parameters: {step_repetition: {least: 7}}}"
    (given,) = parse_config(raw).detectors.load()
    (plain,) = parse_config(b"detectors: {run: [step_repetition]}").detectors.load()
    assert vars(given) != vars(plain)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{step_repetition: {leest: 7}}", "has no parameter `leest`; did you mean `least`"),
        ("{step_repetition: {least: many}}", "bad value `many`; expected `int`"),
        ("{step_repetition: [3]}", "expected parameters of `step_repetition`"),
        ("3", "expected names of detectors, each with its parameters"),
    ],
)
def test_mistakes_are_named(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"detectors:\n  parameters: {text}\n".encode())
    assert problem in str(caught.value)
    assert caught.value.line == 2
