"""Bytes of the web to text: what the bytes say wins over what the server says.

The order is that of the WHATWG Encoding standard (byte order mark, header, declaration), with two changes
that our sources need: valid UTF-8 is UTF-8 whatever is declared, and a declared one-byte encoding whose text
would be gibberish (windows-1251 declared, KOI8-R sent) gives way to the one that reads best.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from scrapers.characters import printable

_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),  # not marks, but no other encoding of markup or JSON begins like this
    (b"\x00<", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
)
_GUESSES: Final = ("cp1251", "cp1250", "koi8_u", "cp1252", "iso8859_2", "iso8859_5", "cp866")
_ALIASES: Final = {
    "iso-8859-1": "cp1252",  # as browsers read it (WHATWG Encoding, section 4.2)
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "koi8-r": "koi8_u",  # the same letters, and four more
    "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "win-1250": "cp1250",
}
_NEVER: Final = frozenset({"utf-7", "utf7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"})
_UNICODE: Final = frozenset({"utf-8", "utf8", "utf-16", "utf16", "utf-32", "utf-16le", "utf-16be", "unicode"})
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_WORDS: Final = re.compile(rb"[A-Za-z\x80-\xff]{1,100}")
_DECLARATIONS: Final = 8_192  # bytes at the beginning of a document that may name its encoding
_SYMBOL_IN_WORD: Final = re.compile(
    r"[^\W\d_][\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00bf][^\W\d_]|\b[©®¹¾±³][^\W\d_]"
)
_SWAPPED_CASE: Final = re.compile(
    r"\b[а-яёіїєґ][А-ЯЁІЇЄҐ]{2,}\b"
)  # KOI8 has its capitals where others have the rest
_NATIVE: Final = frozenset("áčďéěíňóřšťúůýžабвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў")


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of a page or a feed.

    Args:
        body: as it came.
        content_type: the Content-Type header, if any; its charset is one hint among others.

    Returns:
        The text without byte order mark and without characters that neither XML nor a database takes
        (NUL and other controls). What cannot be decoded, lone surrogates too, shows as U+FFFD. Never raises.
    """
    return printable(_marked(body) or _unicode(body) or _legacy(body, _declared(body, content_type)))


def _marked(body: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    return None


def _unicode(body: bytes) -> str | None:
    """UTF-8, also where it is cut off or a few bytes are broken: other encodings break nearly everywhere."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken == 0:
        return text
    letters = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return text if broken * 5 < letters else None


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """The one-byte or East Asian encodings that header and document name and Python knows, in that order."""
    from bs4.dammit import EncodingDetector

    header = _CHARSET.search(content_type or "")
    labels = (
        header[1] if header else None,
        EncodingDetector.find_declared_encoding(body[:_DECLARATIONS], is_html=True),
    )
    return [codec for label in labels if label and (codec := _codec(label)) is not None]


def _codec(label: str) -> str | None:
    name = label.strip().lower()
    if name in _NEVER or name in _UNICODE:
        return None
    name = _ALIASES.get(name, name)
    try:
        b"a".decode(name)  # not b"": that never looks the codec up
    except (LookupError, ValueError):
        return None
    return name


def _legacy(body: bytes, declared: list[str]) -> str:
    sample = b" ".join(islice(_foreign_words(body), 400))
    noise = _noise(sample, [*declared, *_GUESSES])
    least = min(noise.values(), default=0.0)
    best = min(_GUESSES, key=lambda codec: (round(noise.get(codec, 9.0), 1), _foreign(sample, codec)))
    for codec in declared:
        if noise.get(codec, 0.0) <= least + 0.1 and not _is_careless(sample, codec, best):
            return body.decode(codec, "replace")
    return body.decode(best, "replace")


def _foreign_words(body: bytes) -> Iterator[bytes]:
    return (word[0] for word in _WORDS.finditer(body) if not word[0].isascii())


def _is_careless(sample: bytes, declared: str, best: str) -> bool:
    """A server's default is not believed where another encoding plainly reads as Czech or Russian."""
    return _foreign(sample, best) < 0.02 and _foreign(sample, declared) > 0.1


def _noise(sample: bytes, encodings: list[str]) -> dict[str, float]:
    """How much like gibberish the sample reads in each encoding, 0 for clean; unreadable ones are absent."""
    from charset_normalizer import from_bytes

    matches = from_bytes(
        sample, cp_isolation=encodings, threshold=2.0, preemptive_behaviour=False, enable_fallback=False
    )
    chaos = {
        name: match.chaos for match in matches for name in (match.encoding, *match.could_be_from_charset)
    }
    return {
        encoding: noise + _odd_words(sample.decode(encoding, "replace"))
        for encoding in encodings
        if (noise := chaos.get(codecs.lookup(encoding).name.replace("-", "_"))) is not None
    }


def _odd_words(text: str) -> float:
    """How many of its words nobody writes so; a swapped case shows only in the few that begin a sentence."""
    odd = len(_SYMBOL_IN_WORD.findall(text)) + 5 * len(_SWAPPED_CASE.findall(text))
    return odd / (text.count(" ") + 1)


def _foreign(sample: bytes, encoding: str) -> float:
    """The share of letters beyond ASCII that neither Czech nor an East Slavic language has."""
    letters = [letter for letter in sample.decode(encoding, "replace").lower() if letter > "\x7f"]
    return sum(letter not in _NATIVE for letter in letters) / max(len(letters), 1)
