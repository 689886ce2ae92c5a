"""Every kind of source fits the same three places: options, a scraper behind the client, a pure parser."""

import pickle
from dataclasses import MISSING, fields, is_dataclass

import pytest

from scrapers.errors import ScrapeError
from scrapers.feed import Options as FeedOptions
from scrapers.http import HttpClient, HttpOptions
from scrapers.page import Options as PageOptions
from scrapers.registry import KINDS
from scrapers.telegram import Options as AccountChannelOptions
from scrapers.telegram_web import Options as ChannelOptions
from tests.fakes.hand_clock import HandClock


def test_the_kinds_are_those_that_people_configure() -> None:
    assert list(KINDS) == ["telegram_web", "telegram", "feed", "page", "sitemap"]


@pytest.mark.parametrize("kind", KINDS)
def test_options_are_frozen_values(kind: str) -> None:
    options = KINDS[kind].options
    assert is_dataclass(options)
    needed = {
        field.name: "sample"
        for field in fields(options)
        if field.default is MISSING and field.default_factory is MISSING
    }
    made = options(**needed)
    assert hash(made) == hash(options(**needed))
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize("kind", KINDS)
async def test_scrapers_are_made_behind_the_one_client(kind: str) -> None:
    async with HttpClient(HttpOptions(), HandClock()) as client:
        assert callable(KINDS[kind].scraper(client).fetch)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"\x00\xff garbage", b"<html><body>(fictional sample)</body></html>"])
def test_parsers_refuse_what_they_cannot_read_in_their_own_words(kind: str, body: bytes) -> None:
    with pytest.raises(ScrapeError) as refused:
        KINDS[kind].parse(body, "https://news.example.org/a")
    assert refused.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_parsers_can_move_to_another_process(kind: str) -> None:
    parse = KINDS[kind].parse
    assert pickle.loads(pickle.dumps(parse)) is parse


@pytest.mark.parametrize(
    "spelling", ["@Sample_Channel", "https://t.me/Sample_Channel", "t.me/s/Sample_Channel"]
)
def test_a_channel_has_one_spelling(spelling: str) -> None:
    checked = KINDS["telegram_web"].checked(ChannelOptions(channel=spelling, first_pages=2))
    assert checked == ChannelOptions(channel="Sample_Channel", first_pages=2)
    by_account = KINDS["telegram"].checked(AccountChannelOptions(channel=spelling, reread=5))
    assert by_account == AccountChannelOptions(channel="Sample_Channel", reread=5)


@pytest.mark.parametrize(
    "spelling", ["https://t.me/+Secret123", "https://t.me/joinchat/Secret123", "t.me/c/1/2"]
)
def test_what_is_not_a_public_channel_is_refused(spelling: str) -> None:
    with pytest.raises(ValueError, match="only public channels are collected"):
        KINDS["telegram_web"].checked(ChannelOptions(channel=spelling))
    with pytest.raises(ValueError, match="only public channels are collected"):
        KINDS["telegram"].checked(AccountChannelOptions(channel=spelling))


@pytest.mark.parametrize("kind", KINDS)
async def test_single_items_can_be_read_again(kind: str) -> None:
    async with HttpClient(HttpOptions(), HandClock()) as client:
        assert callable(getattr(KINDS[kind].scraper(client), "refetch", None))


def test_what_every_read_shows_as_it_is_now_is_not_read_again_by_itself() -> None:
    whole, lead = (
        FeedOptions(url="https://a.example.org", full_text=True),
        FeedOptions(url="https://a.example.org"),
    )
    pages = PageOptions(url="https://a.example.org", items="a")
    listing = PageOptions(url="https://a.example.org", items="a", articles=False)
    assert [KINDS["feed"].refreshes(options) for options in (whole, lead)] == [True, False]
    assert [KINDS["page"].refreshes(options) for options in (pages, listing)] == [True, False]
    assert KINDS["telegram_web"].refreshes(ChannelOptions(channel="river_sample"))
    assert KINDS["telegram"].refreshes(AccountChannelOptions(channel="river_sample"))
