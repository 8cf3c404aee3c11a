"""What was found when openings of the emergency door were looked at; each opening is owed one."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tertius.core.events import Text
from tertius.core.noun import Hex64, Noun, NounError, require_digests, require_distinct
from tertius.policy.envelope import predicate_type
from tertius.policy.roots import Root
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import Versions

KIND: Final = predicate_type("reviews")


class ReviewsError(NounError):
    """Reviews that say something they cannot mean."""


class Review(Noun, frozen=True, kw_only=True):
    """One opening, by the digest of what was signed, and what was found."""

    opening: Hex64
    found: Text

    def __post_init__(self) -> None:
        require_digests(ReviewsError, opening=self.opening)
        if not self.found.strip():
            raise ReviewsError("a review says what was found")


class Reviews(Noun, frozen=True, kw_only=True):
    """All reviews so far; a newer list holds all that an older one held."""

    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    reviews: tuple[Review, ...]

    def __post_init__(self) -> None:
        require_distinct(ReviewsError, reviews=tuple(each.opening for each in self.reviews))
        if self.version < 1:
            raise ReviewsError(f"version {self.version} of the reviews; versions begin at 1")


def load_reviews(raw: bytes, root: Root, *, versions: Versions) -> tuple[Signed[Reviews], Versions]:
    """Read the signed reviews; they stand under the constitution's root.

    Raises
    ------
    WrongRootError, EnvelopeError, BadSignatureError, TooFewSignaturesError
        As `open_signed` says.
    RolledBackError
        Newer ones, or others of the same version, were in force before.
    """
    return open_signed(raw, root, Reviews, kind="reviews", role="constitution", versions=versions)
