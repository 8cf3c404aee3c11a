import pytest
from tests.policy.asked import asked
from tests.policy.documents import manifest

from tertius.core.grants import PeerGrant, Protocol, Step
from tertius.policy.protocol_edges import Edges, ProtocolError

DEAL = Protocol(name="deal", steps=(Step(type="offer", sender="a"),))
CLOSE = Protocol(name="close", steps=(Step(type="offer", sender="a"),))


def edge(peer: str = "b", **more: object) -> PeerGrant:
    given = {"direction": "both", "kinds": ("message.send",), "protocol": "deal", **more}
    return PeerGrant(peer=peer, **given)  # type: ignore[arg-type]


def test_both_directions_are_bound_when_one_side_says_so() -> None:
    edges = Edges([manifest("a", peers=(edge(),), protocols=(DEAL,)), manifest("b")])
    assert edges.on("a", "b", "message.send", "message", None) == ("deal",)
    assert edges.followed(asked("message.send", None, agent="b", peer="a")) == ("deal",)
    assert edges.followed(asked("message.send", None, agent="b", peer="c")) == ()
    assert edges.followed(asked("hand_off", None, agent="a", peer="b")) == ()


def test_a_channel_of_its_own_binds_besides_any_channel() -> None:
    both = (edge(), edge(channel="desk", protocol="close"))
    edges = Edges([manifest("a", peers=both, protocols=(DEAL, CLOSE))])
    assert edges.on("a", "b", "message.send", "message", "desk") == ("close", "deal")
    assert edges.on("a", "b", "message.send", "message", "hall") == ("deal",)
    assert edges.between("a", "b", "message.send") == ("close", "deal")


def test_the_channel_of_other_acts_does_not_matter() -> None:
    edges = Edges(
        [manifest("a", peers=(edge(channel="desk", kinds=("delegate",)),), protocols=(DEAL,))]
    )
    assert edges.on("a", "b", "delegate", "tool", None) == ("deal",)


def test_one_name_means_one_protocol() -> None:
    other = Protocol(name="deal", version=2, steps=DEAL.steps)
    one = manifest("a", peers=(edge(),), protocols=(DEAL,))
    with pytest.raises(ProtocolError, match="describes protocol `deal` otherwise"):
        Edges([one, manifest("b", peers=(edge("a"),), protocols=(other,))])
    assert not Edges([manifest("a", protocols=(DEAL,))]), "no edge follows it"
