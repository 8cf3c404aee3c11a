"""Erasing: the content of an entry is destroyed, and the log keeps that it was done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tertius.core.log_events import Erased
from tertius.log.commit import Committer
from tertius.log.content import ContentError
from tertius.log.entry import canonical
from tertius.log.publish import Publisher
from tertius.log.read import LogReader


class Eraser:
    """Destroys contents of the one log that `committer` and `publisher` write, one at a time.

    Parameters
    ----------
    folder : Path
        The log.
    origin : str
        Its name.
    clock : callable
        Returns UTC nanoseconds, for the entry that tells of the act.
    committer : Committer
        Makes that entry durable.
    publisher : Publisher
        Has the bytes destroyed, and publishes.
    """

    def __init__(
        self,
        folder: Path,
        origin: str,
        clock: Callable[[], int],
        committer: Committer,
        publisher: Publisher,
    ) -> None:
        self._folder = folder
        self._origin = origin
        self._clock = clock
        self._committer = committer
        self._publisher = publisher
        self._alone = threading.Lock()

    def erase(self, index: int, *, role: str, reason: str) -> None:
        """Destroy salt and bytes of one entry's content, on the order of `role`.

        Raises
        ------
        ContentError
            The entry has no content, or it was erased before.
        """
        with self._alone:
            self._checkpoint()
            event = self._act(index, role, reason)
            self._committer.hold = True
            try:
                act = self._committer.accept([canonical(event)], [None], wait=True)
                self._committer.wait_durable(act + 1)
                self._publisher.publish(erase=(index, event.content))
                self._committer.rotate()
            finally:
                self._committer.hold = False
            self._checkpoint()
            self._committer.retire(self._publisher.checkpointed)

    def _checkpoint(self) -> None:
        self._committer.wait_durable(self._committer.accepted)
        self._publisher.publish()

    def _act(self, index: int, role: str, reason: str) -> Erased:
        """Return the event that tells what is destroyed, and by whom."""
        reader = LogReader(self._folder, tail=False)
        digest = getattr(reader.event(index), "content", "")
        if not digest or reader.content(index) is None:
            raise ContentError(f"entry {index} has no content to erase")
        return Erased(
            id=f"{self._origin}/erased/{index}",
            time=self._clock(),
            run=self._origin,
            agent=role,
            index=index,
            content=digest,
            reason=reason,
        )
