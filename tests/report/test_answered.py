"""What became of asking the detectors."""

from tests.report.small import IDLE, SPEC, UNSURE, finding

from tertius.core.finding import CouldNotTell
from tertius.report.answered import answered

READ = ("message.sent",)


def test_silent_is_told_from_could_not_tell_with_the_reason() -> None:
    said = answered((SPEC, IDLE), (), (UNSURE,), READ)
    assert said.startswith(
        "Of 2 detectors, 1 looked and found nothing, and 1 could not tell: nobody"
    )
    said = answered((SPEC, IDLE), (), (), READ)
    assert said.endswith("1 could not tell: the record has no events of the kinds they read.")


def test_whoever_found_something_is_neither() -> None:
    unsure = CouldNotTell(asked="echo", run="r", why="too short", about=("coder",))
    said = answered((SPEC, IDLE), (finding(),), (unsure, UNSURE), READ)
    assert said.startswith("Of 2 detectors, 1 found something, 0 looked and found nothing, and 1")
    assert "too short" not in said


def test_with_every_answer_given_nothing_is_left() -> None:
    assert answered((SPEC,), (), (), READ) == (
        "Of 1 detector, 1 looked and found nothing, and none was left without an answer."
    )
