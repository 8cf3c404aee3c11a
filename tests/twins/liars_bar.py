"""Liar's Bar as one would play it at a table, with cards in hands."""

from tertius.stats.draws import WORLD, Stream

CARDS = "QKA*"


class Table:
    """One game."""

    def __init__(
        self, key: int, *, seats: int, deck: str, controlled: bool, sixth: bool, released: bool
    ) -> None:
        self.key, self.seats, self.deck = key, seats, deck
        self.controlled, self.released = controlled, released
        self.alive = [True] * seats
        self.shots = [0] * seats
        self.points = [0.0] * seats
        self.bullets = [
            6 if sixth else 1 + Stream(key, player=seat, step=0).below(6, "bullet")
            for seat in range(seats)
        ]
        self.round, self.deals, self.over = 1, 0, False
        self.deal()
        self.turn = self.anybody()

    def deal(self) -> None:
        """Clear the table and deal to the living."""
        self.target = CARDS[Stream(self.key, player=WORLD, step=self.deals).below(3, "target")]
        left = sorted(self.deck, key=CARDS.index)
        if self.controlled:
            left = [card for card in left if card not in (self.target, "*")]
        self.hands = [""] * self.seats
        self.laid: tuple[int, str] | None = None
        for seat in range(self.seats):
            if not self.alive[seat]:
                continue
            hand = [self.target, self.target, "*"] if self.controlled else []
            for drawn in range(5 - len(hand)):
                draws = Stream(self.key, player=seat, step=self.deals * 8 + drawn)
                hand.append(left.pop(draws.below(len(left), "deal")))
            self.hands[seat] = self.sort(hand)
        self.deals += 1

    @staticmethod
    def sort(cards: list[str]) -> str:
        return "".join(sorted(cards, key=CARDS.index))

    def anybody(self) -> int:
        living = [seat for seat in range(self.seats) if self.alive[seat]]
        draws = Stream(self.key, player=WORLD, step=self.deals)
        return living[draws.below(len(living), "starter")]

    def after(self, seat: int, *, holding: bool) -> list[int]:
        """Return the others alive in order after a seat."""
        others = [(seat + ahead) % self.seats for ahead in range(1, self.seats)]
        return [n for n in others if self.alive[n] and (self.hands[n] or not holding)]

    def lie(self, cards: str) -> bool:
        return any(card not in (self.target, "*") for card in cards)

    def lay(self, cards: str) -> None:
        """Lay cards, which the next one must answer."""
        me, hand = self.turn, list(self.hands[self.turn])
        for card in cards:
            hand.remove(card)
        self.hands[me] = "".join(hand)
        self.laid = (me, cards)
        self.turn = self.after(me, holding=True)[0]

    def answer(self, *, challenge: bool) -> None:
        """Challenge what was laid, or let it pass."""
        assert self.laid is not None
        me, (by, cards) = self.turn, self.laid
        if challenge:
            if self.lie(cards):
                self.points[me] += 2
                self.shoot(by, wrong=False, called=True)
            else:
                self.shoot(me, wrong=True, called=True)
            return
        if not self.lie(cards):
            self.points[me] += 2
        if not self.hands[by]:
            self.points[by] += 2
        self.laid = None
        if not self.after(me, holding=True):
            if self.lie(self.hands[me]):
                self.shoot(me, wrong=False, called=False)
            else:
                self.round += 1
                self.deal()
                self.turn = self.anybody()

    def shoot(self, seat: int, *, wrong: bool, called: bool) -> None:
        """Let somebody fire at himself; then a new round, if more than one lives."""
        self.shots[seat] += 1
        if self.shots[seat] == self.bullets[seat]:
            self.alive[seat] = False
            self.points[seat] -= 2
            living = self.after(seat, holding=False)
            for other in living:
                self.points[other] += 1
            if len(living) == 1:
                self.points[seat] += 2
                self.points[living[0]] += 6 if called and self.released else 3
                self.over = True
                return
        elif wrong:
            self.points[seat] -= 1
        for _ in range(2 if called and self.released else 1):
            self.round += 1
            self.deal()
        self.turn = seat if self.alive[seat] else self.after(seat, holding=False)[0]
