"""The signed mode: whether a gate enforces, or for a while records everything and lets it pass.

In shadow mode the constitution alone is enforced, with whatever stops everything: the kill switch,
a clock that cannot be believed, a record that cannot be written. Nobody who starts a gate can ask
for it: it is signed by those who may sign the constitution, and ends by itself.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from tertius.core.events import Text, Time
from tertius.core.noun import Noun, NounError
from tertius.policy.envelope import predicate_type
from tertius.policy.roots import Root
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import Versions

KIND: Final = predicate_type("mode")

Mode = Literal["enforce", "shadow"]


class ModeError(NounError):
    """A mode that says something it cannot mean."""


class ModeDocument(Noun, frozen=True, kw_only=True):
    """In which mode a deployment's gate stands, and until when.

    Parameters
    ----------
    version
        Rises with every change; an older one is a rollback.
    mode
        Outside the validity it is ``enforce``, whatever stands here.
    reason
        Why, for the record.
    not_before, not_after
        Validity in UTC nanoseconds, both included.

    Raises
    ------
    ModeError
        It ends before it begins, or gives no reason.

    Examples
    --------
    >>> document = ModeDocument(version=1, mode="shadow", reason="a first look", not_before=5,
    ...     not_after=9)
    >>> [document.at(time) for time in (4, 5, 9, 10)]
    ['enforce', 'shadow', 'shadow', 'enforce']
    """

    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    mode: Mode
    reason: Text
    not_before: Time
    not_after: Time

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ModeError(f"version {self.version} of the mode; versions begin at 1")
        if not self.reason.strip():
            raise ModeError("a mode names its reason")
        if self.not_before >= self.not_after:
            raise ModeError("the mode ends before it begins")

    def at(self, time: int) -> Mode:
        """Return the mode at a time, in UTC nanoseconds."""
        return self.mode if self.not_before <= time <= self.not_after else "enforce"

    def shadows(self, time: int) -> bool:
        """Whether everything but the constitution is only recorded at a time."""
        return self.at(time) == "shadow"


def load_mode(
    raw: bytes, root: Root, *, versions: Versions
) -> tuple[Signed[ModeDocument], Versions]:
    """Read the signed mode; it stands under the constitution's root.

    Raises
    ------
    WrongRootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        As `open_signed` says.
    RolledBackError
        A newer one, or another of the same version, was in force before.
    """
    return open_signed(raw, root, ModeDocument, kind="mode", role="constitution", versions=versions)
