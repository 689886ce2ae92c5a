"""From stored alerts to messages. All texts are fictional."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from monitor.message import Change
from monitor.notifiers.wording import when
from monitor.render import DAMAGED, alert_view, full_view, message
from scrapers.model import Forward, ItemKind, Precision
from storage.model import (
    AlertRecord,
    AlertStatus,
    ClaimedDelivery,
    ClaimedNotification,
    ItemRecord,
    ItemRef,
    MatchSpan,
    SubjectKind,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = "Отпуск отменили, пишите @primer_zhena или +420 777 123 456. Вымышленный пример."

ITEM = ItemRecord(
    ref=ItemRef(source_id=1, external_id="7"),
    source_config_id="wives",
    source_name="Wives (sample)",
    kind=ItemKind.POST,
    url="https://t.me/sample_wives/7",
    title=None,
    text=TEXT,
    language="ru",
    published_at=NOW,
    first_seen_at=NOW,
    edited=False,
    views=None,
    forward=Forward(channel="primer_kanal", title="Пример, тел. +420 777 123 456"),
    origin=None,
    seq=1,
)
ALERT = AlertRecord(
    id="GS-1",
    rule_id="r",
    rule_version=1,
    rule_title="Rotation",
    severity="warning",
    subject_kind=SubjectKind.ORIGIN,
    subject_key="1/7",
    status=AlertStatus.OPEN,
    opened_at=NOW,
    updated_at=NOW,
    headline=TEXT,
    reason='matched "Отпуск"',
    copies=0,
    also_in=(),
    source_config_id="wives",
    source_name="Wives (sample)",
    item=ITEM,
    spans=(MatchSpan(field="text", start=0, end=6),),
)


def shown(*changes: str, alert: AlertRecord = ALERT, masked: bool = True):
    delivery = ClaimedDelivery(
        delivery_id="d",
        receiver="desk",
        lease="l",
        attempts=0,
        first_claimed_at=NOW,
        notifications=tuple(
            ClaimedNotification(id=str(number), change=change, alert=alert)
            for number, change in enumerate(changes)
        ),
    )
    view = partial(full_view, names=(), masked=masked)
    return message(delivery, view=view, timezone=ZoneInfo("Europe/Prague"), now=NOW).alerts


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (("opened", "updated"), "opened"),
        (("updated", "opened"), "opened"),
        (("updated", "updated"), "updated"),
        (("closed", "opened"), "closed"),
        (("opened", "closed", "updated"), "closed"),
    ],
)
def test_one_alert_is_told_once_a_message_by_its_weightiest_change(changes, told):
    assert [view.change for view in shown(*changes)] == [told]


def test_no_part_of_a_message_names_a_person():
    (view,) = shown("opened")

    assert "".join(fragment.text for fragment in view.excerpt if fragment.hit) == "Отпуск"
    for private in ("primer_zhena", "777"):
        assert private not in repr(view)


def test_an_alert_whose_item_has_gone_is_still_told_without_names():
    (view,) = shown("opened", alert=replace(ALERT, item=None, spans=()))

    assert view.headline
    assert "primer_zhena" not in repr(view)


def test_an_alert_of_which_a_part_is_damaged_says_that_something_is_missing():
    damaged = replace(ALERT, item=None, spans=(), damage="ValueError: 'strange' is not a valid ItemKind")

    (view,) = shown("opened", alert=damaged)

    assert view.reason == f'matched "Отпуск" ({DAMAGED})'
    assert "primer_zhena" not in repr(view)


def test_the_owner_may_want_everything():
    (view,) = shown("opened", masked=False)

    assert view.forwarded_from == "Пример, тел. +420 777 123 456"
    assert "primer_zhena" in repr(view)


def test_a_day_is_shown_as_a_day_and_not_as_a_minute_that_nobody_wrote():
    known = replace(ITEM, published_at=datetime(2026, 3, 6, tzinfo=UTC), published_precision=Precision.DAY)

    view = alert_view(replace(ALERT, item=known), Change.OPENED, names=(), masked=True)

    assert when(view, ZoneInfo("Europe/Prague")) == "2026-03-06"


def test_a_catch_up_tells_the_gravest_first_then_the_newest_and_what_is_over_last() -> None:
    told = [
        ("old info", "info", -3, "opened"),
        ("old critical", "critical", -3, "opened"),
        ("over", "critical", 0, "closed"),
        ("new warning", "warning", -1, "updated"),
        ("new critical", "critical", -1, "deleted"),
    ]
    delivery = ClaimedDelivery(
        delivery_id="d",
        receiver="desk",
        lease="l",
        attempts=0,
        first_claimed_at=NOW,
        gathered_since=NOW - timedelta(hours=9),
        notifications=tuple(
            ClaimedNotification(
                id=name,
                change=change,
                alert=replace(ALERT, id=name, severity=severity, opened_at=NOW + timedelta(hours=hours)),
            )
            for name, severity, hours, change in told
        ),
    )
    view = partial(full_view, names=(), masked=True)
    made = message(delivery, view=view, timezone=ZoneInfo("UTC"), now=NOW)
    assert made.gathered_since == NOW - timedelta(hours=9)
    assert [alert.alert_id for alert in made.alerts] == [
        "new critical",
        "old critical",
        "new warning",
        "old info",
        "over",
    ]


def test_an_opening_that_arrives_after_the_end_is_told_as_over() -> None:
    over = replace(ALERT, status=AlertStatus.CLOSED)
    (view,) = shown(Change.OPENED, alert=over)
    assert view.change is Change.CLOSED
