"""All sample texts are fictional."""

import dataclasses
from datetime import timedelta

import pytest

from monitor.analyse import Analysed, analyse
from monitor.document import present as document
from monitor.query import compile_query, matches
from monitor.text import ANALYSIS_VERSION
from scrapers.model import Counters, Forward, Item, ItemKind, Media, MediaKind, Source

SOURCE = Source(
    id="primer", kind="telegram_web", name="Пример", options=None, tags=("Family",), language="ru"
)
TEXT = "Жёны мобилизованных просят о ротации и об отпуске для своих мужей (вымышленный пример)."
POST = Item(external_id="7", kind=ItemKind.POST, url="https://t.me/Primer_Kanal/7", title=None, text=TEXT)
ARTICLE = Item(
    external_id="a", kind=ItemKind.ARTICLE, url="https://www.example.org/news/1/", title="Ротация", text=TEXT
)


def analysed(item: Item) -> Analysed:
    return analyse(item, SOURCE)


def test_a_post_is_read() -> None:
    seen = analysed(POST)
    assert seen.item is POST
    assert seen.language == "ru"
    assert seen.title.tokens == ()
    assert [token.exact for token in seen.text.tokens][:2] == ["жены", "мобилизованных"]
    assert {"жена", "ротация", "отпуск", "отпуске"} <= set(seen.search_lemmas.split())
    assert seen.analysis_version == ANALYSIS_VERSION


def test_the_text_hash_tells_every_content_state_apart() -> None:
    edits = [
        POST,
        ARTICLE,
        *(dataclasses.replace(POST, text=text) for text in (TEXT + " ", TEXT.upper(), "")),
    ]
    edits.append(dataclasses.replace(POST, title=""))  # no title and an empty one say the same
    assert len({analysed(item).text_hash for item in edits}) == len(edits) - 1
    assert all(len(analysed(item).text_hash) == 16 for item in edits)


def test_origin_keys_come_in_order_of_trust() -> None:
    forwarded = dataclasses.replace(
        POST, forward=Forward(channel="istochnik", message_id="3"), forwarded=True
    )
    text, origin, own = analysed(forwarded).origin_keys
    assert text.startswith(b"text:")
    assert origin == b"post:istochnik/3"
    assert own == b"post:primer_kanal/7"
    original = dataclasses.replace(
        POST, url="https://t.me/istochnik/3", text="Иной текст, исправленный потом"
    )
    assert origin in analysed(original).origin_keys


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/news/1",
        "https://example.org/news/1?utm_source=feed#top",
        "https://EXAMPLE.org/news/1/",
    ],
)
def test_one_article_in_feed_and_page_shares_a_key(url: str) -> None:
    elsewhere = dataclasses.replace(
        ARTICLE, external_id="b", url=url, title="Иначе", text="Совсем иной текст статьи"
    )
    assert set(analysed(ARTICLE).origin_keys) & set(analysed(elsewhere).origin_keys)


@pytest.mark.parametrize(
    ("kind", "seconds", "native_id", "proves"),
    [
        (MediaKind.VIDEO, 94, "5001", True),
        (MediaKind.ROUND_VIDEO, 10, "5001", True),
        (MediaKind.VOICE, 30, "5001", True),
        (MediaKind.VIDEO, 9, "5001", False),  # a jingle
        (MediaKind.VIDEO, None, "5001", False),
        (MediaKind.VIDEO, 94, None, False),
        (MediaKind.PHOTO, None, "5001", False),
    ],
)
def test_one_recording_under_two_captions_has_one_origin(
    kind: MediaKind, seconds: int | None, native_id: str | None, *, proves: bool
) -> None:
    duration = None if seconds is None else timedelta(seconds=seconds)
    shown = dataclasses.replace(POST, media=(Media(kind=kind, native_id=native_id, duration=duration),))
    elsewhere = dataclasses.replace(
        shown, url="https://t.me/Drugoy_Kanal/9", text="Смотрите, что пишут (вымысел)"
    )
    assert bool(set(analysed(shown).origin_keys) & set(analysed(elsewhere).origin_keys)) is proves


@pytest.mark.parametrize("url", [None, "https://t.me/c/123/4", "https://example.org/post/7", "http://[bad"])
def test_what_cannot_be_keyed_is_not(url: str | None) -> None:
    item = dataclasses.replace(POST, url=url, text="", forward=Forward(channel="istochnik"))
    assert analysed(item).origin_keys == ()
    assert analysed(dataclasses.replace(item, kind=ItemKind.ARTICLE)).origin_keys is not None


def test_keys_are_short() -> None:
    item = dataclasses.replace(POST, forward=Forward(channel="k" * 200, message_id="1" * 200))
    assert all(len(key) <= 64 for key in analysed(item).origin_keys)


def test_a_document_holds_what_queries_ask_for() -> None:
    item = dataclasses.replace(
        POST,
        edited=True,
        forwarded=True,
        counters=Counters(views=1_500_000, forwards=12),
        media=(Media(kind=MediaKind.VIDEO),),
        links=("https://example.org/",),
    )
    seen = document(analysed(item), SOURCE)
    everything = (
        "ротация source:primer kind:telegram_web lang:ru tag:family views:>1M forwards:10..20 "
        "has:video has:link has:forward is:edited is:forwarded"
    )
    assert matches(compile_query(everything), seen) is not None
    plain = document(analysed(POST), SOURCE)
    for field in everything.split()[5:]:
        assert matches(compile_query(field), plain) is None, field
