"""The channels' pages, read by the scraper that reads the real ones."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.demo.light_text import plain
from monitor.demo.load import load_story
from monitor.demo.sample_files import length
from monitor.demo.story import Channel, Moment, Post
from monitor.demo.telegram_markup import SITE, channel_page, rounded
from scrapers.model import ChannelFacts, Forward, Item, ItemKind, MediaKind, Parsed, Precision
from scrapers.telegram_text import rounded_number
from scrapers.telegram_web import parse

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STORY = load_story()
MOMENTS = [
    timedelta(0),
    timedelta(days=1, hours=10),
    timedelta(days=4, hours=21),
    timedelta(days=8),
    timedelta(days=10),
]


def moment(elapsed: timedelta) -> Moment:
    return Moment(start=START, now=START + elapsed)


def read(channel: Channel, elapsed: timedelta, **position: int) -> Parsed:
    url = f"{SITE}/s/{channel.username}" + "".join(f"?{name}={number}" for name, number in position.items())
    return parse(channel_page(STORY, channel, moment(elapsed), **position).encode(), url)


def channels():
    return [pytest.param(channel, id=channel.source) for channel in STORY.channels.values()]


def every_item(channel: Channel, elapsed: timedelta) -> list[Item]:
    """All items, walking back page by page as a reader would."""
    page = read(channel, elapsed)
    items = list(page.items)
    while page.older is not None:
        assert page.refusals == ()
        page = read(channel, elapsed, before=number_in(page.older, "before"))
        items = [*page.items, *items]
    return items


def number_in(position: str, name: str) -> int:
    query = parse_qs(urlsplit(position).query)
    return int(query[name][0]) if query else int(position)


@pytest.mark.parametrize("elapsed", MOMENTS, ids=str)
@pytest.mark.parametrize("channel", channels())
def test_every_page_reads_as_it_was_written(channel: Channel, elapsed: timedelta):
    items = every_item(channel, elapsed)
    shown = channel.shown(elapsed)
    assert [item.external_id for item in items] == [str(post.number) for post in shown]
    for item, post in zip(items, shown, strict=True):
        check_words(item, post, elapsed)
        check_counters(item, post, elapsed)
        check_kind(item, post)
        check_relations(item, post)


def check_words(item: Item, post: Post, elapsed: timedelta) -> None:
    written = "" if post.unreadable else plain(post.text(elapsed))
    if post.poll is None:
        assert item.text == written
    else:
        assert written in item.text
    assert item.edited == post.edited(elapsed)
    assert item.published_at == START + post.at
    assert item.published_precision is Precision.SECOND
    assert item.url == f"https://t.me/{post.channel}/{post.number}"


def check_counters(item: Item, post: Post, elapsed: timedelta) -> None:
    if post.service:
        return
    shown = rounded(post.views(elapsed))
    assert item.counters is not None
    assert item.counters.raw["views"] == shown
    assert item.counters.views == rounded_number(shown)
    assert item.counters.reactions == {
        key: rounded_number(rounded(count)) for key, count in post.reaction_counts(elapsed).items()
    }


def check_kind(item: Item, post: Post) -> None:
    assert item.kind is (ItemKind.SERVICE if post.service else ItemKind.POST)
    assert item.unreadable == post.unreadable
    expected = [] if post.unreadable else [MediaKind(media.kind) for media in post.media]
    expected += [MediaKind.POLL] if post.poll else []
    expected += [MediaKind.LINK_PREVIEW] if post.preview else []
    assert sorted(media.kind for media in item.media) == sorted(expected)
    lengths = {length(media.length) for media in post.media if media.length}
    assert {media.duration for media in item.media if media.duration} == lengths


def check_relations(item: Item, post: Post) -> None:
    assert item.reply_to == (str(post.reply_to) if post.reply_to else None)
    assert item.forwarded == bool(post.forward_of or post.forward_person)
    if post.forward_of is None:
        assert item.forward is None
        return
    username, number = post.forward_of
    title = STORY.channels[username].title
    assert item.forward == Forward(channel=username.lower(), title=title, message_id=str(number))


@pytest.mark.parametrize("channel", channels())
def test_the_header_says_who_the_channel_is(channel: Channel):
    elapsed = timedelta(days=5)
    followers = rounded(channel.subscribers(elapsed))
    assert read(channel, elapsed).channel == ChannelFacts(
        native_id=str(channel.native_id),
        username=channel.username,
        title=channel.title,
        description=channel.description(elapsed),
        labels=frozenset({"verified"} if channel.verified else ()),
        subscribers=rounded_number(followers),
        subscribers_raw=followers,
    )


def test_going_forward_from_a_number_brings_every_later_post_once():
    channel, elapsed = STORY.channels["PYTY_DOMOY"], timedelta(days=9)
    first = read(channel, elapsed, after=channel.posts[4].number)
    second = read(channel, elapsed, after=int(first.items[-1].external_id))
    assert len(first.items) == 20
    assert first.newer is not None
    assert [item.external_id for item in first.items + second.items] == [
        str(post.number) for post in channel.shown(elapsed)[5:]
    ][:40]


def test_behind_the_last_post_there_is_an_empty_page_of_the_same_channel():
    channel = STORY.channels["PYTY_DOMOY"]
    page = read(channel, timedelta(days=10), after=channel.posts[-1].number)
    assert page.items == ()
    assert page.channel is not None
    assert page.channel.username == channel.username


def test_a_signature_stays_on_the_page():
    channel, elapsed = STORY.channels["PYTY_DOMOY"], timedelta(days=5)
    html = channel_page(STORY, channel, moment(elapsed))
    assert "Редакция (пример)" in html
    assert "Редакция (пример)" not in repr(parse(html.encode(), f"{SITE}/s/PYTY_DOMOY"))


def test_a_deleted_post_is_gone_and_an_edited_one_has_its_new_words():
    lesnoy, way_home = STORY.channels["sample_lesnoy_families"], STORY.channels["PYTY_DOMOY"]
    threat = next(post for post in lesnoy.posts if post.copies == "threat")
    before, after = (every_item(lesnoy, timedelta(days=5, hours=hour)) for hour in (2, 4))
    assert str(threat.number) in {item.external_id for item in before}
    assert str(threat.number) not in {item.external_id for item in after}
    letters = [item for item in every_item(way_home, timedelta(days=2)) if "Вечер писем сегодня" in item.text]
    assert [("в восемь" in item.text, item.edited) for item in letters] == [(True, True)]


def test_the_same_moment_always_shows_the_same_page():
    channel = STORY.channels["PYTY_DOMOY"]
    pages = {channel_page(STORY, channel, moment(timedelta(days=6))) for _ in range(3)}
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1, "1"),
        (999, "999"),
        (1000, "1K"),
        (83_890, "83.8K"),
        (999_999, "999.9K"),
        (1_000_000, "1M"),
        (9_695_000, "9.69M"),
    ],
)
def test_numbers_are_rounded_as_telegram_does(count: int, shown: str):
    assert rounded(count) == shown
