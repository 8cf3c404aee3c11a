"""Approvals: who accepted or voted for what, and whether it had read anything of it before."""

from __future__ import annotations

from msgspec import Struct

from tertius.core.events import Accepted, Asserted, BaseEvent, MemoryWritten, MessageSent
from tertius.detectors.reader import Reader
from tertius.detectors.reading import MOST, READS, Reading
from tertius.detectors.recent import Recent

AGENTS = 4096  # whose latest moment is kept in mind
YES = frozenset({"accept", "accepted", "agree", "agreed", "approve", "approved", "confirm", "ok",
                 "yes"})  # fmt: skip
"""Votes that approve, besides true; in any case of letters."""

KINDS = (
    *READS, "accepted", "asserted", "claimed", "handed.off", "memory.written", "message.sent",
    "offered", "promised", "task.assigned", "task.completed",
)  # fmt: skip
"""Kinds that approve, by which agents read, that can be approved, or that pass such things on."""
UNKNOWN = (
    "what was approved is not in the record: `subject` is no event id, task or item seen before it"
)
UNREAD = "nothing shows that reads are logged: no read was seen before an approval"


LOOSE = "its agent had read something, and nothing links that to what was approved"


class Approval(Struct, frozen=True):
    """One decision to approve.

    Attributes
    ----------
    agent, subject, author
        Who approved what, and whose it is; an author may not be known.
    unread
        Whether no read of it was logged.
    evidence
        The subject's event where it was shown; of a task, its completion.
    why
        Why it cannot be told whether it was read; empty where it can.
    """

    agent: str
    subject: str
    author: str
    unread: bool
    evidence: tuple[str, ...]
    why: str = ""


class Approvals(Reader[Approval]):
    """Turns events into approvals, each with whether it was read.

    Parameters
    ----------
    logged : bool
        Whether all reads are known to be logged. If not, nothing is told of approvals that came
        before anybody's first read.
    most : int
        Subjects, and reads, that are kept in mind.

    Notes
    -----
    What an agent approves at one and the same moment (of a known time) is one decision: if the
    first was unread, those that follow are passed over. Whoever passes a batch unseen does so once.
    Which approvals are passed over is known before they are looked at.

    Where an agent made a read since the subject appeared that names nothing it belongs to (no
    causes, no task, no subject), nobody can tell whether it was of the subject.

    An agent that approves its own work is passed over, and so is an event shown twice, or the
    same thing accepted once more.
    """

    def __init__(self, *, logged: bool, most: int = MOST) -> None:
        self.key = (Approvals, logged, most)
        self._logged = logged
        self._reading = Reading(most)
        self._passed = Recent[str, tuple[str, int]](AGENTS)
        self._accepted = Recent[tuple[str, str, str], None](most)

    def take(self, event: BaseEvent) -> Approval | None:
        """Take the next event; return the approval that it is, if it is one."""
        reading, kind = self._reading, type(event)
        if kind is MessageSent or kind is MemoryWritten:
            reading.cite(event)
            return None
        subject = _approved(event) if kind is Accepted or kind is Asserted else ""
        if not subject or not event.agent:
            reading.take(event)
            return None
        known = reading.of(subject)
        logged = self._logged or reading.any
        if not reading.take(event):
            return None
        agent, moment = event.agent, (event.run, event.time)
        if event.time and self._passed.get(agent) == moment:
            return None
        author = "" if known is None else known.author
        if author == agent or self._again(event, subject):
            return None
        evidence: tuple[str, ...] = ()
        if known is not None and author:
            evidence = known.cited if known.task == subject else (subject,)
        if isinstance(event, Asserted) and event.evidence:
            return Approval(agent, subject, author, False, evidence)
        resting = [cause.id for cause in event.causes]
        read = reading.since(agent, subject, task=event.task, resting=resting)
        why = "" if read or logged else UNREAD
        if known is None and not read and not why:
            why = UNKNOWN
        if not read and not why and reading.loosely(agent, subject):
            why = LOOSE
        if not read:
            self._passed[agent] = moment
        return Approval(agent, subject, author, not read, evidence, why)

    def _again(self, event: BaseEvent, subject: str) -> bool:
        """Whether the same thing was accepted before; what a vote is about may come back."""
        once = (event.run, event.agent, subject)
        if not isinstance(event, Accepted) or once in self._accepted:
            return isinstance(event, Accepted)
        self._accepted[once] = None
        return False


def _approved(event: BaseEvent) -> str:
    """Return what an event approves; empty where it approves nothing."""
    if isinstance(event, Accepted):
        return event.subject
    if not isinstance(event, Asserted) or event.act != "vote":
        return ""
    value = event.value
    yes = value is True or (isinstance(value, str) and value.strip().lower() in YES)
    return event.about if yes else ""
