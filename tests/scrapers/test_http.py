import asyncio
import gzip
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from scrapers.errors import Blocked, Gone, Refused, Throttled, Unavailable
from scrapers.http import HttpClient, HttpOptions, Resolver
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.raw_server import RawServer, always, by_path, http_bytes, then_hang_up

PAGE = b"<p>(fictional sample)</p>"


class Names:
    """Somebody else's name server: for each name its answers in turn, the last one again and again."""

    def __init__(self, **answers: list[Sequence[str]]) -> None:
        self.asked: list[str] = []
        self._answers = {f"{name}.example.org": answer for name, answer in answers.items()}

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if answers is None:
            raise OSError(f"no such name: {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def client(
    *allow: str,
    resolver: Resolver | None = None,
    interval: timedelta = timedelta(0),
    concurrency: int = 2,
    hops: int = 5,
    contact: str | None = None,
    proxy: str | None = None,
) -> HttpClient:
    options = HttpOptions(
        allow_private=allow or ("127.0.0.1",),
        per_host_interval=interval,
        per_host_concurrency=concurrency,
        max_redirects=hops,
        contact=contact,
        proxy=proxy,
    )
    return HttpClient(options, HandClock(), resolver=resolver)


async def test_a_page_comes_with_its_headers_and_time() -> None:
    async with (
        RawServer(always(http_bytes("200 OK", PAGE, ETag='"1"', X_Twice="a"))) as server,
        client() as http,
    ):
        response = await http.get(f"{server.url}/page?a=b#part")
    assert (response.status, response.body, response.fetched_at) == (200, PAGE, NOON)
    assert response.url == f"{server.url}/page?a=b"
    assert (response.headers["etag"], response.headers["x-twice"]) == ('"1"', "a")
    assert server.paths == ["/page?a=b"]


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("https://example.org/desk", "User-Agent: Groundswell/0.1 (+https://example.org/desk)"),
        (None, "User-Agent: Groundswell/0.1 (news and channel monitor)"),
    ],
)
async def test_we_say_who_we_are_and_nothing_else(contact: str | None, agent: str) -> None:
    async with RawServer(always(http_bytes("200 OK"))) as server, client(contact=contact) as http:
        await http.get(server.url)
    head = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{server.port}", agent, "Accept: */*"]
    assert server.requests == ["\r\n".join([*head, "Accept-Encoding: gzip, deflate", "", ""])]


async def test_cookies_are_not_kept() -> None:
    async with (
        RawServer(always(http_bytes("200 OK", Set_Cookie="who=you"))) as server,
        client() as http,
    ):
        await http.get(server.url)
        await http.get(server.url)
    assert "cookie" not in "".join(server.requests).lower()


async def test_what_is_known_already_is_not_sent_again() -> None:
    async with RawServer(always(http_bytes("304 Not Modified", ETag='"1"'))) as server, client() as http:
        response = await http.get(
            server.url, etag='"1"', last_modified="Fri, 20 Nov 2026 11:00:00 GMT", accept="text/html"
        )
    assert (response.status, response.body) == (304, b"")
    assert 'If-None-Match: "1"\r\n' in server.requests[0]
    assert "If-Modified-Since: Fri, 20 Nov 2026 11:00:00 GMT\r\n" in server.requests[0]
    assert "Accept: text/html\r\n" in server.requests[0]


@pytest.mark.parametrize("etag", ["", '"ž"', '"1"\r\nX-Injected: yes'])
async def test_an_etag_that_no_header_can_carry_is_left_out(etag: str) -> None:
    async with RawServer(always(http_bytes("200 OK"))) as server, client() as http:
        await http.get(server.url, etag=etag)
    assert "If-None-Match" not in server.requests[0]
    assert "X-Injected" not in server.requests[0]


async def test_a_compressed_page_is_unpacked() -> None:
    answer = http_bytes("200 OK", gzip.compress(PAGE), Content_Encoding="gzip")
    async with RawServer(always(answer)) as server, client() as http:
        assert (await http.get(server.url)).body == PAGE


async def test_connections_are_used_again() -> None:
    async with RawServer(always(http_bytes("200 OK", PAGE))) as server, client() as http:
        for _ in range(5):
            await http.get(server.url)
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_a_connection_that_the_server_closed_is_opened_anew() -> None:
    async with RawServer(then_hang_up(http_bytes("200 OK", PAGE))) as server, client() as http:
        await http.get(server.url)
        await http.get(server.url)
    assert server.connections == 2


async def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    answer = by_path(
        one=http_bytes("301 Moved", location="/two?x=1"),
        two=http_bytes("302 Found", location="three"),
        three=http_bytes("200 OK", PAGE),
    )
    async with RawServer(answer) as server, client() as http:
        response = await http.get(f"{server.url}/one")
    assert (response.url, response.body) == (f"{server.url}/three", PAGE)


async def test_redirects_are_told_where_they_are_not_followed() -> None:
    async with RawServer(always(http_bytes("302 Found", location="/elsewhere"))) as server, client() as http:
        response = await http.get(server.url, follow_redirects=False)
    assert (response.status, response.redirect, len(server.requests)) == (302, "/elsewhere", 1)


async def test_only_so_many_redirects_are_followed() -> None:
    async def deeper(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(http_bytes("302 Found", location=f"{path}x"))

    async with RawServer(deeper) as server, client(hops=3) as http:
        with pytest.raises(Unavailable, match="redirects more than 3 times"):
            await http.get(f"{server.url}/")
    assert server.paths == ["/", "/x", "/xx", "/xxx"]


async def test_a_circle_is_seen() -> None:
    answer = by_path(
        one=http_bytes("302 Found", location="/two"), two=http_bytes("302 Found", location="/one")
    )
    async with RawServer(answer) as server, client() as http:
        with pytest.raises(Unavailable, match="in a circle"):
            await http.get(f"{server.url}/one")
    assert server.paths == ["/one", "/two"]


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.2:{port}/", "127.0.0.2 is a loopback address"),
        ("http://169.254.169.254/latest/", "metadata address"),
        ("//10.0.0.1/", "127.0.0.1 redirects us away: 10.0.0.1 is a private address"),
        ("http://0x7f000001/", "disguised"),
        ("http://localhost:{port}/", "local machine"),
        ("http://inside.example.org/", "inside.example.org leads to 10.0.0.7, a private address"),
        ("file:///etc/passwd", "only http and https"),
        ("http://user@127.0.0.1:{port}/", "user name"),
    ],
)
async def test_a_redirect_is_judged_as_if_it_were_asked_for(location: str, words: str) -> None:
    async with RawServer(by_path()) as server:
        answer = http_bytes("302 Found", location=location.format(port=server.port))
        async with RawServer(always(answer)) as first, client(resolver=Names(inside=[["10.0.0.7"]])) as http:
            with pytest.raises(Refused, match=words):
                await http.get(first.url)
    assert server.connections == 0


async def test_a_redirect_to_nowhere_is_the_servers_fault() -> None:
    async with (
        RawServer(always(http_bytes("302 Found", location="http://example.org:port/"))) as server,
        client() as http,
    ):
        with pytest.raises(Unavailable, match="invalid address"):
            await http.get(server.url)


async def test_a_private_address_is_not_even_connected_to() -> None:
    async with RawServer(always(http_bytes("200 OK"))) as server, client("other.example.org") as http:
        with pytest.raises(Refused, match="allow_private"):
            await http.get(server.url)
    assert server.connections == 0


async def test_one_private_address_among_public_ones_spoils_the_name() -> None:
    names = Names(mixed=[["93.184.216.34", "127.0.0.1"]])
    async with RawServer(always(http_bytes("200 OK"))) as server, client(resolver=names) as http:
        with pytest.raises(Refused, match=r"mixed\.example\.org leads to 127\.0\.0\.1"):
            await http.get(f"http://mixed.example.org:{server.port}/")
    assert server.connections == 0


async def test_a_name_is_looked_up_once_and_that_very_address_is_connected_to() -> None:
    names = Names(turncoat=[["127.0.0.1"], ["127.0.0.9"]])
    async with (
        RawServer(always(http_bytes("200 OK", PAGE))) as server,
        client("turncoat.example.org", resolver=names) as http,
    ):
        response = await http.get(f"http://turncoat.example.org:{server.port}/page")
    assert response.body == PAGE
    assert response.url == f"http://turncoat.example.org:{server.port}/page"
    assert f"Host: turncoat.example.org:{server.port}\r\n" in server.requests[0]
    assert names.asked == ["turncoat.example.org"]


async def test_a_name_that_turns_private_is_refused_the_next_time() -> None:
    names = Names(turncoat=[[], ["127.0.0.1"]])
    async with RawServer(always(http_bytes("200 OK"))) as server, client(resolver=names) as http:
        with pytest.raises(Unavailable, match="has no address"):
            await http.get(f"http://turncoat.example.org:{server.port}/")
        with pytest.raises(Refused, match="a loopback address"):
            await http.get(f"http://turncoat.example.org:{server.port}/")
    assert server.connections == 0


async def test_a_dead_address_is_passed_over_for_the_next_one() -> None:
    names = Names(two=[["127.0.0.9", "127.0.0.1"]])
    async with (
        RawServer(always(http_bytes("200 OK", PAGE))) as server,
        client("two.example.org", resolver=names) as http,
    ):
        assert (await http.get(f"http://two.example.org:{server.port}/")).body == PAGE


async def test_an_unknown_name_is_unavailable() -> None:
    async with client(resolver=Names()) as http:
        with pytest.raises(Unavailable, match=r"the name nobody\.example\.org could not be looked up"):
            await http.get("http://nobody.example.org/")


async def test_the_system_looks_names_up() -> None:
    async with RawServer(always(http_bytes("200 OK", PAGE))) as server, client("localhost") as http:
        assert (await http.get(f"http://localhost:{server.port}/")).body == PAGE


@pytest.mark.parametrize(
    ("status", "error", "wait"),
    [
        ("429 Too Many Requests", Throttled, timedelta(seconds=90)),
        ("403 Forbidden", Blocked, timedelta(seconds=90)),
        ("503 Service Unavailable", Unavailable, timedelta(seconds=90)),
        ("404 Not Found", Gone, None),
        ("401 Unauthorized", Refused, None),
    ],
)
async def test_failures_are_named_by_what_to_do_next(
    status: str, error: type[Unavailable], wait: timedelta | None
) -> None:
    answer = http_bytes(status, b"no", Retry_After="90")
    async with RawServer(always(answer)) as server, client() as http:
        with pytest.raises(error) as caught:
            await http.get(f"{server.url}/page?key=secret")
    assert type(caught.value) is error
    assert (caught.value.retry_after, caught.value.url) == (wait, f"{server.url}/page")


async def test_no_more_than_allowed_are_asked_of_one_host_at_once() -> None:
    async def slowly(_: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(http_bytes("200 OK"))

    async with RawServer(slowly) as server, client(concurrency=3) as http:
        await asyncio.gather(*(http.get(f"{server.url}/{number}") for number in range(12)))
    assert (server.most_at_once, len(server.requests), server.connections) == (3, 12, 3)


async def test_requests_to_one_host_keep_their_distance() -> None:
    async with (
        RawServer(always(http_bytes("200 OK"))) as server,
        RawServer(always(http_bytes("302 Found", location=server.url))) as elsewhere,
        client(interval=timedelta(seconds=0.1)) as http,
    ):
        await asyncio.gather(http.get(server.url), http.get(elsewhere.url))
    times = sorted(server.started + elsewhere.started)
    assert len(times) == 3
    assert all(later - earlier >= 0.08 for earlier, later in pairwise(times))


async def test_waiting_for_a_turn_does_not_use_up_the_time_of_the_request() -> None:
    options = HttpOptions(
        allow_private=("127.0.0.1",),
        per_host_interval=timedelta(seconds=0.2),
        total_timeout=timedelta(seconds=0.3),
    )
    async with RawServer(always(http_bytes("200 OK"))) as server, HttpClient(options, HandClock()) as http:
        answers = await asyncio.gather(*(http.get(server.url) for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4


async def test_a_cancelled_request_gives_its_turn_back() -> None:
    asked = asyncio.Event()

    async def never(_: str, __: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with (
        RawServer(never) as silent,
        RawServer(always(http_bytes("200 OK"))) as server,
        client(concurrency=1) as http,
    ):
        hanging = asyncio.create_task(http.get(silent.url))
        await asked.wait()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert (await asyncio.wait_for(http.get(server.url), timeout=5)).status == 200


async def test_a_proxy_is_asked_by_name_and_its_password_is_never_shown() -> None:
    async with RawServer(always(http_bytes("200 OK", PAGE))) as proxy:
        address = f"http://reader:pass-word@127.0.0.1:{proxy.port}"
        async with client(proxy=address) as http:
            assert (await http.get("http://news.example.org/page")).body == PAGE
            with pytest.raises(Refused, match="private"):
                await http.get("http://10.0.0.1/")
    assert proxy.requests[0].startswith("GET http://news.example.org/page HTTP/1.1\r\n")
    assert "Host: news.example.org\r\n" in proxy.requests[0]
    assert "proxy-authorization: basic" in proxy.requests[0].lower()
    assert "pass-word" not in repr(HttpOptions(proxy=address))


async def test_a_proxy_that_fails_says_so_without_its_password() -> None:
    async with (
        RawServer(always(http_bytes("407 Proxy Authentication Required"))) as proxy,
        client(proxy=f"http://reader:pass-word@127.0.0.1:{proxy.port}") as http,
    ):
        for url in ("http://news.example.org/page", "https://news.example.org/page"):
            with pytest.raises(Unavailable, match="407") as caught:
                await http.get(url)
            assert "pass-word" not in repr(caught.value.__cause__) + caught.value.reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"contact": "žluťoučký"}, "ASCII"),
        ({"contact": "a\r\nX: y"}, "ASCII"),
        ({"proxy": "socks5://127.0.0.1:9050"}, "http://"),
        ({"proxy": "http://reader:pass/word@127.0.0.1:1"}, "http://"),
        ({"read_timeout": timedelta(0)}, "read_timeout"),
        ({"max_body": 0}, "max_body"),
        ({"max_redirects": -1}, "max_redirects"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        HttpOptions(**options)  # type: ignore[arg-type]
    assert "pass/word" not in str(caught.value)
