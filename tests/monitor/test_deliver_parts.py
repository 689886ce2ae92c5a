"""One alert that its receiver refuses takes no other with it. Real receivers on loopback, fictional texts."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.deliver import LEASE, Deliverer, Presentation
from monitor.demo.clock import TurnedClock
from monitor.demo.receivers import BotApi, SmtpSink
from monitor.next_try import DOUBTFUL
from monitor.notifiers.email import EmailNotifier, EmailOptions
from monitor.notifiers.telegram import TelegramNotifier, TelegramOptions
from monitor.notifiers.webhook import WebhookNotifier, WebhookOptions
from monitor.observe import Unobserved
from monitor.ports import Notifier
from storage.model import NotificationStatus
from tests.fakes.webhook_sink import Reply, WebhookSink

TOKEN = "4242:deliver-parts-of-the-loopback-bot"
POISON = "недопустимо"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


class Picky(BotApi):
    """A Bot API that takes no text that holds a word, and no more than so many of them a second."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.calls: list[float] = []
        self.unwanted = POISON

    def answer(self, path: str, fields: dict[str, object]) -> tuple[int, bytes] | None:
        self.calls.append(time.monotonic())
        if self.unwanted in str(fields["text"]):
            told = {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}
            return 400, json.dumps(told).encode()
        return super().answer(path, fields)


