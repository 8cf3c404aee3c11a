"""A layer that forbids whatever one agent asks."""

from tertius.core.decision import Vote
from tertius.core.outcome import Outcome
from tertius.core.request import Request


class Refusing:
    layer = "conditions"

    def __init__(self, agent: str) -> None:
        self._agent = agent

    def judge(self, request: Request) -> Vote:
        forbidden = request.agent == self._agent
        outcome = Outcome.FORBID if forbidden else Outcome.ABSTAIN
        return Vote(layer="conditions", outcome=outcome, rule="r1", reason="not today")
