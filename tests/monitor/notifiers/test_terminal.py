"""All texts are invented (fictional samples)."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cached_cell_len
from rich.console import Console

from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers.errors import RetryLater
from monitor.notifiers.sample import sample_message
from monitor.notifiers.terminal import TerminalNotifier, TerminalOptions, build

ALERT = AlertView(
    alert_id="a7f3",
    change=Change.UPDATED,
    rule_id="rotation",
    rule_title="Rotation",
    severity=Severity.CRITICAL,
    subject_kind="origin",
    source_name="Письма домой (вымышленный пример)",
    headline="Требуем ротации",
    excerpt=(Fragment(text="Мы "), Fragment(text="требуем", hit=True), Fragment(text=" [bold]очень[/bold]")),
    reason='matched "ротация" in text',
    url="https://news.example.org/" + "a-long-address/" * 12,
    published_at=datetime(2026, 11, 3, 13, 5, tzinfo=UTC),
    copies=120,
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, 0, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)


async def printed(message: Message, *, colours: bool = False, width: int = 100) -> str:
    output = io.StringIO()
    console = Console(
        file=output, force_terminal=colours, color_system="truecolor" if colours else None, width=width
    )
    await TerminalNotifier(console).send(message)
    return output.getvalue()


async def test_an_alert_is_a_readable_block() -> None:
    assert [line.rstrip() for line in (await printed(MESSAGE)).splitlines()] == [
        " CRITICAL · Rotation (update)   a7f3",
        "  Письма домой (вымышленный пример) · 2026-11-03 14:05 CET",
        "  also in 120 more",
        "  Требуем ротации",
        "  Мы требуем [bold]очень[/bold]",
        '  matched "ротация" in text',
        f"  {ALERT.url}",
        "",
    ]


async def test_hits_stand_out_on_a_colour_terminal() -> None:
    assert "\x1b[1;30;43mтребуем\x1b[0m" in await printed(MESSAGE, colours=True)


async def test_a_deletion_is_said_and_the_text_stays() -> None:
    gone = replace(ALERT, change=Change.DELETED, deleted=True)
    shown = await printed(replace(MESSAGE, alerts=(gone,)))
    assert "Rotation (deleted)" in shown
    assert "The source has deleted this post." in shown
    assert "требуем" in shown


async def test_what_is_over_is_not_red() -> None:
    closed = replace(MESSAGE, alerts=(replace(ALERT, change=Change.CLOSED),))
    assert "\x1b[1;37;42m CLOSED · Rotation \x1b[0m" in await printed(closed, colours=True)


async def test_lines_stay_short_on_a_wide_terminal() -> None:
    wordy = replace(ALERT, reason="слово " * 60, url=None)
    shown = await printed(replace(MESSAGE, alerts=(wordy,)), width=300)
    assert max(map(len, shown.splitlines())) <= 110


@pytest.mark.parametrize("colours", [True, False])
async def test_no_text_can_steer_the_terminal(colours: bool) -> None:  # noqa: FBT001
    hostile = "\x1b[2J\x1b]0;title\x07\x9b31m\r\x00\x7f\u202egnp.exe\u2066\ud83d"
    alert = replace(
        ALERT, headline=hostile, rule_title=hostile, source_name=hostile, excerpt=(Fragment(text=hostile),)
    )
    alert = replace(alert, url=hostile, reason=hostile, alert_id=hostile, also_in=(hostile,))
    text = await printed(replace(MESSAGE, alerts=(alert,)), colours=colours)
    assert not set(text) & set("\x07\x9b\r\x00\x7f\u202e\u2066\ud83d")
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text
    assert "␛[2J␛]0;title␇⟨U+009B⟩31m" in text.replace("\n", "")


async def test_addresses_are_never_broken_over_lines() -> None:
    assert f"  {ALERT.url}\n" in await printed(MESSAGE, width=40)


async def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    notifier = build(TerminalOptions())
    receipt = await notifier.send(sample_message(MESSAGE.created_at, MESSAGE.timezone))
    await notifier.close()
    assert receipt.reference is None
    shown = capsys.readouterr().out
    assert shown.startswith("TEST of a receiver")
    assert "fictional sample" in shown


async def test_what_was_printed_is_not_kept_in_memory() -> None:
    await printed(MESSAGE)

    assert cached_cell_len.cache_info().currsize == 0


async def test_a_closed_output_is_a_retry() -> None:
    output = io.StringIO()
    notifier = TerminalNotifier(Console(file=output))
    output.close()
    with pytest.raises(RetryLater, match="closed"):
        await notifier.send(MESSAGE)


async def test_a_broken_pipe_is_a_retry_and_does_not_end_the_process() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8", buffering=1) as output:
        notifier = TerminalNotifier(Console(file=output))
        for _ in range(2):
            with pytest.raises(RetryLater, match="pipe"):
                await notifier.send(MESSAGE)
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)  # what is still buffered has somewhere to go


def test_a_terminal_without_unicode_gets_escapes() -> None:
    script = (
        "import asyncio, datetime, zoneinfo;"
        "from monitor.notifiers.sample import sample_message;"
        "from monitor.notifiers.terminal import TerminalNotifier;"
        "now = datetime.datetime.now(datetime.UTC);"
        "asyncio.run(TerminalNotifier().send(sample_message(now, zoneinfo.ZoneInfo('UTC'))))"
    )
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    )
    assert "\\u0440\\u043e\\u0442\\u0430\\u0446\\u0438\\u0438" in result.stdout
