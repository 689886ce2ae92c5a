"""Queries without one of their clauses. All texts are fictional."""

import pytest

from monitor.analyse import read_texts
from monitor.query import Document, compile_query, matches
from monitor.query.near import all_but_one
from monitor.text import detect_language


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("ротация", []),
        ("ротация OR отпуск", []),
        ("ротация отпуск", ["ротация", "отпуск"]),
        ("(жена OR мать) ротация -завод", ["(жена OR мать)", "ротация", "NOT завод"]),
        ("ротация -завод", ["NOT завод"]),
        ("(жена ротация) OR отпуск OR (мать views:>5)", ["жена", "ротация", "мать", "views:>5"]),
        ('title:(жена "без ротации"~2)', ["title:жена", 'title:"без ротации"~2']),
        ("жена NEAR/5 мать BEFORE/2 ротация =отпуск", ["(жена NEAR/5 мать BEFORE/2 ротация)", '"отпуск"']),
        ("case:СВО /ротац/ (a b OR c)", ['case:"СВО"', "/ротац/", "((a AND b) OR c)"]),
    ],
)
def test_each_clause_is_left_out_in_turn(query, clauses):
    assert [one.clause for one in all_but_one(compile_query(query))] == clauses


def test_what_is_left_matches_without_the_clause():
    text = "Жёны просят об отпуске, вымышленный пример"
    title, read = read_texts(None, text, detect_language(text))
    document = Document(title=title, text=read, source="", kind="")
    parts = all_but_one(compile_query("жена отпуск ротация"))

    assert [one.clause for one in parts if matches(one.query, document) is not None] == ["ротация"]
