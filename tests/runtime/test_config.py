"""Every mistake in `tertius.yaml` is named with its place, its value and what was expected."""

import re
from pathlib import Path

import pytest

from tertius.runtime.config import MAX_BYTES, Config, ConfigError, load_config, parse_config

GOOD = b"""\
# which of our tools mean what
events:
  - name: peer review
    event: tool.called
    tool: [submit_review, "rate_*"]
    where: {$.kind: peer}
    means: rated
    with:
      ratee: $.author
      score: $.stars
      high: 5
      item: {from: $.what, map: {code: pull-request}}
  - event: message.sent
    channel: pulls
    matches: "(?i)approved: (?P<what>\\\\S+)"
    means: accepted
    with: {subject: <what>}
detectors:
  skip: [no_end]
"""


def test_a_good_file_becomes_rules_and_detectors() -> None:
    config = parse_config(GOOD)
    review, approval = config.events
    assert review.tool == ("submit_review", "rate_*")
    assert approval.matches is not None and approval.matches.groups == ("what",)
    assert "no_end" not in config.detectors.names
    assert "step_repetition" in config.detectors.names


@pytest.mark.parametrize("raw", [b"", b"# nothing yet\n", b"{}", b"events: []\n"])
def test_every_section_may_be_left_out(raw: bytes) -> None:
    assert parse_config(raw) == Config()


def rule(*lines: str) -> str:
    return "events:\n  - " + "\n    ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("- a", "1:1", "expected keys with values"),
        ("eventz: []", "1:1", "unknown key `eventz`; did you mean `events`"),
        ("events: 3", "1:9", "expected a list, each item behind a `-`"),
        ("events: [3]", "1:10", "expected keys with values"),
        (rule("event: tool.called", "tol: x"), "3:5", "unknown key `tol`; did you mean `tool`"),
        (rule("event: tool.caled", "means: rated"), "2:12", "did you mean `tool.called`"),
        (rule("event: log.opened", "means: rated"), "2:12", "unknown kind `log.opened`"),
        (rule("event: tool.called", "means: approval"), "3:12", "did you mean `accepted`"),
        (rule("means: rated"), "2:5", "missing key `event`"),
        (rule("event: [a]", "means: rated"), "2:12", "expected a text, found a list"),
        (rule("event: message.sent", "tool: x", "means: claimed"), "3:5", "has no `tool`"),
        (rule("event: tool.called", "tool: 7", "means: claimed"), "3:11", "expected a name"),
        (
            rule("event: tool.called", "means: rated", "with: {rate: $.a}"),
            "4:12",
            "`rated` has no field `rate`; did you mean `ratee`",
        ),
        (rule("event: tool.called", "means: rated", "with: {ratee: bob}"), "3:12", "needs `score`"),
        (
            rule("event: tool.called", "means: asserted", "with:", "  act: vot"),
            "5:12",
            "`vot` is none of the words here; did you mean `vote`",
        ),
        (
            rule("event: tool.called", "means: asserted", "with:", "  value: $a"),
            "5:14",
            "`$a` is no place; expected such as `$.a.b[0]`",
        ),
        (
            rule("event: tool.called", "means: asserted", "with:", "  value: {of: 1}"),
            "5:14",
            "expected a place, a plain value",
        ),
        (
            rule("event: tool.called", "means: asserted", "with:", "  value: <x>"),
            "5:14",
            "no pattern of this rule has a group `x`",
        ),
        (
            rule("event: tool.called", "where: {'@tol': x}", "means: asserted"),
            "3:13",
            "has no field `tol`; did you mean `tool`",
        ),
        (
            rule("event: tool.called", "where: {$.a: {match: x}}", "means: asserted"),
            "3:13",
            "`{matches: PATTERN}`",
        ),
        (rule("event: tool.called", "matches: (a", "means: asserted"), "3:14", "no regular exp"),
        (rule("event: tool.called", "means: rated", "text: $.a", "with: {ratee: a, score: 1}"),
         "4:5", "`rated` has no text"),
        (
            "events:\n"
            "  - {event: message.sent, means: claimed, name: a}\n"
            "  - {event: message.sent, means: claimed, name: a}\n",
            "3:49",
            "a second rule named `a`",
        ),
        ("a: 1\na: 2", "2:1", "found duplicate key"),
        ("events: [", "1:10", "no YAML"),
        ("a: !!python/object:os.system x", "1:1", "an unknown tag"),
        ("events: 2026-11-11", "1:1", "a date; put it into quotes"),
        ("detectors: {skip: [no_ende]}", "1:20", "did you mean `no_end`"),
        ("detectors: {parameters: {no_ende: {}}}", "1:26", "did you mean `no_end`"),
        ("detectors: {parameters: {no_end: 3}}", "1:34", "expected parameters of `no_end`"),
        ("detectors: {parameters: {no_end: {x: 3}}}", "1:35", "`no_end` has no parameter `x`"),
        ("detectors: {run: [no_end], skip: [no_end]}", "1:34", "no detector is left"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_line_and_column(text: str, place: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        parse_config(text.encode(), file="ours.yaml")
    assert str(caught.value).startswith(f"ours.yaml:{place}: ")
    assert f"{caught.value.line}:{caught.value.column}" == place
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_of_several_mistakes_the_first_is_told_and_the_others_counted() -> None:
    text = rule("event: tool.caled", "means: claimed") + "detektors: {}\nevent: 3\n"
    with pytest.raises(ConfigError, match="unknown key `detektors`; did you mean `detectors`"):
        parse_config(text.encode())
    two = rule("event: tool.caled", "means: claimed") + "detectors: {skip: 7}\n"
    with pytest.raises(ConfigError, match=r"2:12: unknown kind .* \(and 1 more\)$"):
        parse_config(two.encode())


def test_anchors_cannot_blow_it_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 9):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    with pytest.raises(ConfigError, match="more than 50000 values"):
        parse_config("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"events:\n  - \xff", "2:5: invalid UTF-8"),
        (b"a: \x07", "no YAML"),
        (b"a: " + b"[" * 5000, "no YAML"),
        (b"#" * (MAX_BYTES + 1), "is it the right file"),
    ],
)
def test_what_is_no_configuration_at_all(raw: bytes, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_config(raw)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tertius.yaml"
    with pytest.raises(ConfigError, match="cannot be read, no such file"):
        load_config(path)
    path.write_bytes(GOOD)
    assert len(load_config(path).events) == 2
