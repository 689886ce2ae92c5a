"""Reading a body that may be a bomb: bounded while it is decompressed, never after."""

import zlib

from scrapers.errors import LayoutChanged, ScrapeError, Unavailable

ACCEPTED_ENCODINGS = "gzip, deflate"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BodyReader:
    """Collects one body of at most `limit` bytes, counted after decompression; `where` names it in errors.

    Raises LayoutChanged where asking again would bring the same unreadable body (too large, an encoding
    nobody asked for) and Unavailable where the transfer went wrong (broken or cut short).
    """

    def __init__(self, encoding: str, limit: int, where: str) -> None:
        self._gzip, self._deflate = _known(encoding, where)
        self._limit = limit
        self._where = where
        self._head = b""  # the first two bytes tell what the body really is, whatever its header says
        self._begun = False
        self._inflate: zlib._Decompress | None = None
        self._received = 0
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they came over the wire."""
        self._received += len(chunk)
        if self._received > self._limit:
            raise self._too_large()
        if self._begun:
            self._take(chunk)
            return
        self._head += chunk
        if len(self._head) >= 2:
            self._begin()

    def finish(self) -> bytes:
        """The whole body, once no more bytes come."""
        if not self._begun:
            self._begin()
        if self._inflate is not None and not self._inflate.eof:
            raise Unavailable(f"the compressed body from {self._where} was cut short")
        return bytes(self._body)

    def _begin(self) -> None:
        self._begun = True
        self._inflate = self._decompressor(self._head)
        self._take(self._head)

    def _decompressor(self, head: bytes) -> "zlib._Decompress | None":
        if self._gzip and head.startswith(_GZIP_MAGIC):
            return zlib.decompressobj(_GZIP)
        if self._deflate and head:
            return zlib.decompressobj(_ZLIB if _is_zlib(head) else _RAW_DEFLATE)
        return None

    def _take(self, chunk: bytes) -> None:
        if self._inflate is None:
            self._add(chunk)
            return
        try:
            self._add_inflated(self._inflate, chunk)
        except zlib.error as error:
            raise Unavailable(f"the compressed body from {self._where} is broken") from error

    def _add_inflated(self, inflate: "zlib._Decompress", chunk: bytes) -> None:
        if inflate.eof:
            return  # what trails behind a compressed body means nothing
        while chunk:
            room = self._limit - len(self._body) + 1  # one byte more than allowed shows that it is too much
            self._add(inflate.decompress(chunk, room))
            chunk = inflate.unconsumed_tail

    def _add(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._limit:
            raise self._too_large()

    def _too_large(self) -> ScrapeError:
        return LayoutChanged(
            f"the body from {self._where} is larger than {self._limit:,} bytes (max_body in [http])"
        )


def _known(encoding: str, where: str) -> tuple[bool, bool]:
    """Whether a Content-Encoding says gzip, or deflate, or neither."""
    name = encoding.strip().lower()
    if name not in ("", "identity", "none", "gzip", "x-gzip", "deflate"):
        raise LayoutChanged(f"{where} sent its body in the encoding {name[:40]!r}, which was not asked for")
    return name in ("gzip", "x-gzip"), name == "deflate"


def _is_zlib(head: bytes) -> bool:
    """RFC 1950 section 2.2; many servers send bare RFC 1951 data under the name "deflate"."""
    return len(head) >= 2 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
