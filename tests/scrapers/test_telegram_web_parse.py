import pickle
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.errors import Gone, LayoutChanged, PreviewOff, ScrapeError
from scrapers.model import Parsed
from scrapers.telegram_text import clock_duration, file_size, rounded_number
from scrapers.telegram_web import parse

PAGES = Path(__file__).resolve().parents[1] / "data" / "telegram_web"
READABLE = sorted(path.stem for path in PAGES.glob("*.json"))
URL = "https://t.me/s/river_garrison_wives"

REFUSED = {
    "layout_changed_messages": LayoutChanged,
    "layout_changed_history": LayoutChanged,
    "layout_changed_text": LayoutChanged,
    "layout_changed_time": LayoutChanged,
    "layout_changed_post_address": LayoutChanged,
    "not_telegram": LayoutChanged,
    "preview_off_card": PreviewOff,
    "empty_card": Gone,
    "telegram_home": Gone,
}


def page(name: str) -> bytes:
    return (PAGES / f"{name}.html").read_bytes()


@pytest.mark.parametrize("name", READABLE)
def test_a_page_gives_what_is_written_beside_it(name: str) -> None:
    expected = msgspec.json.decode((PAGES / f"{name}.json").read_bytes(), type=Parsed)
    assert parse(page(name), URL) == expected


def test_every_page_is_either_read_or_refused() -> None:
    assert sorted([*READABLE, *REFUSED]) == sorted(path.stem for path in PAGES.glob("*.html"))


@pytest.mark.parametrize(("name", "error"), REFUSED.items())
def test_a_page_that_is_no_preview_is_refused_with_its_reason(name: str, error: type[ScrapeError]) -> None:
    with pytest.raises(error) as caught:
        parse(page(name), URL)
    assert caught.value.reason
    assert caught.value.url == URL


def test_an_answer_from_telegrams_own_site_is_gone() -> None:
    with pytest.raises(Gone):
        parse(b"<html><body>anything</body></html>", "https://telegram.org/")


def test_an_empty_answer_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChanged):
        parse(b"", URL)


@pytest.mark.parametrize("name", ["signed", "edited", "forward_of_person", "forward_of_hidden_person"])
def test_people_named_beside_a_post_are_never_read(name: str) -> None:
    assert "Выдуманный" in page(name).decode()
    assert "Выдуманный" not in repr(parse(page(name), URL))


@pytest.mark.parametrize("name", ["forward_of_channel_post", "contact_card", "forward_of_person"])
def test_neither_original_authors_nor_contacts_nor_user_names_are_read(name: str) -> None:
    read = repr(parse(page(name), URL))
    for kept_out in ("Подпись Автора", "invented_person", "+0 000 000"):
        assert kept_out not in read


def test_a_parsed_page_can_be_sent_to_another_process() -> None:
    parsed = parse(page("paging"), URL)
    assert pickle.loads(pickle.dumps(parsed)) == parsed


def test_an_unreadable_reply_is_an_item_and_what_surrounds_it_no_content() -> None:
    reply = page("reply").decode()
    without_words = reply.replace("js-message_text", "js-none").replace(
        "Приказа так и нет (вымышленный пример)", ""
    )
    (item,) = parse(without_words.encode(), URL).items
    assert item.unreadable
    assert item.reply_to == "41"


def test_nul_bytes_and_broken_utf8_never_reach_the_text() -> None:
    broken = page("text").replace("позициях".encode(), b"po\x00zi\xff\xed\xa0\x80cii")
    (item,) = parse(broken, URL).items
    item.text.encode("utf-8")
    assert "\x00" not in item.text
    assert item.text.startswith("Муж на pozi�")


def test_posts_come_oldest_first_whatever_their_order_on_the_page() -> None:
    body = page("paging").replace(b"river_garrison_wives/100", b"river_garrison_wives/103")
    assert [item.external_id for item in parse(body, URL).items] == ["101", "102", "103"]


def test_deep_nesting_exhausts_nothing() -> None:
    deep = page("text").replace("позициях".encode(), b"<b>" * 8_000 + b"deep" + b"</b>" * 8_000)
    (item,) = parse(deep, URL).items
    assert item.text.startswith("Муж на deep восьмой")


def test_many_short_lines_are_no_nesting() -> None:
    (item,) = parse(page("text").replace("позициях".encode(), b"a<br/>" * 30_000), URL).items
    assert item.text.count("\n") >= 30_000


