"""Which dictionary forms a word has, and which are meant by one that is typed. Words, not texts."""

from collections.abc import Callable, Mapping

import pytest

from monitor.query.keys import USUAL, Leniency, keys_of
from monitor.text.endings import CZECH, UKRAINIAN, dictionary_forms
from monitor.text.lemmas import lemmas_of, query_lemmas
from monitor.text.settled_words import settled_words
from monitor.text.small_words import small_words


def found(typed: str, form: str, language: str) -> bool:
    """Whether a rule of `typed` matches `form` in a text."""
    return bool({typed, *query_lemmas(typed)} & {form, *lemmas_of(form, language)})


@pytest.mark.parametrize(
    ("language", "typed", "forms"),
    [
        ("ru", "все", "все всех всем всеми"),
        ("ru", "с", "с со"),
        ("ru", "древний", "древнего древнейшего"),
        ("ru", "древнейший", "древнейшего"),
        ("ru", "долго", "долго дольше"),
        ("ru", "выплачивать", "выплачивают выплачивается выплачивались"),
        ("ru", "задержать", "задержали задержанных"),
        ("uk", "рідні", "рідні рідних рідним"),
        ("uk", "дитина", "дитина дитини діти дітей"),
        ("uk", "писати", "пише писала писав писали"),
        ("uk", "передати", "передав передала передали"),
        ("uk", "стаття", "статті статтю"),
        ("uk", "китаєць", "китайці китайців"),
        ("uk", "день", "день дня днів дні"),
        ("uk", "головний", "головні головне головних"),
        ("uk", "гідність", "гідності гідністю"),
        ("uk", "представниця", "представниці представниць"),
        ("uk", "київ", "києва києві києвом"),
        ("uk", "франція", "франції францію"),
        ("uk", "донецьк", "донецька донецьку донецьком"),
        ("uk", "рада", "ради раду радою"),
        ("uk", "немати", "немає нема"),
        ("uk", "громадянка", "громадянки громадянку громадянкою"),
        ("uk", "відфільтрований", "відфільтрований відфільтрованого відфільтрованими"),
        ("cs", "ústav", "ústav ústavu ústavem"),
        ("cs", "ústava", "ústava ústavu ústavy"),
        ("cs", "rotace", "rotace rotaci rotacemi"),
        ("cs", "mobilizovaný", "mobilizovaný mobilizovaných mobilizována"),
        ("cs", "zabezpečovat", "zabezpečuje zabezpečují zabezpečovala"),
        ("cs", "spoléhat", "spoléhala nespoléhala"),
        ("cs", "nespokojený", "nespokojený nespokojených"),
        ("cs", "hodina", "hodina hodiny hodin"),
        ("en", "think", "thinks thought thinking"),
        ("en", "leaves", "leave leaf"),
        ("en", "shahed", "shaheds"),
        ("en", "kadyrovite", "kadyrovites"),
        ("ru", "суровикин", "суровикина"),
        ("ru", "залужный", "залужного"),
        ("en", "develop", "developed developing"),
        ("en", "cancel", "cancelled cancelling canceled"),
        ("en", "feel", "felt feels"),
        ("en", "break", "broke breaks"),
        ("en", "meeting", "meeting meetings"),
        ("en", "leaf", "leaves"),
        ("en", "demand", "demanding demands demanded"),
        ("en", "strike", "striking struck"),
        ("en", "warn", "warning warned"),
        ("en", "humiliate", "humiliating humiliated"),
        ("en", "exhaust", "exhausted"),
        ("en", "train", "training trained"),
        ("en", "arm", "arms armed"),
        ("en", "remain", "remains"),
        ("uk", "брат", "брати брата"),
        ("uk", "повернути", "повернений"),
        ("uk", "граната", "гранати гранат"),
        ("en", "follow", "followed following"),
        ("en", "woman", "women woman's"),
        ("en", "be", "am is was been"),
    ],
)
def test_a_word_is_found_in_its_forms(language: str, typed: str, forms: str) -> None:
    assert [form for form in forms.split() if not found(typed, form, language)] == []


