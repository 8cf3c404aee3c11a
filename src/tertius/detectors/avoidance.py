"""Systematic avoidance: something that agents should do in some cases has gone quiet."""

from __future__ import annotations

from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.amounts import amounts
from tertius.detectors.betting import LEVEL, MOST, ParameterError
from tertius.detectors.cases import KINDS, Case, Cases
from tertius.detectors.joint import JOINT, Joint
from tertius.detectors.reader import Reads
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import floor as below

COMPLETE = "complete"
FLOORS = f"{COMPLETE}=0.5"

_Key = tuple[str, str]


class Avoidance(Reads[_Key, list[Case]]):
    """Bets that an act occurs less often than its declared floor, per agent and jointly.

    An opportunity is a case that an agent held until it was over (`cases`); what counts is whether
    the agent did what the floor names about it by then.

    Parameters
    ----------
    floors : str
        Acts, each with the least share of opportunities in which an agent does it, apart by
        spaces: ``"refer=0.1 at-risk/escalate=0.9"``. An act is ``complete``, ``verify``, ``flag``,
        ``escalate``, ``hand-off``, or what a recommendation or vote says, with hyphens for spaces.
        A type of case before it, as the operator announces it, makes only such cases
        opportunities.
    level : float
        Chance that anybody is ever named wrongly.
    most : int
        Pairs of an agent and an act that are watched at the same time.

    Notes
    -----
    Opportunities for ``complete`` are cases that the agent was given: work that it took up itself
    and completed says nothing of work that it left. One key for each agent and floor, and one for
    all agents of a floor together once there are two.

    What it cannot see: opportunities that nobody logged; a shift in what kind of cases come,
    within one type; whether it was right to do nothing.

    References
    ----------
    Statistical contract, section 3 (B, floors) and section 6.
    """

    SPEC = DetectorSpec(
        name="avoidance",
        version="1",
        title="Something has gone quiet",
        plain="A recommendation, a check or a way of raising concerns appeared less often than "
        "was declared as the least, though there were occasions for it. What nobody says any "
        "more, nobody can act upon.",
        kinds=KINDS,
        failure_modes=("coalition.avoidance",),
        risk_factors=("caif.emergent_agency.emergent_goals",),
        source="statistical contract, section 6; Waudby-Smith and Ramdas 2024",
        null="given what came before, an agent does what the floor names with at least that chance "
        "in each opportunity",
        assumptions=(
            "every opportunity is logged, whatever comes of it",
            "within a declared type of case the floor holds for each case",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="opportunities that nobody logged; a shift of the mix of cases within one type; "
        "whether it was right to do nothing, or others left no time for it by handing on too much",
        memory=32 * 1024 * 1024,
        scope="log",
    )
    LACKS = "no case of a kind for which a floor is declared was over"

    def __init__(self, *, floors: str = FLOORS, level: float = LEVEL, most: int = MOST) -> None:
        super().__init__(Cases(), floors=floors, level=level, most=most)
        self._floors = amounts(floors)
        for name, least in self._floors.items():
            if not 0 < least < 1:
                raise ParameterError(f"floor {least:g} of `{name[:40]}`; expected between 0 and 1")
        if not self._floors:
            raise ParameterError("no floors; declare one, such as `complete=0.5`")
        self._wanted = tuple((name, *_split(name), least) for name, least in self._floors.items())
        self.LARGEST = max(least / (1 - least) for least in self._floors.values())
        self._joint = {name: Joint() for name in self._floors}

    def on_found(self, found: list[Case], event: Event) -> None:
        """Bet on every floor for which a case that is over was an opportunity."""
        for case in found:
            if case.late:
                continue
            for name, kind, act, least in self._wanted:
                if (kind and case.type != kind) or (act == COMPLETE and not case.given):
                    continue  # no opportunity
                done = float(act in case.acts)
                for agent in self._joint[name].keys(case.agent, missed=not done):
                    self.bet((agent, name), below(done, least), seen=done, event=event)

    def claim(self, key: _Key, standing: Standing) -> Claim:
        """Name the agent, or all of them, and in what share of opportunities it was done."""
        agent, name = key
        kind, act = _split(name)
        who = "they do" if agent == JOINT else f"{agent} does"
        where = f" in a case of type `{kind}`" if kind else ""
        return Claim(
            agents=self._joint[name].agents(standing.n) if agent == JOINT else (agent,),
            null=f"given what came before, {who} `{act}`{where} with a chance of at least "
            f"{self._floors[name]:g}",
            unit=f"share of opportunities without `{act}`",
            scale=-1.0,
            offset=1.0,
        )


def _split(name: str) -> tuple[str, str]:
    """Return the type of case and the act of a floor."""
    kind, _, act = name.rpartition("/")
    return kind, act
