"""Servers that mean harm, or are merely broken: each costs a bounded time and memory, and one error."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from scrapers.errors import LayoutChanged, Unavailable
from scrapers.http import HttpClient, HttpOptions
from tests.fakes.raw_server import Answer, RawServer, always, http_bytes, then_hang_up

OK = b"HTTP/1.1 200 OK\r\n"


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    options = HttpOptions(
        allow_private=("127.0.0.1",),
        connect_timeout=timedelta(seconds=1),
        read_timeout=timedelta(seconds=0.6),
        total_timeout=timedelta(seconds=1),
        max_body=100_000,
        per_host_interval=timedelta(0),
    )
    async with HttpClient(options, WallClock()) as client:
        yield client


def repeat(head: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    async def write(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return write


@pytest.mark.parametrize(
    "head",
    [
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n",
    ],
)
async def test_an_endless_body_is_cut_off(http: HttpClient, head: bytes) -> None:
    async with RawServer(repeat(head, b"1000\r\n" + b"x" * 4096 + b"\r\n")) as server:
        with pytest.raises(LayoutChanged, match="larger than 100,000 bytes"):
            await http.get(server.url)


async def test_a_bomb_is_defused(http: HttpClient) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    async with RawServer(always(http_bytes("200 OK", bomb, Content_Encoding="gzip"))) as server:
        with pytest.raises(LayoutChanged, match="larger than"):
            await http.get(server.url)


@pytest.mark.parametrize(
    ("head", "piece", "pause", "words"),
    [
        (b"", b"", 0.05, "took too long"),  # says nothing
        (OK + b"Content-Length: 10\r\n\r\n", b"", 0.05, "took too long"),  # stops before the body
        (OK, b"X: y\r\n", 0.05, "was not done within 1 s"),  # dribbles headers
        (OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05, "was not done within 1 s"),  # dribbles the body
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01, "was not done within 1 s"),  # promises for ever
    ],
)
async def test_a_slow_server_is_given_up(
    http: HttpClient, head: bytes, piece: bytes, pause: float, words: str
) -> None:
    begun = asyncio.get_running_loop().time()
    async with RawServer(repeat(head, piece, pause)) as server:
        with pytest.raises(Unavailable, match=words):
            await http.get(server.url)
    assert asyncio.get_running_loop().time() - begun < 10


async def test_redirects_share_the_time_of_one_request(http: HttpClient) -> None:
    async def slowly_on(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.25)
        writer.write(http_bytes("302 Found", location=f"{path}x"))

    async with RawServer(slowly_on) as server:
        with pytest.raises(Unavailable, match="was not done within 1 s"):
            await http.get(f"{server.url}/")
    assert 2 <= len(server.requests) <= 5


@pytest.mark.parametrize(
    "answer",
    [
        repeat(OK, b"X-Flood: " + b"y" * 1000 + b"\r\n"),
        repeat(OK + b"X-Endless: ", b"y" * 1000),
        then_hang_up(b""),
        then_hang_up(OK),
        then_hang_up(OK + b"Content-Length: 10\r\n\r\nabc"),
        then_hang_up(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc"),
        then_hang_up(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
        then_hang_up(OK + b"Content-Length: -1\r\n\r\n"),
        then_hang_up(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        then_hang_up(OK + b"No colon here\r\n\r\n"),
        then_hang_up(OK + b"X: \x00\r\n\r\n"),
        then_hang_up(b"SSH-2.0-OpenSSH_9.9\r\n"),
        then_hang_up(b"HTTP/1.1 abc\r\n\r\n"),
        then_hang_up(b"\x16\x03\x01\x00\x01\xff" * 100),
        then_hang_up(http_bytes("101 Switching Protocols", Upgrade="websocket")),
        then_hang_up(http_bytes("200 OK", gzip.compress(b"sample" * 100)[:-5], Content_Encoding="gzip")),
        then_hang_up(http_bytes("200 OK", b"\x1f\x8brubbish", Content_Encoding="gzip")),
    ],
)
async def test_a_broken_answer_is_unavailable(http: HttpClient, answer: Answer) -> None:
    async with RawServer(answer) as server:
        with pytest.raises(Unavailable) as caught:
            await http.get(f"{server.url}/page?key=secret")
    assert "127.0.0.1" in caught.value.reason
    assert "secret" not in caught.value.reason + str(caught.value.url)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "chunked-nonsense"])
async def test_an_unknown_encoding_is_a_changed_page(http: HttpClient, encoding: str) -> None:
    async with RawServer(always(http_bytes("200 OK", b"sample", Content_Encoding=encoding))) as server:
        with pytest.raises(LayoutChanged, match="not asked for"):
            await http.get(server.url)


async def test_a_closed_port_is_unavailable(http: HttpClient) -> None:
    async with RawServer(always(b"")) as server:
        port = server.port
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 could not be read"):
        await http.get(f"http://127.0.0.1:{port}/")


async def test_a_harmful_server_leaves_the_client_usable(http: HttpClient) -> None:
    async with (
        RawServer(repeat(OK, b"X: y\r\n", 0.05)) as bad,
        RawServer(always(http_bytes("200 OK"))) as good,
    ):
        results = await asyncio.gather(*(http.get(bad.url) for _ in range(4)), return_exceptions=True)
        assert [type(result) for result in results] == [Unavailable] * 4
        assert (await http.get(good.url)).status == 200


async def test_a_hanging_name_server_is_given_up() -> None:
    async def hang(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    options = HttpOptions(connect_timeout=timedelta(seconds=0.1))
    async with HttpClient(options, WallClock(), resolver=hang) as client:
        with pytest.raises(Unavailable, match="could not be looked up"):
            await client.get("http://news.example.org/")


async def loopback(_: str, __: int) -> Sequence[str]:
    return ("127.0.0.1",)


async def fetch_with_tls(name_on_certificate: str, *, trusted: bool) -> tuple[bytes, list[str]]:
    """Fetch https://news.example.org, which lives on loopback and shows this certificate."""
    authority = trustme.CA()
    server_side, client_side = (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    authority.issue_cert(name_on_certificate).configure_cert(server_side)
    if trusted:
        authority.configure_trust(client_side)
    server_names: list[str] = []
    server_side.sni_callback = lambda _, name, __: server_names.append(str(name))
    options = HttpOptions(allow_private=("news.example.org",))
    async with (
        RawServer(always(http_bytes("200 OK", b"sample")), tls=server_side) as server,
        HttpClient(options, WallClock(), resolver=loopback, ssl_context=client_side) as client,
    ):
        response = await client.get(f"https://news.example.org:{server.port}/")
    return response.body, server_names


async def test_the_certificate_is_that_of_the_name_though_an_address_is_connected_to() -> None:
    assert await fetch_with_tls("news.example.org", trusted=True) == (b"sample", ["news.example.org"])


@pytest.mark.parametrize(
    ("name", "trusted"), [("other.example.org", True), ("127.0.0.1", True), ("news.example.org", False)]
)
async def test_any_other_certificate_is_not_accepted(name: str, trusted: bool) -> None:  # noqa: FBT001
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await fetch_with_tls(name, trusted=trusted)


async def test_the_certificates_of_the_world_are_not_those_of_a_stranger() -> None:
    authority = trustme.CA()
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("news.example.org").configure_cert(server_side)
    options = HttpOptions(allow_private=("news.example.org",))
    async with (
        RawServer(always(http_bytes("200 OK")), tls=server_side) as server,
        HttpClient(options, WallClock(), resolver=loopback) as client,
    ):
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(f"https://news.example.org:{server.port}/")
