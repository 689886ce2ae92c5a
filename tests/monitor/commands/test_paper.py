"""What commands print for a person, on narrow terminals and into pipes. All texts are invented."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console, RenderableType

from monitor.cli import cli
from monitor.commands import alerts, paper, sources
from monitor.config import Config, load
from monitor.demo.configuration import write_configuration
from monitor.duration import short
from monitor.message import Fragment
from storage.model import (
    AlertRecord,
    AlertStatus,
    NotificationReport,
    NotificationStatus,
    SourceReport,
    SubjectKind,
)

NOW = datetime(2026, 3, 5, 10, tzinfo=UTC)
PAGES = Path(__file__).resolve().parents[2] / "data" / "telegram_web"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    write_configuration(tmp_path, web_url="http://127.0.0.1:1", smtp_port=2, bot_url="http://127.0.0.1:3")
    return load(tmp_path / "config.toml")


def drawn(*parts: RenderableType, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        paper.draw(console, *parts)
    return captured.get().splitlines()


def source(config_id: str, *, failures: int = 0, outcome: str | None = "items") -> SourceReport:
    return SourceReport(
        config_id=config_id,
        name=config_id,
        kind="telegram_web",
        active=True,
        native_id=None,
        title=None,
        labels=frozenset(),
        subscribers=None,
        outcome="preview_off" if failures else outcome,
        reason="the channel shows no preview: switched off, restricted, or no channel",
        failures=failures,
        items=12,
        last_attempt_at=NOW,
        last_success_at=NOW,
        last_new_at=None,
        next_due_at=NOW,
        incidents=(),
    )


def alert(status: AlertStatus = AlertStatus.OPEN) -> AlertRecord:
    return AlertRecord(
        id="GS-CESLDO24QP",
        rule_id="rotation",
        rule_version=1,
        rule_title="Rotation",
        severity="critical",
        subject_kind=SubjectKind.ORIGIN,
        subject_key="1",
        status=status,
        opened_at=NOW,
        updated_at=NOW,
        headline="Просим ротацию\x1b[2J " * 20,
        reason='matched "ротацию"',
        copies=10,
        also_in=(),
        source_config_id="letters",
        source_name="Письма домой (вымышленный пример)",
        item=None,
        spans=(),
    )


def told(status: NotificationStatus) -> NotificationReport:
    return NotificationReport(
        receiver="editors", change="opened", status=status, attempts=1, settled_at=NOW, reason=None
    )


def test_a_source_is_one_line_of_eighty_columns(config: Config) -> None:
    reports = [source("a-name-that-is-longer-than-most"), source("b", failures=2), source("c", outcome=None)]
    lines = drawn(sources._table(reports, config))
    assert [line.split()[0][:1] for line in lines] == ["s", "a", "b", "c"]
    assert [line.split()[-1] for line in lines] == ["health", "well", "ailing", "waiting"]
    assert "telegram_web    12 2026-03-05 11:00 -         well" in lines[1]


def test_sources_say_what_is_heard_at_once_where_an_account_hears_anything(config: Config) -> None:
    first, second, *_ = config.sources
    plain = [source(first.id), source(second.id)]
    assert not any("hears" in line for line in drawn(sources._table(plain, config), width=120))
    heard = replace(plain[0], kind="telegram", live=True)
    lines = drawn(sources._table([heard, plain[1], source("taken-out-meanwhile")], config), width=120)
    assert "hears" in lines[0]
    assert " live " in lines[1]
    assert f" every {short(second.interval)} " in lines[2]
    assert lines[3].split()[-2:] == ["-", "well"]


@pytest.mark.parametrize(
    "said",
    [{"kind": "telegram_web"}, {"failures": 1}, {"reason": "its fallback stands in: no account (sample)"}],
)
def test_sources_call_nothing_live_that_the_account_does_not_read_just_now(config: Config, said) -> None:
    first, second, *_ = config.sources
    heard = replace(source(first.id), kind="telegram", live=True)
    lines = drawn(sources._table([replace(heard, **said), replace(heard, config_id=second.id)], config))
    assert "live" not in lines[1]
    assert f" every {short(first.interval)} " in lines[1]
    assert " live " in lines[2]


def test_trouble_is_told_whole_below_the_table(config: Config) -> None:
    said = " ".join(" ".join(drawn(sources._trouble(source("b", failures=2), config))).split())
    assert "b preview off: the channel shows no preview: switched off, restricted, or no channel." in said
    assert "Next try 2026-03-05 11:00 CET." in said


def test_an_alert_is_four_lines_that_end_with_the_terminal(config: Config) -> None:
    fates = (told(NotificationStatus.SENT), told(NotificationStatus.SENT), told(NotificationStatus.FOLDED))
    lines = drawn(*alerts._block(alert(), fates, None, config))
    assert lines[0] == "2026-03-05 11:00 CET  critical rotation  GS-CESLDO24QP"
    assert lines[1].startswith("  Письма домой (вымышленный пример): Просим ротацию␛[2J ")
    assert len(lines[1]) == 80
    assert lines[1].endswith("…")
    assert lines[2:4] == ['  matched "ротацию"', "  10 copies · editors: 2 sent, 1 folded"]
    assert "closed rotation" in drawn(*alerts._block(alert(AlertStatus.CLOSED), (), None, config))[0]


def test_in_a_pipe_no_line_is_broken_or_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = "слово " * 60
    paper.show(paper.one_row(long), paper.paragraph(long), paper.highlighted([Fragment(text=long, hit=True)]))
    assert capsys.readouterr().out == f"{long}\n" * 3


def test_a_preview_reads_like_a_page_and_counts_what_it_read() -> None:
    result = CliRunner().invoke(
        cli,
        ["preview", "--kind", "telegram_web", "--file", str(PAGES / "forward_of_hidden_person.html")],
        catch_exceptions=False,
    )
    assert result.stdout.splitlines()[:2] == [
        "2026-10-05 08:15 UTC · ru · forwarded from someone who is not named · 642 views",
        "Имя скрыто (вымышленный пример)",
    ]
    assert result.stderr == "read: 1, refused: 0\n"
    assert result.exit_code == 0


def test_a_refused_page_says_why_to_a_person() -> None:
    page = str(PAGES / "layout_changed_messages.html")
    result = CliRunner().invoke(cli, ["preview", "--kind", "telegram_web", "--file", page])
    assert result.stdout.startswith("layout changed  neither a message nor")
    assert result.exit_code == 1
