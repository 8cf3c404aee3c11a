"""What an act counts for is settled by its own fields, whichever way it is looked up."""

import pytest
from tests.policy.asked import asked

from tertius.policy import places as module
from tertius.policy.conditions_document import Conditions
from tertius.policy.counters import Counter, CounterStore
from tertius.policy.occurrence import AmountError, requested
from tertius.policy.places import Places
from tertius.policy.sequences import Sequences


def places(*counters: Counter) -> Places:
    stores = {counter.name: CounterStore(counter) for counter in counters}
    return Places(stores, Sequences(Conditions(name="c", version=1)))


PAID = Counter(name="paid", resources=("ledger.pay",), amount="amount")
ACTS = Counter(name="acts")


def test_only_the_counters_that_concern_an_act_are_raised() -> None:
    found = places(PAID, ACTS)
    look = found.asked(asked(resource="sis.look"))
    assert [name for name, _, _ in look.keys] == ["acts"]
    assert look.amounts(lambda: None) == {"acts": 1}
    pay = found.asked(asked(arguments={"amount": 7}))
    assert pay.ones is None and pay.amounts(lambda: {"amount": 7}) == {"paid": 7, "acts": 1}
    with pytest.raises(AmountError):
        pay.amounts(lambda: {})


def test_a_request_and_its_act_have_one_place() -> None:
    found = places(ACTS)
    for request in (asked(), asked(peer="tutor"), asked(task=None), asked(run="r2")):
        assert found.asked(request) is found.asked(request) is found.of(requested(request))
    assert found.asked(asked()).maker == "ledger.pay"
    assert found.asked(asked(peer="tutor")).maker == ""


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 8)
    found = places(ACTS)
    for number in range(100):
        found.asked(asked(task=f"t{number}"))
    assert len(found.known) <= 8
