"""Russian words are read as pymorphy3 reads them, from a table that takes a fifth of its memory."""

import pytest

from monitor.text.morphology import plain
from monitor.text.russian import Russian
from quality.russian_words import RussianByPymorphy

BEGINNINGS = [
    "мобилизов",
    "выплачив",
    "шедш",
    "получш",
    "наивысш",
    "расчётлив",
    "стал",
    "ёлк",
    "ребён",
    "пол",
]


@pytest.fixture(scope="module")
def russian() -> Russian:
    return Russian()


@pytest.fixture(scope="module")
def pymorphy() -> RussianByPymorphy:
    return RussianByPymorphy()


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_form_is_read_as_in_the_dictionary(
    beginning: str, russian: Russian, pymorphy: RussianByPymorphy
) -> None:
    words = pymorphy.analyser.dictionary.words
    forms = {plain(form) for form in words.keys(beginning) if form.isalpha()}

    assert forms
    for form in sorted(forms)[:300]:
        assert russian.lemmas(form) == pymorphy.lemmas(form), form
        assert russian.meant(form) == pymorphy.meant(form), form
        assert russian.knows(form)


@pytest.mark.parametrize("lemma", ["солдат", "идти", "ребенок", "мобилизовать", "хороший", "я"])
def test_every_form_of_a_word_is_told(lemma: str, russian: Russian, pymorphy: RussianByPymorphy) -> None:
    assert set(russian.forms(lemma)) == set(pymorphy.forms(lemma))


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("велливудами", "велливуд"),  # by its end
        ("псевдокомандиров", "псевдокомандир"),  # behind a prefix that changes no ending
        ("мегаротацию", "мегаротация"),  # behind letters that nobody knows
        ("антивелливудского", "антивелливудский"),
        ("забутявкали", "забутявкать"),
    ],
)
def test_a_word_that_nobody_knows_is_read_by_its_parts(
    form: str, lemma: str, russian: Russian, pymorphy: RussianByPymorphy
) -> None:
    assert not russian.knows(form)
    assert lemma in russian.lemmas(form)
    assert lemma in pymorphy.lemmas(form)
    assert form in set(russian.forms(lemma))


@pytest.mark.parametrize("form", ["һалдат", "үалдат", "қарулар", "ӱӱӱӱ"])
def test_a_word_of_another_alphabet_is_no_other_word(form: str, russian: Russian) -> None:
    assert russian.lemmas(form) == russian.meant(form) == {form}
    assert not russian.knows(form)
    assert list(russian.forms(form)) == []


def test_a_word_of_many_prefixes_has_no_more_readings_than_one_of_one(russian: Russian) -> None:
    """Each "недо" is "не" and "до", too: there are two to the eighth ways to take eight of them off."""
    readings = [len(russian._read(("недо" * times + "доф").encode("cp1251"))) for times in (1, 8)]

    assert readings[0] == readings[1] > 0


@pytest.mark.parametrize("form", ["ъъъъ", "шщ", "т", "", "привітання", "ӱӱӱӱ", "о'к"])
def test_what_cannot_be_read_is_left_as_it_is(form: str, russian: Russian) -> None:
    assert russian.lemmas(form)
    assert russian.meant(form)


def test_a_form_that_hardly_ever_means_a_word_does_not_find_it(russian: Russian) -> None:
    assert russian.lemmas("стали") == {"стать"}
    assert russian.lemmas("стал") == {"стать"}
