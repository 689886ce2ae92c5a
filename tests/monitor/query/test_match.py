"""All sample texts are fictional."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import Document, Index, Query, QueryError, compile_query, matches
from monitor.query.compile import COMPILED
from monitor.text import analyse_text


def make(text: str, title: str = "", language: str | None = None, **fields: object) -> Document:
    facts: dict[str, object] = {"source": "primer", "kind": "feed", "language": language, **fields}
    return Document(
        title=analyse_text(title, language),
        text=analyse_text(text, language),
        **facts,  # type: ignore[arg-type]
    )


def shown(query: str, document: Document) -> list[str] | None:
    spans = matches(compile_query(query), document)
    if spans is None:
        return None
    originals = {"title": document.title.original, "text": document.text.original}
    return [originals[span.field][span.start : span.end] for span in spans]


RUSSIAN = make(
    "Жёны требуют ротации и отпусков: «Верните наших мужей!» Путь домой (вымышленный пример)",
    "О ротации",
    "ru",
)
UKRAINIAN = make("Дружини солдатів чекають на відпустку (вигаданий приклад)", language="uk")
CZECH = make("Vojáci čekají na dovolenou už rok (smyšlený příklad)", language="cs")
ENGLISH = make("The soldier's wives ask for leaves and rotations (fictional sample)", language="en")


@pytest.mark.parametrize(
    ("query", "document", "words"),
    [
        ("ротация", RUSSIAN, ["ротации", "ротации"]),
        ("РОТАЦИЮ отпуск", RUSSIAN, ["ротации", "ротации", "отпусков"]),
        ("text:ротация", RUSSIAN, ["ротации"]),
        ("title:(ротация OR отпуск)", RUSSIAN, ["ротации"]),
        ("=ротация", RUSSIAN, None),
        ("=ротации", RUSSIAN, ["ротации", "ротации"]),
        ('"путь домой"', RUSSIAN, ["Путь домой"]),
        ('"домой путь"', RUSSIAN, None),
        ('"верните наших мужей"', RUSSIAN, ["Верните наших мужей"]),
        ('"ротации жёны"', RUSSIAN, None),  # a phrase does not run from the title into the text
        ("муж-жена", RUSSIAN, None),
        ("путь-домой", RUSSIAN, ["Путь домой"]),
        ("отпуск -контракт", RUSSIAN, ["отпусков"]),
        ("отпуск -ротация", RUSSIAN, None),
        ("отпуск NOT (контракт OR деньги)", RUSSIAN, ["отпусков"]),
        ("контракт OR муж OR жена", RUSSIAN, ["Жёны", "мужей"]),
        ("ротац*", RUSSIAN, ["ротации", "ротации"]),
        ("м?жей", RUSSIAN, ["мужей"]),
        ("в*те", RUSSIAN, ["Верните"]),
        ("дом?", RUSSIAN, None),
        ("МУЖ", RUSSIAN, ["мужей"]),
        ("мyж", RUSSIAN, ["мужей"]),  # Latin y
        ("солдат відпустка", UKRAINIAN, ["солдатів", "відпустку"]),
        ("дружина", UKRAINIAN, ["Дружини"]),
        ("voják dovolená", CZECH, ["Vojáci", "dovolenou"]),
        ("soldier wife leave rotation", ENGLISH, ["soldier's", "wives", "leaves", "rotations"]),
        ("source:primer", RUSSIAN, []),
        ("source:prim* kind:feed lang:ru", RUSSIAN, []),
        ("source:другой OR отпуск", RUSSIAN, ["отпусков"]),
        ("lang:uk отпуск", RUSSIAN, None),
    ],
)
def test_matches(query: str, document: Document, words: list[str] | None) -> None:
    assert shown(query, document) == words


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("views:>=1500", True),
        ("views:>1500", False),
        ("views:<=1.5K", True),
        ("views:<1.5k", False),
        ("views:1500", True),
        ("views:=1500", True),
        ("views:1K..2K", True),
        ("views:0.001M..1,4K", False),
        ("forwards:>=0", False),  # unknown
        ("отпуск -forwards:>=0", True),
        ("has:video", True),
        ("has:photo", False),
        ("is:edited", True),
        ("is:deleted", False),
        ("tag:family", True),
        ("tag:(деньги OR FAM*)", True),
    ],
)
def test_properties(query: str, fits: bool) -> None:  # noqa: FBT001
    document = make(
        "отпуск",
        views=1500,
        has=frozenset({"video"}),
        flags=frozenset({"edited"}),
        tags=frozenset({"Family"}),
    )
    assert (matches(compile_query(query), document) is not None) == fits


def test_a_query_tells_what_it_looks_for() -> None:
    query = compile_query('ротация "путь домой" title:отп* -контракт (views:>1M OR source:primer)')
    assert query.terms() == ("ротация", '"путь домой"', "title:отп*", "views:>1M", "source:primer")
    assert query.reads_counters
    assert not compile_query("ротация is:edited").reads_counters
    assert compile_query("ротация -forwards:>5").reads_counters


def test_a_parsed_tree_compiles_like_its_text() -> None:
    from monitor.query import parse

    assert compile_query(parse("ротация отпуск")).root == compile_query("ротация отпуск").root


def test_a_query_can_be_asked_after_its_parts_were_forgotten() -> None:
    query = compile_query("ротация отпуск")
    others = [compile_query(f"слово{number}") for number in range(COMPILED + 1)]
    assert matches(query, make("Отпуск и ротация."))
    assert not matches(others[0], make("Отпуск и ротация."))


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    document = make("а" * 5_000)
    assert matches(compile_query("а*" * 30 + "б"), document) is None


def test_the_index_answers_in_order_and_with_spans() -> None:
    queries = {
        key: compile_query(key) for key in ("отпуск", "контракт", "source:primer", "views:<5", "ротац*")
    }
    found = Index(queries).match(RUSSIAN)
    assert [match.key for match in found] == ["отпуск", "source:primer", "ротац*"]
    assert all(match.spans == matches(queries[match.key], RUSSIAN) for match in found)


def test_a_query_that_comes_later_is_asked_of_words_that_were_met_before() -> None:
    index = Index({"отп*": compile_query("отп*"), "/мужей/": compile_query("/мужей/")})
    assert [match.key for match in index.match(RUSSIAN)] == ["отп*", "/мужей/"]
    for query in ("ротац* отпуск", "/отпу/", "kind:feed отпуск", "kind:page отпуск", "отпуск мотоцикл*"):
        index.add(query, compile_query(query))
    index.remove("отп*")
    found = ["/мужей/", "ротац* отпуск", "/отпу/", "kind:feed отпуск"]
    assert [match.key for match in index.match(RUSSIAN)] == found
    assert [match.key for match in index.match(RUSSIAN)] == found, "now that their gates are known"


WORDS = [
    "ротация",
    "ротации",
    "отпуск",
    "отпуска",
    "мой",
    "мыть",
    "солдат",
    "солдати",
    "voják",
    "vojáci",
    "leave",
    "leaves",
    "a",
]
WRITTEN = """ротация ротации отпуск мой мыть солдат voják leave leaves a =ротации =leave рот* l?ave* с*т
мой-солдат "ротация" source:one source:t* kind:feed lang:ru tag:x has:video is:edited views:>10
forwards:1..5"""
LEAVES = st.sampled_from([*WRITTEN.split(), '"ротация отпуск"', '"мой солдат" -leave'])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        pairs.map(lambda pair: f"({pair[0]} {pair[1]})"),
        pairs.map(lambda pair: f"({pair[0]} AND NOT {pair[1]})"),
        inner.map(lambda one: f"NOT {one}"),
        st.sampled_from(WORDS).map(lambda word: f"title:({word} OR ротация)"),
    )


QUERIES = st.lists(st.recursive(LEAVES, _grow, max_leaves=6), min_size=1, max_size=12)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    QUERIES,
    TEXTS,
    TEXTS,
    st.sampled_from(["ru", "uk", None]),
    st.sampled_from(["one", "two"]),
    st.sampled_from([None, 11]),
)
def test_the_index_finds_what_asking_each_query_finds(
    texts: list[str], title: str, text: str, language: str | None, source: str, views: int | None
) -> None:
    document = make(
        text, title, language, source=source, views=views, tags=frozenset({"x"}), has=frozenset({"video"})
    )
    queries = {}
    for query in texts:
        try:
            queries[query] = compile_query(query)
        except QueryError as error:
            assert "only excludes" in error.message  # noqa: PT017  nothing else is wrong with these
    one_by_one = {
        key: spans for key, query in queries.items() if (spans := matches(query, document)) is not None
    }
    assert {match.key: match.spans for match in Index(queries).match(document)} == one_by_one


FEW = st.sampled_from(["leave", "ротация", "рот*", "мой", "has:video", "views:>10"])
COMINGS = st.lists(st.tuples(st.sampled_from(["add", "add", "remove", "ask"]), FEW, FEW, TEXTS), max_size=40)


@settings(max_examples=100, deadline=None)
@given(COMINGS, st.sampled_from([2, 100]))
def test_an_index_whose_queries_come_and_go_answers_as_asking_each_does(
    steps: list[tuple[str, str, str, str]], room: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.query.index.WORDS", room)
        index, there = Index({}), dict[str, Query]()
        for verb, one, other, text in steps:
            key = f"{one} {other}"
            if verb == "add":
                there[key] = compile_query(key)
                index.add(key, there[key])
            elif verb == "remove" and key in there:
                del there[key]
                index.remove(key)
            document = make(text, has=frozenset({"video"}), views=11)
            assert {match.key for match in index.match(document)} == {
                key for key, query in there.items() if matches(query, document) is not None
            }


def test_of_many_queries_under_one_word_those_are_found_whose_other_word_is_there() -> None:
    words = [f"слово{number}" for number in range(30)]
    index = Index({f"{one} {other}": compile_query(f"={one} ={other}") for one in words for other in words})
    found = {match.key for match in index.match(make("слово7, слово9, слово29 (вымышленный пример)"))}
    assert found == {f"слово{one} слово{other}" for one in (7, 9, 29) for other in (7, 9, 29)}


def test_beginnings_of_any_length_are_found_whenever_they_come() -> None:
    endless = "шапка" * 20
    document = make(f"Ротации отпусков {endless}ми (вымышленный пример)")
    index, asked = Index({}), [f"{endless}*", "отпуск*", "ротаци*", "рот*", "отпу*", "ротац*", "контр*"]
    for number, query in enumerate(asked, start=1):
        index.add(query, compile_query(query))
        assert [match.key for match in index.match(document)] == asked[: min(number, 6)]


def test_only_words_that_begin_like_something_sought_are_remembered() -> None:
    index = Index({query: compile_query(query) for query in ("ротац*", "отпуск*")})

    assert len(index.match(RUSSIAN)) == 2
    assert set(index._beginnings) == {"ротации", "отпусков"}
