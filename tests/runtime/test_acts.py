"""A request made again is the one that would have been made anew, or none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.noun import NounError
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.log.content import SeededSalts, seal
from tertius.runtime import acts
from tertius.runtime.acts import FIELDS, Acts

CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
OTHER = PrincipalChain(links=(Principal(name="rector", kind="person"),))
KIND: dict[str, Any] = {
    "agent": "coder", "action": "tool.call", "run": "r", "chain": CHAIN, "resource": "mail.send",
    "peer": None, "key": None, "channel": None, "via": "message", "task": None, "label": None,
    "identity": "asserted",
}  # fmt: skip
SALTS = SeededSalts(1)


def ask(kept: Acts, raw: bytes = b"{}", *, id: str = "q1", time: int = 5, **change: Any) -> Request:
    kind = {**KIND, **change}
    named = tuple(kind[field] for field in FIELDS)
    made, known = kept.request(named, id, time, seal(raw, salts=SALTS))
    assert kept.check(made) is known
    return made


def test_every_field_but_id_time_and_arguments_makes_a_kind() -> None:
    rest = {"id", "time", "arguments", "salt", "digest"}
    assert set(FIELDS) == set(Request.__struct_fields__) - rest


@given(
    st.lists(
        st.tuples(
            st.sampled_from([{}, {"run": "s"}, {"chain": OTHER}, {"task": "t"}, {"peer": "p"}]),
            st.sampled_from([b"{}", b"[]", b'{"a":1}']),
            st.integers(0, 9),
        ),
        max_size=8,
    )
)
def test_a_request_made_again_passes_every_check_of_a_new_one(
    asks: list[tuple[dict[str, Any], bytes, int]],
) -> None:
    kept = Acts()
    for number, (change, raw, time) in enumerate(asks):
        made = ask(kept, raw, id=f"q{number}", time=time, **change)
        fields = {name: getattr(made, name) for name in Request.__struct_fields__}
        assert Request(**fields) == made  # digest and names hold
        expected = {**KIND, **change, "id": f"q{number}", "time": time, "arguments": raw}
        assert {name: fields[name] for name in expected} == expected


@pytest.mark.parametrize(
    "change",
    [{"agent": "on call"}, {"resource": None}, {"id": "two words"}, {"id": ""}, {"run": 5}],
)
def test_what_no_adapter_may_make_is_refused_the_first_time_and_again(
    change: dict[str, Any],
) -> None:
    kept = Acts()
    ask(kept)
    for _ in range(2):
        with pytest.raises((NounError, TypeError)):
            ask(kept, **change)


def test_a_request_that_was_given_out_does_not_change() -> None:
    kept = Acts()
    first = ask(kept, b'{"a":1}')
    ask(kept, b'{"a":2}', id="q2", time=6)
    assert (first.id, first.time, first.arguments) == ("q1", 5, b'{"a":1}')


@pytest.mark.parametrize("change", [{"resource": "x"}, {"run": "s"}, {"identity": "bound"}])
def test_acts_that_differ_in_any_other_field_share_nothing(change: dict[str, Any]) -> None:
    kept = Acts()
    first, second, other = ask(kept), ask(kept, b"[]", id="q2", time=6), ask(kept, **change)
    assert kept.check(first) is kept.check(second)
    assert kept.check(first) is not kept.check(other)


def test_no_more_kinds_are_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "MAX_KINDS", 3)
    kept = Acts()
    for number in range(20):
        assert ask(kept, run=f"r{number}").run == f"r{number}"
        assert len(kept._known) <= 3


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"action": "tool.cal"}, "$.action"),
        ({"via": 5}, "$.via"),
        ({"label": "public"}, "$.label"),
        ({"key": "x" * 100_000}, "$.key"),
        ({"identity": "root"}, "$.identity"),
        ({"chain": "dean"}, "$.chain"),
        ({"task": ["t"]}, "field `task`"),
    ],
)
def test_a_field_of_another_type_is_no_request(change: dict[str, Any], place: str) -> None:
    kept = Acts()
    for _ in range(2):  # what was refused is not remembered
        with pytest.raises(NounError) as error:
            ask(kept, **change)
        assert place in str(error.value)


def test_a_request_of_another_makes_is_checked_once_for_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, looked = Acts(), []
    monkeypatch.setattr(acts, "require_typed", looked.append)
    made = ask(kept)
    kept.check(made)
    assert looked == [made]
    kept.check(
        Acts().request(tuple({**KIND, "run": "s"}.values()), "q2", 5, seal(b"{}", salts=SALTS))[0]
    )
    assert len(looked) == 3
