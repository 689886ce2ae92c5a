"""Over a Bot API on loopback. All texts are invented (fictional samples), and so is the token."""

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.demo.receivers import BotApi, Fault
from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers.errors import ContentRefused, DeliveryError, RetryLater, Undeliverable
from monitor.notifiers.sample import sample_message
from monitor.notifiers.telegram import TelegramNotifier, TelegramOptions

TOKEN = "123456:fictional-sample_TOKEN-of-nobody"
ALERT = AlertView(
    alert_id="a7f3",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Ротация & отпуска",
    severity=Severity.WARNING,
    subject_kind="origin",
    source_name="Письма домой (вымышленный пример)",
    headline="Требуем <ротации>",
    excerpt=(Fragment(text="Мы "), Fragment(text="требуем", hit=True), Fragment(text=" &amp; ждём")),
    reason='matched "ротация" in text',
    url="https://t.me/example/12?a=1&b=2",
    published_at=datetime(2026, 11, 3, 13, 5, tzinfo=UTC),
    copies=2,
    also_in=("А", "Б"),
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, 0, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi(TOKEN) as running:
        yield running


@pytest.fixture
def options(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> TelegramOptions:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    return TelegramOptions(chat_id=42, token_env="BOT_TOKEN", api_url=api.url, per_minute=60_000)


@pytest.fixture
async def bot(options: TelegramOptions) -> AsyncIterator[TelegramNotifier]:
    notifier = TelegramNotifier(options)
    yield notifier
    await notifier.close()


async def test_an_alert_is_told_with_its_markup(api: BotApi, bot: TelegramNotifier) -> None:
    receipt = await bot.send(MESSAGE)
    message = api.messages[0]
    assert receipt.reference == str(message.message_id)
    assert message.chat_id == "42"
    assert not message.preview
    assert not message.silent
    assert message.text == (
        "🟠 WARNING · Ротация & отпуска\n"
        "Письма домой (вымышленный пример) · 2026-11-03 14:05 CET\n\n"
        "Требуем <ротации>\n\n"
        "Мы требуем &amp; ждём\n\n"
        'matched "ротация" in text\n'
        "also in two more: А, Б\n"
        "Open the post · a7f3"
    )
    assert "<b>требуем</b>" in str(message.html)
    assert '<a href="https://t.me/example/12?a=1&amp;b=2">' in str(message.html)


@pytest.mark.parametrize(
    ("severity", "threshold", "silent"),
    [
        (Severity.INFO, Severity.WARNING, True),
        (Severity.WARNING, Severity.WARNING, False),
        (Severity.CRITICAL, Severity.WARNING, False),
        (Severity.INFO, None, False),
    ],
)
async def test_lesser_alerts_arrive_without_a_sound(
    api: BotApi,
    options: TelegramOptions,
    severity: Severity,
    threshold: Severity | None,
    *,
    silent: bool,
) -> None:
    bot = TelegramNotifier(replace(options, silent_below=threshold))
    await bot.send(replace(MESSAGE, alerts=(replace(ALERT, severity=severity),)))
    await bot.close()
    assert api.messages[0].silent == silent


async def test_one_grave_alert_among_many_makes_the_sound(api: BotApi, options: TelegramOptions) -> None:
    bot = TelegramNotifier(replace(options, silent_below=Severity.CRITICAL))
    grave = replace(ALERT, severity=Severity.CRITICAL)
    await bot.send(replace(MESSAGE, alerts=(ALERT, grave, ALERT)))
    await bot.close()
    assert not api.messages[0].silent


async def test_refused_markup_is_sent_again_without_markup(api: BotApi, bot: TelegramNotifier) -> None:
    api.fail_next(Fault.CANT_PARSE)
    await bot.send(MESSAGE)
    assert len(api.messages) == 1
    assert api.messages[0].html is None
    assert "https://t.me/example/12?a=1&b=2" in api.messages[0].text
    assert "a7f3" in api.messages[0].text


async def test_patience_is_passed_on(api: BotApi, bot: TelegramNotifier) -> None:
    api.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=17)
    with pytest.raises(RetryLater, match="429") as caught:
        await bot.send(MESSAGE)
    assert caught.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.GARBAGE, Fault.HANG_UP])
