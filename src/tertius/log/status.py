"""How far a log has come: accepted, durable, checkpointed, witnessed."""

from __future__ import annotations

from typing import Literal

import msgspec

Stage = Literal["durable", "checkpointed", "witnessed"]


class Status(msgspec.Struct, frozen=True):
    """How far a log has come, in entries.

    Attributes
    ----------
    accepted : int
        Entries with a fixed place in the order; a crash may lose those beyond `durable`.
    durable : int
        Entries that survive power loss.
    checkpointed : int
        Entries under a signed checkpoint.
    witnessed : int
        Entries under a checkpoint that outsiders cosigned; 0 without witnesses.
    witness_error : str
        Why the last attempt to reach the witnesses failed; empty if it did not.
    """

    accepted: int
    durable: int
    checkpointed: int
    witnessed: int
    witness_error: str = ""
