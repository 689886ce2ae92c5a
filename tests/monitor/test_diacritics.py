"""Czech typed without diacritics. All sample texts are fictional."""

import pytest

from monitor.text.diacritics import lacks_diacritics, spelled_like, without_marks
from monitor.text.lemmas import BARE, bare_key, bare_lemma_memo, lemma_memo, marked_lemmas, query_lemmas


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("manzelky vojaku zadaji stridani a dovolenou (smysleny priklad)", True),
        ("manželky vojáků žádají střídání a dovolenou (smyšlený příklad)", False),
        ("manzelky vojaku zadaji stridani a dovolenou, " * 2 + "dnes v příloze", False),
        ("manzelky vojaku zadaji stridani a dovolenou, " * 9 + "dnes v praze; café", True),
        ("ano, uz jsou", False),  # too little to tell
        ("жены солдат просят о ротации и отпуске", False),
        ("", False),
    ],
)
def test_a_text_without_diacritics_is_known(text: str, lacks: bool) -> None:  # noqa: FBT001
    assert lacks_diacritics(text) is lacks


def test_marks_are_taken_off_letter_by_letter() -> None:
    assert without_marks("příliš žluťoučký kůň") == "prilis zlutoucky kun"
    assert without_marks("plain") == "plain"


def test_words_are_found_in_a_sorted_list_by_their_bare_letters() -> None:
    words = sorted(["byt", "být", "bytost", "bít", "bíť", "kun", "kůn", "kůň", "kůňx", "a"])

    def first_from(wanted: str) -> str | None:
        return next((word for word in words if word >= wanted), None)

    assert list(spelled_like("byt", first_from)) == ["byt", "být"]
    assert list(spelled_like("bit", first_from)) == ["bít", "bíť"]
    assert list(spelled_like("kun", first_from)) == ["kun", "kůn", "kůň"]
    assert list(spelled_like("zzz", first_from)) == list(spelled_like("by", first_from)) == []


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        ("voják", "vojaci"),
        ("žena", "zeny"),
        ("střídání", "stridanim"),
        ("mobilizovaný", "mobilizovanych"),  # in no list
        ("rotace", "rotaci"),
    ],
)
def test_a_bare_word_is_found_by_its_key(typed: str, bare: str) -> None:
    keys = {bare_key(lemma) for lemma in {typed, *query_lemmas(typed)}}
    for language in ("cs", "sk", None):
        assert keys & set(bare_lemma_memo(language)[bare])
        assert not keys & set(lemma_memo(language)[bare])


@pytest.mark.parametrize(
    ("bare", "typed"), [("vojak", "voják"), ("dovolenou", "dovolená"), ("strelba", "střelba")]
)
def test_a_rule_typed_bare_finds_what_is_spelled_well(bare: str, typed: str) -> None:
    assert marked_lemmas(bare) & set(lemma_memo("cs")[typed])


@pytest.mark.parametrize("form", ["soldiers", "voják", "на", "", "x" * 100, "a1"])
def test_what_is_english_or_not_bare_gets_no_key(form: str) -> None:
    assert not [lemma for lemma in bare_lemma_memo(None)[form] if lemma.startswith(BARE)]
    assert bare_lemma_memo("en")[form] == lemma_memo("en")[form]
    assert bare_lemma_memo("cs")[form][: len(lemma_memo("cs")[form])] == lemma_memo("cs")[form]
