"""Alerts as coloured blocks on the terminal."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Literal

from rich.cells import cached_cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from monitor.message import AlertView, Change, Message, Receipt, Severity
from monitor.notifiers import catch_up
from monitor.notifiers.errors import RetryLater
from monitor.notifiers.wording import (
    banner,
    copies,
    evidence,
    facts,
    heading,
    news,
    plain,
    presentable,
    repeats_headline,
)

_STYLES = {
    Severity.INFO: "bold white on blue",
    Severity.WARNING: "bold black on yellow",
    Severity.CRITICAL: "bold white on red",
}
_OVER = "bold white on green"
_HIT = "bold black on yellow"  # with its own ground, so that it is read on light and dark terminals
_WIDEST = 110  # characters; longer lines are hard to follow

_COLOURS: dict[str, Literal["standard", "256", "truecolor", "windows"]] = {
    "standard": "standard",
    "256": "256",
    "truecolor": "truecolor",
    "windows": "windows",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TerminalOptions:
    """The terminal needs no settings: colours follow the terminal and NO_COLOR."""


class TerminalNotifier:
    """Prints every alert as a block; nothing in it can steer the terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)

    async def send(self, message: Message) -> Receipt:
        """Print `message`.

        Raises:
            RetryLater: the output is closed or full.
        """
        try:
            _write(self._console.file, _rendered(self._console, message))
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            reason = f"the terminal could not be written: {error}"
        else:
            return Receipt(reference=None)
        raise RetryLater(reason)

    async def close(self) -> None:
        """Nothing to give back."""


def build(_: TerminalOptions) -> TerminalNotifier:
    """A notifier that prints to standard output."""
    return TerminalNotifier()


def _write(stream: IO[str], text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _rendered(console: Console, message: Message) -> str:
    """What `console` would show. It does not print by itself: on a broken pipe that ends the process."""
    paper = Console(
        file=io.StringIO(),
        width=min(console.width, _WIDEST),
        force_terminal=console.is_terminal,
        color_system=_COLOURS.get(console.color_system or ""),
        no_color=console.no_color,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with paper.capture() as captured:
        if first := banner(message):
            paper.print(Text(first, style="bold magenta"))
        alerts = [presentable(alert) for alert in message.alerts]
        if message.gathered_since is not None:
            _print_catch_up(paper, alerts, message, message.gathered_since)
        else:
            _print_blocks(paper, alerts, message)
    cached_cell_len.cache_clear()  # rich would keep the last 4,096 lines, which never come again
    return captured.get()


def _print_catch_up(paper: Console, alerts: list[AlertView], message: Message, since: datetime) -> None:
    paper.print(Text(catch_up.title(message, since), style="bold"))
    paper.print(Text(catch_up.by_severity(alerts)))
    paper.print(Text(catch_up.by_rule(alerts), style="cyan"))
    leading, others = catch_up.split(alerts)
    for alert in leading:
        _print_heading(paper, alert)
        paper.print(Padding(Text(f"{alert.headline} — {facts(alert, message.timezone)}"), (0, 0, 0, 2)))
        _print_url(paper, alert)
    for alert in others:
        paper.print(
            Text.assemble((alert.alert_id, "dim"), " ", catch_up.line(alert, message)), soft_wrap=True
        )
    paper.print()


def _print_heading(paper: Console, alert: AlertView) -> None:
    style = _OVER if alert.change is Change.CLOSED else _STYLES[alert.severity]
    paper.print(Text.assemble((f" {heading(alert)} ", style), (f"  {alert.alert_id}", "dim")))


def _print_url(paper: Console, alert: AlertView) -> None:
    if alert.url:
        # On a line of its own and never wrapped: people copy it.
        paper.print(Text(f"  {alert.url}", style="underline"), soft_wrap=True)


def _print_blocks(paper: Console, alerts: list[AlertView], message: Message) -> None:
    for alert in alerts:
        _print_heading(paper, alert)
        for line in _lines(alert, message):
            paper.print(Padding(line, (0, 0, 0, 2), expand=False))
        _print_url(paper, alert)
        _print_evidence(paper, alert, message)
        paper.print()


def _print_evidence(paper: Console, alert: AlertView, message: Message) -> None:
    for line, url in evidence(alert, message.timezone):
        paper.print(Padding(Text(f"• {line}"), (0, 0, 0, 2), expand=False))
        if url:
            paper.print(Text(f"    {url}", style="underline"), soft_wrap=True)


def _lines(alert: AlertView, message: Message) -> Iterator[Text]:
    also = [Text(seen, style="bold")] if (seen := copies(alert)) else []
    yield Text(facts(alert, message.timezone), style="cyan")
    if what := news(alert, message.timezone):
        yield Text(what, style="bold")
    if not repeats_headline(alert):
        yield Text(alert.headline, style="bold")
    if plain(alert.excerpt).strip():
        yield Text.assemble(*((part.text, _HIT if part.hit else "") for part in alert.excerpt))
    yield Text(alert.reason, style="italic")
    if alert.change is not Change.UPDATED:
        yield from also
