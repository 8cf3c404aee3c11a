"""Loose ends: cited by the next act, and replaced by it."""

from tertius.runtime.context import MAX_ENDS, Context


def ids(context: Context, *more: str) -> list[str]:
    return [cause.id for cause in context.causes(*more)]


def test_an_act_takes_the_place_of_what_it_cites() -> None:
    context = Context()
    context.read("m1")
    context.read("m2")
    assert ids(context, "d1") == ["d1", "m1", "m2"]
    context.did("t1", context.causes("d1"))
    assert ids(context) == ["t1"]


def test_two_acts_at_once_leave_two_ends() -> None:
    context = Context()
    context.read("m1")
    one, other = context.causes("d1"), context.causes("d2")
    context.did("t1", one)
    context.did("t2", other)
    assert ids(context) == ["t1", "t2"]
    assert context.ends == ("t1", "t2")


def test_what_is_observed_and_declared_is_cited_once() -> None:
    context = Context()
    context.read("m1")
    causes = context.causes("d1", declared=["m1", "x", "x"])
    assert [(cause.id, cause.basis) for cause in causes] == [
        ("d1", "observed"), ("m1", "observed"), ("x", "declared"),
    ]  # fmt: skip


def test_it_says_when_it_is_full() -> None:
    context = Context()
    for number in range(MAX_ENDS):
        assert not context.full
        context.read(f"m{number}")
    assert context.full
