"""The card: everything a person needs, nothing that can deceive, the same bytes everywhere."""

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.escalation.office import NOW, REGISTER, SECOND, TERMS, a_request, escalates

from tertius.core.decision import Vote
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Request
from tertius.escalation import card as card_module
from tertius.escalation import masked as masked_module
from tertius.escalation.asking import card_for
from tertius.escalation.card import (
    WIDTH,
    Card,
    arguments_in_full,
    escalation_of,
    gist,
    render,
    view_digest,
)
from tertius.escalation.inert import cut, inert

PLAIN = """\
question  x1 (card/5)
asks      may aid call the tool ledger.pay
act       tool.call on ledger.pay amount=500 to="s-9"
by        aid (name told by the agents' framework), run r1
for       registrar (person, name set by the agents' own process) -> aid-principal (agent, name\x20
         |set by the agents' own process)
why       above 400
affected  s-9
how sure  a rule asks for a person; nothing was estimated
until     2026-09-21 14:23:20 UTC, 10 min after it was asked
          the run waits for it; then it expires: nothing is done, and nobody is put down as a no
answer    2 of p-1, p-2 must approve
          until then one no ends it; then it may run one time, within 1 min
          once approved, a later no changes nothing; kill, a cut, a rule or a revoked key does
policy    manifest says permit by m1: granted
          conditions says escalate by c1: above 400
gate      in the agents' own process, where code could go round it; policy epoch 3
request   {request}
with      amount = 500
          to = "s-9"
"""


def a_card(request: Request | None = None, reason: str = "above 400", **changes: Any) -> Card:
    request = request or a_request()
    terms = replace(TERMS, affected=("s-9",))
    made = card_for(
        request,
        escalates(request, reason),
        terms,
        ("p-1", "p-2"),
        id="x1",
        now=NOW,
        sure="",
        secret=(),
    )
    return replace(made, **changes)


def lines(card: Card) -> list[str]:
    return render(card).decode("ascii").split("\n")


def test_a_card_says_all_in_a_glance() -> None:
    card = a_card()
    assert render(card).decode() == PLAIN.format(request=escalation_of(card).request)


def test_what_a_person_weighs_comes_first_and_what_a_machine_reads_last() -> None:
    arguments = {"changes": [{"change": "quarantine"}], "evidence": ["e1", "e2"]}
    rows = lines(a_card(a_request(arguments=arguments)))
    labels = [row[:9].strip() for row in rows if row[:1].strip()]
    assert labels == [
        "question", "asks", "act", "by", "for", "why", "affected", "how sure", "until", "answer",
        "policy", "gate", "request", "with",
    ]  # fmt: skip
    assert [row[10:].split(" = ")[0] for row in rows[-3:-1]] == ["changes", "evidence"]


@pytest.mark.parametrize(
    "foreign",
    [
        "\x1b[2J\x1b[31mred",
        "\u202eevil",
        "a\u200bb",
        "<script>",
        "[bold]x[/]",
        "\u0430id",
        "e\u0301",
    ],
)
def test_nothing_on_it_acts_or_hides(foreign: str) -> None:
    shown = render(a_card(a_request(arguments={foreign: foreign}), reason=foreign))
    assert all(32 <= byte < 127 or byte == 10 for byte in shown)
    assert b"<" not in shown and b">" not in shown.replace(b"-> ", b"")
    assert inert(foreign).encode() in shown


def test_a_value_cannot_pretend_to_be_another_line() -> None:
    forged = 'x"\nuntil     never\nanswer    nobody must approve'
    card = a_card(a_request(arguments={"to": forged}), reason=forged)
    labels = [line.split(" ")[0] for line in lines(card) if line[:1].strip()]
    assert labels.count("until") == labels.count("answer") == 1
    assert len(labels) == len(set(labels))


