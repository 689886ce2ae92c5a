"""All sample texts are fictional."""

import pytest

from monitor.text import detect_language
from monitor.text.letter_runs import LANGUAGES, LetterRuns


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Мы не уйдём отсюда", "ru"),
        ("Ми не підемо звідси", "uk"),
        ("Мы не пойдзем адсюль", "be"),
        ("Няма да си тръгнем оттук", "bg"),
        ("Odsud neodejdeme", "cs"),
        ("Odtiaľto neodídeme", "sk"),
        ("We will not leave this place", "en"),
        ("Chceme vedet, kdy se nasi vojaci vrati domu", "cs"),  # typed without diacritics
        ("Chceme vediet, kedy sa nasi vojaci vratia domov", "sk"),
        ("Я к тебе", "ru"),  # nothing but short words and one that Ukrainians write too
        ("ja aj ty", "sk"),
    ],
)
def test_few_words_are_enough(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_case_and_addresses_change_nothing() -> None:
    text = "Мы не уйдём отсюда"
    assert (
        detect_language(f"{text.upper()} https://example.org/the-very-long-english-title @someone_there")
        == "ru"
    )


def test_a_word_in_the_other_script_changes_nothing() -> None:
    assert detect_language("Родные пишут в Telegram и WhatsApp, ответа нет") == "ru"
    assert detect_language("The word путь means a way or a road") == "en"


def test_the_script_of_most_letters_counts_where_vowels_are_few() -> None:
    assert detect_language("Мвд ржд фсб http") in LANGUAGES["cyrillic"]
    assert detect_language("XXXXXXXX") in (None, *LANGUAGES["latin"])


def test_what_no_language_has_is_no_language() -> None:
    assert detect_language("ѫѫѫѫ ѭѭѭѭ") is None
    assert detect_language("ѫѫѫѫ ѭѭѭѭ", declared="bg") == "bg"


def test_no_word_is_too_long() -> None:
    assert detect_language("нескончаемость" * 1_000) == "ru"


def test_levels_add_up_over_words() -> None:
    runs = LetterRuns("latin")
    words = ["soldiers", "vojáků", "dovolenka", "x"]
    alone = [runs.levels([word]) for word in words]
    assert runs.levels(words) == [sum(levels) for levels in zip(*alone, strict=True)]
    assert runs.levels([]) == runs.levels(["x"]) == [0, 0, 0]


def test_a_language_is_told_from_its_neighbours_by_its_runs() -> None:
    czech, slovak, english = LetterRuns("latin").levels(["dovolenou"])
    assert czech > slovak > english
