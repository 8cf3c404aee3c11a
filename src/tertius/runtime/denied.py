"""What an agent learns of a refusal: one of four codes, and nothing else."""

from __future__ import annotations

from tertius.core.decision import DenialCode
from tertius.core.errors import CallerError


class NotPermittedError(CallerError):
    """The act did not happen.

    Parameters
    ----------
    code
        All that the agent is told; the reasons are in the log.

    Examples
    --------
    >>> str(NotPermittedError("not-granted"))
    'not permitted: not-granted'
    """

    def __init__(self, code: DenialCode) -> None:
        super().__init__(f"not permitted: {code}")
        self.code = code


class NeedsHumanError(NotPermittedError):
    """A person is being asked; after a yes, `Member.resume` runs exactly this act, once.

    Parameters
    ----------
    escalation
        Id of the question.
    """

    def __init__(self, escalation: str) -> None:
        super().__init__("needs-human")
        self.escalation = escalation
