"""Times of the short form against the standard library's own arithmetic."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tertius.readers.jsonl_short import message

moments = st.datetimes(
    min_value=datetime(2000, 1, 2),
    max_value=datetime(2099, 12, 30),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(moments)
def test_a_written_time_is_that_moment(moment: datetime) -> None:
    sent = message({"from": "a", "time": moment.isoformat()}, "r", 1)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=sent.time // 1000) == moment


def test_one_name_or_a_list_of_names_mean_the_same() -> None:
    assert message({"from": "a", "to": "b"}, "r", 1) == message({"from": "a", "to": ["b"]}, "r", 1)
