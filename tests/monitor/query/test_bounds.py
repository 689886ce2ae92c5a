"""Texts and queries made to cost much: each costs little, or is refused. All texts are fictional."""

from time import process_time

from monitor.query import Document, compile_query, matches
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
