"""Which notifiers there are. Adding one is one file and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.notifiers import apprise, email, telegram, terminal, webhook
from monitor.ports import Notifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of receiver: the settings it takes, and how a notifier is made from them.

    `options` is a frozen dataclass that raises ValueError for settings that can't work; its fields hold names
    of environment variables and files, never secrets, which are read whenever something is sent.
    """

    options: type[Any]
    build: Callable[[Any], Notifier]


KINDS: Mapping[str, Kind] = {
    "terminal": Kind(options=terminal.TerminalOptions, build=terminal.build),
    "email": Kind(options=email.EmailOptions, build=email.build),
    "telegram": Kind(options=telegram.TelegramOptions, build=telegram.build),
    "apprise": Kind(options=apprise.AppriseOptions, build=apprise.build),
    "webhook": Kind(options=webhook.WebhookOptions, build=webhook.build),
}
