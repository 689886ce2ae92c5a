"""Bytes of the web to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.decoding import decode

RUSSIAN = "Солдатки написали письмо о ротации и отпуске (вымышленный пример)."
UKRAINIAN = "Дружини мобілізованих просять про ротацію її чоловіка (вигаданий приклад)."
CZECH = "Šestá žena říká, že těžko žít bez dovolené; šťastný konec není (smyšlený příklad)."

CYRILLIC = ("cp1251", "koi8-u", "iso8859-5", "cp866")
CENTRAL = ("cp1250", "iso8859-2")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (text, encoding)
        for text in (RUSSIAN, UKRAINIAN)
        for encoding in CYRILLIC
        if text == RUSSIAN or encoding != "cp866"
    ]
    + [(CZECH, encoding) for encoding in CENTRAL],
)
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1252", "nonsense", "own"])
def test_one_byte_encodings(text: str, encoding: str, declared: str | None) -> None:
    """Undeclared, declared rightly, or wrongly as what careless servers say."""
    charset = encoding if declared == "own" else declared
    content_type = f"text/html; charset={charset}" if charset else None
    page = f"<html><body><p>{text}</p></body></html>"
    assert decode(page.encode(encoding), content_type) == page


@pytest.mark.parametrize(
    ("encoding", "declared"), [("koi8-r", "windows-1251"), ("cp1251", "koi8-r"), ("iso8859-2", "cp1250")]
)
def test_a_declaration_that_makes_gibberish_is_not_believed(encoding: str, declared: str) -> None:
    text = CZECH if encoding == "iso8859-2" else RUSSIAN
    page = f'<html><head><meta charset="{declared}"></head><body>{text}</body></html>'
    assert decode(page.encode(encoding)) == page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_with_marks_and_without(encoding: str) -> None:
    page = f"<?xml version='1.0'?><a>{RUSSIAN}</a>"
    assert decode(page.encode(encoding), "text/xml; charset=windows-1251") == page


def test_utf8_is_utf8_whatever_is_declared() -> None:
    assert decode(CZECH.encode(), "text/html; charset=iso-8859-2") == CZECH


def test_a_cut_off_or_scratched_utf8_stays_utf8() -> None:
    assert decode(RUSSIAN.encode()[:61])[:30] == RUSSIAN[:30]
    assert decode(RUSSIAN.encode() + b"\xff") == RUSSIAN + "\ufffd"


def test_a_western_page_keeps_what_it_declares() -> None:
    text = "L'été à la mémoire française, déjà vu"
    assert decode(text.encode("cp1252"), "text/html; charset=ISO-8859-1") == text


def test_east_asian_declarations_are_followed() -> None:
    text = "<p>架空の例です</p>"
    assert decode(text.encode("shift_jis"), "text/html; charset=Shift_JIS") == text


def test_controls_do_not_pass() -> None:
    assert decode(b"a\x00b\x08c\td\r\n") == "abc\td\r\n"


@pytest.mark.parametrize(
    "label", ["utf-7", "hex", "rot13", "unicode_escape", "idna", "a\x00b", "x" * 300, "base64"]
)
def test_codecs_that_are_no_page_encodings_are_not_used(label: str) -> None:
    assert decode(b"+ADw-script+AD4- \\u0041 \xe9", f"text/html; charset={label}").startswith("+ADw-script")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_never_raises_and_gives_encodable_text(body: bytes, label: str) -> None:
    text = decode(body, f"text/html; charset={label}")
    assert "\x00" not in text
    text.encode("utf-8")
