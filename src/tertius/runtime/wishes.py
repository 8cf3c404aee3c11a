"""What a person cuts, or lifts, by hand: the gate asks about it, and does what was approved.

Whoever wants it leaves a wish beside the questions, where only the gate's own user can write. The
gate puts it to those enrolled like a proposal of the watch: what they sign is one exact change of
circuit state. A wish alone changes nothing, and no agent's request becomes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.escalation import EscalationState
from tertius.core.events import Text
from tertius.core.manifest import BY_HAND
from tertius.core.names import nearest
from tertius.core.noun import Noun, NounError, ProperName, require_names
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Principal, PrincipalChain
from tertius.escalation.desk import Desk, NotStartedError
from tertius.escalation.store import Store
from tertius.escalation.triggers import Terms, Trigger
from tertius.policy.circuit import Place, What
from tertius.policy.proposals import CIRCUIT
from tertius.runtime.gate import Gate
from tertius.runtime.soundness import Whole
from tertius.runtime.watch_rules import WatchRules

TERMS: Final = Trigger(
    name=f"{BY_HAND}/terms", why="a person wants it", rules=(BY_HAND,), terms=Terms(blocking=False)
)
"""On what terms is asked about whatever no rule of the watch cut: one of all who are enrolled."""
_RUN: Final = "by-hand"
_LIVE: Final = (EscalationState.OPEN, EscalationState.GRANTED)
_CHAIN: Final = PrincipalChain(
    links=(Principal(name=BY_HAND, kind="organisation", identity="bound"),)
)
_WISH, _HEARD = "wish", "wish/heard"  # names under which the store keeps them


Change = Literal["quarantine", "resume"]


class WishError(NounError):
    """A wish that could not mean anything."""


class Wish(Noun, frozen=True, kw_only=True):
    """What somebody wants to be cut or lifted, and why, in words for the card.

    Raises
    ------
    WishError
        An edge without its receiver, or a receiver of what is none.
    """

    id: ProperName
    change: Change
    what: What
    subject: ProperName
    peer: str = ""
    why: Text

    def __post_init__(self) -> None:
        require_names(WishError, subject=self.subject, peer=self.peer or None)
        if (self.what == "edge") != bool(self.peer):
            raise WishError("an edge, and only an edge, has a receiver")

    @property
    def place(self) -> tuple[What, str, str]:
        """What is meant, as the circuit names it."""
        return (self.what, self.subject, self.peer)

    @property
    def named(self) -> str:
        """What is meant, in words."""
        return f"{self.what} {self.subject}" + (f" to {self.peer}" if self.peer else "")


class Heard(Struct, frozen=True, kw_only=True):
    """The gate's answer to a wish: the question that it asks, or why it asks none."""

    wish: str
    question: str = ""
    refused: str = ""


def leave(store: Store, wish: Wish) -> None:
    """Leave a wish for the gate that stands; one that nobody has heard yet is replaced."""
    with store.transaction(0) as tx:
        tx.put(_WISH, msgspec.json.encode(wish).decode())


def take_back(store: Store) -> None:
    """Take back the wish that waits, if any does."""
    with store.transaction(0) as tx:
        tx.put(_WISH, "")


def heard(store: Store, wish: Wish) -> Heard | None:
    """Return what the gate answered to a wish; None while it has not."""
    with store.transaction(0) as tx:
        raw = tx.get(_HEARD, "")
    answer = msgspec.json.decode(raw, type=Heard) if raw else None
    return answer if answer is not None and answer.wish == wish.id else None


