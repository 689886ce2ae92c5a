"""What the demo's summary says, on terminals of every width. All texts are invented (fictional samples)."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from monitor.config import Config, load
from monitor.demo.account.use import AccountUse, ChannelUse
from monitor.demo.configuration import write_configuration
from monitor.demo.play import START
from monitor.demo.summary import Desk, summary
from scrapers.model import ItemKind
from storage.model import (
    AlertRecord,
    AlertStatus,
    ItemRecord,
    ItemRef,
    MatchSpan,
    NotificationReport,
    NotificationStatus,
    SourceReport,
    SubjectKind,
    Totals,
)

TEXT = "Просим ротацию. Пишите: zhdem@example.org (вымышленный пример)"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    write_configuration(tmp_path, web_url="http://127.0.0.1:1", smtp_port=2, bot_url="http://127.0.0.1:3")
    return load(tmp_path / "config.toml")


def source(name: str, *, failures: int = 0) -> SourceReport:
    return SourceReport(
        config_id=name,
        name=name,
        kind="telegram_web",
        active=True,
        native_id=None,
        title=None,
        labels=frozenset(),
        subscribers=None,
        outcome="preview_off" if failures else "ok",
        reason="the channel shows no preview: switched off, restricted, or no channel",
        failures=failures,
        items=12,
        last_attempt_at=START,
        last_success_at=START,
        last_new_at=START,
        next_due_at=None,
        incidents=(),
    )


def complaint(number: int, *, day: int, copies: int = 0, rule: str = "rotation-and-leave") -> AlertRecord:
    item = ItemRecord(
        ref=ItemRef(source_id=number, external_id=str(number)),
        source_config_id=f"channel-{number}",
        source_name=f"Channel {number} (fictional sample)",
        kind=ItemKind.POST,
        url=f"https://t.me/sample/{number}?{'a-long-address' * 8}",
        title=None,
        text=TEXT,
        language="ru",
        published_at=START,
        first_seen_at=START,
        edited=False,
        views=None,
        forward=None,
        origin=None,
        seq=1,
    )
    return AlertRecord(
        id=f"GS-{number}",
        rule_id=rule,
        rule_version=1,
        rule_title="Complaints",
        severity="warning",
        subject_kind=SubjectKind.ORIGIN,
        subject_key=str(number),
        status=AlertStatus.OPEN,
        opened_at=START + timedelta(days=day),
        updated_at=START,
        headline="Просим ротацию",
        reason='matched "ротацию"',
        copies=copies,
        also_in=("Another channel (fictional sample)",) * bool(copies),
        source_config_id=f"channel-{number}",
        source_name=f"Channel {number} (fictional sample)",
        item=item,
        spans=(MatchSpan(field="text", start=7, end=14),),
    )


def told(alert: AlertRecord) -> tuple[NotificationReport, ...]:
    """One opening, and two updates that went out together."""
    return tuple(
        NotificationReport(
            receiver="editors",
            change="opened",
            status=NotificationStatus.SENT,
            attempts=1,
            settled_at=alert.opened_at + timedelta(hours=hours),
            reason=None,
        )
        for hours in (0, 1, 1)
    )


def shown(
    config: Config,
    alerts: list[AlertRecord],
    width: int,
    *sources: SourceReport,
    account: AccountUse | None = None,
) -> str:
    desk = Desk(
        config=config,
        sources=sources or (source("Letters (fictional sample)"),),
        totals=Totals(items=12, revisions=14, copies=3, alerts=len(alerts), pending=0, dead=0),
        alerts=tuple(alerts),
        told={alert.id: told(alert) for alert in alerts},
        polls=1102,
        mails=7,
        chat_messages=5,
        account=account,
    )
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as captured:
        console.print(summary(desk))
    return captured.get()


STORY = [complaint(0, day=3, copies=10), *(complaint(number, day=number) for number in range(1, 7))]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_source_takes_one_line_and_no_line_is_too_long(config: Config, width: int) -> None:
    names = ["Семьи очень далёкого гарнизона (вымышленный пример)", "Letters (fictional sample)"]
    text = shown(config, STORY, width, *(source(name, failures=1) for name in names))
    assert max(map(cell_len, text.splitlines())) <= width
    assert [line.split()[0] for line in text.splitlines()[1:4]] == ["source", "Семьи", "Letters"]
    assert text.count("preview off") == 2
    assert "items alerts last news    health" in text


def test_what_the_numbers_mean_is_said(config: Config) -> None:
    text = " ".join(shown(config, STORY, 120).split())
    assert "A splash: one text, first seen at Channel 0 (fictional sample), and 10 copies" in text
    assert "A groundswell: 6 small complaints" in text
    assert "from 6 channels" in text
    assert "0 1 1 1 1 1 1 0 0 0." in text
    assert "1,102 polls brought 12 items (2 edited later, 3 repeat a text seen before)" in text


def test_a_splash_begins_where_it_was_first_alerted_of(config: Config) -> None:
    later = complaint(9, day=6, copies=10, rule="gone-viral")
    text = " ".join(shown(config, [later, *STORY], 120).split())
    assert "first seen at Channel 0 (fictional sample)" in text


def test_a_source_that_answers_and_has_an_open_incident_is_not_well(config: Config) -> None:
    text = shown(config, [], 120, replace(source("Marked (fictional sample)"), incidents=("label_fake",)))
    assert "label fake" in text
    assert "well" not in text


def test_one_post_that_two_rules_found_is_one_complaint(config: Config) -> None:
    twice = [complaint(1, day=1), complaint(1, day=1, rule="supplies-and-pay")]
    assert "A groundswell: 1 small" in shown(config, twice, 120)


def test_alerts_say_why_and_who_was_told_and_hide_addresses(config: Config) -> None:
    text = shown(config, STORY, 120)
    assert 'matched "ротацию"' in text
    assert "→ editors (2 times)" in text
    assert "[e-mail]" in text
    assert "zhdem@" not in text
    assert "also in ten more: Another channel (fictional sample), …" in text
    assert "Complaints about rotation and leave: 7 alerts" in text
    assert "and 4 more" in text


def test_a_desk_without_alerts_has_a_summary_too(config: Config) -> None:
    assert "A splash" not in shown(config, [], 80)


def test_what_an_account_was_used_for_is_said(config: Config) -> None:
    channel = ChannelUse(
        title="Wives (fictional sample)", live=True, polls=60, requests=90, late=timedelta(0), hidden=3
    )
    slow = replace(channel, title="Far (fictional sample)", live=False, late=timedelta(hours=2), hidden=0)
    use = AccountUse(
        methods={"messages.getHistory": 1_440, "contacts.resolveUsername": 2},
        channels=(slow, channel),
        refused=4,
        most_views=1_899_945,
    )
    text = shown(config, STORY, 120, account=use)
    said = " ".join(text.split())
    assert "Read through an account: 1,442 requests in ten days, 0.1 a minute: 1,440 pages" in said
    assert (
        "(3 of Wives (fictional sample)); exact counters (1,899,945 views, where a preview says 1.89M)"
        in said
    )
    assert "joined channels were stored at once, those of the others after 2 hours." in said
    assert "refused it 4 times" in said
    assert "Wives (fictional sample) live at once 60 90 1.5 Far (fictional sample) polls after 2h" in said
    assert "Previews stood in" not in shown(config, STORY, 120, account=replace(use, refused=0))
    assert "Read through an account" not in shown(config, STORY, 120)
