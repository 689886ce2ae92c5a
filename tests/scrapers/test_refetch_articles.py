"""Reading the pages of stored articles again: of news pages, and of feeds with full texts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scrapers import feed, page
from scrapers.errors import Throttled
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Item, Outcome, Source, Wanted
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")

KINDS = ["feed", "page"]


class Desk:
    """A source of one kind before a site with stories."""

    def __init__(self, kind: str, site: NewsSite, http: HttpClient) -> None:
        self.site = site
        self.scraper: feed.Feed | page.Page
        options: object
        if kind == "feed":
            self.scraper = feed.Feed(http, http.clock)
            options = feed.Options(url=f"{site.url}/feed", full_text=True)
        else:
            self.scraper = page.Page(http, http.clock)
            options = page.Options(url=f"{site.url}/news", items=".teaser")
        self.source = Source(id="wire", kind=kind, name="Wire (sample)", options=options)

    async def read(self, *numbers: int) -> list[Item]:
        """Publishes and reads stories."""
        for number in numbers:
            self.put_story(number)
        teasers = "".join(f'<p class="teaser"><a href="/stories/{n}">Story {n}</a></p>' for n in numbers)
        self.site.put("/news", f"<html><body>{teasers}</body></html>")
        self.site.put("/feed", rss(*numbers))
        items = (await self.scraper.fetch(self.source, Cursor())).items
        self.site.asked_since()
        return list(items)

    def put_story(self, number: int, words: str = "stands on its own page", **changes: object) -> None:
        text = f"The whole text of story {number} {words} (fictional sample). " * 6
        head = f'<meta property="og:type" content="article"><title>Story {number}</title>'
        body = f"<article><h1>Story {number}</h1><p>{text}</p><p>{text}</p></article>"
        self.site.put(
            f"/stories/{number}", f'<html lang="en"><head>{head}</head><body>{body}</body></html>', **changes
        )

    async def reread(self, *items: Item) -> Fetched:
        wanted = [
            Wanted(external_id=item.external_id, url=item.url, title=item.title, text=item.text)
            for item in items
        ]
        return await self.scraper.refetch(self.source, tuple(wanted))


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, site: NewsSite, http: HttpClient) -> Desk:
    return Desk(request.param, site, http)


def rss(*numbers: int) -> str:
    entries = "".join(
        f"<item><guid isPermaLink='false'>id-{n}</guid><title>Wire story {n}</title><link>/stories/{n}</link>"
        f"<description>What only the feed says of story {n} (fictional sample).</description></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>Wire (fictional sample)</title>{entries}</channel></rss>"


async def test_what_did_not_change_reads_the_same(desk: Desk) -> None:
    items = await desk.read(1, 2)
    fetched = await desk.reread(*items)
    assert [(item.external_id, item.url, item.title, item.text) for item in fetched.items] == [
        (item.external_id, item.url, item.title, item.text) for item in items
    ]
    assert (fetched.outcome, fetched.fetched_at, fetched.refusals) == (Outcome.ITEMS, NOON, ())
    assert sorted(desk.site.asked_since()) == ["/stories/1", "/stories/2"]
    assert not any(item.edited for item in fetched.items)


async def test_a_rewritten_article_is_read_as_it_is_now(desk: Desk) -> None:
    (item,) = await desk.read(1)
    desk.put_story(1, "was written anew")
    (now,) = (await desk.reread(item)).items
    assert "was written anew" in now.text
    assert "stands on its own page" not in now.text
    assert now.external_id == item.external_id


async def test_a_page_that_is_gone_is_absent_and_the_rest_goes_on(desk: Desk) -> None:
    first, second, third, fourth = await desk.read(1, 2, 3, 4)
    gone, gone_for_good, left = replace_stories(desk, first, second, third)
    fetched = await desk.reread(first, second, third, fourth)
    assert fetched.absent == {gone.external_id, gone_for_good.external_id}
    assert [item.external_id for item in fetched.items] == [fourth.external_id]
    assert [refusal.url for refusal in fetched.refusals] == [left.url]
    assert "not read again: too little text" in fetched.refusals[0].reason


def replace_stories(desk: Desk, first: Item, second: Item, third: Item) -> tuple[Item, Item, Item]:
    """Two of the stories vanish and a third one's page is no article any more."""
    for item, status in ((first, 404), (second, 410)):
        desk.site.put(path(desk, item), "", status=status)
    desk.site.put(path(desk, third), "<html><body><p>Too short (fictional sample)</p></body></html>")
    return first, second, third


