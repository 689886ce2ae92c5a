"""All sample texts are fictional."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.fingerprint import LENGTH, fingerprint
from monitor.text import normalise

POST = "Просим вернуть наших мужей домой.\nПолтора года без отпуска! (вымышленный пример)"


@pytest.mark.parametrize(
    "copy",
    [
        POST.upper(),
        POST.replace("\n", " "),
        POST.replace(" ", "\n\n"),
        POST.replace("о", "o").replace("е", "e"),  # Latin o and e
        POST.replace("мужей", "му\u200bж\u00adей"),
        POST.replace("!", "❗️❗️").replace("Просим", "🙏 Просим"),
        POST.replace("Полтора", "1️⃣ Полтора"),
        POST.replace("(вымышленный пример)", "— «вымышленный пример»…"),
        f"{POST} https://example.org/post?id=5",
        f"{POST}\n\n@primer_kanal",
        f"{POST}\n\nt.me/primer_kanal",
        f"{POST}\n\nПодписаться на канал «Пример»",
        f"{POST}\n👉 Подписывайтесь на наш канал: https://t.me/primer_kanal",
        f"{POST} 📌 Подпишись @primer_kanal",
        f"{POST}\nПідписатися на канал",
        f"{POST}\nSubscribe to Sample Channel",
        f"{POST}\nOdebírejte náš kanál",
        f"{POST}\nКанал | Чат | YouTube | Прислать новость",
    ],
)
def test_a_copy_in_other_dress_is_the_same_post(copy: str) -> None:
    assert fingerprint(None, copy) == fingerprint(None, POST) != None  # noqa: E711


@pytest.mark.parametrize(
    "other",
    [
        POST.replace("Полтора", "Два"),
        f"{POST}\nДепутаты отказались подписать обращение.",
        POST.replace("Просим", "Не просим"),
    ],
)
def test_other_words_are_another_post(other: str) -> None:
    assert fingerprint(None, other) != fingerprint(None, POST)


def test_a_fingerprint_is_short_and_reads_the_title() -> None:
    mark = fingerprint("Заголовок", POST)
    assert mark is not None
    assert len(mark) == LENGTH
    assert mark != fingerprint(None, POST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🙏🙏🙏",
        "Верните!",
        "https://example.org/very/long/address",
        "Подписывайтесь на наш канал @primer",
    ],
)
def test_too_little_text_has_no_fingerprint(text: str) -> None:
    assert fingerprint(None, text) is None


@settings(max_examples=500)
@given(
    st.text(st.one_of(st.sampled_from("aоеЕжЖ.!\n t@/:#1️⃣ё|👉Ⓜℹ"), st.characters(exclude_categories=["Cs"])))
)
@example("Подписаться")
@example("text https://example.org/а")
def test_a_normalised_text_keeps_its_fingerprint(text: str) -> None:
    assert fingerprint(None, normalise(text)) == fingerprint(None, text)


def test_a_long_run_of_calls_takes_no_time() -> None:
    assert fingerprint(None, "подписаться " * 20_000) is not None
    assert fingerprint(None, "@" * 50_000 + " слово" * 10_000) is not None


def test_a_long_run_without_spaces_costs_no_more_than_its_length() -> None:
    began = time.process_time()

    assert fingerprint(None, f"{POST} {'я' * 20_000}") is not None

    assert time.process_time() - began < 5  # backtracking took hours for it