def test_a_preview_of_another_post_of_the_channel_is_no_member_of_an_album() -> None:
    body = page("link_preview").decode()
    (known,) = parse(body.encode(), URL).items
    preview = body.index("tgme_widget_message_link_preview")
    start = body.index('href="', preview) + len('href="')
    elsewhere = "https://t.me/river_garrison_wives/3"
    (item,) = parse((body[:start] + elsewhere + body[body.index('"', start) :]).encode(), URL).items
    assert item.external_id == known.external_id != "3"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "nested",
    [
        "tgme_widget_message",
        "js-message_text",
        "tgme_widget_message_reply",
        "tgme_widget_message_poll",
        "tgme_widget_message_video_player",
        "tgme_widget_message_author",
        "tgme_reaction",
    ],
)
def test_an_element_a_thousandfold_in_itself_takes_no_time(nested: str) -> None:
    opening = f'<div class="tgme_widget_message" data-post="river_sample/1"><div class="{nested}">'
    body = opening + f'<div class="{nested}" data-post="river_sample/2">' * 4_000 + "deep</html>"
    try:
        assert len(parse(body.encode(), URL).items) == 1
    except LayoutChanged:
        assert nested in ("tgme_widget_message", "tgme_reaction")


@pytest.mark.parametrize("name", READABLE)
def test_half_a_page_gives_no_half_of_a_text(name: str) -> None:
    body = page(name)
    whole = {item.external_id: item.text for item in parse(body, URL).items}
    for end in range(body.find(b"tgme_widget_message"), len(body), 41):
        with suppress(ScrapeError):
            half = {item.external_id: item.text for item in parse(body[:end], URL).items}
            assert half.items() <= whole.items(), end


def test_a_hostile_data_view_is_passed_over() -> None:
    hostile = "W1tb" * 5_000
    body = page("paging").decode()
    start = body.index('data-view="') + len('data-view="')
    body = body[:start] + hostile + body[body.index('"', start) :]
    assert len(parse(body.encode(), URL).items) == 3


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(path.stem for path in PAGES.glob("*.html"))))
def test_mangled_pages_raise_nothing_but_scrape_errors(data: st.DataObject, name: str) -> None:
    body = bytearray(page(name))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(body)))
        until = min(at + data.draw(st.integers(0, 200)), len(body))
        body[at:until] = data.draw(st.binary(max_size=40))
    try:
        parsed = parse(bytes(body), URL)
    except ScrapeError:
        return
    msgspec.json.encode(parsed)


@settings(max_examples=50, deadline=None)
@given(value=st.text(max_size=60))
def test_any_attribute_value_is_survived(value: str) -> None:
    body = page("forward_of_channel_post").decode()
    for old in (
        "2026-10-05T08:15:30+00:00",
        "640",
        "river_garrison_wives/48",
        "https://t.me/Steppe_Mothers_Sample/315",
    ):
        mangled = body.replace(old, value)
        try:
            parse(mangled.encode("utf-8", errors="surrogatepass"), URL)
        except ScrapeError:
            continue


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("0", 0),
        ("17", 17),
        ("1 234", 1_234),
        ("5\u00a0012", 5_012),
        ("1,234,567", 1_234_567),
        ("84.8K", 84_800),
        ("9.69M", 9_690_000),
        ("1.2B", 1_200_000_000),
        (" 436.6k ", 436_600),
        ("", None),
        ("many", None),
        ("1.2", None),
        ("-5", None),
        ("٣", None),
        ("9" * 5_000, None),
    ],
)
def test_shown_numbers(shown: str, number: int | None) -> None:
    assert rounded_number(shown) == number


@pytest.mark.parametrize(
    ("shown", "size"), [("1.5 MB", 1_572_864), ("340 KB", 348_160), ("12 B", 12), ("someone", None)]
)
def test_shown_sizes(shown: str, size: int | None) -> None:
    assert file_size(shown) == size


@pytest.mark.parametrize(
    ("shown", "length"),
    [("0:27", timedelta(seconds=27)), ("1:02:03", timedelta(seconds=3_723)), ("", None), ("live", None)],
)
def test_shown_lengths(shown: str, length: timedelta | None) -> None:
    assert clock_duration(shown) == length
