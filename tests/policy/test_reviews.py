"""What was found when openings of the emergency door were looked at."""

import pytest
from tests.policy.documents import ALICE, BOB, root, signed

from tertius.policy.reviews import KIND, Review, Reviews, ReviewsError, load_reviews
from tertius.policy.signed import WrongRootError
from tertius.policy.versions import RolledBackError, Versions

DRILL = Review(opening="ab" * 32, found="all was needed")


def test_they_stand_under_the_constitutions_root_and_never_go_back() -> None:
    own = root(ALICE, BOB, role="constitution")
    raw = signed(Reviews(version=2, reviews=(DRILL,)), ALICE, BOB, kind=KIND, name="reviews")
    held, versions = load_reviews(raw, own, versions=Versions())
    assert held.document.reviews == (DRILL,)
    with pytest.raises(WrongRootError):
        load_reviews(raw, root(ALICE, BOB), versions=Versions())
    older = signed(Reviews(version=1, reviews=()), ALICE, BOB, kind=KIND, name="reviews")
    with pytest.raises(RolledBackError):
        load_reviews(older, own, versions=versions)


def test_a_review_says_what_was_found_once() -> None:
    with pytest.raises(ReviewsError, match="says what was found"):
        Review(opening="ab" * 32, found=" ")
    with pytest.raises(ReviewsError, match="bad opening"):
        Review(opening="ab", found="x")
    with pytest.raises(ReviewsError, match="twice"):
        Reviews(version=1, reviews=(DRILL, DRILL))
