"""Which notifiers there are. Adding one is one file and one line here."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from monitor.ports import Notifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of receiver, which is loaded when it is first used: some bring megabytes of libraries along."""

    module: str  # its `build` makes a notifier from options
    settings: str  # the module's class of options

    @property
    def options(self) -> type[Any]:
        """The settings it takes: a frozen dataclass that raises ValueError for settings that can't work.

        Its fields hold names of environment variables and files, never secrets, which are read whenever
        something is sent.
        """
        options: type[Any] = getattr(import_module(self.module), self.settings)
        return options

    def build(self, options: Any) -> Notifier:  # noqa: ANN401 - every kind has options of its own type
        """A notifier with these settings."""
        notifier: Notifier = import_module(self.module).build(options)
        return notifier


KINDS: Mapping[str, Kind] = {
    "terminal": Kind(module="monitor.notifiers.terminal", settings="TerminalOptions"),
    "email": Kind(module="monitor.notifiers.email", settings="EmailOptions"),
    "telegram": Kind(module="monitor.notifiers.telegram", settings="TelegramOptions"),
    "apprise": Kind(module="monitor.notifiers.apprise", settings="AppriseOptions"),
    "webhook": Kind(module="monitor.notifiers.webhook", settings="WebhookOptions"),
}
