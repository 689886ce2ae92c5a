"""A feed that stands still while its site moves on."""

from datetime import timedelta

import pytest

from scrapers import feed
from scrapers.feed_stuck import (
    after_look,
    articles_on,
    is_look_due,
    is_own_site,
    reason,
    standing,
    with_state,
)
from scrapers.http import HttpClient
from scrapers.memory import short_hash
from scrapers.model import Cursor, Fetched, Outcome, Source
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.news_site import NewsSite

DAY = timedelta(days=1)
FEED = "https://feeds.paper.example.org/all.xml"


def hashes(*numbers: int) -> frozenset[str]:
    return frozenset(short_hash(f"https://paper.example.org/story-{n}".encode()) for n in numbers)


@pytest.mark.parametrize(
    ("site", "allowed"),
    [
        ("https://feeds.paper.example.org/", True),
        ("https://paper.example.org/", True),
        ("https://www.paper.example.org/", True),
        ("https://news.example.org/", False),
        ("https://notpaper.example.org/", False),
        ("https://elsewhere.example.com/", False),
        ("https://org/", False),
        ("mailto:desk@example.org", False),
    ],
)
def test_only_the_feeds_own_site_is_asked(site: str, allowed: bool) -> None:  # noqa: FBT001
    assert is_own_site(site, FEED) is allowed
    assert (with_state(Cursor(), [], site, FEED).text("site") == site) is allowed


def test_a_public_suffix_is_nobodys_site() -> None:
    assert not is_own_site("https://co.uk/", "https://paper.co.uk/feed")


def test_article_like_links_of_the_same_host_count() -> None:
    body = b"""<a href="/2026/03/rodiny-zadaji-o-rotaci">1</a> <a href="https://www.paper.example.org/a/12345">2</a>
    <a href="/politics">section</a> <a href="/">home</a> <a href="https://other.example.org/12345/x">other</a>
    <a href="/2026/03/rodiny-zadaji-o-rotaci?utm_source=x#top">1 again</a> <a href="javascript:x()">no</a>"""
    assert len(articles_on(body, "https://paper.example.org/")) == 2
    assert articles_on(b"", "https://paper.example.org/") == frozenset()


def test_the_time_of_standing_still_begins_anew_with_each_change() -> None:
    first = standing(Cursor(), with_state(Cursor(), ["a"], None, FEED), NOON)
    same = standing(first, first.with_values(unchanged=1), NOON + 4 * DAY)
    flagged = same.with_values(stuck=1, links="x", looked=NOON.isoformat())
    moved = standing(flagged, with_state(flagged, ["a", "b"], None, FEED), NOON + 5 * DAY)
    assert same.text("same_since") == NOON.isoformat()
    assert moved.text("same_since") == (NOON + 5 * DAY).isoformat()
    assert [moved.text(key) for key in ("stuck", "links", "looked")] == [None, None, None]


def test_a_feed_that_often_stands_still_for_a_week_is_given_two() -> None:
    """Not more, however long it once stood."""
    for stood, patience in ((1, 3), (7, 14), (60, 14)):
        first = standing(Cursor(), with_state(Cursor(), ["a"], None, FEED), NOON)
        moved = standing(first, with_state(first, ["b"], None, FEED), NOON + stood * DAY)
        again = moved.with_values(entries="c", same_since=NOON.isoformat())
        assert not is_look_due(again, NOON + patience * DAY - timedelta(minutes=1))
        assert is_look_due(again, NOON + patience * DAY)


def test_the_order_of_entries_is_no_change() -> None:
    one, other = (with_state(Cursor(), states, None, FEED) for states in (["a", "b"], ["b", "a"]))
    assert one == other


def test_the_site_is_looked_at_after_three_days_and_once_a_day() -> None:
    cursor = Cursor(values={"same_since": NOON.isoformat()})
    looked = after_look(cursor, hashes(1), NOON + 3 * DAY)
    assert [is_look_due(cursor, NOON + days * DAY) for days in (0, 2, 3, 9)] == [False, False, True, True]
    assert not is_look_due(looked, NOON + 4 * DAY - timedelta(minutes=1))
    assert is_look_due(looked, NOON + 4 * DAY)
    assert not is_look_due(looked.with_values(stuck=1), NOON + 9 * DAY)
    assert not is_look_due(Cursor(), NOON)


@pytest.mark.parametrize(
    ("later", "stuck"), [((1, 2), False), ((1, 2, 3, 4), False), ((1, 2, 3, 4, 5), True), ((7, 8, 9), True)]
)
def test_three_new_pages_since_the_first_look_are_telling(later: tuple[int, ...], stuck: bool) -> None:  # noqa: FBT001
    start = Cursor(values={"same_since": NOON.isoformat(), "site": "https://www.paper.example.org/"})
    first = after_look(start, hashes(1, 2), NOON + 3 * DAY)
    second = after_look(first, hashes(*later), NOON + 4 * DAY)
    told = reason(second, NOON + 4 * DAY + timedelta(hours=5))
    expected = "the feed has shown the same for 4 days while paper.example.org has new pages"
    assert told == (expected if stuck else None)
    assert reason(first, NOON + 9 * DAY) is None


def test_a_page_that_showed_nothing_is_no_first_look() -> None:
    blind = after_look(Cursor(values={"same_since": NOON.isoformat()}), frozenset(), NOON + 3 * DAY)
    seeing = after_look(blind, hashes(1, 2, 3), NOON + 4 * DAY)
    assert not seeing.number("stuck")
    assert after_look(seeing, frozenset(), NOON + 5 * DAY).text("links") == seeing.text("links")


