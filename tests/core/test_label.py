"""Labels join as the security contract says: up, down, by union, and never by truncation."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.label import (
    ALL_ORIGINS,
    LEAST_RESTRICTED,
    MOST_RESTRICTED,
    ORIGIN_CAP,
    Confidentiality,
    Integrity,
    Label,
    LabelError,
    join_all,
)

POOL = [f"o{n:03}" for n in range(ORIGIN_CAP + 30)]


def origins() -> st.SearchStrategy[tuple[str, ...]]:
    some = st.sets(st.sampled_from(POOL), max_size=ORIGIN_CAP)
    large = st.integers(0, 29).map(lambda k: set(POOL[k : k + ORIGIN_CAP - 2]))
    return st.one_of(some, large).map(lambda s: tuple(sorted(s))) | st.just(ALL_ORIGINS)


labels = st.builds(
    Label,
    confidentiality=st.sampled_from(Confidentiality),
    integrity=st.sampled_from(Integrity),
    origins=origins(),
)


@given(labels, labels)
def test_join_is_commutative(a: Label, b: Label) -> None:
    assert a.join(b) == b.join(a)


@given(labels, labels, labels)
def test_join_is_associative_also_where_origins_saturate(a: Label, b: Label, c: Label) -> None:
    assert a.join(b).join(c) == a.join(b.join(c))


@given(labels)
def test_join_is_idempotent_and_has_a_bottom_and_a_top(a: Label) -> None:
    assert a.join(a) == a
    assert a.join(LEAST_RESTRICTED) == a
    assert a.join(MOST_RESTRICTED) == MOST_RESTRICTED


@given(labels, labels)
def test_join_never_lowers(a: Label, b: Label) -> None:
    joined = a.join(b)
    assert a.flows_to(joined)
    assert b.flows_to(joined)
    levels = list(Confidentiality)
    assert levels.index(joined.confidentiality) == max(
        levels.index(a.confidentiality), levels.index(b.confidentiality)
    )
    trust = list(Integrity)
    assert trust.index(joined.integrity) == min(trust.index(a.integrity), trust.index(b.integrity))


@given(labels, labels)
def test_origins_are_the_whole_union_or_all(a: Label, b: Label) -> None:
    joined = a.join(b).origins
    if ALL_ORIGINS in (a.origins, b.origins):
        assert joined == ALL_ORIGINS
        return
    union = set(a.origins) | set(b.origins)
    assert joined == (tuple(sorted(union)) if len(union) <= ORIGIN_CAP else ALL_ORIGINS)


@given(labels)
def test_bytes_are_canonical(a: Label) -> None:
    raw = msgspec.json.encode(a)
    assert msgspec.json.encode(msgspec.json.decode(raw, type=Label)) == raw


def test_one_origin_above_the_cap_means_all() -> None:
    full = Label(origins=tuple(POOL[:ORIGIN_CAP]))
    assert len(full.origins) == ORIGIN_CAP
    assert full.join(Label(origins=(POOL[-1],))).origins == ALL_ORIGINS


def test_missing_means_most_restricted() -> None:
    assert msgspec.json.decode(b"{}", type=Label) == MOST_RESTRICTED
    assert join_all([LEAST_RESTRICTED, None]) == MOST_RESTRICTED
    assert join_all([]) == LEAST_RESTRICTED


def test_all_origins_has_one_encoding() -> None:
    assert msgspec.json.encode(msgspec.json.decode(b'{"origins":["*"]}', type=Label)) == b"{}"


def test_flow_goes_up_only() -> None:
    secret = Label(confidentiality=Confidentiality.SECRET, integrity=Integrity.HIGH, origins=())
    assert LEAST_RESTRICTED.flows_to(secret)
    assert not secret.flows_to(LEAST_RESTRICTED)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (("b", "a"), "sorted and distinct"),
        (("a", "a"), "sorted and distinct"),
        (("*", "a"), "bad origin"),
        (("two words",), "bad origin `two words`"),
        (("",), "bad origin"),
        (tuple(POOL[: ORIGIN_CAP + 1]), "written `*`"),
    ],
)
def test_a_label_out_of_form_is_refused(bad: tuple[str, ...], said: str) -> None:
    with pytest.raises(LabelError, match=said.replace("*", r"\*")):
        Label(origins=bad)
    raw = msgspec.json.encode({"origins": bad})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Label)
