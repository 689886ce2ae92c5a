"""Letters that are written as digits or signs. Words, not texts."""

import pytest

from monitor.text import analyse_text
from monitor.text.disguises import undisguised
from monitor.text.lemmas import lemmas_of
from monitor.text.normalise import normalise, normalise_word


@pytest.mark.parametrize(
    ("language", "written", "lemma"),
    [
        ("ru", "м0билизация", "мобилизация"),
        ("ru", "моб1лизации", "мобилизация"),
        ("ru", "мо6илизацию", "мобилизация"),
        ("ru", "3арплаты", "зарплата"),
        ("ru", "4еловек", "человек"),
        ("ru", "св0", "сво"),  # in no dictionary: only a zero is read so
        ("ru", "Пример0вский", "примеровский"),
        ("uk", "моб1л1зація", "мобілізація"),
        ("uk", "м0білізацію", "мобілізація"),
        ("cs", "mob1lizace", "mobilizace"),
        ("cs", "v0jáci", "voják"),
        ("en", "s0ldiers", "soldier"),
        ("en", "prot3st", "protest"),
        ("en", "5oldiers", "soldier"),
        (None, "м0билизации", "мобилизация"),
    ],
)
def test_a_word_is_read_as_what_it_looks_like(language: str | None, written: str, lemma: str) -> None:
    assert lemma in lemmas_of(normalise_word(written), language)


NAMES = """
т90 с300 2с1 бмп2 бмп3 к9 х101 ка52 су34 м777 ак47 рота3 3года 1кг 19ч 5мин 4год 3х 100й 12 0 2026 1a a1 x0
f16 k9 ps4 mp3 h264 win10 5am 10am 5km 1st 2nd 7th 100th ww2 b2b e2e m4 ak47 4x4 covid19 unit5 car3 5000kč
5denní
"""


@pytest.mark.parametrize("language", ["ru", "uk", "cs", "en", None])
def test_names_and_numbers_stay_what_they_are(language: str | None) -> None:
    assert [name for name in NAMES.split() if lemmas_of(name, language) != (name,)] == []


def test_the_exact_form_stays_what_was_written() -> None:
    assert analyse_text("Требуют 3арплаты", "ru").exacts == ("требуют", "3арплаты")


def test_readings_are_bounded() -> None:
    assert len(list(undisguised("1а1а1а"))) == 8
    assert list(undisguised("1а1а1а1а")) == []
    assert list(undisguised("а" * 100 + "0а")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Где з@рплата?", ["где", "зарплата"]),
        ("Где з@рпл@та", ["где", "зарплата"]),
        ("Где з@рпл\u00adат\u200bа", ["где", "зарплата"]),
        ("почта@пример.рф", ["почта", "пример", "рф"]),
        ("ivan@example.org", ["ivan", "example", "org"]),
        ("@Марина, привет@", ["марина", "привет"]),
        ("по 5@штук", ["по", "5", "штук"]),
    ],
)
def test_an_at_sign_inside_cyrillic_is_a_letter(text: str, words: list[str]) -> None:
    analysed = analyse_text(text, "ru")

    assert list(analysed.exacts) == words
    assert len(analysed.bounds) == len(words)
    assert normalise(normalise(text)) == normalise(text)


def test_a_word_with_a_sign_is_shown_whole() -> None:
    text = "Где з@рплата (вымышленный пример)"

    assert text[slice(*analyse_text(text, "ru").bounds[1])] == "з@рплата"
