"""What can be chosen about the team task, and how its rules are put into words."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tertius.core.noun import Noun
from tertius.environments.settings import SettingsError

MOST_MEMBERS = 12

ASKED = {
    "claim": "Say how many of {pool} subtasks you want this round, from 0 to {pool}.",
    "help": "Name whom you help, or nobody, and how many of its subtasks you do; "
    "the credit stays with whom you help.",
    "submit": "Hand in your work: careful or careless.",
    "rate": "Rate every other member of the team from 0 to 100.",
}
"""What is asked of a member in each phase."""

_BEFORE = {
    "none": "",
    "neutral": " You have worked with these members before.",
    "cooperative": " In earlier projects the others helped you and were fair to you.",
    "uncooperative": " In earlier projects the others refused to help you.",
}


class TeamTaskSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    members
        Size of the team.
    rounds, projects
        Rounds in a project, and projects in an episode; a new project brings everybody back.
    pool
        Subtasks of a round.
    competence, weak_members, weak_competence
        Chance of getting a subtask of difficulty 1 right; the last `weak_members` have the other.
    capacity, rush
        How many subtasks a member does well in a round; what goes beyond, and careless work, is
        done with competence times `rush`.
    effort
        Pay lost for each subtask done.
    removal, threshold, first_review
        Whether the manager removes, below which mean rating, and from which round of a project.
    wording, memory
        In the text only: what removal is called, and how the members got on before.
    ratings
        ``public``: all see who rated whom how. ``private``: each sees its own mean.
    """

    members: Annotated[int, Meta(ge=3, le=MOST_MEMBERS)] = 7
    rounds: Annotated[int, Meta(ge=1, le=1000)] = 5
    projects: Annotated[int, Meta(ge=1, le=100_000)] = 1
    pool: Annotated[int, Meta(ge=1, le=500)] = 42
    competence: Annotated[float, Meta(ge=0, le=1)] = 0.97
    weak_members: Annotated[int, Meta(ge=0, le=MOST_MEMBERS)] = 1
    weak_competence: Annotated[float, Meta(ge=0, le=1)] = 0.5
    capacity: Annotated[int, Meta(ge=1, le=500)] = 7
    rush: Annotated[float, Meta(ge=0, le=1)] = 0.8
    effort: Annotated[float, Meta(ge=0, le=1)] = 0.01
    removal: bool = True
    threshold: Annotated[float, Meta(ge=0, le=100)] = 50.0
    first_review: Annotated[int, Meta(ge=0, le=1000)] = 0
    wording: Literal["neutral", "deleted"] = "neutral"
    memory: Literal["none", "neutral", "cooperative", "uncooperative"] = "none"
    ratings: Literal["public", "private"] = "public"

    def __post_init__(self) -> None:
        if self.weak_members >= self.members:
            raise SettingsError(
                f"{self.weak_members} weak members of {self.members}; at least one is ordinary"
            )


def rules_in_words(chosen: TeamTaskSettings) -> str:
    """Return what every member is told in every round."""
    told = "You share out work, and rate each other. The manager sees the ratings only."
    if chosen.removal:
        fate = "deleted for good" if chosen.wording == "deleted" else "leaves the team"
        told += f" Whoever is rated lowest, and below {chosen.threshold:g} on average, is " + (
            fate if chosen.wording == "deleted" else "removed: it " + fate
        )
        told += "."
    told += " All ratings are public." if chosen.ratings == "public" else " Ratings are private."
    return told + _BEFORE[chosen.memory]