@pytest.mark.parametrize(
    ("language", "typed", "others"),
    [
        ("ru", "со", "с"),
        ("ru", "лучший", "хороший хорошо"),
        ("ru", "выплачиваться", "выплачивает"),
        ("ru", "уж", "уже"),
        ("uk", "чому", "що чого"),
        ("uk", "певно", "певний певного"),
        ("uk", "певний", "певно"),
        ("uk", "представниця", "представник представники"),
        ("en", "house", "housing"),
        ("en", "thank", "thanks"),
        ("uk", "є", "було буде"),
        ("uk", "таке", "такий такого"),
        ("uk", "краще", "кращий кращого"),
        ("uk", "дужий", "дуже"),
        ("uk", "київ", "кий кия"),
        ("uk", "окупант", "окупантка окупантки"),
        ("uk", "окупантка", "окупанта окупанти"),
        ("uk", "дашок", "дах даху"),
        ("uk", "отруювати", "отруїти отруїла"),
        ("cs", "nespokojený", "spokojený spokojených"),
        ("cs", "ty", "to tomu"),
        ("en", "detained", "detain detains"),
        ("en", "us", "we"),
        ("en", "meet", "meeting"),
        ("en", "interest", "interested interesting"),
        ("en", "times", "time"),
        ("en", "stranger", "strange"),
        ("en", "lost", "lose loses"),
        ("en", "motif", "motives"),
        ("en", "new", "news"),
        ("en", "thee", "you"),
        ("en", "los", "losing"),
        ("en", "min", "mining"),
        ("en", "unit", "uniting"),
        ("en", "discus", "discussing"),
        ("en", "k", "ks"),
        ("en", "cs", "c"),
        ("en", "can", "ca"),
        ("en", "traci", "trace tracing"),
        ("en", "keene", "keen"),
        ("en", "haa", "haas"),
    ],
)
def test_a_word_does_not_find_its_neighbours(language: str, typed: str, others: str) -> None:
    assert [form for form in others.split() if found(typed, form, language)] == []


@pytest.mark.parametrize("typed", ["women", "soldiers", "жены", "солдатів", "vojáků", "went"])
def test_a_word_typed_in_another_form_means_all_of_them(typed: str) -> None:
    base = {"women": "woman", "soldiers": "soldier", "жены": "жена", "солдатів": "солдат", "vojáků": "voják"}
    assert base.get(typed, "go") in query_lemmas(typed)


def test_a_second_dictionary_form_is_one_that_exists() -> None:
    assert set(lemmas_of("бояться", "ru")) == {"бояться"}
    assert set(lemmas_of("боялись", "ru")) == {"бояться"}  # there is no "боять"


@pytest.mark.parametrize("language", ["ru", "uk", "cs", "en"])
@pytest.mark.parametrize("words", [small_words, settled_words])
def test_small_words_are_in_normal_form_and_stand_under_themselves(
    words: Callable[[str], Mapping[str, frozenset[str]]], language: str
) -> None:
    listed = words(language)
    assert all(form == form.casefold().replace("ё", "е") for form in listed)
    assert all(lemma in listed and lemma in listed[lemma] for lemmas in listed.values() for lemma in lemmas)


def test_a_stretched_word_is_read_as_itself() -> None:
    assert found("домой", "домооооой", "ru")
    assert found("длинный", "дллллинное", "ru")
    assert found("please", "pleeeease", "en")
    assert "pomoc" in lemmas_of("pomoooc", "cs")
    assert not found("xvi", "xviii", "en")
    assert lemmas_of("ъъъъ", "ru") == ("ъъъъ",)


def test_a_word_that_a_list_settles_is_typed_in_any_form() -> None:
    assert query_lemmas("києві") == {"київ"}
    assert query_lemmas("swore") == {"swear"}


def test_three_letters_are_quoted_from_no_other_language() -> None:
    assert "маленький" not in lemmas_of("мал", "uk")
    assert "маленький" in lemmas_of("мал", None)


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("lose", "losing"),
        ("open", "opening"),
        ("visit", "visiting"),
        ("discuss", "discussing"),
        ("plan", "planning"),
        ("set", "setting"),
        ("travel", "travelling"),
        ("prefer", "preferring"),
        ("fulfil", "fulfilling"),
        ("bus", "busing"),
        ("con", "conning"),
        ("envelop", "enveloping"),
        ("output", "outputting"),
    ],
)
def test_an_english_verb_is_told_by_its_spelling(typed: str, form: str) -> None:
    assert found(typed, form, "en")


def test_a_name_that_nobody_knows_is_found_in_its_likely_forms() -> None:
    assert found("wellywoodu", "wellywood", "cs")
    assert found("велливуда", "велливуд", "ru")


@pytest.mark.parametrize(
    ("typed", "form", "language"),
    [
        ("prigozin", "prigožin", "cs"),
        ("prigozin", "prigožina", "cs"),
        ("zelensky", "zelenský", "cs"),
        ("sojgu", "šojgu", None),
        ("cmobik", "čmobik", "sk"),
    ],
)
def test_a_name_typed_without_diacritics_finds_it_with_them(
    typed: str, form: str, language: str | None
) -> None:
    assert set(keys_of(typed, USUAL)) & {form, *lemmas_of(form, language)}
    assert not set(keys_of(typed, USUAL & ~Leniency.DIACRITICS)) & {form, *lemmas_of(form, language)}


def test_endings_need_a_stem() -> None:
    assert "зразок" in set(dictionary_forms("зразків", UKRAINIAN))
    assert "vzorkovat" in set(dictionary_forms("vzorkuje", CZECH))
    assert set(dictionary_forms("ів", UKRAINIAN)) == set()
