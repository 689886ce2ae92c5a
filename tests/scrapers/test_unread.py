"""Articles in a row that could not be read. All pages are invented."""

import pytest

from scrapers import feed
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Outcome, Source
from scrapers.unread import told_of_unread, with_unread
from tests.fakes.hand_clock import HandClock
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")

WALL = "a consent wall"


def fetched(cursor: Cursor, clock: HandClock) -> Fetched:
    return Fetched(source_id="wire", outcome=Outcome.NOTHING_NEW, fetched_at=clock.now(), cursor=cursor)


@pytest.mark.parametrize(
    ("polls", "told"),
    [
        ([1], False),
        ([3], True),
        ([1, 1, 1], False),
        ([1, 1, 1, 1], True),
        ([2, 0, 0, 2], True),
        ([2, 1, -1, 1, 2], False),
        ([4, -1], False),
        ([3, 0], True),
    ],
    ids=str,
)
def test_it_is_told_of_four_over_polls_or_three_in_one_until_one_is_read(
    polls: list[int], *, told: bool, clock: HandClock
) -> None:
    cursor = Cursor()
    for refused in polls:  # -1: one was read
        cursor = with_unread(cursor, [WALL] * refused, read=refused < 0)
    assert bool(told_of_unread(fetched(cursor, clock)).unread) == told


def test_the_latest_reason_is_told(clock: HandClock) -> None:
    cursor = with_unread(Cursor(), [WALL], read=False)
    assert told_of_unread(fetched(cursor, clock)).refused_of_late == "1 new article: a consent wall"
    cursor = with_unread(cursor, [WALL, "a quiz"], read=False)
    assert told_of_unread(fetched(cursor, clock)).refused_of_late == "3 new articles in a row: a quiz"
    cursor = with_unread(cursor, [WALL], read=False)
    told = told_of_unread(fetched(cursor, clock)).unread
    assert told == "none of the last 4 new articles could be read: a consent wall"


@pytest.mark.parametrize(("status", "number"), [(404, 4), (403, 4), (503, 0)])
async def test_pages_of_a_feed_that_cannot_be_reached_are_not_counted(
    site: NewsSite, http: HttpClient, clock: HandClock, status: int, number: int
) -> None:
    options = feed.Options(url=f"{site.url}/feed", full_text=True)
    wire = Source(id="wire", kind="feed", name="Wire (sample)", options=options)
    cursor, last = Cursor(), None
    for story in range(4):
        link = f"{site.url}/stories/{story}"
        entry = f"<item><guid>{story}</guid><title>Story {story}</title><link>{link}</link></item>"
        site.put("/feed", f"<rss version='2.0'><channel><title>Wire</title>{entry}</channel></rss>")
        site.put(f"/stories/{story}", "", status=status)
        last = await feed.Feed(http, clock).fetch(wire, cursor)
        cursor = last.cursor
    assert last is not None
    assert (cursor.number("unread"), bool(last.unread)) == (number, number > 0)
