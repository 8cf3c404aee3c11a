"""`tertius escalations deliver`: take out the notices that wait."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from tertius.cli.escalations_desk import HERE, Where
from tertius.cli.screen import Flag, counted, print_json
from tertius.core.errors import EXIT_NOT_EVALUATED, EXIT_PASS
from tertius.escalation.card import moment
from tertius.escalation.notices import Courier
from tertius.escalation.store import Store
from tertius.escalation.webhook import FILE, read_webhook


def deliver(
    *, webhook: Path | None = None, again: Flag = False, where: Where = HERE, json: Flag = False
) -> int:
    """Send the notices that are due, such as those of a gate that has ended.

    A gate that stands does this itself. Each is signed (Standard Webhooks), says ids and digests
    only, and keeps its id however often it is sent. Exits with 3 where one did not arrive.

    Parameters
    ----------
    webhook
        File of `{"url": ..., "secret": "whsec_..."}` [default: `private/webhook.json` in the
        gate's folder].
    again
        Also try what was given up after too many attempts.
    json
        Print one JSON object.
    """
    target = read_webhook(webhook or where.places.keys / FILE)
    with closing(Store(where.questions)) as store:
        now = time.time_ns()
        if again:
            with store.transaction(now) as tx:
                tx.try_again()
        made = Courier(store, target.sender, target.secret).deliver(now=now)
        with store.transaction(0) as tx:
            next_due, given_up = tx.next_due(), tx.given_up()
    if json:
        print_json({"delivered": made.delivered, "next": next_due, "given_up": given_up})
    else:
        print(f"{counted(made.delivered, 'notice')} delivered")
        if next_due is not None:
            print(f"the next is due at {moment(next_due)}")
        if given_up:
            print(f"{counted(given_up, 'notice')} given up; `--again` tries them once more")
    return EXIT_NOT_EVALUATED if made.put_off or given_up else EXIT_PASS
