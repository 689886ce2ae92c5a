"""Alerts to the rest of the world, by Apprise (https://github.com/caronc/apprise), an extra of this package.

An Apprise address holds the secrets of its service. Apprise writes addresses into its log, and so do the
libraries beneath it: all of these are kept silent, and what it says of a failure is told without its parts.
"""

import asyncio
import importlib.util
import logging
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from monitor.message import Change, Message, Receipt, Severity
from monitor.notifiers.errors import RetryLater, Undeliverable
from monitor.notifiers.mail import plain_text, subject
from monitor.notifiers.wording import gravest, one_line
from monitor.secrets import HIDDEN, KNOWN, Secret, SecretMissing, check_places, hide_secrets, read_secret

if TYPE_CHECKING:
    import apprise

_BENEATH = ("urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib.oauth1_session", "oauthlib")
_NOWHERE = logging.NullHandler()  # without any handler, Python would print the warnings
_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
_SHORTEST_PART = 4  # of an address; hiding shorter ones would tear every text apart


@dataclass(frozen=True, kw_only=True, slots=True)
class AppriseOptions:
    """Where the address of the service stands: it is a secret as a whole."""

    url_env: str | None = None
    url_file: Path | None = None
    timeout: timedelta = timedelta(seconds=60)

    def __post_init__(self) -> None:
        """Refuse what could never be sent.

        Raises:
            ValueError: with a sentence for the person who wrote the configuration.
        """
        check_places("url", self.url_env, self.url_file, required=True)
        if self.timeout <= timedelta(0):
            raise ValueError("timeout must be more than nothing")
        if importlib.util.find_spec("apprise") is None:
            raise ValueError('Apprise is not installed: pip install "groundswell[apprise]"')


class AppriseNotifier:
    """Hands messages to one service, one after the other, in a thread of its own."""

    def __init__(self, options: AppriseOptions) -> None:
        self._options = options
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="apprise")
        self._service: tuple[Secret, apprise.Apprise] | None = None  # kept, for it paces what it sends
        self._begun: dict[str, Future[str | None]] = {}  # by delivery, until their end is known

    async def send(self, message: Message) -> Receipt:
        """Hand over `message` as plain text; a service with a limit gets it in parts.

        That can take longer than the timeout, and can't be broken off: then the next attempt at the same
        delivery waits for it instead of sending everything once more.

        Raises:
            RetryLater: the service did not take it; Apprise does not tell whether it ever will.
            Undeliverable: the address is none that Apprise knows.
        """
        address = self._address()
        within = self._options.timeout.total_seconds()
        sending = self._sending(address, message)
        try:
            async with asyncio.timeout(within):
                failure = await asyncio.wrap_future(sending)
        except TimeoutError:
            failure = f"no answer within {within:g} s"
        else:
            del self._begun[message.delivery_id]
        if failure is not None:
            raise RetryLater(failure)
        return Receipt(reference=None)

    async def close(self) -> None:
        """Take no more; what is being sent ends by the service's own time limits."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _sending(self, address: Secret, message: Message) -> "Future[str | None]":
        """What an earlier attempt at this delivery has begun and not broken off, or else a new beginning."""
        begun = self._begun.get(message.delivery_id)
        if begun is None or begun.cancelled() or (begun.done() and begun.exception() is not None):
            begun = self._thread.submit(self._notify, address, message)
            self._begun[message.delivery_id] = begun
        return begun

    def _address(self) -> Secret:
        try:
            address = read_secret(env=self._options.url_env, file=self._options.url_file)
        except SecretMissing as missing:
            raise RetryLater(str(missing)) from missing
        # As a web address too: that is what it becomes, and what errors would hold.
        KNOWN.add(f"https://{address.reveal().partition('://')[2]}")
        return address

    def _notify(self, address: Secret, message: Message) -> str | None:
        """Why the service did not take `message`, if it did not."""
        result = self._connected(address).notify(
            body=plain_text(message),
            title=subject(message, ""),
            notify_type=_kind(message),
            body_format="text",
        )
        if result:
            return None
        said = [entry.message for entry in result.logs() if entry.level in {"WARNING", "ERROR"}]
        return _without_address(address, one_line("; ".join(said)) or "the service did not take it")

    def _connected(self, address: Secret) -> "apprise.Apprise":
        if self._service is None or self._service[0] != address:
            self._service = (address, _connect(address))
        return self._service[1]


def build(options: AppriseOptions) -> AppriseNotifier:
    """A notifier for the service whose address `options` name."""
    _silence()
    return AppriseNotifier(options)


def _silence() -> None:
    """Keep what Apprise and the libraries beneath it say from the log; `send` tells what matters of it."""
    chatty = logging.getLogger("apprise")
    chatty.propagate = False
    chatty.addHandler(_NOWHERE)
    chatty.addFilter(_only_clean_warnings)
    for name in _BENEATH:
        logging.getLogger(name).addFilter(_never)


def _connect(address: Secret) -> "apprise.Apprise":
    """Apprise with this one service. Importing it and its plugins takes most of a second, and 50 MB."""
    import apprise

    service = apprise.Apprise.instantiate(address.reveal())
    if service is None:
        raise Undeliverable("the configured address is none that Apprise knows, or lacks a part")
    if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        service.overflow_mode = apprise.OverflowMode.SPLIT  # or the alerts at the end would be lost
    connected = apprise.Apprise()
    connected.add(service)
    return connected


def _kind(message: Message) -> str:
    if all(alert.change is Change.CLOSED for alert in message.alerts):
        return "success"
    return _KINDS[gravest(message)]


def _without_address(address: Secret, text: str) -> str:
    """`text` without any part of the address: which of them is the secret differs from service to service."""
    parts = re.split(r"[/:@?&=,;#+\s]+", address.reveal())
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        if len(part) >= _SHORTEST_PART:
            text = text.replace(part, HIDDEN)
    return text


def _only_clean_warnings(record: logging.LogRecord) -> bool:
    record.msg, record.args = hide_secrets(record.getMessage()), ()
    return record.levelno >= logging.WARNING


def _never(_: logging.LogRecord) -> bool:
    return False
