import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.address import Target, judge_url
from scrapers.errors import Refused, ScrapeError, Unavailable
from scrapers.http import HttpClient
from scrapers.response import Response
from scrapers.robots import Robots
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.loopback import LOOPBACK
from tests.fakes.raw_server import RawServer, by_path, http_bytes

PAGE = http_bytes("200 OK", b"(fictional sample)")


def client(clock: HandClock | None = None) -> HttpClient:
    return HttpClient(LOOPBACK, clock or HandClock())


def rules(text: str) -> bytes:
    return http_bytes("200 OK", text.encode())


async def test_a_page_that_robots_txt_keeps_is_not_fetched() -> None:
    answer = by_path(robots_txt=rules("User-agent: *\nDisallow: /private"), private=PAGE, public=PAGE)
    async with RawServer(answer) as server, client() as http:
        assert (await http.get(f"{server.url}/public", robots=True)).status == 200
        with pytest.raises(Refused, match=r"robots\.txt of 127\.0\.0\.1 keeps this page from Groundswell"):
            await http.get(f"{server.url}/private", robots=True)
    assert server.paths == ["/robots.txt", "/public"]


async def test_robots_txt_is_not_asked_where_nobody_wants_it() -> None:
    answer = by_path(robots_txt=rules("User-agent: *\nDisallow: /"), page=PAGE)
    async with RawServer(answer) as server, client() as http:
        await http.get(f"{server.url}/page")
    assert server.paths == ["/page"]


async def test_rules_for_our_own_name_come_first() -> None:
    text = "User-agent: groundswell\nDisallow: /page\n\nUser-agent: *\nAllow: /"
    async with RawServer(by_path(robots_txt=rules(text), page=PAGE)) as server, client() as http:
        with pytest.raises(Refused):
            await http.get(f"{server.url}/page", robots=True)


async def test_every_hop_is_asked_about() -> None:
    closed = by_path(robots_txt=rules("User-agent: *\nDisallow: /"), page=PAGE)
    async with RawServer(closed) as server:
        moved = http_bytes("302 Found", location=f"{server.url}/page")
        async with RawServer(by_path(page=moved)) as first, client() as http:
            with pytest.raises(Refused, match=r"robots\.txt"):
                await http.get(f"{first.url}/page", robots=True)
    assert server.paths == ["/robots.txt"]


async def test_rules_that_moved_are_followed() -> None:
    answer = by_path(
        robots_txt=http_bytes("301 Moved", location="/rules"),
        rules=rules("User-agent: *\nDisallow: /page"),
        page=PAGE,
    )
    async with RawServer(answer) as server, client() as http:
        with pytest.raises(Refused):
            await http.get(f"{server.url}/page", robots=True)


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "401 Unauthorized", "410 Gone"])
async def test_without_rules_everything_may_be_read(status: str) -> None:
    async with RawServer(by_path(robots_txt=http_bytes(status), page=PAGE)) as server, client() as http:
        assert (await http.get(f"{server.url}/page", robots=True)).status == 200


@pytest.mark.parametrize("status", ["500 Oops", "503 Later", "429 Too Many Requests", "302 Found"])
async def test_unreadable_rules_mean_not_now(status: str) -> None:
    broken = http_bytes(status, location="http://10.0.0.1/")
    if not status.startswith("302"):
        broken = http_bytes(status)
    clock = HandClock()
    async with RawServer(by_path(robots_txt=broken, page=PAGE)) as server, client(clock) as http:
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"robots\.txt is not known"):
                await http.get(f"{server.url}/page", robots=True)
        assert server.paths == ["/robots.txt"]
        clock.moment += timedelta(minutes=11)
        with pytest.raises(Unavailable):
            await http.get(f"{server.url}/page", robots=True)
    assert server.paths == ["/robots.txt", "/robots.txt"]


