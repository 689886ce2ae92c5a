"""Texts and queries made to cost much: each costs little, or is refused. All texts are fictional."""

from time import process_time

import pytest

from monitor.query import Document, QueryError, compile_query, matches
from monitor.query.regex import SEARCHED
from monitor.text import analyse_text

SECONDS = 3.0
"""Of the processor; what grows with the square of a text takes many times this, anything else a tenth."""


def make(text: str) -> Document:
    return Document(title=analyse_text("", None), text=analyse_text(text, None), source="primer", kind="feed")


def seconds(query: str, text: str) -> float:
    compiled, document = compile_query(query), make(text)
    begun = process_time()
    matches(compiled, document)
    return process_time() - begun


def test_a_regular_expression_that_matches_everywhere_may_stand_near_something() -> None:
    assert seconds("/п/ NEAR/5 отпуск", "полк " * 20_000 + "отпуск") < SECONDS


@pytest.mark.parametrize(
    ("longest", "more", "said"),
    [
        ('"' + "а " * 99 + 'а"', ' а"', "words in a phrase"),
        ('"' + "а " * 99 + 'а*"', ' а"', "words in a phrase"),
        ('case:"' + "А " * 99 + 'А"', ' А"', "words in a phrase"),
        ("а" + "-а" * 99, "-а", "words in a phrase"),
        ('"' + "а " * 19 + 'а"~3', ' а"~3', "words in a loose phrase"),
        ("а" + " NEAR/3 а" * 19, " NEAR/3 а", "chain"),
        ("а" + " BEFORE/3 (а NEAR/3 а)" * 19, " BEFORE/3 а", "chain"),
    ],
)
def test_what_is_too_long_to_be_looked_for_is_refused(longest: str, more: str, said: str) -> None:
    compile_query(f"слово {longest}")
    end = longest.rindex('"') if '"' in longest else len(longest)
    with pytest.raises(QueryError, match=said) as caught:
        compile_query(f"слово {longest[:end]}{more}")
    assert "at most" in (caught.value.hint or "")
    assert caught.value.position == (11 if longest.startswith("case") else 6)


def test_a_regular_expression_reads_no_further_than_it_says() -> None:
    query = compile_query("/отпуск/")

    assert matches(query, make("." * (SEARCHED - 6) + "отпуск")) is not None
    assert matches(query, make("." * (SEARCHED - 5) + "отпуск")) is None


def test_a_regular_expression_that_re2_is_slow_with_takes_a_bounded_time() -> None:
    assert seconds("/[а-я]{400}x/", "а" * 1_000_000) < SECONDS
