"""All texts are invented (fictional samples)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.excerpt import excerpt, headline
from monitor.message import Fragment

LONG = (
    "Вымышленный пример. "
    + "Жёны мобилизованных снова пришли к приёмной. " * 20
    + "Они требуют ротации. "
    + "Конец. " * 80
)


def shown(fragments: tuple[Fragment, ...]) -> str:
    return "".join(f"<{fragment.text}>" if fragment.hit else fragment.text for fragment in fragments)


def span(text: str, word: str) -> tuple[int, int]:
    start = text.index(word)
    return start, start + len(word)


def test_a_short_text_is_shown_whole_with_its_hits() -> None:
    text = "Требуем ротации,\n\nверните отпуска (вымышленный пример)"
    assert shown(excerpt(text, [span(text, "отпуска"), span(text, "ротации")])) == (
        "Требуем <ротации>, верните <отпуска> (вымышленный пример)"
    )


def test_a_long_text_is_cut_around_the_hit_at_whole_words() -> None:
    result = shown(excerpt(LONG, [span(LONG, "ротации")], limit=80))
    assert result.startswith("…")
    assert result.endswith("…")
    assert "Они требуют <ротации>. Конец." in result
    assert set(result.replace("<", "").replace(">", "").strip("…").replace(".", "").split()) <= set(
        LONG.replace(".", "").split()
    )


def test_without_hits_it_is_the_beginning() -> None:
    assert shown(excerpt(LONG, [], limit=60)).startswith("Вымышленный пример. Жёны")
    assert excerpt("", []) == ()
    assert excerpt(" \n ", []) == ()


def test_different_hits_far_apart_get_a_window_each() -> None:
    spans = [span(LONG, "Жёны"), span(LONG, "ротации")]
    result = shown(excerpt(LONG, spans, limit=200))
    assert "<Жёны>" in result
    assert "<ротации>" in result
    assert " … " in result


def test_every_hit_inside_the_window_is_marked() -> None:
    text = "ротация " * 30
    spans = [(start, start + 7) for start in range(0, len(text), 8)]
    assert shown(excerpt(text, spans, limit=60)).count("<ротация>") >= 6


def test_personal_data_is_masked_and_marks_stay_in_place() -> None:
    text = "Звоните +7 999 123-45-67, нужна ротация! Пишите @vera или @way_home (вымышленный пример)"
    result = shown(excerpt(text, [span(text, "ротация")], {"way_home"}))
    assert result == "Звоните [phone], нужна <ротация>! Пишите [@name] или @way_home (вымышленный пример)"


def test_a_hit_inside_masked_data_shows_the_mask_only() -> None:
    text = "Пишите @rota_vera сегодня (вымышленный пример)"
    assert shown(excerpt(text, [span(text, "rota")])) == "Пишите <[@name]> сегодня (вымышленный пример)"


def test_masking_can_be_turned_off() -> None:
    assert shown(excerpt("Пишите @vera", [], masked=False)) == "Пишите @vera"


@pytest.mark.parametrize("limit", range(30, 60))
def test_no_letter_loses_its_accent_and_no_emoji_its_family(limit: int) -> None:
    text = "e\u0301" * 40 + "👩\u200d👩\u200d👧" * 20 + "🇨🇿" * 20 + "👍🏽" * 20
    for start in range(0, len(text), 7):
        result = "".join(fragment.text for fragment in excerpt(text, [(start, start + 1)], limit=limit))
        body = result.strip("…")
        assert not body.startswith(("\u0301", "\u200d", "🏽"))
        assert not body.endswith("\u200d")
        assert "e" + "…" not in result
        assert sum(letter in "🇨🇿" for letter in body) % 2 == 0


@given(
    text=st.text(alphabet="аб \n1@+-.e\u0301👩\u200d🇨", max_size=400),
    points=st.lists(st.tuples(st.integers(-5, 420), st.integers(-5, 420)), max_size=5),
    limit=st.integers(30, 300),
)
def test_an_excerpt_stays_within_its_limit_and_is_tidy(
    text: str, points: list[tuple[int, int]], limit: int
) -> None:
    fragments = excerpt(text, points, masked=False, limit=limit)
    joined = "".join(fragment.text for fragment in fragments)
    assert len(joined) <= limit
    assert joined == joined.strip()
    assert "  " not in joined
    assert all(fragment.text for fragment in fragments)
    assert all(one.hit != other.hit for one, other in itertools.pairwise(fragments))


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Заголовок", "Текст", "Заголовок"),
        ("  Two\r\nlines ", "text", "Two lines"),
        (None, "\n🔥🔥🔥\n— Требуем ротации\nвторая строка", "— Требуем ротации"),
        ("", "Звоните +7 999 123-45-67", "Звоните [phone]"),
        (None, "🔥", "🔥"),
        (None, "", ""),
    ],
)
def test_a_headline_is_the_title_or_the_first_line_with_words(
    title: str | None, text: str, expected: str
) -> None:
    assert headline(title, text) == expected


def test_what_is_cut_behind_a_sentence_does_not_look_like_a_misprint() -> None:
    assert shown(excerpt("Конец. " * 80, [])).endswith("Конец. …")
    assert headline(None, "Конец. " * 80, limit=20) == "Конец. Конец…"
    assert headline(None, "Зачем? " * 80, limit=20) == "Зачем? Зачем?…"


def test_a_long_headline_ends_at_a_whole_word() -> None:
    line = headline(None, "слово " * 50, limit=33)
    assert line == "слово слово слово слово слово…"
    assert len(headline("я" * 500, "", limit=100)) == 100