async def test_rules_are_asked_for_once_a_day_and_by_many_at_once_only_once() -> None:
    clock = HandClock()
    async with (
        RawServer(by_path(robots_txt=rules("User-agent: *\nAllow: /"), page=PAGE)) as server,
        client(clock) as http,
    ):
        await asyncio.gather(*(http.get(f"{server.url}/page", robots=True) for _ in range(5)))
        clock.moment += timedelta(hours=23)
        await http.get(f"{server.url}/page", robots=True)
        assert server.paths.count("/robots.txt") == 1
        clock.moment += timedelta(hours=2)
        await http.get(f"{server.url}/page", robots=True)
    assert server.paths.count("/robots.txt") == 2


async def test_old_rules_stay_in_force_while_new_ones_cannot_be_read() -> None:
    answers = {"/robots.txt": rules("User-agent: *\nDisallow: /private"), "/page": PAGE, "/private": PAGE}

    async def write(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answers[path])

    clock = HandClock()
    async with RawServer(write) as server, client(clock) as http:
        await http.get(f"{server.url}/page", robots=True)
        answers["/robots.txt"] = http_bytes("500 Oops")
        clock.moment += timedelta(days=2)
        await http.get(f"{server.url}/page", robots=True)
        with pytest.raises(Refused):
            await http.get(f"{server.url}/private", robots=True)


async def test_a_crawl_delay_is_kept() -> None:
    text = "User-agent: *\nCrawl-delay: 0.2\nAllow: /"
    async with RawServer(by_path(robots_txt=rules(text), page=PAGE)) as server, client() as http:
        for _ in range(3):
            await http.get(f"{server.url}/page", robots=True)
    first, second, third = server.started[1:]
    assert second - first >= 0.18
    assert third - second >= 0.18


def target(url: str = "https://example.org/page?a=b") -> Target:
    verdict = judge_url(url)
    assert isinstance(verdict, Target)
    return verdict


async def delay(body: bytes) -> timedelta:
    async def ask(url: str) -> Response:
        return Response(url=url, status=200, headers={}, body=body, fetched_at=NOON)

    return await Robots(ask, HandClock()).delay(target())


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7), ("1e9", 60), ("-5", 0), ("nan", 0), ("inf", 0), ("soon", 0), ("", 0)]
)
async def test_a_crawl_delay_is_bounded(text: str, seconds: int) -> None:
    assert await delay(f"User-agent: *\nCrawl-delay: {text}".encode()) == timedelta(seconds=seconds)


async def test_only_the_beginning_of_endless_rules_is_read() -> None:
    padding = b"# (fictional sample)\n" * 30_000
    assert await delay(padding + b"User-agent: *\nDisallow: /\n") == timedelta(0)
    with pytest.raises(Refused):
        await delay(b"User-agent: *\nDisallow: /\n" + padding)


@settings(deadline=None)
@given(st.binary(), st.text())
async def test_any_rules_give_a_bounded_delay_or_a_refusal(data: bytes, pattern: str) -> None:
    for body in (
        data,
        b"User-agent: *\nDisallow: " + data,
        f"User-agent: *\nAllow: /{pattern}*$".encode("utf-8", "replace"),
    ):
        try:
            found = await delay(body)
        except ScrapeError as error:
            assert isinstance(error, Refused)  # noqa: PT017 - either outcome is right
        else:
            assert timedelta(0) <= found <= timedelta(seconds=60)


async def test_only_so_many_origins_are_remembered() -> None:
    asked: list[str] = []

    async def ask(url: str) -> Response:
        asked.append(url)
        return Response(url=url, status=404, headers={}, body=b"", fetched_at=NOON)

    robots = Robots(ask, HandClock())
    for number in range(1_001):
        await robots.delay(target(f"https://{number}.example.org/"))
    await robots.delay(target("https://1000.example.org/"))
    assert len(asked) == 1_001
    await robots.delay(target("https://0.example.org/"))
    assert asked[-1] == "https://0.example.org/robots.txt"
