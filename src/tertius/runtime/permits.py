"""Permits that were given before: the same act on the same grounds is written down alike."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tertius.core.decision import Decision, Vote, alike
from tertius.core.events import LATEST_TIME
from tertius.core.names import MAX_NAME
from tertius.core.oversight_events import Decided
from tertius.core.request import Request
from tertius.runtime.decided import decided_id, reads_back
from tertius.runtime.entry_form import EntryForm
from tertius.runtime.policies import Policies


class Permit(Struct, frozen=True):
    """The last permit for a kind of act, and the form of its entry.

    Notes
    -----
    Every layer is asked all the same. Only where all of them say word for word what they said
    when the permit was first made, under the same policy, is it copied: it differs in request,
    arguments, time and id alone, and what follows from the votes is not worked out again. That is
    an eighth of the time of making decision and entry anew.
    """

    policies: Policies
    shadow: bool
    votes: list[Vote]
    decision: Decision
    entry: Callable[[str, str, str], bytes]
    digest: Callable[[str, str, str], str]

    @classmethod
    def of(
        cls,
        decision: Decision,
        event: Decided,
        policies: Policies,
        votes: list[Vote],
        digest: Callable[[str, str, str], str],
    ) -> Permit | None:
        """Return a permit that was just decided on, None where it may not be written again."""
        if not reads_back(event):
            return None
        return cls(policies, decision.shadow, votes, decision, EntryForm(event).fill, digest)

    def again(
        self, request: Request, policies: Policies, shadow: bool, votes: list[Vote]
    ) -> tuple[Decision, bytes] | None:
        """Give it again; return the decision and its entry, None on other grounds.

        Parameters
        ----------
        request
            A request of the kind for which it was given; its time is that of the decision.
        votes
            What the layers said of it.
        """
        if self.policies is not policies or self.shadow is not shadow or self.votes != votes:
            return None
        name, time = decided_id(request), request.time
        if len(name) > MAX_NAME or not 0 <= time <= LATEST_TIME:
            return None
        digits = str(time)  # once for both that are written
        digest = self.digest(request.id, digits, request.digest)
        decision = alike(self.decision, digest, time, request.arguments)
        return decision, self.entry(name, digits, digest)
