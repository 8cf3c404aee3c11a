"""Two agents of a small shop, scripted: a model would stand where a line here decides.

python agents.py           one day
python agents.py resume    the act that a person approved, once
"""

from __future__ import annotations

import sys
from pathlib import Path

from tertius.adapters.by_hand import ByHand, Crew
from tertius.core.coverage import Surface
from tertius.core.errors import TertiusError
from tertius.runtime.configured import from_config
from tertius.runtime.denied import NeedsHumanError, NotPermittedError
from tertius.runtime.member import Member

PAID = {"o-16": 35, "o-17": 240}
WAITING = Path(__file__).with_name("waiting")
"""Holds the id of the question that the cashier waits for, until the next start."""


def find_order(order: str) -> dict[str, object]:
    """Look up what a customer paid."""
    return {"order": order, "paid": PAID[order]}


def pay_refund(order: str, amount: int) -> str:
    """Pay a customer back."""
    return f"{amount} euros paid back for {order}"


CREW = Crew(
    tools={"orders.find": find_order, "refunds.pay": pay_refund},
    # What you know of and cannot put under the gate: it stops the start until tertius.yaml names it
    others=(Surface(kind="storage", name="desk", why="a folder that both agents can write"),),
)


def support(me: Member) -> None:
    """Look up two orders, ask the cashier for both refunds, and try to pay one itself."""
    for order in PAID:
        found = me.call("orders.find", order=order)
        print(f"support found {found['paid']} euros paid for {order}")
        me.send("cashier", found)
    try:
        me.call("refunds.pay", order="o-16", amount=35)
    except NotPermittedError as refusal:
        print(f"support may not pay: {refusal.code}")


def cashier(me: Member) -> None:
    """Pay what support asks for, where nobody has to be asked first."""
    while (message := me.receive()) is not None:
        asked = message.content
        try:
            print(f"cashier: {me.call('refunds.pay', order=asked['order'], amount=asked['paid'])}")
        except NeedsHumanError as question:
            WAITING.write_text(question.escalation)
            print(f"cashier waits for a person, question {question.escalation}")


def resume(me: Member) -> None:
    """Do what a person approved: exactly that, once."""
    print(f"cashier: {me.resume(WAITING.read_text())}")


def main(words: list[str]) -> None:
    """Put the gate around both agents, and let them work."""
    acts = {"cashier": resume} if words == ["resume"] else {"support": support, "cashier": cashier}
    with from_config(Path(__file__).parent) as standing:
        hands = ByHand(clock=standing.clock, ungoverned=standing.ungoverned)
        coverage = hands.attach(CREW, standing.gate)
        print("governed:", *(surface.key for surface in coverage.governed))
        print("not governed:", *(surface.key for surface in coverage.ungoverned))
        for name, act in acts.items():
            shop = standing.chain_of(name, kind="organisation")
            with hands.agent(name, run="day-1", chain=shop) as me:
                act(me)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except TertiusError as error:
        sys.exit(f"agents.py: {error}")
