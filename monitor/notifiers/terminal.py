"""Alerts as coloured blocks on the terminal."""

from dataclasses import dataclass
from typing import IO

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from monitor.message import AlertView, Message, Receipt, Severity
from monitor.notifiers.errors import RetryLater
from monitor.notifiers.wording import banner, copies, facts, heading, plain, presentable, repeats_headline

_STYLES = {
    Severity.INFO: "bold white on blue",
    Severity.WARNING: "bold black on yellow",
    Severity.CRITICAL: "bold white on red",
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
        with self._console.capture() as captured:
            for block in _blocks(message):
                self._console.print(block)
        try:
            _write(self._console.file, captured.get())
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
    # Not the console's own printing: on a broken pipe that ends the whole process.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _blocks(message: Message) -> list[Group | Text]:
    first = banner(message)
    intro = [Text(first, style="bold magenta")] if first else []
    return [*intro, *(_block(presentable(alert), message) for alert in message.alerts)]


def _block(alert: AlertView, message: Message) -> Group:
    lines = [Text(facts(alert, message.timezone), style="cyan")]
    if not repeats_headline(alert):
        lines.append(Text(alert.headline, style="bold"))
    if plain(alert.excerpt).strip():
        lines.append(_excerpt(alert))
    lines.append(Text(alert.reason, style="italic"))
    if also := copies(alert):
        lines.append(Text(also, style="yellow"))
    title = Text.assemble((f" {heading(alert)} ", _STYLES[alert.severity]), (f"  {alert.alert_id}", "dim"))
    body = [Padding(line, (0, 0, 0, 2)) for line in lines]
    # Whole addresses on lines of their own, never wrapped: people copy them.
    url = [Text(f"  {alert.url}", style="underline", no_wrap=True, overflow="ignore")] if alert.url else []
    return Group(title, *body, *url, Text(""))


def _excerpt(alert: AlertView) -> Text:
    return Text.assemble(*((part.text, "bold yellow" if part.hit else "") for part in alert.excerpt))
