"""Classes of characters know all our alphabets; what cannot is refused. All sample texts are fictional."""

import unicodedata

import pytest

from monitor.query import Document, QueryError, compile_query, matches
from monitor.query.regex_syntax import widened
from monitor.text import analyse_text


def found(query: str, text: str) -> list[str]:
    document = Document(
        title=analyse_text("", None), text=analyse_text(text, None), source="primer", kind="feed"
    )
    spans = matches(compile_query(query), document) or ()
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("query", "text", "spans"),
    [
        (r"/мобилиз\w+/i", "Мобилизованных ждут", ["Мобилизованных"]),
        (r"/\w+ová\W/", "paní Vymyšlená-Smyšlenová řekla", ["Smyšlenová "]),
        (r"/(^|\W)сво(\W|$)/i", "Вернулся с СВО", [" СВО"]),
        (r"/(^|\W)сво(\W|$)/i", "своё не отдам", []),
        (r"/с[\W_]+в[\W_]+о/i", "про С.В_О молчат", ["С.В_О"]),
        (r"/с[\W_]+в[\W_]+о/i", "с лишним в окопе", []),
        (r"/№[^\w]+\d/", "№ 5 и №а5", ["№ 5"]),
        (r"/[^\W_]+ год/", "жду_пятый год", ["пятый год"]),
        (r"/[\w-]+@/", "пиши на кто-то@example.org", ["кто-то@"]),
        (r"/[\w-z]+ год/", "жду-z год", ["жду-z год"]),
        (r"/\d+\s?тыс/", "Обещали 195\u00a0тыс.", ["195\u00a0тыс"]),
        (r"/195\S/", "195\u00a0тыс.", []),
        (r"/[\s,]+тыс/", "195,\u202fтыс.", [",\u202fтыс"]),
        (r"/\Q\w\E/", r"знак \w в слове", [r"\w"]),
        (r"/\\w/", r"знак \w в слове", [r"\w"]),
        (r"/\bmobilis\w+/i", "They mobilised him", ["mobilised"]),
        (r"/\b\d{5}\b/", "в/ч 00000 молчит, 123456", ["00000"]),
        (r"/\w{2}ქ/", "თბიქ", ["ბიქ"]),
    ],
)
def test_classes_know_all_alphabets(query: str, text: str, spans: list[str]) -> None:
    assert found(query, text) == spans


@pytest.mark.parametrize("mark", ["", "(?i)"])
def test_a_character_is_of_a_word_or_not(mark: str) -> None:
    import re2  # type: ignore[import-untyped,unused-ignore]

    inside, outside = (re2.compile(mark + widened(pattern)) for pattern in (r"[\w]", r"[\W]"))
    alone, other = (re2.compile(mark + widened(pattern)) for pattern in (r"\w", r"\W"))
    for character in map(
        chr, [*range(0x250), *range(0x300, 0x370), *range(0x400, 0x530), *range(0x2000, 0x2200)]
    ):
        is_inside = inside.fullmatch(character) is not None
        assert is_inside == (outside.fullmatch(character) is None), hex(ord(character))
        assert is_inside == (alone.fullmatch(character) is not None), hex(ord(character))
        assert is_inside == (other.fullmatch(character) is None), hex(ord(character))
        if character < "\u2000" and character != "\u0482":  # a sign among the Cyrillic letters
            assert is_inside == (unicodedata.category(character)[0] in "LM" or character in "_0123456789")


@pytest.mark.parametrize(
    ("query", "position", "message", "hint"),
    [
        (r"/\bсво\b/i", 1, r"\b knows words of ASCII letters only", 'did you mean "сво" in quotes'),
        (r"рота /от\B/", 8, r"\B knows", r"(^|\W) and (\W|$)"),
        (r"/NATO (не|yes)\b/", 14, r"\b knows", "=word"),
        (r"/\b\w{12,}/", 1, r"\b knows", r"(^|\W)"),
        (r"/\b\pL{12,}/", 1, r"\b knows", r"(^|\W)"),
        (r"/а [[:alpha:]]+/", 4, "[:alpha:] knows ASCII letters only", r"\pL"),
        (r"/[+-\w]/", 0, r"invalid escape sequence: \w", "RE2"),
    ],
)
def test_what_would_never_match_is_refused(query: str, position: int, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(query)
    assert caught.value.position == position
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "query", [r"/(?:\w+\s+){0,30}отказ/i", r"/\w{1,20}\s\w{1,20}\s\w{1,20}\s/", r"/\w{1,200}ъ/"]
)
def test_many_words_fit_into_the_memory_of_a_pattern(query: str) -> None:
    compile_query(query)
