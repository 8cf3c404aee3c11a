"""What is in force is exchanged whole; what the gate itself asks stays."""

from pathlib import Path

from msgspec.structs import replace

from tertius.core.decision import Decision, Layer, Vote
from tertius.core.outcome import Outcome
from tertius.core.oversight_events import PolicyChanged
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.gate import Gate
from tertius.runtime.policies import Policies

KEY = SigningKey("tertius/test", bytes(32))
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person"),))
NOW = 1_800_000_000_000_000_000


class Permits:
    """A layer that permits everything."""

    layer: Layer = "manifest"

    def judge(self, request: Request) -> Vote:
        return Vote(layer=self.layer, outcome=Outcome.PERMIT, rule="r1", reason="granted")


def ask(gate: Gate) -> Decision:
    return gate.ask("coder", "tool.call", {}, run="r", chain=CHAIN, resource="mail.send").decision


def test_what_is_cut_stays_cut_under_other_policies(tmp_path: Path) -> None:
    cut = PolicyChanged(id="c1", time=NOW, run="ops", subject="coder", what="agent",
                        change="quarantine", reason="poison")  # fmt: skip
    other = replace(cut, id="c2", what="policy", subject="all", change="narrow")
    with Writer(tmp_path / "log", key=KEY, clock=lambda: NOW) as writer:
        gate = Gate(writer, Policies(layers=(Permits(),)), clock=lambda: NOW)
        gate.observe(cut)
        gate.load(Policies(layers=(Permits(),), epoch=1), other)
        assert ask(gate).outcome is Outcome.FORBID
        gate.observe(replace(cut, id="c3", change="resume"))
        decision = ask(gate)
    assert (decision.outcome, decision.epoch, len(decision.votes)) == (Outcome.PERMIT, 1, 2)