async def test_trouble_at_the_other_end_is_tried_again(
    api: BotApi, bot: TelegramNotifier, fault: Fault
) -> None:
    api.fail_next(fault)
    with pytest.raises(RetryLater):
        await bot.send(MESSAGE)
    await bot.send(MESSAGE)
    assert len(api.messages) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.CHAT_NOT_FOUND, "chat not found"),
        (Fault.BLOCKED, "blocked by the user"),
        (Fault.MIGRATED, "set chat_id to -999999999958"),
    ],
)
async def test_refusals_for_good_name_the_reason(
    api: BotApi, bot: TelegramNotifier, fault: Fault, reason: str
) -> None:
    api.fail_next(fault)
    with pytest.raises(Undeliverable, match=reason):
        await bot.send(MESSAGE)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Bad Request: message is too long", ContentRefused),
        ("Bad Request: something nobody has heard of", ContentRefused),
        ("Bad Request: not enough rights to send text messages to the chat", Undeliverable),
        ("Bad Request: PEER_ID_INVALID", Undeliverable),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", Undeliverable),
        ("Bad Request: TOPIC_CLOSED", Undeliverable),
    ],
)
async def test_a_refusal_of_the_text_is_told_from_one_of_the_chat(
    options: TelegramOptions, said: str, error: type[DeliveryError]
) -> None:
    with Refusing(said) as api:
        bot = TelegramNotifier(replace(options, api_url=api.url))
        with pytest.raises(error, match=said):
            await bot.send(MESSAGE)
        await bot.close()


class Refusing(BotApi):
    """A Bot API that takes no text that holds a word."""

    def __init__(self, said: str, word: str = "") -> None:
        super().__init__(TOKEN)
        self._said = said
        self._word = word

    def answer(self, path: str, fields: dict[str, object]) -> tuple[int, bytes] | None:
        if self._word in str(fields["text"]):
            told = {"ok": False, "error_code": 400, "description": self._said}
            return 400, json.dumps(told).encode()
        return super().answer(path, fields)


async def test_where_a_later_page_is_refused_the_alerts_of_those_before_are_told_of(
    options: TelegramOptions,
) -> None:
    with Refusing("Bad Request: message is too long", "GS-0000000060") as api:
        bot = TelegramNotifier(replace(options, api_url=api.url))
        with pytest.raises(ContentRefused) as caught:
            await bot.send(catch_up())
        await bot.close()
    arrived = "".join(one.text for one in api.messages)
    alerts = {one.alert_id for one in catch_up().alerts}
    assert 0 < len(caught.value.taken) < 60
    assert caught.value.taken == {name for name in alerts if name in arrived}


async def test_a_plain_message_has_no_markup(api: BotApi, bot: TelegramNotifier) -> None:
    await bot.send(replace(MESSAGE, plain=True))
    (message,) = api.messages
    assert message.html is None
    assert "Требуем <ротации>" in message.text
    assert "https://t.me/example/12?a=1&b=2" in message.text


async def test_a_wrong_token_is_for_good_and_never_shown(
    options: TelegramOptions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "99:some-other-token")
    bot = TelegramNotifier(options)
    with caplog.at_level(logging.DEBUG), pytest.raises(Undeliverable, match="token right") as caught:
        await bot.send(MESSAGE)
    await bot.close()
    assert "some-other-token" not in repr(caught.value) + str(caught.value.__context__) + caplog.text


