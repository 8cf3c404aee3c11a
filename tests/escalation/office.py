"""A desk with people, an agent that wants to pay, and everything a test may turn."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import json
from msgspec.structs import replace

from tertius.core.decision import Decision, Vote
from tertius.core.digest import digest
from tertius.core.escalation import EscalationState, Ruling, Token
from tertius.core.kinds import Event, decode, encode
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Escalated
from tertius.core.request import Principal, PrincipalChain, Request, request_digest
from tertius.escalation.approvers import Choice, Person, Register, sign
from tertius.escalation.asked import Logged, logged
from tertius.escalation.card import Card, escalation_of, view_digest
from tertius.escalation.desk import Desk
from tertius.escalation.question import Question
from tertius.escalation.queue import Limits
from tertius.escalation.store import Store
from tertius.escalation.transaction import Record
from tertius.escalation.triggers import Terms

NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
ORIGIN = "campus/1"

S = EscalationState


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public(name: str) -> str:
    return key_of(name).public_key().public_bytes_raw().hex()


PEOPLE = (
    Person(person="p-1", keys=(public("p-1"), public("p-1 at home"))),
    Person(person="p-2", keys=(public("p-2"),)),
    Person(person="p-3", keys=(public("p-3"),), also=("registrar",)),
)
REGISTER = Register(version=1, people=PEOPLE)
TERMS = Terms(quorum=2, seconds=600, lifetime=60)


def a_request(
    id: str = "q1", *, arguments: Any = None, agent: str = "aid", run: str = "r1", **more: Any
) -> Request:
    given = {"amount": 500, "to": "s-9"} if arguments is None else arguments
    data = arguments if isinstance(arguments, bytes) else json.encode(given, order="sorted")
    salt = hashlib.sha256(id.encode()).digest()
    links = (
        Principal(name="registrar", kind="person", identity="bound"),
        Principal(name=f"{agent}-principal", kind="agent", identity="bound", delegation="d1"),
    )
    fields = {"action": "tool.call", "resource": "ledger.pay", **more}
    return Request(
        id=id,
        time=NOW,
        run=run,
        agent=agent,
        chain=PrincipalChain(links=links),
        arguments=data,
        salt=salt,
        digest=digest("content", data, salt=salt),
        identity="framework",
        **fields,
    )


def escalates(request: Request, reason: str = "above 400") -> Decision:
    votes = (
        Vote(layer="manifest", outcome=Outcome.PERMIT, rule="m1", reason="granted"),
        Vote(layer="conditions", outcome=Outcome.ESCALATE, rule="c1", reason=reason),
    )
    return Decision(
        request=request_digest(request),
        time=NOW,
        outcome=Outcome.ESCALATE,
        votes=votes,
        level=EnforcementLevel.IN_PROCESS,
        arguments=request.arguments,
        epoch=3,
        code="needs-human",
    )


class Office:
    """A desk, the log that it tells, the clock, and people who answer."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.now = folder, options.pop("now", NOW)
        self.log: list[tuple[Event, bytes | None]] = []
        self.forbidden = self.log_fails = False
        self.halted = False
        self.register: Register = options.pop("register", REGISTER)
        if self.log_file.exists():
            lines = [line.split(b"\t") for line in self.log_file.read_bytes().splitlines()]
            self.log = [
                (decode(event), bytes.fromhex(content.decode()) or None) for event, content in lines
            ]
        self.options = {"limits": Limits(), "origin": ORIGIN, **options}
        self.reopen()

    @property
    def path(self) -> Path:
        return self.folder / "escalations.db"

    @property
    def log_file(self) -> Path:
        return self.folder / "log.jsonl"

    def reopen(self) -> None:
        """Start the gate again."""
        if hasattr(self, "store"):
            self.store.close()
        self.store = Store(self.path, executor=True, create=True)
        self.desk = Desk(
            self.store,
            self.register,
            entropy=lambda n: hashlib.sha256(b"n").digest()[:n],
            emit=self.emit,
            forbids=self.forbids,
            halted=lambda: self.halted,
            asked=self.asked,
            now=self.now,
            **self.options,
        )

    def second_desk(self, **options: Any) -> Desk:
        """Return the desk of another process, in which people rule."""
        given = {"origin": ORIGIN, **options}
        register = given.pop("register", self.register)
        return Desk(Store(self.path), register, entropy=bytes, now=self.now, **given)

    def emit(self, records: Sequence[Record], again: bool) -> None:
        if self.log_fails:
            raise OSError("no room")
        known = {event.id for event, _ in self.log} if again else set()
        new = [(r.event, r.content) for r in records if r.event.id not in known]
        with self.log_file.open("ab") as file:
            lines = ((encode(event), (content or b"").hex()) for event, content in new)
            file.write(b"".join(b"%s\t%s\n" % (event, hex.encode()) for event, hex in lines))
        self.log += new

    def asked(self, id: str) -> Logged | None:
        """Return what the log holds of a question."""
        found: Logged | None = None
        for event, content in self.log:
            if isinstance(event, Escalated) and event.escalation == id:
                found = logged(event, content, found)
        return found

    def forbids(self, request: Request) -> bool:
        return self.forbidden

    def ask(self, request: Request | None = None, terms: Terms = TERMS, **more: Any) -> str:
        request = request or a_request()
        id = more.pop("id", f"x-{request.id}")
        self.desk.open(request, escalates(request), terms, id=id, now=self.now, **more)
        return str(id)

    def ruling(
        self,
        id: str,
        person: str,
        choice: Choice = "approve",
        *,
        key: str | None = None,
        origin: str = ORIGIN,
        **wrong: Any,
    ) -> Ruling:
        row = self.desk.show(id, now=self.now)
        asked = row.question.escalation
        if "request" in wrong:
            asked = asked.__class__(
                **{n: getattr(asked, n) for n in asked.__struct_fields__ if n != "request"},
                request=wrong["request"],
            )
        assert row.card is not None
        view = wrong.get("view", view_digest(row.card))
        signer = key_of(key or person)
        return sign(signer, origin, asked, person=person, choice=choice, view=view, time=self.now)

    def says(self, id: str, person: str, choice: Choice = "approve", **more: Any) -> Question:
        return self.desk.rule(self.ruling(id, person, choice, **more), now=self.now)

    def granted(self, request: Request | None = None, **more: Any) -> Token:
        id = self.ask(request, **more)
        self.says(id, "p-1")
        self.says(id, "p-2")
        token = self.desk.token(id, now=self.now)
        assert token is not None
        return token

    def state(self, id: str) -> EscalationState:
        with self.store.transaction(0) as tx:
            return tx.load(id).question.state

    def told(self, id: str) -> list[str]:
        """Return what the log was told of a question, in one word each."""
        return [
            getattr(event, "ruling", "opened")
            for event, _ in self.log
            if getattr(event, "escalation", "") == id
        ]


def rewrite_whole(office: Office, id: str, **changes: Any) -> None:
    """Change card and terms of a stored question alike, so that they agree with each other."""
    with office.store.transaction(0) as tx:
        row = tx.load(id)
        assert row.card is not None
        card: Card = replace(row.card, **changes)
        lifetime = card.lifetime
        question = replace(row.question, escalation=escalation_of(card), lifetime=lifetime)
        values = (json.encode(question), json.encode(card), id)
        tx._db.execute("UPDATE question SET question = ?, card = ? WHERE id = ?", values)


def rewrite(office: Office, id: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a stored question by hand, as whoever can write the file would."""
    db = sqlite3.connect(office.path)
    [(text,)] = db.execute("SELECT question FROM question WHERE id = ?", (id,)).fetchall()
    tree = json.decode(text)
    change(tree)
    values = (json.encode(tree), tree.get("state", "open"), id)
    db.execute("UPDATE question SET question = ?, state = ? WHERE id = ?", values)
    db.commit()
    db.close()
