"""Addresses with letters beyond ASCII are found however they are written. All of them are fictional."""

import pytest

from monitor.analyse import read_texts
from monitor.query import Document, Index, compile_query, matches

LETTERS, ASCII = "https://Sbírka.example.org/Žádost", "https://xn--sbrka-0sa.example.org/žádost"
RUSSIAN = "http://xn--e1afmkfd.xn--p1ai/a"
CASES = [
    ("link:sbírka.example.org", LETTERS, True),
    ("link:sbírka.example.org", ASCII, True),
    ("link:xn--sbrka-0sa.example.org", LETTERS, True),
    ("link:XN--SBRKA-0SA.example.org", ASCII, True),
    ("link:https://sbírka.example.org/žádost", ASCII, True),
    ("link:sbir*", ASCII, False),
    ("link:sbír*", ASCII, True),
    ("link:xn--*", ASCII, True),
    ("link:xn--*", LETTERS, False),
    ("link:пример.рф", RUSSIAN, True),
    ("link:пример.рф/a", RUSSIAN, True),
    ("link:пример", RUSSIAN, True),
    ("link:мой.пример.рф", RUSSIAN, False),
    ("link:имер.рф", RUSSIAN, False),
    ("link:xn--e1afmkfd.xn--p1ai", RUSSIAN, True),
    ("link:xn--!", "https://xn--99999999999.example.org", False),
    ("link:example.org", "https://xn--99999999999.example.org", True),
    ("link:xn--99999999999.example.org", "https://xn--99999999999.example.org", True),
    ("link:example.org", f"https://{'xn--9' * 20_000}.example.org", True),
]


@pytest.mark.parametrize(("query", "link", "found"), CASES)
def test_a_link_is_found_by_its_letters_and_by_what_the_network_writes(query, link, found):
    title, text = read_texts(None, "", None)
    document = Document(title=title, text=text, source="s", kind="page", links=(link,))
    compiled = compile_query(query)

    assert (matches(compiled, document) is not None) is found
    assert bool(Index({"one": compiled}).match(document)) is found