@pytest.mark.parametrize("token", ["swordfish", "12:a/../b", "12:a\nb"])
async def test_what_is_no_token_is_never_sent(
    api: BotApi, options: TelegramOptions, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("BOT_TOKEN", token)
    bot = TelegramNotifier(options)
    with pytest.raises(Undeliverable, match="not a bot token") as caught:
        await bot.send(MESSAGE)
    await bot.close()
    assert api.messages == []
    assert token not in str(caught.value)


async def test_a_token_may_be_rotated_in_its_file(api: BotApi, tmp_path: Path) -> None:
    file = tmp_path / "token"
    bot = TelegramNotifier(TelegramOptions(chat_id=42, token_file=file, api_url=api.url, per_minute=6000))
    with pytest.raises(RetryLater, match="token"):
        await bot.send(MESSAGE)
    file.write_text(f"{TOKEN}\n")
    await bot.send(MESSAGE)
    await bot.close()
    assert len(api.messages) == 1


@pytest.mark.parametrize("log_level", [logging.DEBUG, logging.INFO])
async def test_the_token_is_in_no_log(
    api: BotApi, bot: TelegramNotifier, caplog: pytest.LogCaptureFixture, log_level: int
) -> None:
    api.fail_next(Fault.SERVER_ERROR)
    with caplog.at_level(log_level):
        with pytest.raises(RetryLater):
            await bot.send(MESSAGE)
        await bot.send(MESSAGE)
    assert TOKEN not in caplog.text


async def test_no_server_is_a_retry_that_names_no_address(options: TelegramOptions) -> None:
    bot = TelegramNotifier(replace(options, api_url="http://127.0.0.1:1"))
    with pytest.raises(RetryLater) as caught:
        await bot.send(MESSAGE)
    await bot.close()
    assert TOKEN not in repr(caught.value)
    assert caught.value.__context__ is None


async def test_hundreds_of_alerts_are_all_named(api: BotApi, bot: TelegramNotifier) -> None:
    alerts = tuple(replace(ALERT, alert_id=f"{number:032x}") for number in range(300))
    await bot.send(replace(MESSAGE, alerts=alerts))
    everything = "".join(message.text for message in api.messages)
    assert all(alert.alert_id in everything for alert in alerts)
    assert len(api.messages) <= 4


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"token_env": None}, "token_env or token_file"),
        ({"token_file": Path("t")}, "not both"),
        ({"chat_id": "somewhere"}, "chat_id"),
        ({"api_url": "api.telegram.org"}, "https://"),
        ({"api_url": "file:///etc/passwd"}, "https://"),
        ({"per_minute": 0}, "more than nothing"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], complaint: str) -> None:
    settings = {"chat_id": -100123, "token_env": "T", **changes}
    with pytest.raises(ValueError, match=complaint):
        TelegramOptions(**settings)  # type: ignore[arg-type]


async def test_a_test_message_says_that_it_is_one(api: BotApi, bot: TelegramNotifier) -> None:
    await bot.send(sample_message(MESSAGE.created_at, MESSAGE.timezone))
    assert api.messages[0].text.startswith("TEST of a receiver")


async def test_a_person_gets_at_most_one_message_a_second(api: BotApi, options: TelegramOptions) -> None:
    bot = TelegramNotifier(replace(options, per_minute=None))
    started = time.monotonic()
    await bot.send(MESSAGE)
    await bot.send(MESSAGE)
    await bot.close()
    assert time.monotonic() - started >= 0.99
    assert len(api.messages) == 2


def catch_up(delivery_id: str = "d-1", headline: str = "Просим о ротации (вымышленный пример)") -> Message:
    """A message of several pages."""
    alerts = tuple(replace(ALERT, alert_id=f"GS-{each:010}", headline=headline) for each in range(120))
    return replace(MESSAGE, delivery_id=delivery_id, alerts=alerts, gathered_since=MESSAGE.created_at)


async def test_a_long_message_goes_on_where_it_failed(api: BotApi, bot: TelegramNotifier) -> None:
    message = catch_up()
    await bot.send(message)
    whole = [one.text for one in api.messages]
    assert len(whole) > 3
    for _ in range(len(whole) - 1):  # as where one call in two is one too many
        api.fail_next(Fault.TOO_MANY_REQUESTS, after=1)
        with pytest.raises(RetryLater):
            await bot.send(replace(message, delivery_id="d-2"))
    receipt = await bot.send(replace(message, delivery_id="d-2"))
    assert [one.text for one in api.messages] == 2 * whole
    assert receipt.reference == str(api.messages[len(whole)].message_id)


@pytest.mark.parametrize(
    "changed", [catch_up("d-2"), catch_up(headline="Просим об отпуске (вымышленный пример)")]
)
async def test_another_message_begins_at_its_beginning(
    api: BotApi, bot: TelegramNotifier, changed: Message
) -> None:
    api.fail_next(Fault.SERVER_ERROR, after=1)
    with pytest.raises(RetryLater):
        await bot.send(catch_up())
    await bot.send(changed)
    assert api.messages[1].text.startswith("Catch-up: 120 alerts")
