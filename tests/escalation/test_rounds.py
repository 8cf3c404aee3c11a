"""Notices taken out by whoever has the store open, and by the next one after it ended."""

import threading

import pytest
from tests.escalation.office import NOW, Office, a_request
from tests.escalation.receiver import SECRET, receiving

from tertius.escalation.notices import Courier
from tertius.escalation.rounds import Rounds
from tertius.escalation.webhook import HttpSender


def rounds(office: Office, url: str) -> Rounds:
    courier = Courier(office.store, HttpSender(url), SECRET)
    return Rounds(lambda: courier.deliver(now=NOW), name="notices", every=0.01)


def test_what_is_put_down_while_it_goes_round_is_taken_out(office: Office) -> None:
    with receiving() as receiver:
        going = rounds(office, receiver.url)
        for name in ("q1", "q2"):
            office.ask(a_request(name))
            assert receiver.came.acquire(timeout=20)
        going.close()
    assert len(set(receiver.ids)) == len(receiver.ids) == 2


def test_a_store_that_is_closed_under_it_ends_quietly(office: Office) -> None:
    with receiving(*[503] * 1000) as receiver:
        going = rounds(office, receiver.url)
        office.ask()
        assert receiver.came.acquire(timeout=20)
        office.store.close()
        going.close()
    assert not going._thread.is_alive()


def test_a_fault_in_a_round_is_told_once_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done, number = threading.Event(), iter(range(100))

    def fails() -> None:
        if next(number) == 3:
            done.set()
        raise ZeroDivisionError

    going = Rounds(fails, name="faulty", every=0.001)
    assert done.wait(20)
    going.close()
    (told,) = caplog.records
    assert "`faulty` failed" in told.getMessage()
