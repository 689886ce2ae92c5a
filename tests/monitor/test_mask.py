"""All numbers, names and addresses are invented (fictional samples)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mask import mask, mask_spans

PHONES = [
    "+7 999 123-45-67",
    "+7 (999) 123 45 67",
    "+79991234567",
    "8 (999) 123-45-67",
    "8-999-123-45-67",
    "8 999 123 45 67",
    "89991234567",
    "79991234567",
    "9991234567",
    "999 123-45-67",
    "(495) 123-45-67",
    "123-45-67",
    "+380 67 123 45 67",
    "+380671234567",
    "067 123 45 67",
    "(067) 123-45-67",
    "0671234567",
    "0 (67) 123-45-67",
    "+420 777 123 456",
    "+420777123456",
    "00420 777 123 456",
    "777 123 456",
    "777-123-456",
    "777123456",
    "777\u00a0123\u00a0456",
    "+44 20 7946 0958",
    "020 7946 0958",
    "07700 900123",
    "+1 (202) 555-0143",
    "202-555-0143",
    "+49 30 901820",
    "+421 905 123 456",
    "0905 123 456",
]

NOT_PERSONAL = [
    "1 000 000",
    "350 000 000",
    "1 234 567 890 руб",
    "85 000 000 000",
    "+20 000 бойцов",
    "+1 000 000",
    "777 123 456 Kč",
    "350 125 400 рублей",
    "03.11.2026",
    "3. 11. 2026 14:05",
    "03.11.2026 14:05",
    "03.11.26 - 08.11.26",
    "2026-11-03 14:05:59",
    "2026-11-03T14:05:59+03:00",
    "с 2022 по 2026 год",
    "2019 2020 2021 2022",
    "2023–2024–2025–2026",
    "12:30-14:45",
    "в/ч 01234",
    "50.4501, 30.5234",
    "1 342-й день войны, потери 127 человек",
    "(2022–2026)",
    "ISBN 978-5-17-000000-0",
    "3,14159265358979",
    "15 %",
    "@ 17:00",
]


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize(
    "sentence",
    [
        "Звоните {} до вечера (вымышленный пример)",
        "Телефонуйте: {}, питайте Оксану (вигаданий приклад)",
        "Volejte na {}. (smyšlený příklad)",
        "Call {}; ask for 12 blankets (fictional sample)",
        "{}",
    ],
)
def test_phone_numbers_are_masked_in_every_form(phone: str, sentence: str) -> None:
    assert mask(sentence.format(phone)) == sentence.format("[phone]")


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_dates_years_and_counts_stay(text: str) -> None:
    assert mask(text) == text
    assert mask(f"Всего {text}, не больше") == f"Всего {text}, не больше"


def test_what_follows_a_phone_number_stays() -> None:
    assert mask("+420 777 123 456 12 mužů") == "[phone] 12 mužů"
    assert mask("+7 999 123-45-67 8 999 765-43-21") == "[phone] [phone]"
    assert mask("067 123 45 67 050 123 45 67") == "[phone] [phone]"
    assert mask("тел. 12-34-56, дом 7") == "тел. [phone], дом 7"
    assert mask("☎️ 12-34-56") == "☎️ [phone]"


def test_phone_numbers_inside_links_are_masked() -> None:
    assert mask("https://wa.me/79991234567") == "https://[phone]"
    assert mask("https://t.me/+79991234567") == "https://t.me/[phone]"
    assert "999" not in mask("https://x.example.org/send?phone=79991234567")


@pytest.mark.parametrize(
    "address",
    [
        "vera.pokusna@example.org",
        "Vera+rota@mail.example.org",
        "почта@пример.рф",
        "vera_1@example.co.uk",
        "vera(at)example.org",
        "vera [at] example.org",
        "@vera@mastodon.example.org",
        "vera@localhost",
    ],
)
def test_mail_addresses_are_masked(address: str) -> None:
    assert mask(f"Пишите: {address}, (вымышленный пример)") == "Пишите: [e-mail], (вымышленный пример)"


@pytest.mark.parametrize(
    "card",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "4111\u00a01111\u00a01111\u00a01111",
        "2200 1234 5678 9012",  # not a valid check digit: people mistype
        "2200123456789012",
        "3782 822463 10005",
        "4222222222222",
        "6304 0000 0000 0000 059",
    ],
)
def test_card_numbers_are_masked(card: str) -> None:
    assert mask(f"Карта {card} Сбер (вымышленный пример)") == "Карта [card] Сбер (вымышленный пример)"


def test_a_card_is_found_beside_other_numbers() -> None:
    assert mask("4111 1111 1111 1111 12 28") == "[card] 12 28"
    assert mask("5 4111 1111 1111 1111") == "5 [card]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("пишите @vera_pokusna", "пишите [@name]"),
        ("@Vera.Pokusna!", "[@name]!"),
        ("(@vera)", "([@name])"),
        ("＠vera", "[@name]"),
        ("@Way_Home и @way_home.", "@Way_Home и @way_home."),
        ("@way_home.Подписывайтесь", "@way_home.Подписывайтесь"),
        ("t.me/way_home/12", "t.me/way_home/12"),
        ("https://t.me/vera_pokusna", "https://t.me/[@name]"),
        ("https://t.me/s/vera_pokusna?before=3", "https://t.me/s/[@name]?before=3"),
        ("telegram.me/vera", "telegram.me/[@name]"),
        ("tg://resolve?domain=vera", "tg://resolve?domain=[@name]"),
        ("https://vera.t.me", "https://[@name].t.me"),
        ("https://t.me/c/12345/6", "https://t.me/c/12345/6"),
        ("https://t.me/joinchat/AAAA", "https://t.me/joinchat/AAAA"),
    ],
)
def test_names_are_masked_unless_they_are_sources(text: str, expected: str) -> None:
    assert mask(text, {"@WAY_home"}) == expected


def test_spans_lead_from_the_text_to_the_mask() -> None:
    text = "Вера: +7 999 123-45-67, @vera (вымышленный пример)"
    spans = mask_spans(text)
    assert [(text[start:end], replacement) for start, end, replacement in spans] == [
        ("+7 999 123-45-67", "[phone]"),
        ("@vera", "[@name]"),
    ]


def test_markers_that_stand_in_the_text_stay() -> None:
    assert mask("[@name] [phone] [e-mail] [card]") == "[@name] [phone] [e-mail] [card]"
    assert mask("[@foo]") == "[[@name]]"


_PIECES = st.one_of(
    st.sampled_from(
        [*PHONES, *NOT_PERSONAL, "4111 1111 1111 1111", "@vera", "a@b.example", "t.me/vera", "(at)"]
    ),
    st.text(alphabet="0123456789 +-().@/[]\x00абвab_\n", max_size=8),
    st.text(max_size=4),
)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_spans_are_in_order_apart_and_bound_the_length(text: str) -> None:
    spans = mask_spans(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert len(mask(text)) <= len(text) + 5 * len(spans)


def test_long_texts_take_no_time_to_speak_of() -> None:
    text = "слово " * 20_000 + "a" * 20_000 + "1" * 20_000 + " 1 2" * 5_000
    assert mask(text).startswith("слово")
