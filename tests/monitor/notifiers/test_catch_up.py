"""A catch-up is bounded and readable. All texts are invented (fictional samples)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.message import AlertView, Change, Message, Severity
from monitor.notifiers import catch_up, mail
from monitor.notifiers.chat_text import LIMIT, pages
from monitor.notifiers.webhook import body

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ALERT = AlertView(
    alert_id="GS-0000000000",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Complaints about rotation and leave",
    severity=Severity.WARNING,
    subject_kind="origin",
    source_name="Wives of Lugovoe (fictional sample)",
    headline="Просим о ротации: четырнадцать месяцев без отпуска (вымышленный пример)",
    excerpt=(),
    reason='matched "ротации"',
    url="https://t.me/sample_wives_lugovoe/864",
    published_at=NOON,
)


def caught_up(number: int = 200, **changes) -> Message:
    """A message of so many alerts that waited; the first is critical, the last is over."""
    alerts = [replace(ALERT, alert_id=f"GS-{each:010}", **changes) for each in range(number)]
    alerts[0] = replace(alerts[0], severity=Severity.CRITICAL, rule_title="Refusals")
    alerts[-1] = replace(alerts[-1], change=Change.CLOSED)
    return Message(
        delivery_id="d-1",
        alerts=tuple(alerts),
        created_at=NOON + timedelta(hours=20),
        timezone=ZoneInfo("Europe/Prague"),
        gathered_since=NOON,
    )


def composed(message: Message):
    return mail.compose(message, sender="desk@example.org", to=("a@example.org",), subject_prefix="[G]")


def test_what_waited_is_counted_by_severity_and_by_rule() -> None:
    message = caught_up()
    assert catch_up.title(message, NOON) == "Catch-up: 200 alerts since 2026-11-03 13:00 CET"
    assert catch_up.by_severity(message.alerts) == "1 critical · 198 warning · 1 closed"
    assert catch_up.by_rule(message.alerts) == "Complaints about rotation and leave 199 · Refusals 1"


def test_many_rules_are_not_all_named() -> None:
    alerts = [replace(ALERT, rule_title=f"Rule {number}") for number in range(40)]
    assert catch_up.by_rule(alerts).endswith("Rule 11 1 · 28 other rules 28")


def test_two_hundred_alerts_are_few_chat_messages_the_gravest_first() -> None:
    first, *others = pages(caught_up())
    assert 1 + len(others) <= 10
    assert all(len(page.plain.encode("utf-16-le")) // 2 <= LIMIT for page in (first, *others))
    assert first.plain.startswith("Catch-up: 200 alerts since 2026-11-03 13:00 CET\n1 critical · ")
    assert first.plain.index("GS-0000000000") < first.plain.index("GS-0000000001")
    assert [page.plain.splitlines()[0] for page in others] == [
        f"Catch-up, part {number}" for number in range(2, len(others) + 2)
    ]
    assert 'href="https://t.me/sample_wives_lugovoe/864"' in others[-1].html


def test_a_thousand_notifications_of_three_hundred_alerts_are_few_chat_messages() -> None:
    """As many as docs/receivers.md says: five catch-ups, of 60 alerts each if each alert's come together."""
    sent = sum(len(pages(caught_up(60))) for _ in range(5))
    assert sent <= 20


@pytest.mark.parametrize("number", [1, 11, 240])
def test_every_size_is_told_whole(number: int) -> None:
    message = caught_up(number)
    text = "".join(page.plain for page in pages(message))
    assert all(alert.alert_id in text for alert in message.alerts)


def test_one_mail_holds_a_line_for_each_alert_and_stays_below_what_mail_programs_cut() -> None:
    made = composed(caught_up())
    text, html = (made.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert all(f"GS-{number:010}" in part for number in range(200))
        assert "1 critical · 198 warning · 1 closed" in part
    assert html.count("<small>") == 200 - catch_up.LEADING
    assert len(html.encode()) < 100_000
    assert str(made["Subject"]).startswith("[G] Catch-up: 200 alerts since")
    assert made["In-Reply-To"] is None, "it belongs to no one alert's thread"


def test_the_same_catch_up_is_the_same_mail_at_every_attempt() -> None:
    assert composed(caught_up())["Message-ID"] == composed(caught_up())["Message-ID"]


def test_a_webhook_gets_all_fields_of_all_alerts() -> None:
    sent = body(caught_up())
    assert b'"gathered_since":"2026-11-03T12:00:00Z"' in sent
    assert sent.count(b'"alert_id"') == 200
    assert b'"gathered_since":null' in body(replace(caught_up(), gathered_since=None))


def test_hostile_texts_cannot_break_out_of_their_line() -> None:
    message = caught_up(
        headline="</a></span></p><script>alert(1)</script>", url="https://example.org/\"onload='x"
    )
    html = composed(message).get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "\"onload='x" not in html


def mixed() -> Message:
    """Alerts of two rules that came in turns."""
    message = caught_up(120)
    rules = ("Rotation", "Leave")
    alerts = tuple(replace(one, rule_title=rules[number % 2]) for number, one in enumerate(message.alerts))
    return replace(message, alerts=alerts)


def test_lines_come_rule_by_rule_under_a_heading_that_every_page_repeats() -> None:
    first, second, *_ = told = [page.plain for page in pages(mixed())]
    whole = "\n".join(told)
    assert whole.count("WARNING · Rotation (55)") == whole.count("WARNING · Leave (54)") == 1
    assert whole.index("WARNING · Rotation (55)") < whole.index("WARNING · Leave (54)")
    assert "11-03 13:00 Просим о ротации" in first
    assert second.startswith("Catch-up, part 2\n\n🟠 WARNING · Rotation, continued\n11-03 13:00 ")
    mailed = composed(mixed()).get_body(("html",)).get_content()
    assert mailed.count("<h2>") == 3  # two rules, and what is over
    assert "<table" not in mailed, "a phone is too narrow for columns"


def test_a_source_is_not_named_twice() -> None:
    incident = replace(ALERT, source_name="Way Home", headline="Way Home cannot be reached")
    assert catch_up.told(incident) == "Way Home cannot be reached"
    assert catch_up.told(replace(incident, headline="Silence")) == "Silence — Way Home"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "11-03 13:00"),
        ({"published_day_only": True}, "11-03"),
        ({"published_at": None, "first_seen_at": NOON}, "11-03 13:00"),
        ({"published_at": None}, ""),
    ],
)
def test_a_line_says_when(changes: dict[str, Any], told: str) -> None:
    assert catch_up.day_and_time(replace(ALERT, **changes), caught_up(1)) == told
