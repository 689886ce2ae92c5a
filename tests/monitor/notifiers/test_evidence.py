"""What an alert on a group rests on, as each receiver shows it. All texts are fictional samples."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from monitor.message import AlertView, Change, EvidenceView, Message, Severity
from monitor.notifiers import chat_text
from monitor.notifiers.mail import compose
from monitor.notifiers.terminal import TerminalNotifier
from monitor.notifiers.webhook import body

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def item(number: int, **changes) -> EvidenceView:
    plain = EvidenceView(
        source_name=f"Channel {number} (sample)",
        headline=f"Отпуск отменили, письмо {number} (вымышленный пример)",
        rule_title="Leave",
        url=f"https://example.org/{number}",
        published_at=NOON + timedelta(hours=number),
    )
    return replace(plain, **changes)


ALERT = AlertView(
    alert_id="GS-1",
    change=Change.OPENED,
    rule_id="groundswell",
    rule_title="A groundswell",
    severity=Severity.CRITICAL,
    subject_kind="group",
    source_name="Channel 1 (sample), Channel 2 (sample)",
    headline="2 origins from 2 sources in 1 hour",
    excerpt=(),
    reason="asked for at least 2 different origins in 7d; 2 items from 2 sources; matched by leave",
    published_at=NOON,
    copies=12,
    evidence=(item(1), item(2)),
)


def message(**changes) -> Message:
    return Message(
        delivery_id="d-1",
        alerts=(replace(ALERT, **changes),),
        created_at=NOON,
        timezone=ZoneInfo("Europe/Prague"),
    )


async def on_the_terminal(told: Message) -> str:
    output = io.StringIO()
    await TerminalNotifier(Console(file=output, width=110)).send(told)
    return output.getvalue()


async def in_a_chat(told: Message) -> str:
    (page,) = chat_text.pages(told)
    return page.html


def part_of(told: Message, kind: str) -> str:
    mail = compose(told, sender="a@example.org", to=["b@example.org"], subject_prefix="")
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def in_a_mail(told: Message) -> str:
    return part_of(told, "plain")


async def in_html(told: Message) -> str:
    return part_of(told, "html")


SHOWN = pytest.mark.parametrize("shown", [on_the_terminal, in_a_chat, in_a_mail, in_html])


@SHOWN
async def test_every_item_is_told_with_its_time_source_and_address(shown) -> None:
    text = " ".join((await shown(message())).split())
    for number, hour in ((1, 14), (2, 15)):
        assert f"2026-11-03 {hour}:00 CET · Channel {number} (sample)" in text
        assert f"Отпуск отменили, письмо {number}" in text
        assert f"https://example.org/{number}" in text


@SHOWN
async def test_how_large_it_has_grown_is_told_and_nothing_of_copies(shown) -> None:
    text = await shown(message(change=Change.UPDATED))
    assert "grown to 12" in text
    assert "also in" not in text
    assert "grown to" not in await shown(message())


@SHOWN
async def test_the_rules_are_named_where_there_are_several(shown) -> None:
    proofs = (item(1, rule_title="Threats"), item(2, rule_title="Retraction", deleted=True))
    text = " ".join((await shown(message(evidence=proofs))).split())
    assert "Channel 1 (sample) · Threats — " in text
    assert "Channel 2 (sample) · Retraction · deleted — " in text
    assert "· Leave" not in await shown(message())


@SHOWN
async def test_what_strangers_write_steers_nothing(shown) -> None:
    hostile = item(1, headline="\x1b[31m<b>\u202e&", source_name="<i>A", url="javascript:alert(1)")
    text = await shown(message(evidence=(hostile,)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    if shown in (in_a_chat, in_html):
        assert "<i>A" not in text
        assert 'href="javascript' not in text


async def test_a_chat_takes_as_much_as_a_page_holds() -> None:
    many = tuple(item(number, headline="Отпуск " * 40) for number in range(10))
    told = replace(message(), alerts=tuple(replace(ALERT, evidence=many) for _ in range(12)))
    pages = chat_text.pages(told)
    assert all(len(page.plain.encode("utf-16-le")) // 2 <= chat_text.LIMIT for page in pages)
    assert "Отпуск" in pages[0].html


def test_a_program_gets_all_of_it() -> None:
    (alert,) = json.loads(body(message()))["alerts"]
    assert alert["evidence"][0] == {
        "source": "Channel 1 (sample)",
        "headline": "Отпуск отменили, письмо 1 (вымышленный пример)",
        "rule_title": "Leave",
        "url": "https://example.org/1",
        "published_at": "2026-11-03T13:00:00Z",
        "published_day_only": False,
        "first_seen_at": None,
        "deleted": False,
    }
