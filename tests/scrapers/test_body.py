import contextlib
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.body import BodyReader
from scrapers.errors import LayoutChanged, ScrapeError, Unavailable

TEXT = "Fictional sample. Вымышленный пример. ".encode() * 50


def read(encoding: str, data: bytes, *, limit: int = 1_000_000, step: int = 7) -> bytes:
    reader = BodyReader(encoding, limit, "example.org")
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
    return reader.finish()


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


@pytest.mark.parametrize("step", [1, 2, 1_000_000])
@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP ", gzip.compress(TEXT, mtime=0)),
        ("gzip", TEXT),  # the header lies
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"trailing rubbish"),
    ],
)
def test_known_encodings_are_read_in_pieces_of_any_size(encoding: str, data: bytes, step: int) -> None:
    assert read(encoding, data, step=step) == TEXT


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_an_empty_body_is_empty(encoding: str) -> None:
    assert read(encoding, b"") == b""
    assert read("gzip", gzip.compress(b"", mtime=0)) == b""


def test_a_second_layer_is_left_alone() -> None:
    twice = gzip.compress(gzip.compress(TEXT, mtime=0))
    assert read("gzip", twice) == gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "\N{GRINNING FACE}"])
def test_an_encoding_that_was_not_asked_for_is_said(encoding: str) -> None:
    with pytest.raises(LayoutChanged, match="not asked for"):
        BodyReader(encoding, 100, "example.org")


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert read("", TEXT, limit=len(TEXT)) == TEXT
    assert read("gzip", gzip.compress(TEXT, mtime=0), limit=len(TEXT)) == TEXT
    for encoding, data in (
        ("", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("deflate", raw_deflate(TEXT)),
    ):
        with pytest.raises(LayoutChanged, match="larger than"):
            read(encoding, data, limit=len(TEXT) - 1)


def test_a_bomb_never_grows_past_the_limit() -> None:
    bomb = gzip.compress(bytes(200_000_000))
    reader = BodyReader("gzip", 1_000_000, "example.org")
    with pytest.raises(LayoutChanged, match="larger than 1,000,000 bytes"):
        reader.feed(bomb)
    assert len(reader._body) == 1_000_001


def test_compressed_nothing_without_end_is_too_large_too() -> None:
    deflate = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    nothing = deflate.compress(b"x") + b"".join(deflate.flush(zlib.Z_FULL_FLUSH) for _ in range(3))
    empty_block = b"\x00\x00\x00\xff\xff"
    reader = BodyReader("gzip", 10_000, "example.org")
    reader.feed(nothing)
    for _ in range((10_000 - len(nothing)) // len(empty_block)):
        reader.feed(empty_block)
    with pytest.raises(LayoutChanged, match="larger than"):
        reader.feed(empty_block)


@pytest.mark.parametrize(
    "data",
    [gzip.compress(TEXT, mtime=0)[:-9], gzip.compress(TEXT, mtime=0)[:5], b"\x1f\x8b"],
    ids=["trailer", "head", "magic"],
)
def test_a_cut_body_is_no_body(data: bytes) -> None:
    with pytest.raises(Unavailable, match="cut short"):
        read("gzip", data)


def test_a_broken_body_is_no_body() -> None:
    data = bytearray(gzip.compress(TEXT, mtime=0))
    data[-6] ^= 0xFF  # the checksum
    with pytest.raises(Unavailable, match="broken"):
        read("gzip", bytes(data))


@settings(deadline=None)
@given(st.sampled_from(["", "gzip", "deflate"]), st.binary(), st.integers(1, 9))
def test_mangled_bytes_raise_nothing_but_scrape_errors(encoding: str, data: bytes, step: int) -> None:
    for mangled in (data, b"\x1f\x8b\x08" + data, b"\x78\x9c" + data):
        with contextlib.suppress(ScrapeError):
            read(encoding, mangled, step=step)