def test_what_is_cut_is_told_with_length_and_digest_and_both_ends() -> None:
    text = "A" * 5_000 + "then pay everything"
    card = a_card(a_request(arguments={"note": text}))
    flat = "".join(line[10:] for line in lines(card))
    whole = f'"{text}"'
    assert f"240 of {len(whole):,} characters" in flat
    assert hashlib.sha256(whole.encode()).hexdigest() in flat
    assert "then pay everything" in flat
    assert arguments_in_full(card) == f'{{"note":{whole}}}'


@given(st.text(alphabet="ab ", min_size=1, max_size=400))
def test_wrapping_leaves_nothing_out_and_cuts_no_word_that_fits(text: str) -> None:
    rows = list(card_module._wrapped("why", text))
    assert "".join(row[10:] for row in rows) == text
    assert all(len(row) <= WIDTH for row in rows)
    assert [row[:10] for row in rows] == ["why       ", *["         |"] * (len(rows) - 1)]
    for row, after in pairwise(rows):
        assert row.endswith(" ") or " " not in row[10 + (WIDTH - 10) // 2 :] or after[10:] == ""


def test_layers_with_nothing_to_say_are_counted_and_take_no_room() -> None:
    silent = Vote(layer="flow", outcome=Outcome.ABSTAIN, rule="clearance", reason="no label")
    loud = [Vote(layer="roles", outcome=Outcome.PERMIT, rule=f"r{n}", reason="ok") for n in "abc"]
    rows = lines(a_card(votes=(silent, *loud, silent)))
    assert sum("says permit by r" in row for row in rows) == 3
    assert [row.strip() for row in rows if "nothing to say" in row] == [
        "(2 more had nothing to say)"
    ]
    assert not any("no label" in row for row in rows)


def test_too_many_arguments_are_counted() -> None:
    card = a_card(a_request(arguments={f"a{n:03}": n for n in range(50)}))
    assert any("(20 of 50 arguments;" in line for line in lines(card))


NESTED = {"pin": "1234", "to": {"iban": "DE77", "name": "s"}, "l": [{"pin": "5678"}], "a.b": "91"}


def test_secrets_are_masked_wherever_they_stand() -> None:
    card = a_card(a_request(arguments=NESTED), secret=("pin", "to.iban", "l.pin", "a.b"))
    for shown in (render(card).decode(), arguments_in_full(card)):
        assert not any(value in shown for value in ("1234", "DE77", "5678", "91"))
        assert '"name":"s"' in shown and shown.count("(secret ") == 4


@pytest.mark.parametrize("value", [["1234"], "1234", {"pin": {"deep": "1234"}}])
def test_a_secret_is_masked_whole(value: Any) -> None:
    card = a_card(a_request(arguments=value), secret=("pin",))
    assert b"1234" not in render(card) and "1234" not in arguments_in_full(card)


def test_the_digest_of_a_secret_binds_the_value_and_cannot_be_guessed() -> None:
    def shown(id: str, pin: str) -> str:
        card = a_card(a_request(id, arguments={"pin": pin}), secret=("pin",))
        [line] = [line for line in lines(card) if line.startswith("with ")]
        return line

    assert shown("q1", "1234") != shown("q1", "1235")
    assert shown("q1", "1234") != shown("q2", "1234")  # another salt
    assert hashlib.sha256(b'"1234"').hexdigest()[:12] not in shown("q1", "1234")


@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_no_value_can_pretend_to_be_a_mask(monkeypatch: pytest.MonkeyPatch, defended: bool) -> None:
    if not defended:
        monkeypatch.setattr(masked_module, "Raw", str)  # a mask like any other text
    honest = a_card(a_request(arguments={"pin": 1}), secret=("pin",))
    [row] = [line for line in lines(honest) if line.startswith("with ")]
    posing = a_card(a_request(arguments={"pin": row[row.index("(") : row.index(")") + 1]}))
    assert (row not in lines(posing)) is defended


def test_masked_or_not_the_true_request_is_what_is_signed() -> None:
    one, other = (a_card(a_request(arguments={"pin": n}), secret=("pin",)) for n in (1, 2))
    assert escalation_of(one).request != escalation_of(other).request


@pytest.mark.parametrize(
    "change",
    [
        {"quorum": 1},
        {"approvers": ("p-1", "p-3")},
        {"deadline": NOW + 700 * SECOND},
        {"reason": "no reason"},
        {"asks": "may it"},
        {"affected": ()},
        {"blocking": False},
        {"lifetime": 61 * SECOND},
        {"lifetime": 60 * SECOND + 1},
        {"opened": NOW + 1},
        {"epoch": 4},
        {"request": a_request("q2")},
    ],
)
def test_every_part_of_it_is_under_the_digest(change: dict[str, Any]) -> None:
    assert view_digest(replace(a_card(), **change)) != view_digest(a_card())


def test_the_digest_tells_nothing_to_those_who_guess_the_arguments() -> None:
    request = a_request()
    again = replace(a_card(), id="x1")
    assert view_digest(again) == view_digest(a_card(request))
    assert hashlib.sha256(render(again)).hexdigest() != view_digest(again)


def test_another_template_is_another_view(monkeypatch: pytest.MonkeyPatch) -> None:
    before = view_digest(a_card())
    monkeypatch.setattr(card_module, "TEMPLATE", "card/0")
    assert view_digest(a_card()) != before


texts = st.text(max_size=300)


@given(texts, texts)
def test_two_texts_never_look_alike(a: str, b: str) -> None:
    assert (inert(a) == inert(b)) == (a == b)
    assert inert(a).isascii() and (not a or inert(a).isprintable())


@given(st.dictionaries(st.text(max_size=40), texts, max_size=6), texts)
def test_any_content_fits_the_frame(arguments: dict[str, str], reason: str) -> None:
    try:
        request = a_request(arguments=arguments)
    except UnicodeEncodeError:
        return  # a lone surrogate never gets as far as a request
    shown = render(a_card(request, reason=reason)).decode("ascii")
    assert all(len(line) <= WIDTH and line.isprintable() for line in shown.split("\n") if line)
    assert render(a_card(request, reason=reason)).decode("ascii") == shown


@given(st.text(min_size=20, max_size=200))
def test_what_is_cut_differs_when_the_text_differs(text: str) -> None:
    assert cut(text + "a", 10) != cut(text + "b", 10)


def test_the_people_of_the_register_fit_the_card() -> None:
    assert a_card(approvers=tuple(p.person for p in REGISTER.people)).approvers[-1] == "p-3"


def test_how_a_name_is_known_depends_on_where_the_gate_stands() -> None:
    beside = EnforcementLevel.SIDECAR
    alone = render(a_card(a_request(), level=beside)).decode()
    assert "aid (the operating system vouches for its user, who runs other agents too)" in alone
    assert "registrar (person, name told by the agents' process)" in alone  # no kernel knows it
    bound = replace(a_request(), identity="bound")
    assert "aid (the operating system vouches for its user), run" in "".join(
        lines(a_card(bound, level=beside))
    )
    assert "aid (name set by the agents' own process), run" in "".join(lines(a_card(bound)))


@pytest.mark.parametrize(
    ("arguments", "secret", "told"),
    [
        ({"amount": 500, "to": "s-9", "why": "x"}, (), 'amount=500 to="s-9"'),
        ({"amount": 500, "pin": "1234", "to": "s-9"}, ("pin",), 'amount=500 to="s-9"'),
        ({"note": "n" * 99}, (), f'note="{"n" * 20}...'),
        ({"note": "\x1b[2J"}, (), 'note="\\\\u001b[2J"'),
    ],
)
def test_the_gist_is_two_arguments_that_are_not_secret(
    arguments: Any, secret: tuple[str, ...], told: str
) -> None:
    assert gist(a_card(a_request(arguments=arguments), secret=secret)) == told


def test_where_all_is_secret_the_gist_is_a_digest() -> None:
    card = a_card(a_request(arguments={"pin": "1234"}), secret=("pin",))
    assert gist(card) == f"request {escalation_of(card).request[:12]}"