class Wishes:
    """Hears wishes at the gate that stands, asks about them, and carries out what was approved.

    Parameters
    ----------
    gate, desk
        Its policies must hold `tertius.policy.proposals.WatchProposals`.
    store
        File of the questions.
    rules
        Of the watch: what one of them cut is lifted on its terms.
    policy
        Who and what there is to be cut.
    clock
        UTC nanoseconds.

    Notes
    -----
    `look` is to be called now and then. What is cut already can only be changed on the terms of the
    rule that cut it, so that no wish gets round a quorum. Between the look that uses a permission
    and the log's record of the change a crash loses the change; the question then says so.
    """

    def __init__(
        self,
        gate: Gate,
        desk: Desk,
        store: Path,
        *,
        rules: WatchRules,
        policy: Whole,
        clock: Callable[[], int],
    ) -> None:
        self._gate, self._desk, self._store = gate, desk, store
        self._rules, self._policy, self._clock = rules, policy, clock
        lines = desk.list(now=clock(), states=_LIVE)
        asked = (line.question.escalation for line in lines)
        self._open: dict[str, Wish | None] = {
            each.id: None for each in asked if each.agent == BY_HAND
        }

    def look(self) -> tuple[PolicyChanged, ...]:
        """Ask about a wish that waits, and do what was approved; return the changes."""
        with closing(Store(self._store)) as store:
            wish = _waiting(store)
            if wish is not None:
                answer = self._ask(wish)
                with store.transaction(0) as tx:
                    tx.put(_WISH, "")
                    tx.put(_HEARD, msgspec.json.encode(answer).decode())
        return tuple(change for each in list(self._open) for change in self._settle(each))

    def _ask(self, wish: Wish) -> Heard:
        refused = self._objection(wish)
        if refused:
            return Heard(wish=wish.id, refused=refused)
        for question, asked_before in self._open.items():
            if asked_before and asked_before == replace(wish, id=asked_before.id):
                state = self._desk.show(question, now=self._clock()).question.state
                if state is EscalationState.OPEN:  # nobody answered it, a wrong passphrase say
                    return Heard(wish=wish.id, question=question)
        verb = "lift what holds" if wish.change == "resume" else "quarantine"
        asked = self._gate.ask(
            BY_HAND,
            "policy.propose",
            {
                "changes": [_change(wish)],
                "does": f"{verb} {wish.named}",
                "rule": self._rule(wish),
                "why": wish.why,
            },
            run=_RUN,
            chain=_CHAIN,
            resource=CIRCUIT,
            identity="bound",
        )
        if asked.request is None or asked.decision.outcome is not Outcome.ESCALATE:
            said = "; ".join(v.reason for v in asked.decision.votes if v.outcome is Outcome.FORBID)
            return Heard(wish=wish.id, refused=said or "no layer let the question pass")
        self._open[asked.request.id] = wish
        return Heard(wish=wish.id, question=asked.request.id)

    def _objection(self, wish: Wish) -> str:
        """Say why a wish makes no sense here; empty if it does."""
        cuts = self._gate.circuit.cuts()
        cut = cuts.get(wish.place)
        if wish.change == "resume":
            return "" if cut else f"{wish.named} is not cut{_lifts(wish.subject, cuts)}"
        if cut is not None and cut.state == "quarantined":
            lifts = f"`tertius cuts lift {_spelt(wish.place)}` lifts that"
            return f"{wish.named} is quarantined already: {cut.reason}; {lifts}"
        known = _names(self._policy, self._gate.circuit.channels)
        for name in (wish.subject, wish.peer):
            if name and name not in known.get(wish.what, (name,)):
                hint = nearest(name, known[wish.what])
                if wish.what == "agent" and name in known["tool"]:
                    hint = "; it is a tool: add `--what tool`"
                if wish.what in ("agent", "tool") and name in known.get("channel", ()):
                    hint = "; it is a channel: say `--what channel`"
                if wish.what == "tool" and name in known["agent"]:
                    hint = "; it is an agent: leave out `--what tool`"
                return f"no {'agent' if wish.what == 'edge' else wish.what} `{name}`{hint}"
        return ""

    def _rule(self, wish: Wish) -> str:
        """Return the rule on whose terms is asked: the one that cut it, if one did."""
        cut = self._gate.circuit.cuts().get(wish.place)
        made_by = "" if cut is None else cut.reason.partition(": finding ")[0]
        return made_by if made_by in self._rules.names else BY_HAND

    def _settle(self, question: str) -> Iterator[PolicyChanged]:
        """Carry out what was approved, once; forget what has ended."""
        granted = self._gate.granted(question)
        if granted is None:
            if self._desk.show(question, now=self._clock()).question.state.terminal:
                del self._open[question]
            return
        token, request = granted
        try:
            self._gate.resume(token, request)
        except NotStartedError:
            return
        del self._open[question]
        arguments: Any = request.decoded()
        for number, each in enumerate(arguments["changes"]):
            id = f"{request.id}/change/{number}"
            change = PolicyChanged(id=id, time=self._clock(), run=_RUN, **each)
            self._gate.observe(change)
            yield change
        self._gate.ended(request.id, ok=True)


def _waiting(store: Store) -> Wish | None:
    """Return the wish that waits; what is none is forgotten."""
    with store.transaction(0) as tx:
        raw = tx.get(_WISH, "")
        try:
            return msgspec.json.decode(raw, type=Wish) if raw else None
        except msgspec.MsgspecError:
            tx.put(_WISH, "")
            return None


def _change(wish: Wish) -> dict[str, str]:
    return {
        "what": wish.what,
        "subject": wish.subject,
        "peer": wish.peer,
        "change": wish.change,
        "reason": f"by hand: {wish.why}"[:1000],
    }


def _spelt(place: Place) -> str:
    """Return the words by which `tertius cuts` knows a place."""
    what, subject, peer = place
    if peer:
        return f"{subject} --to {peer}"
    return subject if what == "agent" else f"{subject} --what {what}"


def _lifts(subject: str, cuts: Iterable[Place]) -> str:
    """Say which words lift what is cut of a name, or of the nearest."""
    alike = get_close_matches(subject, {name for _, *names in cuts for name in names if name}, n=1)
    words = [_spelt(place) for place in cuts if {subject, *alike} & {*place[1:]}]
    told = " or ".join(f"`tertius cuts lift {each}`" for each in words[:3])
    return f"; did you mean {told}" if told else "; `tertius cuts list` tells what is"


def _names(policy: Whole, used: frozenset[str] | None) -> dict[What, frozenset[str]]:
    """Return what there is to be cut, by kind; no channels where too many to list were used."""
    agents = {each.agent for each in policy.manifests} | policy.refused
    tools = {tool.tool for each in policy.manifests for tool in each.tools}
    known: dict[What, frozenset[str]] = dict.fromkeys(("agent", "edge"), frozenset(agents))
    known["tool"] = frozenset(tools)
    if used is not None:
        granted = {peer.channel for each in policy.manifests for peer in each.peers if peer.channel}
        known["channel"] = used | granted
    return known