def path(desk: Desk, item: Item) -> str:
    return (item.url or "").removeprefix(desk.site.url)


async def test_a_redirect_to_the_front_page_is_no_deletion(desk: Desk) -> None:
    (item,) = await desk.read(1)
    desk.site.put("/", f"<html><body><h1>News</h1>{'<a href=/x>A teaser</a> ' * 40}</body></html>")
    desk.site.put("/stories/1", "", status=302, headers={"Location": "/"})
    fetched = await desk.reread(item)
    assert (fetched.outcome, fetched.items, fetched.absent) == (Outcome.NOTHING_NEW, (), frozenset())
    assert len(fetched.refusals) == 1


async def test_five_pages_a_call(desk: Desk) -> None:
    items = await desk.read(*range(1, 8))
    fetched = await desk.reread(*items)
    assert [item.external_id for item in fetched.items] == [item.external_id for item in items[:5]]
    assert len(desk.site.asked_since()) == 5


async def test_a_site_that_is_asked_too_much_is_asked_no_further(desk: Desk) -> None:
    items = await desk.read(1, 2, 3)
    desk.site.put(path(desk, items[1]), "", status=429, headers={"Retry-After": "60"})
    fetched = await desk.reread(*items)
    assert [item.external_id for item in fetched.items] == [items[0].external_id]
    assert len(desk.site.asked_since()) == 2
    with pytest.raises(Throttled) as raised:
        await desk.reread(*items[1:])
    assert raised.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize("status", [403, 503])
async def test_two_pages_that_cannot_be_had_are_enough_for_a_call(desk: Desk, status: int) -> None:
    items = await desk.read(1, 2, 3)
    for item in items:
        desk.site.put(path(desk, item), "", status=status)
    fetched = await desk.reread(*items)
    assert (fetched.items, fetched.absent) == ((), frozenset())
    assert [refusal.url for refusal in fetched.refusals] == [item.url for item in items[:2]]
    assert len(desk.site.asked_since()) == 2


async def test_an_item_without_an_address_is_refused(desk: Desk) -> None:
    (item,) = await desk.read(1)
    fetched = await desk.reread(replace(item, url=None))
    assert fetched.refusals[0].reason == "not read again: it has no address of its own"


async def test_a_summary_becomes_a_full_text_without_being_an_edit(site: NewsSite, http: HttpClient) -> None:
    desk = Desk("feed", site, http)
    (whole,) = await desk.read(1)
    site.put("/stories/1", "", status=503)
    (summary,) = (await desk.scraper.fetch(desk.source, Cursor())).items
    desk.put_story(1)
    (now,) = (await desk.reread(summary)).items
    assert (summary.full_text, now.full_text) == (False, True)
    assert (now.external_id, now.title) == (whole.external_id, whole.title)
    assert not now.edited


async def test_an_address_that_leads_to_another_site_is_no_article_of_this_one(
    site: NewsSite, http: HttpClient
) -> None:
    desk = Desk("page", site, http)
    (item,) = await desk.read(1)
    with NewsSite() as other:
        there = Desk("page", other, http)
        there.put_story(1, "is another's")
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        site.put("/stories/1", "", status=302, headers={"Location": f"{elsewhere}/stories/1"})
        options = HttpOptions(allow_private=("127.0.0.1", "localhost"), per_host_interval=timedelta(0))
        async with HttpClient(options, HandClock()) as client:
            desk.scraper = page.Page(client, client.clock)
            fetched = await desk.reread(item)
    assert (fetched.items, fetched.absent) == ((), frozenset())
    assert "leads to localhost now" in fetched.refusals[0].reason
