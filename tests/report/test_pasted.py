"""Messages that hold what a page or a tool gave back."""

import pytest
from tests.report.chat import chat

from tertius.report.pasted import pasted
from tertius.report.returns import returns

LINKS = "\n".join(f"{n}. [Page {n} of the list](https://a.org/page/{n})" for n in range(20))
DATA = "\n".join(f'  "key {n}": [{n}, {n}],' for n in range(40))
PAGE = "Address: https://a.org\nTitle: A\n" + "A page about a house. " * 30
WORDS = "I looked at the page and think that it says little about the house. " * 10


@pytest.mark.parametrize("text", [LINKS, DATA, PAGE, f"Here it is.\n{LINKS}"])
def test_pages_lists_of_links_and_data_are_pasted(text: str) -> None:
    entries = chat(("ann", "What is it?"), ("bob", text), ("bob", "A house."))
    assert pasted(entries, returns(entries)) == [1]


@pytest.mark.parametrize(
    "text", [WORDS, f"{WORDS}\n1. [A](https://a.org)", f"Run it.\n```python\n{DATA}\n```", "[1, 2]"]
)
def test_words_code_and_short_texts_are_the_senders_own(text: str) -> None:
    entries = chat(("ann", "What is it?"), ("bob", text))
    assert pasted(entries, returns(entries)) == []
