"""What the flows run between: a small web to collect from, and three servers that take alerts."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.bot_api import BotApi
from monitor.demo.data_centre import Channel
from monitor.demo.smtp_sink import SmtpSink
from tests.fakes.small_web import SmallWeb
from tests.fakes.webhook_sink import WebhookSink
from tests.flows.telegram_desk import PLAIN, Telegram, telegram

# Their assertions tell what they compared, as those of tests do.
pytest.register_assert_rewrite("tests.flows.daemons", "tests.flows.soak_books", "tests.flows.telegram_books")

HERE = Path(__file__).parent
TRACED = {"test_reload.py", "test_telegram_account.py", "test_telegram_turns.py", "test_refresh.py"}
TOKEN = "4242:flow-tests-of-the-loopback-bot"
_ALERT = re.compile(r"GS-[A-Z2-7]{10}")

_HEAD = """
concurrency = 4

[database]
url_file = "database-url"

[http]
contact = "https://desk.example.org/monitoring"
allow_private = ["127.0.0.1"]
per_host_interval = "0s"
per_host_concurrency = 8
"""

_RECEIVERS = """
[[receiver]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "alerts@desk.example.org"
to = ["editors@desk.example.org"]
per_minute = 1000000

[[receiver]]
id = "chat"
kind = "telegram"
chat_id = 4242
token_file = "bot-token"
api_url = "{bot}"
per_minute = 1000000

[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"
"""


@dataclass(kw_only=True)
class Outside:
    """Everything around a desk, and its configuration."""

    folder: Path
    web: SmallWeb
    mails: SmtpSink
    bot: BotApi
    hook: WebhookSink

    def configure(self, database_url: str, rest: str, *, interval: str = "1s") -> Path:
        """Write config.toml: every channel and feed of the web, all receivers, and `rest`."""
        (self.folder / "bot-token").write_text(TOKEN)
        (self.folder / "database-url").write_text(database_url)
        receivers = _RECEIVERS.format(
            smtp=self.mails.port, bot=self.bot.url, hook=f"{self.hook.url}/(sample)"
        )
        path = self.folder / "config.toml"
        path.write_text("\n".join((_HEAD, receivers, rest, *self._sources(interval))))
        tomllib.loads(path.read_text())
        return path

    def _sources(self, interval: str) -> Iterator[str]:
        for name in self.web.channels:
            address = {"channel": name, "base_url": self.web.url}
            yield _source(id=name, kind="telegram_web", first_pages=50, interval=interval, **address)
        for name in self.web.feeds:
            yield _source(id=name, kind="feed", url=f"{self.web.url}/feed/{name}", interval=interval)

    def told(self, alert_id: str) -> dict[str, int]:
        """How many messages named an alert, by receiver."""
        return self.told_of([alert_id])[alert_id]

    def told_of(self, alert_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """How many messages named each of these alerts, by receiver."""
        said = {
            receiver: Counter(word for text in texts for word in set(_ALERT.findall(text)))
            for receiver, texts in self._said().items()
        }
        return {alert: {receiver: counts[alert] for receiver, counts in said.items()} for alert in alert_ids}

    def forget(self) -> None:
        """Throw away every message that was taken so far."""
        self.mails.mails.clear()
        self.bot.messages.clear()
        self.hook.posted.clear()

    def _said(self) -> dict[str, list[str]]:
        return {
            "mail": [_text_of(mail) for mail in self.mails.mails],
            "chat": [message.text for message in self.bot.messages],
            "hook": [posted.body.decode() for posted in self.hook.posted],
        }


def _text_of(mail) -> str:
    body = mail.read().get_body(("plain",))
    return body.get_content() if body else ""


def _source(**facts: str | int) -> str:
    return "[[source]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in facts.items()) + "\n"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Trace few of the flows: it doubles their time, and most that they run is traced where it is tested."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.name not in TRACED:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """A web without sources yet, and receivers that take everything."""
    mailbox = tmp_path / "mails"
    mailbox.mkdir()
    with SmallWeb() as web, SmtpSink(mailbox) as mails, BotApi(TOKEN) as bot, WebhookSink() as hook:
        yield Outside(folder=tmp_path, web=web, mails=mails, bot=bot, hook=hook)


@pytest.fixture
def hook() -> Iterator[WebhookSink]:
    """Somebody who takes alerts."""
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def around() -> Iterator[Telegram]:
    """A Telegram without channels yet."""
    with telegram() as around:
        yield around


@pytest.fixture
def wives(around: Telegram) -> Channel:
    """A channel that our account reads, with one post."""
    channel = around.world.channel("wives", joined=True)
    channel.post(PLAIN)
    return channel


def seconds(duration: timedelta) -> str:
    """A duration as the configuration writes it."""
    return f"{duration.total_seconds():.0f}s"
