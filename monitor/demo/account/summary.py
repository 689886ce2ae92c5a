"""What the account was used for, as a part of the demo's summary. Pure; it does without Telethon."""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median_low

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.demo.account.use import AccountUse, ChannelUse
from monitor.demo.story import LENGTH
from monitor.demo.telegram_markup import rounded
from monitor.duration import short, spoken
from monitor.notifiers.wording import visible

_AT_ONCE = timedelta(minutes=1)
_METHODS = {
    "messages.getHistory": "pages of history",
    "channels.getMessages": "single posts again",
    "channels.getFullChannel": "descriptions and subscribers",
    "contacts.resolveUsername": "names, each once",
}


def use_of_account(use: AccountUse) -> Iterator[RenderableType]:
    """What it asked, what it saw that previews hide, how soon, and what happened when it could not."""
    yield _asked(use)
    yield Text()
    yield _seen(use)
    if use.refused:
        yield Text()
        yield _frozen(use)
    yield Text()
    yield _channels(use)


def _asked(use: AccountUse) -> Text:
    a_minute = use.requests / (LENGTH / timedelta(minutes=1))
    methods = ", ".join(f"{use.methods.get(name, 0):,} {words}" for name, words in _METHODS.items())
    return Text.assemble(
        ("Read through an account: ", "bold cyan"),
        f"{use.requests:,} requests in ten days, {a_minute:.1f} a minute: {methods}. "
        "Nothing was joined, written or marked as read, and nobody was asked about.",
    )


def _seen(use: AccountUse) -> Text:
    hidden = ", ".join(f"{one.hidden} of {visible(one.title)}" for one in use.hidden) or "none"
    return Text.assemble(
        ("More than previews show: ", "bold cyan"),
        f"posts that no preview showed ({hidden}); exact counters ({use.most_views:,} views, where a preview "
        f"says {rounded(use.most_views)}), and forwards. ",
        f"Posts of joined channels were stored {_waited(use, live=True)}, "
        f"those of the others {_waited(use, live=False)}.",
    )


def _waited(use: AccountUse, *, live: bool) -> str:
    waits = [one.late for one in use.channels if one.live is live and one.late is not None]
    return _late(median_low(waits)) if waits else "never"


def _late(wait: timedelta) -> str:
    return "at once" if wait < _AT_ONCE else f"after {spoken(wait)}"


def _frozen(use: AccountUse) -> Text:
    times = "once" if use.refused == 1 else f"{use.refused} times"
    return Text.assemble(
        ("Previews stood in: ", "bold cyan"),
        f"Telegram had frozen the account for some hours and refused it {times}. The channels were read by "
        "their previews meanwhile; no post came twice, and none as if it had been edited.",
    )


def _channels(use: AccountUse) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("channel")  # the only one to give way where the terminal is narrow
    for name in ("hears", "stored", "polls", "requests", "a poll"):
        table.add_column(name, justify="left" if name in {"hears", "stored"} else "right", no_wrap=True)
    for channel in sorted(use.channels, key=lambda one: (not one.live, one.title)):
        table.add_row(Text(visible(channel.title), no_wrap=True, overflow="ellipsis"), *_row(channel))
    return table


def _row(channel: ChannelUse) -> Iterator[str]:
    yield "live" if channel.live else "polls"
    yield _short(channel.late)
    yield str(channel.polls)
    yield str(channel.requests)
    yield f"{channel.requests / channel.polls:.1f}" if channel.polls else "-"


def _short(wait: timedelta | None) -> str:
    if wait is None:
        return "-"
    return "at once" if wait < _AT_ONCE else f"after {short(wait)}"
