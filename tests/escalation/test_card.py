"""The card: everything a person needs, nothing that can deceive, the same bytes everywhere."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.escalation.office import NOW, REGISTER, SECOND, TERMS, a_request, escalates

from tertius.core.request import Request
from tertius.escalation import card as card_module
from tertius.escalation.asking import card_for
from tertius.escalation.card import (
    WIDTH,
    Card,
    arguments_in_full,
    escalation_of,
    render,
    view_digest,
)
from tertius.escalation.inert import cut, inert

PLAIN = """\
question  x1 (card/1)
asks      may aid do tool.call on ledger.pay
act       tool.call on ledger.pay
with      amount = 500
          to = "s-9"
by        aid (identity framework), run r1
for       registrar (person, bound) -> aid-principal (agent, bound)
why       above 400
          manifest says permit by m1: granted
          conditions says escalate by c1: above 400
affected  s-9
how sure  a rule asks for a person; nothing was estimated
until     2026-09-21 14:23:20 UTC; the run waits for it
          then it expires and the request is denied; nobody is recorded as saying no
answer    2 of p-1, p-2 must approve
          one no denies it; approved, it may run once within 60 s
gate      in_process; policy epoch 3
request   {request}
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


def test_too_many_arguments_are_counted() -> None:
    card = a_card(a_request(arguments={f"a{n:03}": n for n in range(50)}))
    assert any("(20 of 50 arguments;" in line for line in lines(card))


def test_secrets_are_masked_wherever_they_stand() -> None:
    request = a_request(arguments={"pin": "1234", "to": {"iban": "DE77", "name": "s"}, "l": [1]})
    card = a_card(request, secret=("pin", "to.iban"))
    for shown in (render(card).decode(), arguments_in_full(card)):
        assert "1234" not in shown and "DE77" not in shown and "secret" in shown
    assert '"name":"s"' in render(card).decode()


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
    monkeypatch.setattr(card_module, "TEMPLATE", "card/2")
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
