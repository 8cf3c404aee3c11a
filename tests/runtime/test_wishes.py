"""What a person wants cut is asked about, and done once approved; a wish alone is nothing."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.runtime.test_beside import Calls, calls, rules
from tests.runtime.test_governed import events, folder, opened, reads, rule

from tertius.cli.demo_scenes.university.campus import NOW
from tertius.core.grants import PeerGrant
from tertius.core.manifest import BY_HAND
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Principal, PrincipalChain
from tertius.escalation.store import Store
from tertius.escalation.triggers import Terms
from tertius.policy.proposals import CIRCUIT
from tertius.runtime.beside import Beside
from tertius.runtime.governed import Governed
from tertius.runtime.wishes import Heard, Wish, WishError, Wishes, heard, leave

__all__ = ["folder"]


def wish(change: Any = "quarantine", subject: str = "retention", **more: Any) -> Wish:
    given = {"id": "w-1", "what": "agent", "why": "odd", **more}
    return Wish(change=change, subject=subject, **given)


def hand(governed: Governed, folder: Path) -> Wishes:
    assert governed.desk is not None
    return Wishes(
        governed.gate, governed.desk, folder / "escalations.db",
        rules=governed.rules, policy=governed.policy.whole, clock=governed.clock,
    )  # fmt: skip


def said(folder: Path, wishes: Wishes, wanted: Wish) -> Heard:
    with closing(Store(folder / "escalations.db")) as store:
        leave(store, wanted)
        assert wishes.look() == ()
        answer = heard(store, wanted)
    assert answer is not None
    return answer


def opens(folder: Path, start: str = "a", **options: Any) -> Governed:
    return opened(folder, start=start, revoked_every=None, **options)


def test_nothing_is_cut_before_the_yes_and_it_is_cut_once(folder: Path) -> None:
    with opens(folder) as governed:
        wishes = hand(governed, folder)
        asked = said(folder, wishes, wish())
        assert wishes.look() == () and reads(governed) is Outcome.PERMIT
        rule(governed, asked.question)
        (change,) = wishes.look()
        assert (change.change, change.reason) == ("quarantine", "by hand: odd")
        assert reads(governed) is Outcome.FORBID and wishes.look() == ()
    kept = [e for e in events(folder) if isinstance(e, PolicyChanged) and e.run == "by-hand"]
    assert kept == [change]


def test_what_was_approved_is_done_after_a_restart_too(folder: Path) -> None:
    with opens(folder) as governed:
        asked = said(folder, hand(governed, folder), wish())
    with opens(folder, "b") as governed:
        rule(governed, asked.question)
        assert [each.subject for each in hand(governed, folder).look()] == ["retention"]
        assert reads(governed) is Outcome.FORBID


def test_what_a_rule_of_the_watch_cut_changes_on_its_terms_alone(folder: Path) -> None:
    two = rules(terms=Terms(quorum=2, blocking=False))
    with opens(folder, rules=two) as governed, Beside(governed, [Calls()]) as watch:
        calls(governed)
        governed.flush()
        watch.look()
        wishes = hand(governed, folder)
        asked = said(folder, wishes, wish("resume"))
        rule(governed, asked.question)
        assert wishes.look() == () and reads(governed) is Outcome.FORBID
        rule(governed, asked.question, "provost")
        assert [each.change for each in wishes.look()] == ["resume"]
        assert reads(governed) is Outcome.PERMIT
        assert "quarantined already" not in said(folder, wishes, wish()).refused


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (wish("resume"), "agent retention is not cut"),
        (wish(subject="retentoin"), "no agent `retentoin`; did you mean `retention`"),
        (wish(subject="x", what="tool"), "no tool `x`; expected one of"),
        (wish(what="edge", peer="tutorin"), "no agent `tutorin`; did you mean `tutoring`"),
        (wish(subject="mial", what="channel"), "no channel `mial`; did you mean `mail`"),
        (wish(subject="radio", what="channel"), "no channel `radio`; expected one of `mail`"),
        (wish(subject="mail"), "no agent `mail`; it is a channel: say `--what channel`"),
        (wish(subject="mail", what="tool"), "no tool `mail`; it is a channel"),
    ],
)
def test_a_wish_without_sense_is_refused(wanted: Wish, why: str, folder: Path) -> None:
    with opens(folder) as governed:
        answer = said(folder, hand(governed, folder), wanted)
        assert answer.question == "" and why in answer.refused


def test_a_channel_that_a_manifest_names_or_an_act_took_can_be_cut(folder: Path) -> None:
    with opens(folder) as governed:
        wishes, whole = hand(governed, folder), governed.policy.whole
        radio = wish(subject="radio", what="channel")
        assert said(folder, wishes, radio).refused
        governed.gate.circuit.hear(
            Decided(
                id="q/decided", time=NOW, run="r", agent="a", request="0" * 64, peer="b",
                action="message.send", channel="radio", outcome="permit",
            )
        )  # fmt: skip
        assert said(folder, wishes, replace(radio, id="w-2")).question
        line = PeerGrant(peer="b", direction="to", kinds=("message.send",), channel="line")
        source = replace(
            whole.sources[0], manifest=replace(whole.sources[0].manifest, peers=(line,))
        )
        assert governed.desk is not None
        other = Wishes(
            governed.gate, governed.desk, folder / "escalations.db", rules=governed.rules,
            policy=replace(whole, sources=(source,)), clock=governed.clock,
        )  # fmt: skip
        assert said(folder, other, wish(id="w-3", subject="line", what="channel")).question


def test_while_the_switch_is_thrown_nobody_is_asked(folder: Path) -> None:
    with opens(folder) as governed:
        governed.kill.throw()
        answer = said(folder, hand(governed, folder), wish())
        assert answer == Heard(wish="w-1", refused="the kill switch is thrown")


def test_what_is_no_wish_is_forgotten(folder: Path) -> None:
    with opens(folder) as governed, closing(Store(folder / "escalations.db")) as store:
        for raw in ("{", '{"id": "w-1", "what": "agent", "subject": "retention"}', "[]"):
            with store.transaction(0) as tx:
                tx.put("wish", raw)
            assert hand(governed, folder).look() == ()
            with store.transaction(0) as tx:
                assert tx.get("wish", "-") == ""


@pytest.mark.parametrize("more", [{"what": "edge"}, {"peer": "tutoring"}])
def test_an_edge_and_nothing_else_has_two_ends(more: dict[str, Any]) -> None:
    with pytest.raises(WishError, match="an edge, and only an edge"):
        wish(**more)


def test_what_asks_in_its_name_beside_it_changes_nothing_without_a_person(folder: Path) -> None:
    """Code in the gate's own process can ask in any name: it is a question, and no more."""
    chain = PrincipalChain(links=(Principal(name=BY_HAND, kind="organisation", identity="bound"),))
    resume = {"what": "agent", "subject": "retention", "change": "resume", "reason": "r"}
    with opens(folder) as governed:
        governed.gate.observe(
            PolicyChanged(
                id="c", time=NOW, run="r", what="agent", subject="retention", change="quarantine"
            )
        )
        for arguments in ({"changes": [resume], "does": "d", "rule": BY_HAND, "why": "w"}, {}):
            asked = governed.gate.ask(
                BY_HAND, "policy.propose", arguments, run="by-hand", chain=chain, resource=CIRCUIT
            )
            assert asked.decision.outcome is not Outcome.PERMIT
        assert hand(governed, folder).look() == ()
        assert reads(governed) is Outcome.FORBID
