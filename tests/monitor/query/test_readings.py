"""How words are read besides their forms: diacritics, aspects, quotations. All sample texts are fictional."""

import pytest

from monitor.analyse import read_texts
from monitor.query import Document, QueryError, compile_query, matches
from monitor.query.explain import explain
from monitor.query.near import all_but_one
from monitor.query.syntax import parse
from monitor.text import detect_language, search_lemmas
from monitor.text.search import index_words

BARE = "Rodiny poslaly zadost o stazeni z fronty, nikdo neodpovida (smysleny priklad)"
MARKED = "Rodiny poslaly žádost o stažení z fronty, nikdo neodpovídá (smyšlený příklad)"
REFUSING = "Третий день отказываются идти на штурм и просят вернуть их домой (вымышленный пример)"


def true_of(query: str, text: str) -> bool:
    title, analysed = read_texts(None, text, detect_language(text))
    document = Document(title=title, text=analysed, source="sample", kind="feed")
    return matches(compile_query(query), document) is not None


@pytest.mark.parametrize("query", ["žádost", "žádosti", "zadost", "zadosti", "stažení", "stazeni"])
@pytest.mark.parametrize("text", [BARE, MARKED])
def test_czech_is_found_with_and_without_diacritics(query: str, text: str) -> None:
    assert true_of(query, text)


@pytest.mark.parametrize(
    "query",
    [
        "diacritics:žádost",
        "diacritics:(žádost OR stížnost)",
        "diacritics:text:žádost",
        "text:diacritics:žádost",
    ],
)
def test_diacritics_may_be_asked_for(query: str) -> None:
    assert true_of(query, MARKED)
    assert not true_of(query, BARE)


def test_what_is_asked_for_ends_with_its_parenthesis() -> None:
    assert true_of("diacritics:(fronta) žádost", BARE)
    assert true_of("diacritics:fronta OR (nic žádost) OR žádost", BARE)


def test_a_rule_of_a_word_that_is_one_without_diacritics_means_that_word() -> None:
    assert not true_of("byt", MARKED + " Nechce být doma.")
    assert true_of("být", BARE + " Nechce byt doma.")
    assert not true_of("diacritics:být", BARE + " Nechce byt doma.")


def test_near_and_phrases_know_bare_words() -> None:
    assert true_of("rodina NEAR/3 žádost", BARE)
    assert not true_of("diacritics:(rodina NEAR/3 žádost)", BARE)
    assert not true_of('"poslaly žádost"', BARE)  # a phrase is exact


@pytest.mark.parametrize(
    "query", ["aspects:отказаться", "aspects:(сдаться OR отказаться)", "aspects:отказался"]
)
def test_aspects_may_be_left_open(query: str) -> None:
    assert true_of(query, REFUSING)


def test_an_aspect_is_what_was_typed_otherwise() -> None:
    assert not true_of("отказаться", REFUSING)
    assert not true_of("aspects:=отказаться", REFUSING)


def test_a_quotation_in_another_language_is_read() -> None:
    text = (
        "Дружини стоять під військкоматом уже третій день, а їм відповідають: «О ротациях и увольнениях "
        "забудьте», і йдуть геть (вигаданий приклад)."
    )
    assert detect_language(text) == "uk"
    assert true_of("увольнение", text)
    assert true_of("дружина", text)


def test_numbers_with_an_apostrophe_are_declined() -> None:
    assert true_of("п'ять", "Чекаємо від п’яти до шести місяців (вигаданий приклад)")
    assert true_of("дев'ять", "Без дев’яти бійців (вигаданий приклад)")


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("case:(diacritics:x)", 6),
        ("tag:(aspects:x)", 5),
        ("diacritics:", 0),
        ("diacritics:title:(a OR text:b)", 23),
        ("aspects:" * 60 + "x", 40 * 8),
    ],
)
def test_readings_have_their_place(query: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.position == position


def test_explaining_tells_what_leniency_adds() -> None:
    told = "\n".join(explain("diacritics:žádost aspects:slíbit zadost", lambda _: {}))

    assert "only with the diacritics it is spelled with\n    žádost  in every form\n  verbs" in told
    assert "slíbit → in every form of the other aspect: slibovat" in told
    assert "zadost → in every form with diacritics: žádost" in told
    assert "slíbit → in texts typed without diacritics, in every form: slibit" in told


def test_a_query_without_a_clause_keeps_how_the_others_are_read() -> None:
    rests = [one.query.text for one in all_but_one(compile_query("diacritics:(žádost fronta)"))]

    assert rests == ["diacritics:fronta", "diacritics:žádost"]


def test_search_finds_words_with_and_without_diacritics() -> None:
    for text in (BARE, MARKED):
        indexed = set(index_words(*read_texts(None, text, "cs")).split())
        for words in ("žádost", "zadost", "rodina žádost stažení"):
            assert all(indexed & set(choice) for choice in search_lemmas(words)), (text, words)
