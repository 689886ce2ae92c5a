"""Articles whose pages name the address of another, over several polls of a listing. All is fictional."""

from dataclasses import replace

import pytest

from scrapers import page
from scrapers.forgetting import Unwanted, without
from scrapers.http import HttpClient
from scrapers.memory import OWNER_MARK
from scrapers.model import Cursor, Item, Source
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")


class Listing:
    """A listing that is polled, and the pages behind it."""

    def __init__(self, site: NewsSite, http: HttpClient) -> None:
        self.site = site
        self.scraper = page.Page(http, http.clock)
        options = page.Options(url=f"{site.url}/news", items=".teaser")
        self.source = Source(id="wire", kind="page", name="Wire (sample)", options=options)
        self.cursor = Cursor()

    def put(self, path: str, title: str, canonical: str | None = None, more: str = "") -> None:
        text = f"What is told beneath “{title}” (fictional sample). " * 9 + more
        link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
        body = f"<article><h1>{title}</h1><p>{text}</p></article>"
        self.site.put(path, f"<html><head><title>{title}</title>{link}</head><body>{body}</body></html>")

    async def poll(self, *paths: str) -> list[tuple[str, str | None]]:
        """Path of the id and title of what a poll of a listing with these links brings."""
        teasers = "".join(f'<p class="teaser"><a href="{path}">A story</a></p>' for path in paths)
        self.site.put("/news", f"<html><body>{teasers}</body></html>")
        fetched = await self.scraper.fetch(self.source, self.cursor)
        self.cursor = fetched.cursor
        return [self._named(item) for item in fetched.items]

    def _named(self, item: Item) -> tuple[str, str | None]:
        assert item.external_id == item.url
        return item.external_id.removeprefix(self.site.url), item.title


@pytest.fixture
def listing(site: NewsSite, http: HttpClient) -> Listing:
    return Listing(site, http)


async def test_a_template_that_names_one_address_on_all_pages_makes_no_edits_of_articles(
    listing: Listing,
) -> None:
    for number, title in enumerate(("First", "Second", "Third"), start=1):
        listing.put(f"/stories/{number}", f"{title} story of the day", "/stories/0")
    assert await listing.poll("/stories/1") == [("/stories/0", "First story of the day")]
    assert await listing.poll("/stories/2", "/stories/1") == [("/stories/2", "Second story of the day")]
    assert await listing.poll("/stories/3", "/stories/2") == [("/stories/3", "Third story of the day")]


async def test_a_page_that_names_an_article_that_was_read_at_its_own_address_is_another(
    listing: Listing,
) -> None:
    listing.put("/stories/1", "First story of the day")
    listing.put("/stories/2", "Second story of the day", "/stories/1")
    assert await listing.poll("/stories/1") == [("/stories/1", "First story of the day")]
    assert await listing.poll("/stories/2", "/stories/1") == [("/stories/2", "Second story of the day")]


async def test_of_two_in_one_poll_neither_keeps_the_address_that_both_name(listing: Listing) -> None:
    listing.put("/stories/1", "First story of the day", "/stories/0")
    listing.put("/stories/2", "Second story of the day", "/stories/0")
    listing.put("/stories/3", "Third story of the day", "/stories/0")
    assert await listing.poll("/stories/2", "/stories/1") == [
        ("/stories/1", "First story of the day"),
        ("/stories/2", "Second story of the day"),
    ]
    assert await listing.poll("/stories/3", "/stories/2") == [("/stories/3", "Third story of the day")]


@pytest.mark.parametrize(
    ("later", "title"),
    [
        ("/moved/story-one", "First story of the day"),
        ("/stories/1/amp", "First story of the day, told anew"),
        ("/stories/1.html?from=front", "First story of the day, told anew"),
        ("/old-number?p=1", "First story of the day"),
    ],
    ids=["moved", "amp", "tracker", "number"],
)
async def test_what_names_its_article_rightly_is_that_article_in_every_poll(
    listing: Listing, later: str, title: str
) -> None:
    listing.put("/stories/1", "First story of the day", "/stories/1")
    listing.put(later, title, "/stories/1")
    assert await listing.poll("/stories/1") == [("/stories/1", "First story of the day")]
    assert await listing.poll(later, "/stories/1") == [("/stories/1", title)]


async def test_a_redirect_leads_to_the_article_itself(listing: Listing) -> None:
    listing.put("/stories/1", "First story of the day")
    assert await listing.poll("/stories/1") == [("/stories/1", "First story of the day")]
    listing.put("/stories/1", "First story of the day, told anew")
    listing.site.put("/away?to=1", "", status=302, headers={"Location": "/stories/1"})
    assert await listing.poll("/away?to=1", "/stories/1") == [
        ("/stories/1", "First story of the day, told anew")
    ]


