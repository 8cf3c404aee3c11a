"""What is in force, as one value: the gate exchanges it whole."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tertius.core.kinds import Event
from tertius.core.ports.policy import Policy
from tertius.core.request import Request


class Policies(Struct, frozen=True, kw_only=True):
    """What is in force: exchanged as a whole, so that no decision sees half of a change.

    Attributes
    ----------
    layers
        Asked in this order; the order never matters to the answer.
    manifest_of
        Digest of an agent's manifest, None where it has none.
    constitution
        Digest of the constitution.
    irreversible
        Whether an act cannot be taken back; its decision is then durable before it is returned.
        Left out, every act counts as irreversible.
    secret
        Arguments of an agent's tool that people and records see masked, as dotted paths.
    schema_of
        Digest of the input schema under which an agent was granted a tool, None where it was not.
    watchers
        Told of every event once it is in the log: layers that remember what happened.
    epoch
        Rises with every change.
    """

    layers: tuple[Policy, ...]
    manifest_of: Callable[[str], str | None] = lambda agent: None
    constitution: str | None = None
    irreversible: Callable[[Request], bool] = lambda request: True
    secret: Callable[[str, str], tuple[str, ...]] = lambda agent, tool: ()
    schema_of: Callable[[str, str], str | None] = lambda agent, tool: None
    watchers: tuple[Callable[[Event], None], ...] = ()
    epoch: int = 0
