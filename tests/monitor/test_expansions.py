"""What `grep --explain` shows of a word. Words, not texts."""

import pytest

from monitor.text.expansions import expansions
from monitor.text.lemmas import lemmas_of, query_lemmas


@pytest.mark.parametrize(
    ("typed", "language", "some"),
    [
        ("ротация", "ru", "ротация ротации ротацию ротацией ротаций"),
        ("мобилизованный", "ru", "мобилизованный мобилизованных мобилизованы"),
        ("відпустка", "uk", "відпустка відпустки відпусток"),
        ("зразківець", "uk", "зразківець зразківця зразківців"),  # in no list
        ("voják", "cs", "voják vojáci vojáků"),
        ("rotace", "cs", "rotace rotaci rotacemi"),  # in no list
        ("leave", "en", "leave left leaves leaving"),
        ("detained", "en", "detained"),
        ("вагнеровцы", "ru", "вагнеровцы вагнеровцев вагнеровец"),
        ("prigožina", "cs", "prigožina prigožin prigožinovi"),
        ("leaves", "en", "leaves leave leaf leaving"),
    ],
)
def test_a_word_is_spelled_out(typed: str, language: str, some: str) -> None:
    shown = expansions(typed)[language]
    assert set(some.split()) <= set(shown)
    assert shown[0] == typed


@pytest.mark.parametrize("typed", ["солдат", "стали", "voják"])
def test_every_form_that_is_shown_is_matched(typed: str) -> None:
    sought = {typed, *query_lemmas(typed)}
    for language, forms in expansions(typed).items():
        assert [form for form in forms if not sought & {form, *lemmas_of(form, language)}] == []


def test_a_word_of_two_languages_is_shown_in_both() -> None:
    assert list(expansions("солдат")) == ["ru", "uk"]
    assert list(expansions("ротация")) == ["ru"]


@pytest.mark.parametrize("typed", ["12", "", "ω", "x" * 100])
def test_what_is_no_word_has_no_forms(typed: str) -> None:
    assert expansions(typed) == {}


def test_there_is_an_end() -> None:
    assert len(expansions("стать", most=5)["ru"]) == 5
