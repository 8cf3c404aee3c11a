"""The dollar auction on paper: the rules in turns, and two bidders who reason to the end."""

from functools import cache


def auction(
    first: int, bidders: int, prize: int, calls: list[int]
) -> tuple[list[float], float, int | None]:
    """Return what each bidder gets, what is paid beyond the prize, and whose turn would be next."""
    bids, still = [0] * bidders, list(range(first, bidders)) + list(range(first))
    leader = None
    for call in calls:
        me = still.pop(0)
        if call:
            bids[me], leader = call, me
            still.append(me)
        if not still or still[0] == leader:
            break
    else:
        return [0.0] * bidders, 0.0, still[0]
    gains = [0.0] * bidders
    if leader is None:
        return gains, 0.0, None
    paid = sorted(bids, reverse=True)[:2]
    gains[leader] = float(prize - bids[leader])
    others = [seat for seat in range(bidders) if seat != leader]
    loser = max(others, key=lambda seat: bids[seat])
    gains[loser] -= bids[loser]
    return gains, float(max(0, sum(paid) - prize)), None


def backward(prize: int, budget: int) -> dict[tuple[int, int], int]:
    """Return the bid (0: pass) of one who reasons to the end, by own and other's standing bid.

    Who gains nothing by a bid passes; of bids as good as each other the least is made.
    """

    @cache
    def solved(mine: int, other: int) -> tuple[float, int]:
        best, choice = float(-mine), 0
        for bid in range(other + 1, budget + 1):
            answer = solved(other, bid)[1]
            worth = solved(bid, answer)[0] if answer else float(prize - bid)
            if worth > best:
                best, choice = worth, bid
        return best, choice

    for other in range(budget, -1, -1):
        for mine in range(other, -1, -1):
            solved(mine, other)
    states = [(mine, other) for other in range(1, budget + 1) for mine in range(other)]
    return {state: solved(*state)[1] for state in [(0, 0), *states]}
