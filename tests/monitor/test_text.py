"""All sample texts are fictional."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import analyse_text, detect_language, normalise, search_lemmas
from monitor.text.fold import fold
from monitor.text.lemmas import lemmas_of, query_lemmas
from monitor.text.letters import WORD
from monitor.text.normalise import normalise_word
from monitor.text.search import index_words

SHARED = Path(
    os.environ.get("GROUNDSWELL_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)

TRICKY = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "aeоеёйії'’ʼ-_ \n\r\t.АВЕабвžŘů123ßİǅﬁﷺ½²ℹ️⃣\u00ad\u200b\u200d\u202e\u0301\u0306\u0308μΑСcC"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ЗЕЛЁНЫЙ", "зеленый"),
        ("Зe\u200bлё\u00adный", "зеленый"),  # Latin e, zero-width space, soft hyphen
        ("mоbilizovaný", "mobilizovaný"),  # Cyrillic о
        ("ВОЙHA", "война"),  # Latin H and A
        ("зелёныи\u0306", "зеленый"),  # й in two characters
        ("Pr\u030ci\u0301lis\u030c", "příliš"),
        ("за\u0301мок", "замок"),  # a stress mark
        ("п\u2019ять", "п'ять"),
        ("don\u2018t", "don't"),
        ("𝗦oldier", "soldier"),
        ("iPhone", "iphone"),
        ("VKонтакте", "vkонтакте"),  # truly of two scripts
        ("БМП3", "бмп3"),
    ],
)
def test_words_that_read_alike_have_one_normal_form(written: str, normal: str) -> None:
    assert normalise_word(written) == normal


def test_normalise_keeps_lines_and_drops_what_shows_nothing() -> None:
    assert normalise(" Путь \u00a0 ДОМОЙ,\r\n  вeрните!\u200b \u2060 ") == "путь домой,\nверните!"


@settings(max_examples=400)
@given(TRICKY)
def test_normalise_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=400)
@given(TRICKY)
def test_a_word_is_normal_after_once(text: str) -> None:
    assert normalise_word(normalise_word(text)) == normalise_word(text)


@settings(max_examples=400)
@given(TRICKY)
def test_folding_a_whole_text_gives_what_its_words_give_one_by_one(text: str) -> None:
    folded = fold(text)
    assert folded is None or len(folded) == len(text)
    if folded is not None:
        one_by_one = [normalise_word(match[0]) for match in WORD.finditer(text)]
        assert [normalise_word(match[0]) for match in WORD.finditer(folded)] == one_by_one
        assert list(analyse_text(text, "ru").exacts) == one_by_one


@pytest.mark.parametrize(
    "text", ["Жёны ❗️ просят\nо ротации (вымышленный пример) №5", "п’ять днів", "Rodiny vojáků – „smyšlený“"]
)
def test_an_ordinary_text_is_folded(text: str) -> None:
    assert fold(text) is not None


@pytest.mark.parametrize(
    "text", ["рот\u200bация", "mоbilizovaný", "рота\u0301ция", "слово\ufe0f", "ﬁn", "x² ", "п'\u2060ять"]
)
def test_a_text_with_something_odd_in_a_word_is_not(text: str) -> None:
    assert fold(text) is None


@settings(max_examples=200, deadline=None)
@given(TRICKY, st.sampled_from(["ru", "uk", "cs", "en", "bg", None]))
def test_tokens_lie_in_the_original_one_after_another(text: str, language: str | None) -> None:
    end = 0
    for token in analyse_text(text, language).tokens:
        assert end <= token.start < token.end <= len(text)
        assert token.exact == normalise_word(text[token.start : token.end])
        assert token.lemmas
        end = token.end


def test_offsets_are_those_of_the_original() -> None:
    text = "🙏 Верните му\u00adжей (вымышленный пример) — #путь_домой, п’ятий раз"
    words = [text[token.start : token.end] for token in analyse_text(text, "ru").tokens]
    assert words == ["Верните", "му\u00adжей", "вымышленный", "пример", "путь", "домой", "п’ятий", "раз"]


@pytest.mark.parametrize(
    ("language", "forms", "lemma"),
    [
        ("ru", ["ротация", "ротации", "ротацию", "Ротацией"], "ротация"),
        ("ru", ["отпуск", "отпуска", "отпусков", "отпусками"], "отпуск"),
        ("ru", ["мобилизовать", "мобилизуют", "мобилизованных"], "мобилизовать"),
        ("uk", ["відпустка", "відпустки", "відпустку", "відпусток"], "відпустка"),
        ("uk", ["солдат", "солдати", "солдатів", "солдатам"], "солдат"),
        ("cs", ["voják", "vojáci", "vojáků", "vojákům"], "voják"),
        ("cs", ["dovolená", "dovolenou", "dovolené"], "dovolená"),
        ("en", ["soldier", "soldiers", "soldier's", "soldiers’"], "soldier"),
        ("en", ["leave", "leaves", "leaving"], "leave"),
    ],
)
def test_forms_share_their_dictionary_form(language: str, forms: list[str], lemma: str) -> None:
    for form in forms:
        (token,) = analyse_text(form, language).tokens
        assert lemma in token.lemmas


def test_every_reading_of_an_ambiguous_form_counts() -> None:
    assert set(lemmas_of("мой", "ru")) == {"мой", "мыть"}
    assert query_lemmas("мыла") >= {"мыло", "мыть"}


def test_a_word_typed_in_its_dictionary_form_means_that_word() -> None:
    assert query_lemmas("мой") == {"мой"}


def test_a_participle_is_sought_as_itself_and_found_by_its_verb() -> None:
    assert query_lemmas("мобилизованных") == {"мобилизованный"}
    assert set(lemmas_of("мобилизованных", "ru")) == {"мобилизованный", "мобилизовать"}


def test_a_name_that_no_dictionary_has_is_found_by_its_endings() -> None:
    assert query_lemmas("Vzorkovák".casefold()) & set(lemmas_of("vzorkováků", "cs"))
    assert query_lemmas("зразківець") & set(lemmas_of("зразківець", "uk"))
    assert query_lemmas("зразківщик") & set(lemmas_of("зразківщиками", "uk"))
    assert query_lemmas("образцовский") & set(lemmas_of("образцовскому", "ru"))


def test_a_language_that_knows_a_word_silences_one_that_guesses() -> None:
    assert lemmas_of("ротациями", None) == ("ротация",)


def test_letters_overrule_the_language_of_the_text() -> None:
    assert "відпустка" in lemmas_of("відпустки", "ru")
    assert "высота" in lemmas_of("высоты", "uk")


def test_a_short_text_is_read_in_every_language_of_its_script() -> None:
    (token,) = analyse_text("солдати", None).tokens
    assert "солдат" in token.lemmas


@pytest.mark.parametrize("word", ["", "x" * 100_000, "ы" * 100_000, "12", "12а", "ω", "日本", "'"])
def test_odd_words_have_themselves_for_dictionary_form(word: str) -> None:
    assert lemmas_of(word, "ru") == (word,)
    assert query_lemmas(word) == {word}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Жёны мобилизованных просят о ротации и отпуске для своих мужей.", "ru"),
        ("Дружини мобілізованих просять про ротацію та відпустку для своїх чоловіків.", "uk"),
        ("Жонкі мабілізаваных просяць адпачынак для сваіх мужоў і вяртання дадому.", "be"),
        ("Съпругите на мобилизираните искат отпуск за своите мъже и завръщане у дома.", "bg"),
        ("Manželky mobilizovaných vojáků žádají o střídání a dovolenou pro své muže.", "cs"),
        ("Manželky mobilizovaných vojakov žiadajú o striedanie a dovolenku pre svojich mužov.", "sk"),
        ("Wives of mobilised soldiers ask for rotation and leave for their husbands.", "en"),
    ],
)
def test_language_of_a_sentence(text: str, language: str) -> None:
    assert detect_language(text) == language
    assert detect_language(text, declared="de" if language in ("ru", "uk", "be", "bg") else "ru") == language


@pytest.mark.parametrize("text", ["", "1234", "🙏🙏🙏", "https://example.org/novosti", "@primer_kanal", "да"])
def test_too_little_text_has_no_language(text: str) -> None:
    assert detect_language(text, declared="ru", hint="ru") is None


def test_what_is_declared_decides_where_a_short_text_leaves_room() -> None:
    assert detect_language("Ротация", declared="ru-RU") == "ru"
    assert detect_language("Ротация", hint="bg") == "bg"
    assert detect_language("Ротация", declared="en", hint="ru") == "ru"  # en does not fit the script
    assert detect_language("Urlaub für die Soldaten", declared="de") == "de"


def test_search_words_stand_in_the_index() -> None:
    text = analyse_text("Жёны просят п’ять ротаций, dovolenou a soldier's leave (вымышленный пример)", None)
    indexed = set(index_words(text).split())
    for words in ("жена просить", "ротация", "ротациями", "п'ять", "dovolená", "soldiers LEAVE"):
        alternatives = search_lemmas(words)
        assert len(alternatives) == len(words.split())
        assert all(indexed & set(choice) for choice in alternatives), words
    assert not indexed & set(search_lemmas("отпуск")[0])


@settings(max_examples=100, deadline=None)
@given(TRICKY)
def test_search_and_index_hold_only_letters_and_digits(text: str) -> None:
    found = [
        *index_words(analyse_text(text, None)).split(" "),
        *(word for any_of in search_lemmas(text) for word in any_of),
    ]
    assert all(form.isalnum() for form in found if form)


def test_the_index_is_bounded() -> None:
    text = analyse_text(" ".join(f"слово{number}" for number in range(100)), "ru")
    assert len(index_words(text, limit=10).split()) == 10


def test_importing_loads_no_dictionary() -> None:
    code = (
        "import sys, monitor.text.lemmas, monitor.query, monitor.analyse, monitor.fingerprint;"
        "print('simplemma' in sys.modules, monitor.text.lemmas._made.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False 0"


@pytest.mark.outside_data
def test_evasions_of_the_outside_set() -> None:
    path = SHARED / "hostile" / "unicode_evasion.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    for case in json.loads(path.read_text(encoding="utf-8")):
        if case["should_match"] is None:
            continue
        sought = query_lemmas(normalise_word(case["rule"]))
        found = {
            lemma
            for token in analyse_text(case["text"], None).tokens
            for lemma in (token.exact, *token.lemmas)
        }
        assert bool(sought & found) == case["should_match"], case["trick"]


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("ротація", ["ротації", "ротацію", "ротацією", "ротацій"]),
        ("виплата", ["виплат", "виплати", "виплатами"]),
        ("родич", ["родичів", "родичам", "родичі"]),
        ("командир", ["командирів", "командира", "командирам"]),
        ("відпустка", ["відпусток", "відпустки", "відпустку"]),
    ],
)
def test_ukrainian_words_that_matter_are_found_in_their_forms(word: str, forms: list[str]) -> None:
    """Without the optional dictionary: the default list gives many of these forms as words of their own."""
    sought = query_lemmas(word)

    assert [form for form in forms if not sought & set(lemmas_of(form, "uk"))] == []


LONG = {  # (fictional samples)
    "ru": "Родные мобилизованных который месяц спрашивают, когда будет ротация, и слышат тот же ответ. "
    "Отпусков не дают, смены не обещают, а писем в ведомства написано столько, что это уже целый архив. "
    "Мы хотим знать, кто отвечает за сроки и почему о них молчат (вымышленный пример).",
    "uk": "Рідні мобілізованих який місяць питають, коли буде ротація, і чують ту саму відповідь. Відпусток "
    "не дають, зміни не обіцяють, а листів до відомств написано стільки, що це вже цілий архів. Ми хочемо "
    "знати, хто відповідає за терміни і чому про них мовчать (вигаданий приклад).",
    "cs": "Příbuzní mobilizovaných se už několik měsíců ptají, kdy bude střídání, a slyší stejnou odpověď. "
    "Dovolené se nedávají, vystřídání nikdo neslibuje a dopisů na úřady je tolik, že by naplnily archiv. "
    "Chceme vědět, kdo odpovídá za lhůty a proč se o nich mlčí (smyšlený příklad).",
    "sk": "Príbuzní mobilizovaných sa už niekoľko mesiacov pýtajú, kedy bude striedanie, a počujú stále "
    "rovnakú odpoveď. Vystriedanie nikto nesľubuje a listov na úrady je toľko, že by naplnili "
    "celý archív. Chceme vedieť, kto zodpovedá za lehoty a prečo sa o nich mlčí (vymyslený príklad).",
}


@pytest.mark.parametrize("language", LONG)
def test_a_long_text_is_known_by_the_letters_of_its_language(language: str) -> None:
    assert detect_language(LONG[language]) == language
    assert detect_language(LONG[language], declared="en", hint="bg") == language


def test_letters_of_two_languages_leave_it_to_the_detector() -> None:
    mixed = f"{LONG['uk'][:260]} {LONG['ru'][:60]}"

    assert detect_language(mixed) == "uk"
    assert detect_language(f"{LONG['ru']} {LONG['uk']}") in ("ru", "uk")
