"""The sample web over real HTTP."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monitor.demo.load import load_story
from monitor.demo.web import SampleWeb

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
FEEDS = [outlet.listing for outlet in load_story().outlets.values() if outlet.format != "page"]
LISTINGS = [outlet.listing for outlet in load_story().outlets.values()]


class Hands:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.elapsed = timedelta(0)

    def now(self) -> datetime:
        return START + self.elapsed


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def client(clock: Hands) -> Iterator[httpx.Client]:
    with SampleWeb(clock, START) as web, httpx.Client(base_url=web.base_url, trust_env=False) as client:
        yield client


def test_posts_appear_as_time_goes_by(client: httpx.Client, clock: Hands):
    before = client.get("/s/PYTY_DOMOY").text
    clock.elapsed = timedelta(days=3, hours=14)
    after = client.get("/s/PYTY_DOMOY").text
    assert "Лесного гарнизона. Боец" not in before
    assert "Лесного гарнизона. Боец" in after


def test_user_names_are_read_in_any_case(client: httpx.Client):
    assert client.get("/s/pyty_domoy").text == client.get("/s/PYTY_DOMOY").text


def test_an_unknown_name_leads_to_telegrams_home(client: httpx.Client):
    response = client.get("/s/nobody_has_this_name")
    assert (response.status_code, response.headers["location"]) == (302, "https://telegram.org/")


def test_a_preview_that_is_switched_off_leads_to_the_channels_card(client: httpx.Client, clock: Hands):
    assert client.get("/s/sample_mamy_stepove").status_code == 200
    clock.elapsed = timedelta(days=8, hours=12)
    response = client.get("/s/sample_mamy_stepove")
    assert response.status_code == 302
    assert response.headers["location"] == str(client.base_url.join("/sample_mamy_stepove"))
    card = client.get("/sample_mamy_stepove")
    assert card.status_code == 200
    assert "Мами Степового" in card.text
    assert "tgme_widget_message" not in card.text


def test_a_single_post_has_a_page_while_it_is_there(client: httpx.Client, clock: Hands):
    threat = next(post for post in load_story().channels["sample_lesnoy_families"].posts if post.copies)
    path = f"/sample_lesnoy_families/{threat.number}"
    statuses = []
    for days in (2, 4, 6):
        clock.elapsed = timedelta(days=days)
        statuses.append(client.get(path).status_code)
    assert statuses == [404, 200, 404]


@pytest.mark.parametrize("listing", LISTINGS)
def test_304_is_honest(listing: str, client: httpx.Client, clock: Hands):
    clock.elapsed = timedelta(days=4)
    first = client.get(listing)
    by_tag = {"If-None-Match": first.headers["etag"]}
    by_date = {"If-Modified-Since": first.headers["last-modified"]}
    assert [client.get(listing, headers=headers).status_code for headers in (by_tag, by_date)] == [304, 304]
    assert client.get(listing, headers=by_tag).content == b""
    clock.elapsed = timedelta(days=9, hours=20)
    assert [client.get(listing, headers=headers).status_code for headers in (by_tag, by_date)] == [200, 200]


def test_a_broken_date_asks_for_the_whole_feed(client: httpx.Client):
    response = client.get(FEEDS[0], headers={"If-Modified-Since": "the day before yesterday"})
    assert response.status_code == 200


def test_dates_are_the_clocks(client: httpx.Client, clock: Hands):
    clock.elapsed = timedelta(days=1)
    response = client.get("/forum24/feed")
    assert response.headers["date"] == "Tue, 03 Mar 2026 06:00:00 GMT"
    assert response.headers["last-modified"] == "Mon, 02 Mar 2026 13:00:00 GMT"


@pytest.mark.parametrize("listing", LISTINGS)
def test_every_link_of_a_listing_leads_to_an_article(listing: str, client: httpx.Client, clock: Hands):
    clock.elapsed = timedelta(days=9, hours=23)
    base_url = str(client.base_url).rstrip("/")
    links = set(re.findall(rf"{base_url}/[^\s\"<?#]+", client.get(listing).text))
    pages = [client.get(link).text for link in links]
    assert sum("<h1" in page and "Not found" not in page for page in pages) >= 6


def test_an_article_is_not_there_before_it_is_published(client: httpx.Client, clock: Hands):
    path = "/forum24/slovo-rotace"
    assert client.get(path).status_code == 404
    clock.elapsed = timedelta(days=8, hours=7)
    assert client.get(path).status_code == 200


def test_an_outlet_is_out_of_order_for_an_evening(client: httpx.Client, clock: Hands):
    clock.elapsed = timedelta(days=5, hours=18)
    response = client.get("/idnes-tv/zpravy")
    assert (response.status_code, response.headers["retry-after"]) == (503, "600")
    clock.elapsed = timedelta(days=6)
    assert client.get("/idnes-tv/zpravy").status_code == 200


def test_robots_may_read_everything(client: httpx.Client):
    response = client.get("/robots.txt")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == "User-agent: *\nAllow: /\n"


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/forum24/feed/more", "/s/", "/s/PYTY_DOMOY/1", "/nobody/12"]
)
def test_what_is_not_there_is_404(path: str, client: httpx.Client):
    assert client.get(path).status_code == 404


def test_head_has_no_body(client: httpx.Client):
    response = client.head("/forum24/feed")
    assert (response.status_code, response.content) == (200, b"")


def test_many_readers_at_once_see_the_same(client: httpx.Client, clock: Hands):
    clock.elapsed = timedelta(days=7)
    with ThreadPoolExecutor(8) as pool:
        pages = set(pool.map(lambda _: client.get("/s/PYTY_DOMOY").text, range(40)))
    assert len(pages) == 1


def test_nobody_answers_after_the_end(clock: Hands):
    with SampleWeb(clock, START) as web, httpx.Client(trust_env=False) as client:
        address = f"{web.base_url}/robots.txt"
        assert client.get(address).status_code == 200
    with httpx.Client(trust_env=False) as late, pytest.raises(httpx.ConnectError):
        late.get(address)
