"""What stands near what, exact forms and cases, regular expressions, links, ages. All texts are fictional."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from monitor.query import Document, Index, QueryError, compile_query, matches
from monitor.query.explain import explain
from monitor.query.regex import literal
from monitor.text import analyse_text

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make(text: str, title: str = "", language: str | None = None, **fields: object) -> Document:
    facts: dict[str, object] = {"source": "primer", "kind": "feed", "language": language, **fields}
    return Document(
        title=analyse_text(title, language),
        text=analyse_text(text, language),
        **facts,  # type: ignore[arg-type]
    )


def shown(query: str, document: Document) -> list[str] | None:
    """The words that prove the match; asked through an index with another query in it, as a desk does."""
    compiled = compile_query(query)
    spans = matches(compiled, document)
    found = Index({"other": compile_query("ничего OR nothing*"), "asked": compiled}).match(document)
    assert [match.spans for match in found if match.key == "asked"] == ([] if spans is None else [spans])
    if spans is None:
        return None
    originals = {"title": document.title.original, "text": document.text.original}
    return [originals[span.field][span.start : span.end] for span in spans]


LETTER = make(
    "Жёны и матери солдат третий месяц просят: дайте ротацию, верните наших домой. (вымышленный пример)",
    "О ротации",
    "ru",
)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("жена NEAR/2 мать", ["Жёны", "матери"]),
        ("мать NEAR/2 жена", ["Жёны", "матери"]),
        ("жена NEAR/1 мать", None),  # "и" stands between
        ("жена BEFORE/2 мать", ["Жёны", "матери"]),
        ("мать BEFORE/2 жена", None),
        ("(жена OR мать) NEAR/8 (ротация OR отпуск)", ["Жёны", "матери", "ротацию"]),
        ("(жена OR мать) NEAR/6 (ротация OR отпуск)", ["матери", "ротацию"]),
        ("(жена OR мать) NEAR/5 (ротация OR отпуск)", None),
        ("ротация NEAR/100 жена", ["Жёны", "ротацию"]),  # never from the title into the text
        ("title:ротация NEAR/100 жена", None),
        ("title:(о BEFORE/1 ротация)", ["О", "ротации"]),
        ("мать BEFORE/1 солдат BEFORE/1 третий", ["матери", "солдат", "третий"]),
        ("жена NEAR/9 ротация NEAR/1 дать", ["Жёны", "дайте", "ротацию"]),
        ("жена NEAR/9 ротация NEAR/1 домой", None),
        ('"третий месяц" BEFORE/2 дать', ["третий месяц", "дайте"]),
        ('дать NEAR/2 "третий месяц"', ["третий месяц", "дайте"]),
        ("(мать NEAR/1 солдат) BEFORE/1 третий", ["матери солдат", "третий"]),
        ("солд* NEAR/1 =третий", ["солдат", "третий"]),
        ("солдат NEAR/5 солдат", None),  # one word is not near itself
        ("NOT (жена NEAR/1 мать) домой", ["домой"]),
        ("домой -(жена NEAR/2 мать)", None),
        ('"верните домой"', None),
        ('"верните домой"~1', ["верните", "домой"]),
        ('"домой верните"~1', None),
        ('"домой верните"~3', ["верните", "домой"]),  # turned round: two, and the one between
        ('"верните наших домой"~0', ["верните наших домой"]),
        ('"третий месяц просят ротацию"~2', ["третий", "месяц", "просят", "ротацию"]),
        ('"третий месяц просят ротацию"~0', None),
        ('"матер* солдат"', ["матери солдат"]),
        ('"м?тери солдат"', ["матери солдат"]),
        ('"верните наших домой?"', ["верните наших домой"]),  # a question mark at the end is one
        ("title:(ротация OR жена)", ["ротации"]),
    ],
)
def test_near(query: str, words: list[str] | None) -> None:
    assert shown(query, LETTER) == words


def test_words_of_a_loose_phrase_that_are_alike_need_a_place_each() -> None:
    assert shown('"очень очень плохо"~2', make("очень плохо")) is None
    assert shown('"очень очень плохо"~2', make("очень всё очень плохо")) == ["очень", "очень", "плохо"]


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("об'*", "Об'єднання, об’єктів і область (вигаданий приклад)", ["Об'єднання", "об’єктів"]),
        ("об’*", "Область та обʼєкт", ["обʼєкт"]),
        ("о*'єкт", "Об'єкт", ["Об'єкт"]),
        ("п?'ять", "пр'ять, п'ять", ["пр'ять"]),
        ("'об*", "Область", ["Область"]),
        ("o'*", "O'Neil and others (fictional sample)", ["O'Neil"]),
    ],
)
def test_an_apostrophe_beside_a_wildcard_is_one_inside_the_word(
    query: str, text: str, words: list[str]
) -> None:
    assert shown(query, make(text)) == words


CASES = make("Из СВО вернулись, а сво и Сво здесь ни при чём; С\u200bВО тоже. Latin CBO.", "СВО", "ru")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("case:СВО", ["СВО", "СВО", "С\u200bВО"]),
        ('case:"СВО"', ["СВО", "СВО", "С\u200bВО"]),
        ("case:сво", ["сво"]),
        ("case:Сво -case:СВо", ["Сво"]),
        ("case:СВо", None),
        ("title:case:СВО", ["СВО"]),
        ("text:(case:СВО OR case:Сво)", ["СВО", "Сво", "С\u200bВО"]),
        ('case:"Из СВО"', ["Из СВО"]),
        ('case:"из СВО"', None),
        ("case:Из NEAR/1 case:СВО", ["Из", "СВО"]),
        ("=сво", ["СВО", "СВО", "сво", "Сво", "С\u200bВО"]),
        ("case:CBO", ["CBO"]),  # Latin letters
    ],
)
def test_case(query: str, words: list[str] | None) -> None:
    assert shown(query, CASES) == words


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('case:"Йод"', unicodedata.normalize("NFD", "Йод кончился")),
        ("case:ČSSD", unicodedata.normalize("NFD", "ČSSD odmítla návrh")),
        (unicodedata.normalize("NFD", "case:Йод"), "Йод кончился"),
        ("case:Елка", "Ёлка стоит"),
        ('case:"П\'ять"', "П’ять місяців"),
        ('case:"П’ять"', "П'ять місяців"),
        ('case:"П`ять"', "Пʼять місяців"),
        ('case:"Зарплата"', "З@рплата где"),
        ("case:Ёлка", "Елка стоит"),
        ('case:"Что делать?"', "Что делать, никто не знает"),
    ],
)
def test_the_case_of_a_letter_is_seen_however_it_is_spelled(query: str, text: str) -> None:
    assert shown(query, make(text)) is not None
    assert shown(query, make(text.upper() + " " + text.lower())) is None or "ČSSD" in query


PRICES = make("Выплата 195 000 руб. и ещё 2 000 000 руб.; звоните +7 000 000-00-00!!! Демобилизация.", "Руб.")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (r"/\d+ 000 руб/", ["195 000 руб", "000 000 руб"]),
        (r"/(\d+ )+руб/", ["195 000 руб", "2 000 000 руб"]),
        (r"/РУБ/", None),
        (r"/РУБ/i", ["Руб", "руб", "руб"]),
        (r"title:/руб/i", ["Руб"]),
        (r"text:/^Руб/", None),
        (r"/!{3}/", ["!!!"]),
        (r"/мобилизаци/", ["мобилизаци"]),
        (r"/мобилизаци/ NEAR/6 звонить", ["звоните", "Демобилизация"]),
        (r"/!!! / NEAR/3 звонить", None),  # where no word is, nothing is near
        (r"выплата -/долг/", ["Выплата"]),
        (r"/\b/ OR /x*y?$/ OR выплата", None),
    ],
)
def test_regular_expressions(query: str, words: list[str] | None) -> None:
    if "x*" in query:
        with pytest.raises(QueryError, match="where nothing stands"):
            compile_query(query)
    else:
        assert shown(query, PRICES) == words


@pytest.mark.parametrize(
    "pattern", [r"/(а/", r"/а{3,1}/", r"/(?=а)б/", r"/(а)\1/", "/а**/", "/" + "а" * 501 + "/"]
)
def test_what_no_regular_expression_is(pattern: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(f"слово {pattern}")
    assert caught.value.position == 6
    assert "RE2" in (caught.value.hint or "")


def test_a_regular_expression_never_takes_long() -> None:
    assert shown(r"/(а+)+б/", make("а" * 20_000)) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("мобилизаци", "мобилизаци"),
        ("Моб(лиз|что)ация", "ация"),
        ("моби|ротация", None),
        ("(моби|ротация) домой", "домой"),
        ("аб", None),
        ("слова*", "слов"),
        ("слова{20}", "слов"),
        ("слово{100}", "слов"),
        (r"\x41\x42\x43\x{10FFFF}", None),
        (r"\pLabcd", "abcd"),
        (r"\p{Greek}", None),
        (r"\101\102", None),
        (r"\Q(abc\E(abcd|x)", None),
        ("[[:alpha:]abc]def", "def"),
        ("[]abc]def", "def"),
        ("[^]abc]def", "def"),
        (r"[\]abcd]efg", "efg"),
        (r"\(abc\)", "abc"),
        ("(?i)ABCD", "abcd"),
        ("STRAẞE", "stra"),  # beyond Cyrillic: left out
        ("STRAße", "strasse"),
        ("(?P<name>x)abc", "abc"),
    ],
)
def test_what_every_match_of_an_expression_contains(pattern: str, expected: str | None) -> None:
    assert literal(pattern) == expected


LINKED = make(
    "см.",
    links=("https://www.example.org/2026/05/rotace?x=1", "https://T.me/Primer_Kanal/5", "https://start.me/x"),
)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("link:example.org", True),
        ("link:www.example.org", True),
        ("link:https://www.example.org/2026", True),
        ("link:ample.org", False),
        ("link:example.or", False),
        ("link:t.me", True),
        ("link:t.me/primer_kanal", True),
        ("link:t.me/primer", False),
        ("link:t.me/x", False),  # start.me is another host
        ("link:rotace", True),
        ("link:ROTA", True),
        ("link:example.*/2026", True),
        ("link:exam*.org", True),
        ("link:(example.net OR example.org)", True),
        ("link:example.net", False),
    ],
)
def test_links(query: str, fits: bool) -> None:  # noqa: FBT001
    assert (shown(query, LINKED) is not None) == fits
    assert shown(query, make("см.")) is None


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("age:<2h", True),
        ("age:<90m", False),
        ("age:<=90m", True),
        ("age:>1h", True),
        ("age:1h..2h", True),
        ("age:1h30m", True),
        ("age:>=1d", False),
    ],
)
def test_age(query: str, fits: bool) -> None:  # noqa: FBT001
    document = make("см.", published_at=NOW - timedelta(minutes=90), asked_at=NOW)
    assert (shown(query, document) is not None) == fits
    assert shown(query, make("см.")) is None  # nobody knows
    assert shown(query, make("см.", published_at=NOW)) is None


def test_what_comes_from_the_future_is_new() -> None:
    assert shown("age:<1m", make("см.", published_at=NOW + timedelta(hours=1), asked_at=NOW)) == []


def test_an_explanation_tells_the_tree_and_every_form() -> None:
    forms = {"ротация": ["ротация", "ротации", "ротацию"], "жена": ["жена", "жены"]}
    query = 'жена BEFORE/1 (=мать OR ротаци* OR ротация) -title:("a b"~2 OR case:СВО OR /х/i) views:>5'
    assert explain(query, lambda form: {"ru": forms.get(form, [form])}) == [
        "all of",
        "  near each other: right after the one before",
        "    жена  in every form",
        "      жена → ru: жены",
        "    any of",
        '      "мать"  exactly this form',
        "      ротаци*  every form that fits",
        "      ротация  in every form",
        "        ротация → ru: ротации, ротацию",
        "  not",
        "    in the title",
        "      any of",
        '        "a b"~2  exactly these forms, moved by 2 words at most',
        '        case:"СВО"  with just these capital and small letters',
        "        /х/i  as a regular expression, capital and small letters alike",
        "  views:>5  what is known of the item",
        "looked at only for items with: word жена",
    ]


def test_an_explanation_cuts_long_lists_and_warns_of_what_is_always_asked() -> None:
    many = [f"слово{number}" for number in range(20)]
    assert explain("слово", lambda _: {"ru": many})[1].endswith("слово11, … (20)")
    assert explain("views:>5", lambda _: {})[-1].startswith("looked at for every item")
