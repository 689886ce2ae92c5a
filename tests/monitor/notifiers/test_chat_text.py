"""All texts are invented (fictional samples)."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.bot_api import parse_html, utf16_units
from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers.chat_text import LIMIT, pages

ALERT = AlertView(
    alert_id="a7f3",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Rotation",
    severity=Severity.WARNING,
    subject_kind="origin",
    source_name="Letters home (fictional sample)",
    headline="We ask for rotation",
    excerpt=(
        Fragment(text="It has been a year. "),
        Fragment(text="Rotation", hit=True),
        Fragment(text=" now!" * 60),
    ),
    reason='matched "rotation" in text',
    url="https://t.me/example/12",
)


def message(*alerts: AlertView) -> Message:
    return Message(
        delivery_id="d",
        alerts=alerts,
        created_at=datetime(2026, 11, 3, tzinfo=UTC),
        timezone=ZoneInfo("Europe/Kyiv"),
    )


def numbered(count: int) -> list[AlertView]:
    return [replace(ALERT, alert_id=f"id-{number:04}") for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 5, 12, 40, 200])
def test_one_page_names_every_alert_and_tells_the_first_in_full(count: int) -> None:
    (page,) = pages(message(*numbered(count)))
    text = parse_html(page.html)
    assert utf16_units(text) <= LIMIT
    assert all(alert.alert_id in text for alert in numbered(count))
    assert [text.index(alert.alert_id) for alert in numbered(count)] == sorted(
        text.index(alert.alert_id) for alert in numbered(count)
    )
    assert text.startswith("🟠 WARNING · Rotation")


def test_a_few_alerts_are_told_whole() -> None:
    (page,) = pages(message(*numbered(5)))
    assert parse_html(page.html).count(" now!" * 60) == 5


def test_more_alerts_shorten_their_excerpts_first() -> None:
    (page,) = pages(message(*numbered(14)))
    text = parse_html(page.html)
    assert text.count("🟠 WARNING · Rotation") == 14
    assert text.count("Open the post") == 14
    assert 0 < text.count(" now!" * 60) < 14


def test_many_alerts_end_in_lines_and_then_in_ids() -> None:
    text = parse_html(pages(message(*numbered(60)))[0].html)
    assert "🟠 We ask for rotation — Letters home (fictional sample) open · id-0030" in text
    text = parse_html(pages(message(*numbered(200)))[0].html)
    assert " more: id-" in text


def test_more_ids_than_a_page_holds_go_on_further_pages() -> None:
    alerts = numbered(1500)
    result = pages(message(*alerts))
    texts = [parse_html(page.html) for page in result]
    assert len(texts) > 1
    assert all(0 < utf16_units(text) <= LIMIT for text in texts)
    assert all(alert.alert_id in "".join(texts) for alert in alerts)


def test_what_repeats_the_headline_is_said_once() -> None:
    told = replace(ALERT, headline="It has been a year.")
    text = parse_html(pages(message(told))[0].html)
    assert text.count("It has been a year.") == 1


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        (Change.UPDATED, "🟠 🔁 W"),
        (Change.DELETED, "🟠 🗑 W"),
        (Change.CLOSED, "✅ C"),
        (Change.OPENED, "🟠 W"),
    ],
)
def test_the_change_is_seen_at_a_glance(change: Change, mark: str) -> None:
    assert parse_html(pages(message(replace(ALERT, change=change)))[0].html).startswith(mark)


def test_an_update_begins_with_its_news_and_names_a_few() -> None:
    copied = replace(ALERT, copies=12, also_in=tuple(f"Channel {number}" for number in range(10)))
    text = parse_html(pages(message(replace(copied, change=Change.UPDATED)))[0].html)
    assert text.splitlines()[1] == (
        "also in twelve more: Channel 0, Channel 1, Channel 2, Channel 3, Channel 4, …"
    )
    assert text.count("also in") == 1
    opened = parse_html(pages(message(copied))[0].html)
    assert opened.index("also in twelve more") > opened.index("matched")


def test_a_deletion_is_said_first_and_the_text_stays() -> None:
    gone = replace(ALERT, change=Change.DELETED, deleted=True)
    text = parse_html(pages(message(gone))[0].html)
    assert text.splitlines()[0].endswith("(deleted)")
    assert text.splitlines()[1].startswith("The source has deleted this post. The text here is what was seen")
    assert "matched" in text


_TEXT = st.text(max_size=60) | st.sampled_from(
    ["<b>", "&lt;", "</a>", "😀" * 3000, "\u202e", "a\r\nb", "\ud83d"]
)


@pytest.mark.no_cover  # a hundred long messages; what shortens them is traced above
@given(
    st.lists(
        st.builds(
            lambda **texts: replace(ALERT, **texts),
            alert_id=st.text(alphabet="abc123", min_size=1, max_size=40),
            headline=_TEXT,
            rule_title=_TEXT,
            source_name=_TEXT,
            reason=_TEXT,
            url=st.none() | st.sampled_from(["https://x.example/\"'><&", "javascript:x", "https://[::1", ""]),
            also_in=st.lists(_TEXT, max_size=30).map(tuple),
            copies=st.integers(0, 30),
            excerpt=st.lists(st.builds(Fragment, text=_TEXT, hit=st.booleans()), max_size=5).map(tuple),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_texts_hold_the_markup_holds(alerts: list[AlertView]) -> None:
    for page in pages(message(*alerts)):
        text = parse_html(page.html)
        assert 0 < utf16_units(text) <= LIMIT
        assert 0 < utf16_units(page.plain) <= LIMIT
        assert page.plain.startswith(text)
        page.html.encode()
    assert all(alert.alert_id in parse_html(pages(message(*alerts))[0].html) for alert in alerts)
