import sys

from monitor.text.lemmas import _listed_lemmas, bare_lemma_memo, lemma_memo, lemmas_of
from monitor.text.memo import LONGEST_REMEMBERED, Memo
from monitor.text.normalise import NORMAL_FORMS
from monitor.text.tokens import analyse_text


def test_what_was_found_out_is_remembered() -> None:
    asked: list[str] = []

    def find_out(word: str) -> int:
        asked.append(word)
        return len(word)

    memo = Memo(find_out, most=10)
    assert (memo["дом"], memo["дом"]) == (3, 3)
    assert asked == ["дом"]


def test_the_older_half_is_forgotten_when_it_is_full() -> None:
    memo = Memo(len, most=4)
    for word in "абвгд":
        memo[word]

    assert list(memo) == ["в", "г", "д"]


def test_very_long_words_are_looked_up_and_not_kept() -> None:
    memo = Memo(len, most=4)
    longest = "а" * LONGEST_REMEMBERED

    assert [memo[longest], memo[longest + "а"], list(memo)] == [60, 61, [longest]]


def test_numbers_are_looked_up_and_not_kept() -> None:
    memo = Memo(len, most=4)

    assert [memo["2026"], memo["т72"], list(memo)] == [4, 3, ["т72"]]


def test_a_text_of_one_endless_word_leaves_nothing_behind() -> None:
    word = "ы" * 100_000 + "e"  # Latin, so that it is looked at word by word
    text = analyse_text(word, "ru")

    assert len(text.exacts) == 1
    assert not [kept for kept in (*NORMAL_FORMS, *lemma_memo("ru")) if len(kept) > LONGEST_REMEMBERED]


def test_nor_does_one_that_was_typed_without_diacritics() -> None:
    before = _listed_lemmas.cache_info().currsize
    word = "vojak" * 20_000

    assert bare_lemma_memo("cs")[word] == (word,)
    assert _listed_lemmas.cache_info().currsize == before


def test_the_forms_of_a_word_share_its_dictionary_form() -> None:
    (one,), (other,) = lemmas_of("ротациями", "ru"), lemmas_of("ротациях", "ru")

    assert one == "ротация"
    assert one is other


def test_no_dictionary_form_lasts_for_ever() -> None:
    (lemma,) = lemmas_of("ротациями", "ru")

    assert sys.getrefcount(lemma) < 1_000  # Python counts the references to an immortal string in billions
