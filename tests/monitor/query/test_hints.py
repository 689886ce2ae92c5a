"""What looks like an operator and is none is refused, and what only resembles such a thing is not."""

import pytest

from monitor.query import QueryError, compile_query


def refused(query: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        compile_query(query)
    return caught.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ОR", "OR"),  # a Cyrillic О
        ("ΟR", "OR"),  # a Greek one
        ("АND", "AND"),
        ("NОT", "NOT"),
        ("NОТ", "NOT"),
        ("оr", "OR"),
        ("nоt", "NOT"),
        ("O\u200bR", "OR"),
        ("ＯＲ", "OR"),
        ("NEАR/3", "NEAR/3"),
        ("NΕAR/3", "NEAR/3"),
        ("ВEFОRE/7", "BEFORE/7"),
        ("NEАR", "NEAR/5"),
        ("AFTЕR/3", "BEFORE/3"),
        ("XОR", "(a OR b) NOT (a AND b)"),
        ("XOR", "(a OR b) NOT (a AND b)"),
        ("ANDNOT", "AND NOT"),
        ("WITHIN", "NEAR/5"),
        ("ADJ", "BEFORE/1"),
        ("AFTER", "BEFORE/5"),
        ("ONEAR", "BEFORE/5"),
        ("AND/OR", "OR"),
        ("И/ИЛИ", "OR"),
        ("ИЛИ", "OR"),
        ("ЛИБО", "OR"),
        ("И", "AND"),
        ("НЕ", "NOT"),
        ("АБО", "OR"),
        ("ЧИ", "OR"),
        ("ТА", "AND"),
        ("NEBO", "OR"),
        ("ANI", "AND NOT"),
    ],
)
def test_an_operator_typed_otherwise_is_no_word(written: str, meant: str) -> None:
    for query in (f"рота {written} взвод", f'(рота OR взвод) {written} "два слова"'):
        error = refused(query)
        assert error.position == query.index(written)
        assert f" {meant}" in (error.hint or "")
        assert "in quotes" in (error.hint or "")


def test_a_distance_behind_a_blank_is_proposed() -> None:
    assert "NEAR/7?" in (refused("рота NEАR 7 взвод").hint or "")


@pytest.mark.parametrize("query", ["НЕ рота взвод", "рота AND НЕ взвод", "рота (НЕ взвод)"])
def test_a_negation_is_none_wherever_an_operand_begins(query: str) -> None:
    assert refused(query).position == query.index("НЕ")


@pytest.mark.parametrize(
    "query",
    [
        'рота "ИЛИ" взвод',
        "рота =ИЛИ взвод",
        'рота "ОR" взвод',
        "рота =ОR взвод",
        "рота или взвод",
        "солдат и офицер",
        "солдат не офицер",
        "dnes nebo zítra",
        "сегодня та завтра",
        "ИЛИ",
        "рота ИЛИ",
        "(НЕ OR ДА) рота",
        "ANI včera",
        "case:НЕ OR case:И",
        "НЕ BEFORE/1 молчать",
        "ORнамент АNDроид",
        "TA HE",  # Latin letters
        'рота "WITHIN" =AFTER within after',
        "км/ч И/О",
    ],
)
def test_a_word_that_resembles_an_operator_is_a_word(query: str) -> None:
    compile_query(query)


@pytest.mark.parametrize(
    ("query", "position", "hint"),
    [
        ("case:title:СВО", 5, "title:case:"),
        ("case:text:(СВО)", 5, "text:case:"),
        ("/[/]/", 0, r"written \/"),
        ("рота NEAR/3 -отпуск", 12, "(a NEAR/5 b) NOT c"),
        ("рота BEFORE/3 NOT отпуск", 14, "(a NEAR/5 b) NOT c"),
        ("рота replies:>5", 5, "views, forwards"),
        ("intitle:рота", 0, "did you mean title:?"),
        ("рота url:example.org", 5, "did you mean link:?"),
        ("author:x", 0, "never stored"),
    ],
)
def test_the_hint_says_what_to_write(query: str, position: int, hint: str) -> None:
    error = refused(query)
    assert error.position == position
    assert hint in (error.hint or "")