@pytest.mark.parametrize("new", [0, 100])
def test_of_a_large_page_a_fair_sample_is_kept(new: int) -> None:
    first = after_look(Cursor(), hashes(*range(300)), NOON)
    shown = hashes(*range(300, 300 + new), *range(300 - new))
    assert len((first.text("links") or "").split()) == 40
    assert after_look(first, shown, NOON + DAY).number("stuck") == (1 if new else 0)


# over real HTTP


class Desk:
    """A feed that is polled twice a day."""

    def __init__(self, site: NewsSite, http: HttpClient, clock: HandClock) -> None:
        self.site = site
        self.clock = clock
        self.scraper = feed.Feed(http, clock)
        self.cursor = Cursor()
        self.path = "/feed"

    async def poll(self, days: float = 0.5) -> Fetched:
        self.clock.moment += timedelta(days=days)
        options = feed.Options(url=self.site.url + self.path)
        source = Source(id="wire", kind="feed", name="Wire (sample)", options=options)
        fetched = await self.scraper.fetch(source, self.cursor)
        self.cursor = fetched.cursor
        return fetched

    def put_feed(self, *numbers: int, built: str = "", home: str = "/", **changes: object) -> None:
        entries = "".join(
            f"<item><guid isPermaLink='false'>{n}</guid><title>Story {n} (fictional)</title></item>"
            for n in numbers
        )
        head = f"<link>{home}</link><lastBuildDate>{built}</lastBuildDate>"
        self.site.put("/feed", f"<rss version='2.0'><channel>{head}{entries}</channel></rss>", **changes)

    def put_home(self, *numbers: int) -> None:
        links = "".join(f"<a href='/stories/a-fictional-story-{n}'>{n}</a>" for n in numbers)
        self.site.put("/", f"<html><body>{links}</body></html>")


@pytest.fixture
def desk(site: NewsSite, http: HttpClient, clock: HandClock) -> Desk:
    return Desk(site, http, clock)


@pytest.mark.parametrize("answer", ["304", "same body", "other body"])
async def test_a_feed_left_behind_by_its_site_is_told_until_it_moves(desk: Desk, answer: str) -> None:
    desk.put_feed(1, 2, etag='"v1"' if answer == "304" else None)
    desk.put_home(1, 2)
    told = []
    for half_days in range(14):
        if answer == "other body":
            desk.put_feed(1, 2, built=f"written anew {half_days}")
        desk.put_home(*range(half_days + 1))
        told.append((await desk.poll()).stuck)
    assert told[:10] == [None] * 10
    assert told[10:] == [
        f"the feed has shown the same for {days} days while 127.0.0.1 has new pages" for days in (5, 5, 6, 6)
    ]
    assert desk.site.asked.count("/") == 3
    desk.put_feed(1, 2, 3)
    assert (await desk.poll()).stuck is None
    assert len(repr(desk.cursor.values)) < 1_500


async def test_a_quiet_site_is_no_stuck_feed(desk: Desk) -> None:
    desk.put_feed(1, 2)
    desk.put_home(1, 2)
    told = [(await desk.poll()).stuck for _ in range(20)]
    assert set(told) == {None}
    assert 6 <= desk.site.asked.count("/") <= 7


async def test_a_feed_that_moves_never_makes_us_ask_for_its_site(desk: Desk) -> None:
    for number in range(20):
        desk.put_feed(number, number + 1)
        assert (await desk.poll()).stuck is None
    assert "/" not in desk.site.asked


@pytest.mark.parametrize("hindrance", ["missing", "robots", "elsewhere"])
async def test_a_page_that_cannot_be_had_is_no_failure_of_the_feed(desk: Desk, hindrance: str) -> None:
    desk.put_feed(1, 2, home="https://elsewhere.example.com/" if hindrance == "elsewhere" else "/")
    if hindrance == "robots":
        desk.put_home(1)
        desk.site.put("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    fetches = [await desk.poll() for _ in range(12)]
    assert {fetched.stuck for fetched in fetches} == {None}
    assert {fetched.outcome for fetched in fetches[1:]} == {Outcome.NOTHING_NEW}
    assert desk.site.asked.count("/") == (3 if hindrance == "missing" else 0)


async def test_a_feed_at_another_address_is_read_afresh(desk: Desk) -> None:
    desk.put_feed(1, 2, etag='"v1"')
    await desk.poll()
    desk.site.pages["/moved"] = desk.site.pages["/feed"]
    desk.path = "/moved"
    moved = await desk.poll()
    assert (moved.outcome, len(moved.items), moved.gap) == (Outcome.ITEMS, 2, None)
    again = await desk.poll()
    assert again.outcome is Outcome.NOTHING_NEW


async def test_another_feed_under_the_same_id_is_no_gap(desk: Desk) -> None:
    desk.put_feed(1, 2)
    await desk.poll()
    desk.put_feed(8, 9)
    desk.site.pages["/other"] = desk.site.pages["/feed"]
    desk.path = "/other"
    assert (await desk.poll()).gap is None


async def test_atom_and_json_feeds_name_their_site_too(desk: Desk) -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/x"/><link href="/a"/></feed>'
    json_feed = '{"version": "https://jsonfeed.org/version/1.1", "home_page_url": "/j", "items": []}'
    sites = []
    for body in (atom, json_feed):
        desk.site.put("/feed", body)
        await desk.poll()
        sites.append((desk.cursor.text("site") or "").removeprefix(desk.site.url))
    assert sites == ["/a", "/j"]
