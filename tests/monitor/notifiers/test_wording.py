"""All texts are invented (fictional samples)."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.message import AlertView, Change, Fragment, Severity
from monitor.notifiers import wording

ALERT = AlertView(
    alert_id="a",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Rotation",
    severity=Severity.INFO,
    subject_kind="origin",
    source_name="Letters (fictional sample)",
    headline="We ask",
    excerpt=(),
    reason="matched",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nof two lines", "plain\ttext\nof two lines"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("\x1b[31m\x07\x7f", "␛[31m␇␡"),
        ("\u202egpj.exe\u2069", "⟨U+202E⟩gpj.exe⟨U+2069⟩"),
        ("\x85\x9b", "⟨U+0085⟩⟨U+009B⟩"),
        ("\ud83d", "\ufffd"),
        ("👩\u200d👩\u200d👧 e\u0301", "👩\u200d👩\u200d👧 e\u0301"),
        ("a\u2028b", "a\nb"),
    ],
)
def test_what_would_steer_is_shown_instead(text: str, shown: str) -> None:
    assert wording.visible(text) == shown
    assert wording.visible(shown) == shown


@given(st.text(max_size=500), st.integers(5, 80))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = wording.one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    line.encode()


def test_a_deletion_says_since_when_the_text_was_seen() -> None:
    seen = replace(ALERT, change=Change.DELETED, first_seen_at=datetime(2026, 11, 3, 13, 5, tzinfo=UTC))
    assert wording.news(seen, ZoneInfo("Europe/Prague")) == (
        "The source has deleted this post. The text here is what was seen of it, "
        "first on 2026-11-03 14:05 CET."
    )
    unknown = wording.news(replace(seen, first_seen_at=None), ZoneInfo("UTC"))
    assert unknown == "The source has deleted this post. The text here is what was seen of it."
    assert wording.news(ALERT, ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("copies", "also_in", "expected"),
    [
        (0, (), None),
        (1, ("A",), "also in one more: A"),
        (9, ("A", "B"), "also in nine more: A, B, …"),
        (12, (), "also in twelve more"),
        (13, ("A",), "also in 13 more: A, …"),
        (12345, ("A",), "also in 12,345 more: A, …"),
    ],
)
def test_copies_are_counted_in_words(copies: int, also_in: tuple[str, ...], expected: str | None) -> None:
    assert wording.copies(replace(ALERT, copies=copies, also_in=also_in)) == expected


def test_times_are_told_in_the_readers_zone() -> None:
    published = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert wording.clock_time(published, ZoneInfo("Europe/Kyiv")) == "2026-07-02 01:30 EEST"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://[::1]/", True),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a b", False),
        ("//example.org", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, *, good: bool) -> None:
    assert (wording.link(url) == url) is (good or url is None)


def test_long_excerpts_are_cut_and_say_so() -> None:
    fragments = (Fragment(text="a" * 10), Fragment(text="b" * 10, hit=True), Fragment(text="c"))
    assert wording.plain(wording.shorten(fragments, 15)) == "a" * 10 + "b" * 5 + "…"
    assert wording.shorten(fragments, 21) == fragments


def test_an_alert_without_words_still_has_a_headline() -> None:
    bare = wording.presentable(replace(ALERT, headline="\n", rule_title=""))
    assert bare.headline == "Letters (fictional sample)"
    assert bare.rule_title == "rotation"