async def test_two_forms_of_one_page_in_one_poll_are_one_article(listing: Listing) -> None:
    listing.put("/stories/1", "First story of the day", "/stories/1")
    listing.put("/stories/1/amp", "First story of the day (fast)", "/stories/1")
    assert await listing.poll("/stories/1/amp", "/stories/1") == [("/stories/1", "First story of the day")]


@pytest.mark.parametrize("other", ["/short/17", "/war/soldiers-wait-17"])
@pytest.mark.parametrize("reverse", [False, True])
async def test_one_article_at_two_addresses_in_one_poll_is_one(
    listing: Listing, other: str, *, reverse: bool
) -> None:
    own = "/home/soldiers-wait-17"
    listing.put(own, "Soldiers wait for relief", own, "Read 10 times.")
    listing.put(other, "Soldiers wait for relief", own, "Read 11 times.")
    paths = (other, own) if reverse else (own, other)
    assert await listing.poll(*paths) == [(own, "Soldiers wait for relief")]


async def test_an_article_that_is_linked_from_another_section_may_have_another_headline(
    listing: Listing,
) -> None:
    own, other = "/home/soldiers-wait-17", "/war/soldiers-wait-17"
    listing.put(own, "Soldiers wait for relief", own)
    assert await listing.poll(own) == [(own, "Soldiers wait for relief")]
    listing.put(other, "Commander of waiting soldiers dismissed", own)
    assert await listing.poll(other, own) == [(own, "Commander of waiting soldiers dismissed")]


async def test_of_two_pages_of_an_article_in_one_poll_its_own_is_kept(listing: Listing) -> None:
    own, other = "/home/soldiers-wait-17", "/war/soldiers-wait-17"
    listing.put(own, "Soldiers wait for relief", own)
    listing.put(other, "Commander of waiting soldiers dismissed", own)
    assert await listing.poll(own, other) == [(own, "Soldiers wait for relief")]


async def test_the_same_headline_every_day_under_an_address_that_none_was_read_at(listing: Listing) -> None:
    for number in (1, 2):
        listing.put(f"/days/{number}", "The day in short", "/summary/of-the-day", f"Of day {number}.")
    assert await listing.poll("/days/2", "/days/1") == [
        ("/days/1", "The day in short"),
        ("/days/2", "The day in short"),
    ]


async def test_without_a_memory_of_titles_an_address_is_believed(listing: Listing) -> None:
    """So cursors of before this was remembered go on as they did."""
    listing.put("/stories/1", "First story of the day", "/stories/0")
    listing.put("/stories/2", "Second story of the day", "/stories/0")
    await listing.poll("/stories/1")
    listing.cursor = replace(
        listing.cursor, values={key: told for key, told in listing.cursor.values.items() if key != "told"}
    )
    assert await listing.poll("/stories/2", "/stories/1") == [("/stories/0", "Second story of the day")]


async def test_of_what_was_purged_it_is_known_which_names_were_its(listing: Listing) -> None:
    listing.put("/stories/1", "First story of the day")
    listing.put("/short/1", "First story of the day", "/stories/1")
    listing.put("/stories/2", "Second story of the day", "/stories/1")
    listing.put("/stories/3", "Third story of the day")
    assert await listing.poll("/short/1") == [("/stories/1", "First story of the day")]
    purged = Unwanted(external_id=f"{listing.site.url}/stories/1")
    listing.cursor = without(listing.cursor, [purged], "5e" * 16)
    listing.site.asked_since()
    assert await listing.poll("/stories/3", "/stories/2", "/short/1") == [
        ("/stories/2", "Second story of the day"),
        ("/stories/3", "Third story of the day"),
    ]
    assert "/short/1" not in listing.site.asked_since()


async def test_a_cursor_that_was_written_before_titles_had_owners_is_understood(listing: Listing) -> None:
    listing.put("/stories/1", "First story of the day")
    await listing.poll("/stories/1")
    told = (listing.cursor.text("told") or "").split()
    older = " ".join(entry.rpartition(OWNER_MARK)[2] for entry in told)
    listing.cursor = listing.cursor.with_values(told=older)
    listing.put("/zpravy/moved", "First story of the day", "/stories/1")
    assert await listing.poll("/zpravy/moved") == [("/stories/1", "First story of the day")]
