"""A detector that has nothing to read says so, and what would help."""

from typing import Any

from msgspec.structs import replace

from tertius.detectors.table import load
from tertius.runtime.blind import sights

SPEC = load("no_end").spec


def sight(kinds: set[str], *reads: str) -> Any:
    (found,) = sights(kinds, [replace(SPEC, kinds=reads)])
    return found


def test_all_a_part_or_nothing() -> None:
    whole = sight({"rated", "asserted"}, "run.started", "rated")
    assert (whole.seen, whole.missing, whole.blind) == (("rated",), (), False)
    part = sight({"rated"}, "rated", "paid")
    assert (part.missing, part.blind) == (("paid",), False)
    assert str(part) == "no_end: sees a part; no paid"
    assert sight({"message.sent"}, "rated").blind


def test_a_frame_without_a_picture_is_not_seeing() -> None:
    blind = sight({"run.started", "run.ended"}, "run.started", "run.ended", "rated")
    assert blind.blind
    assert blind.mappable == ("rated",)
    assert str(blind).endswith("a rule under `events:` can say what means them")


def test_what_no_rule_can_add_is_not_promised() -> None:
    assert sight(set(), "tool.returned").mappable == ()
    assert str(sight(set(), "tool.returned")) == "no_end: blind; no tool.returned"


def test_a_detector_of_the_frame_alone_is_never_blind() -> None:
    assert not sight(set(), "run.started", "run.ended").blind