class Tally(Unobserved):
    """How attempts ended."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def delivered(self, receiver: str, outcome: str) -> None:  # noqa: ARG002
        self.outcomes.append(outcome)


@pytest.fixture
def bot() -> Iterator[Picky]:
    with Picky() as bot:
        yield bot


@pytest.fixture
def hook() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[SmtpSink]:
    with SmtpSink(tmp_path / "mails") as sink:
        yield sink


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
async def deliverer(desk, bot, hook, mails, tally, tmp_path) -> AsyncIterator[Deliverer]:
    """A deliverer to a chat, a mailbox and a webhook."""
    (tmp_path / "token").write_text(TOKEN)
    notifiers: dict[str, Notifier] = {
        "chat": TelegramNotifier(
            TelegramOptions(chat_id=-42, token_file=tmp_path / "token", api_url=bot.url, per_minute=600_000)
        ),
        "mail": EmailNotifier(
            EmailOptions(
                host="127.0.0.1",
                port=mails.port,
                tls="none",
                sender="desk@example.org",
                to=("one@example.org",),
                per_minute=600_000,
            )
        ),
        "hook": WebhookNotifier(WebhookOptions(url=hook.url)),
    }
    yield Deliverer(
        store=desk.store,
        notifiers=notifiers,
        presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
        clock=TurnedClock(desk.now),
        worker="here:1",
        observer=tally,
    )
    for notifier in notifiers.values():
        await notifier.close()


def queue(desk, receiver: str, *texts: str, title: str | None = None, group: str = "all") -> list[str]:
    """An alert for each text, which the receiver is to be told of together."""
    names = [f"GS-{group}-{number:03}" for number in range(len(texts))]
    for name, words in zip(names, texts, strict=True):
        desk.commit(
            items=(desk.item(name),),
            revisions=(desk.revision(name, text=words, title=title),),
            alerts=(desk.alert(name, name),),
            notifications=(desk.notification(name, name, receiver=receiver, group_key=group),),
        )
    return names


def fates(desk, names: list[str]) -> list[str]:
    return [desk.store.notifications(name)[0].status for name in names]


def told(bot: Picky, name: str) -> int:
    return sum(name in message.text for message in bot.messages)


WELL = "Просим о ротации (вымышленный пример)"


async def test_of_many_alerts_one_is_refused_and_all_others_arrive_once(desk, bot, deliverer, tally) -> None:
    names = queue(desk, "chat", *[WELL] * 15)
    bot.unwanted = names[7]
    assert await deliverer.deliver("chat") == 1 + 15 + 1
    assert [told(bot, name) for name in names] == [1] * 7 + [0] + [1] * 7
    (letter,) = desk.store.dead_letters(10)
    assert letter.alert_id == names[7]
    assert (
        letter.reason == "refused in full and short: Telegram answered 400: Bad Request: message is too long"
    )
    assert fates(desk, names).count(NotificationStatus.SENT) == 14
    assert sorted(tally.outcomes) == ["dead", "parted", *["sent"] * 14, "shortened"]


async def test_an_alert_that_is_refused_as_it_stands_arrives_short(desk, bot, deliverer, caplog) -> None:
    (name,) = queue(desk, "chat", f"{WELL} {POISON}", title="Заголовок (вымышленный пример)")
    assert await deliverer.deliver("chat") == 2
    (message,) = bot.messages
    assert message.html is None
    for part in ("WARNING", "Заголовок (вымышленный пример)", f"https://example.org/{name}", name):
        assert part in message.text
    assert "Просим" not in message.text
    assert "did not take all of it" in message.text
    assert desk.store.totals().dead == 0
    assert "goes out again now, with title and link only" in caplog.text


async def test_a_catch_up_with_one_unwanted_alert_arrives_without_it(desk, bot, deliverer) -> None:
    texts = [f"Просим о ротации {number} (вымышленный пример)" for number in range(120)]
    names = [
        *queue(desk, "chat", *texts[:60], group="a"),
        *queue(desk, "chat", *texts[60:], group="b"),
    ]
    desk.now += 2 * HOUR
    deliverer._clock.move_to(desk.now)
    bot.unwanted = names[77]
    await deliverer.deliver("chat")
    assert {name: told(bot, name) for name in names if told(bot, name) != 1} == {names[77]: 0}
    assert [letter.alert_id for letter in desk.store.dead_letters(10)] == [names[77]]


async def test_the_pace_of_a_chat_is_kept_when_a_message_is_parted(desk, bot, deliverer, tmp_path) -> None:
    pace = 0.05
    deliverer._notifiers["chat"] = slow = TelegramNotifier(
        TelegramOptions(
            chat_id=-42, token_file=tmp_path / "token", api_url=bot.url, per_minute=int(60 / pace)
        )
    )
    queue(desk, "chat", WELL, WELL, WELL)
    bot.unwanted = "GS-all-001"
    await deliverer.deliver("chat")
    await slow.close()
    assert len(bot.calls) == 5
    assert min(later - earlier for earlier, later in zip(bot.calls, bot.calls[1:], strict=False)) > pace * 0.8


class Killed(BaseException):
    """The process has ended."""


class KillingStore:
    """The real store, whose process ends when it is about to write down the n-th result."""

    def __init__(self, store, results: int) -> None:
        self._store = store
        self._results = results

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def settle(self, *details: object) -> None:
        self._results -= 1
        if self._results == 0:
            raise Killed
        self._store.settle(*details)


@pytest.mark.parametrize("results", range(1, 6))
async def test_a_crash_in_between_repeats_one_and_loses_none(desk, bot, deliverer, results: int) -> None:
    names = queue(desk, "chat", WELL, WELL, WELL)
    bot.unwanted = names[1]
    deliverer._store = KillingStore(desk.store, results)
    with pytest.raises(Killed):
        await deliverer.deliver("chat")
    desk.now += LEASE
    another = Deliverer(
        store=desk.store,
        notifiers=deliverer._notifiers,
        presentation=deliverer._presentation,
        clock=TurnedClock(desk.now),
        worker="here:2",
    )
    await another.deliver("chat")
    assert fates(desk, names) == ["sent", "dead", "sent"]
    assert min(told(bot, names[0]), told(bot, names[2])) == 1
    assert told(bot, names[0]) + told(bot, names[2]) <= 3


async def test_a_mail_server_that_finds_spam_gets_every_mail_alone(desk, mails, deliverer) -> None:
    names = queue(desk, "mail", WELL, WELL, WELL)
    mails.answer_next("554 5.7.1 looks like spam")
    assert await deliverer.deliver("mail") == 4
    assert [mail.read()["X-Groundswell-Alert"] for mail in mails.mails] == names
    assert desk.store.totals().dead == 0


async def test_a_mail_that_is_refused_alone_comes_as_plain_text(desk, mails, deliverer) -> None:
    queue(desk, "mail", f"{WELL} {POISON}", title="Заголовок (вымышленный пример)")
    mails.answer_next("554 5.7.1 looks like spam")
    assert await deliverer.deliver("mail") == 2
    mail = mails.mails[0].read()
    assert mail.get_content_type() == "text/plain"
    assert POISON not in mail.get_content()
    assert "Заголовок (вымышленный пример)" in mail.get_content()


async def test_a_receiver_that_refuses_everything_gets_nothing_more(desk, mails, deliverer) -> None:
    names = queue(desk, "mail", WELL, WELL)
    mails.refuse("one@example.org", "550 5.1.1 no such user")
    assert await deliverer.deliver("mail") == 1
    assert fates(desk, names) == [NotificationStatus.DEAD] * 2


async def test_a_webhook_that_breaks_on_one_alert_gets_the_others(desk, hook, deliverer) -> None:
    names = queue(desk, "hook", WELL, WELL)
    for attempt in range(DOUBTFUL):
        hook.replies.append(Reply(status=500))
        assert len(hook.posted) == 2 * attempt
        await deliverer.deliver("hook")
        queue(desk, "hook", WELL, group=f"other{attempt}")
        await deliverer.deliver("hook")
        desk.now += 2 * HOUR
        deliverer._clock.move_to(desk.now)
    assert fates(desk, names) == [NotificationStatus.SENT] * 2
    last = [json.loads(posted.body) for posted in hook.posted[-3:]]
    assert [[alert["alert_id"] for alert in body["alerts"]] for body in last] == [
        [names[0]],
        [names[1]],
        [f"GS-other{DOUBTFUL - 1}-000"],
    ]
