"""The six guarantees, in the words of the statistical contract, and in no others."""

from typing import Any

import pytest

from tertius.core.guarantee import AlarmRate, Guarantee, GuaranteeCode, GuaranteeError

GIVEN = ("the record is complete",)
RATE = AlarmRate(rate=0.05, low=0.02, high=0.1, n=200)

WORDS = {
    "fact": "follows from the record, no statistics",
    "key-anytime(0.05)": (
        "if this key's null held, the chance of ever naming it is at most 0.05; other keys ignored"
    ),
    "family-anytime(0.05)": "the chance that any key is ever named wrongly is at most 0.05",
    "list-FDR(0.05)": (
        "of this list, at the moment it was frozen, the expected false share is at most 0.05"
    ),
    "rate(1000)": (
        "on average at most one false alarm per 1000 updates; false alarms are certain eventually"
    ),
    "heuristic": "no error bound; alarm rate on honest runs: 0.05 [0.02, 0.1], n = 200",
}


def settings(code: GuaranteeCode) -> dict[str, Any]:
    if code is GuaranteeCode.RATE:
        return {"updates": 1000.0}
    if code is GuaranteeCode.HEURISTIC:
        return {"alarm_rate": RATE}
    return {} if code is GuaranteeCode.FACT else {"level": 0.05}


@pytest.mark.parametrize("code", GuaranteeCode)
def test_each_code_has_its_exact_words_and_ends_with_what_it_is_given(code: GuaranteeCode) -> None:
    bound = Guarantee(code=code, given=GIVEN, **settings(code))
    assert bound.words == f"{WORDS[bound.title]}; given: the record is complete"


def test_there_are_six() -> None:
    titles = {Guarantee(code=c, given=GIVEN, **settings(c)).title for c in GuaranteeCode}
    assert titles == set(WORDS)


def test_an_unmeasured_heuristic_says_so() -> None:
    bound = Guarantee(code=GuaranteeCode.HEURISTIC, given=GIVEN)
    assert "alarm rate on honest runs: not measured" in bound.words


@pytest.mark.parametrize("code", GuaranteeCode)
@pytest.mark.parametrize("extra", [{"level": 0.05}, {"updates": 9.0}, {"alarm_rate": RATE}])
def test_a_number_goes_with_its_own_code_only(code: GuaranteeCode, extra: dict[str, Any]) -> None:
    if set(extra) == set(settings(code)):
        return
    with pytest.raises(GuaranteeError):
        Guarantee(code=code, given=GIVEN, **{**settings(code), **extra})


@pytest.mark.parametrize("code", [c for c in GuaranteeCode if c.value not in ("fact", "heuristic")])
def test_a_number_that_is_needed_is_missed(code: GuaranteeCode) -> None:
    with pytest.raises(GuaranteeError):
        Guarantee(code=code, given=GIVEN)


@pytest.mark.parametrize("given", [(), ("",), ("a", " ")])
def test_a_guarantee_without_assumptions_is_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(GuaranteeError, match="without assumptions"):
        Guarantee(code=GuaranteeCode.FACT, given=given)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, float("nan")])
def test_a_level_lies_between_nought_and_one(level: float) -> None:
    with pytest.raises(GuaranteeError):
        Guarantee(code=GuaranteeCode.LIST_FDR, level=level, given=GIVEN)


@pytest.mark.parametrize(
    "bad", [{"rate": 0.3}, {"low": 0.06}, {"high": 1.2}, {"low": -0.1}, {"n": 0}]
)
def test_an_alarm_rate_lies_inside_its_interval(bad: dict[str, Any]) -> None:
    with pytest.raises(GuaranteeError):
        AlarmRate(**{"rate": 0.05, "low": 0.02, "high": 0.1, "n": 10, **bad})
