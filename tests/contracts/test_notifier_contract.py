"""What every notifier keeps to, over a real server each. All texts are invented (fictional samples)."""

import io
import json
import logging
import os
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import trustme
from rich.console import Console

from monitor.demo.receivers import BotApi, Fault, SmtpSink
from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers import apprise
from monitor.notifiers.email import EmailNotifier, EmailOptions
from monitor.notifiers.errors import ContentRefused, DeliveryError, RetryLater, Undeliverable
from monitor.notifiers.registry import KINDS
from monitor.notifiers.telegram import TelegramNotifier, TelegramOptions
from monitor.notifiers.terminal import TerminalNotifier
from monitor.notifiers.webhook import WebhookNotifier, WebhookOptions
from monitor.notifiers.wording import one_line, visible
from monitor.ports import Notifier
from tests.fakes.webhook_sink import Reply, WebhookSink

ALERT = AlertView(
    alert_id="a7f3c2",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Ротация и отпуска",
    severity=Severity.WARNING,
    subject_kind="origin",
    source_name="Письма домой",
    headline="Требуем ротации (вымышленный пример)",
    excerpt=(Fragment(text="Мы "), Fragment(text="требуем", hit=True), Fragment(text=" ротации, ждём год")),
    reason='matched "ротация" in text',
    url="https://t.me/example/12",
    published_at=datetime(2026, 11, 3, 13, 5, tzinfo=UTC),
    copies=9,
    also_in=("А", "Б"),
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, 0, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)
NAUGHTY = [
    "control \x00\x07\x08\x1b[31m\x7f\x9b",
    "two\r\nlines\r\nBcc: someone@example.org",
    "<b>bold</b> <script>alert(1)</script> </mark></div> &amp; &lt; & < >",
    "\u202egnp.exe\u202c \u2066isolated\u2069 שלום",
    "😀👩\u200d👩\u200d👧🇨🇿 👍🏽 e\u0301 ﷽",
    "[bold red]markup[/] {0} %s $x `code` *star* _under_",
    "=?utf-8?q?encoded=0D=0ABcc:_x@example.org?=",
    "half \ud83d and \udc00",
    ".\r\n.\r\nQUIT\r\n",
    "' OR 1=1 --",
]
LONG = "слово 😀 " * 1250  # 10,000 characters


class Bench(ABC):
    """One notifier with the server it talks to."""

    notifier: Notifier
    secret: str
    recovers = True  # whether something can be sent after a failure

    @abstractmethod
    def arrived(self) -> list[str]:
        """What a reader sees, in order, white space as each notifier likes it."""

    @abstractmethod
    def fail_for_now(self) -> None: ...

    @abstractmethod
    def fail_for_good(self) -> None: ...

    def refuse_the_text(self) -> None:
        pytest.skip("it does not tell such a refusal from others")


class TerminalBench(Bench):
    secret = "no-secret-here"
    recovers = False  # its output is closed

    def __init__(self) -> None:
        self._output = io.StringIO()
        self.notifier = TerminalNotifier(Console(file=self._output, width=200))

    def arrived(self) -> list[str]:
        return [self._output.getvalue()]

    def fail_for_now(self) -> None:
        self._output.close()

    def fail_for_good(self) -> None:
        pytest.skip("a terminal has no way to refuse for good")


class EmailBench(Bench):
    secret = "swordfish-of-the-mail"

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "password").write_text(self.secret)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "authority.pem")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        self._sink = stack.enter_context(SmtpSink(folder / "m", tls=tls, users={"desk": self.secret}))
        self.notifier = EmailNotifier(
            EmailOptions(
                host="127.0.0.1",
                port=self._sink.port,
                ca_file=folder / "authority.pem",
                username="desk",
                password_file=folder / "password",
                sender="desk@example.org",
                to=("one@example.org",),
                per_minute=6000,
            )
        )

    def arrived(self) -> list[str]:
        return [self._told(index) for index in range(len(self._sink.mails))]

    def _told(self, index: int) -> str:
        mail = self._sink.mails[index].read()
        text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        if html is None:
            return str(text.get_content())
        # Both parts tell the same, otherwise a reader of the HTML would miss what we look for.
        heading, facts, *_ = told = str(text.get_content()).splitlines()
        seen = flat(unescape(str(html.get_content()))).casefold()
        said = re.split(r" · | \((?=update|closed)|(?<=update|closed)\)", f"{heading} · {facts}")
        assert [piece for piece in said if flat(piece).casefold() not in seen] == []
        return "\n".join(told)

    def fail_for_now(self) -> None:
        self._sink.answer_next(f"451 4.7.1 come back later ({self.secret})")

    def fail_for_good(self) -> None:
        self._sink.refuse("one@example.org", f"550 5.1.1 never ({self.secret})")

    def refuse_the_text(self) -> None:
        self._sink.answer_next(f"554 5.7.1 unwanted words ({self.secret})")


class TelegramBench(Bench):
    secret = "123456:swordfish-of-the-bot"

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "token").write_text(self.secret)
        self._api = stack.enter_context(BotApi(self.secret))
        self.notifier = TelegramNotifier(
            TelegramOptions(
                chat_id=-42, token_file=folder / "token", api_url=self._api.url, per_minute=600_000
            )
        )

    def arrived(self) -> list[str]:
        return [message.text for message in self._api.messages]

    def fail_for_now(self) -> None:
        self._api.fail_next(Fault.TOO_MANY_REQUESTS)

    def fail_for_good(self) -> None:
        self._api.fail_next(Fault.BLOCKED)

    def refuse_the_text(self) -> None:
        self._api.fail_next(Fault.CANT_PARSE, times=2)


class AppriseBench(Bench):
    secret = "swordfish-of-apprise"

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._file = folder / "address"
        self._sink = stack.enter_context(WebhookSink())
        place = self._sink.url.removeprefix("http://")
        self._address = f"json://desk:{self.secret}@{place}/{self.secret}?+X-Key={self.secret}"
        self._file.write_text(self._address)
        self.notifier = apprise.build(apprise.AppriseOptions(url_file=self._file))

    def arrived(self) -> list[str]:
        return [visible(" ".join(_texts(json.loads(posted.body)))) for posted in self._sink.posted]

    def fail_for_now(self) -> None:
        self._file.write_text(self._address)
        self._sink.replies.append(Reply(status=503, body=self.secret.encode()))

    def fail_for_good(self) -> None:
        self._file.write_text(f"no-such-service://{self.secret}")


class WebhookBench(Bench):
    secret = "S3CRET"

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "secret").write_text(self.secret)
        self._sink = stack.enter_context(WebhookSink())
        self.notifier = WebhookNotifier(WebhookOptions(url=self._sink.url, secret_file=folder / "secret"))

    def arrived(self) -> list[str]:
        return [visible(" ".join(_texts(json.loads(posted.body)))) for posted in self._sink.posted]

    def fail_for_now(self) -> None:
        self._sink.replies.append(Reply(status=503, body=self.secret.encode()))

    def fail_for_good(self) -> None:
        self._sink.replies.append(Reply(status=410, body=self.secret.encode()))

    def refuse_the_text(self) -> None:
        self._sink.replies.append(Reply(status=413, body=self.secret.encode()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def flat(text: str) -> str:
    """Without differences in white space: wrapping is each notifier's own."""
    return "".join(visible(text).split())


@pytest.fixture(params=sorted(KINDS))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    with ExitStack() as stack:
        made: Bench
        match request.param:
            case "terminal":
                made = TerminalBench()
            case "email":
                made = EmailBench(tmp_path, stack)
            case "telegram":
                made = TelegramBench(tmp_path, stack)
            case "webhook":
                made = WebhookBench(tmp_path, stack)
            case "apprise":
                made = AppriseBench(tmp_path, stack)
            case other:
                pytest.fail(f"the notifier {other} has no bench here")
        yield made
        await made.notifier.close()


async def test_an_alert_arrives_with_all_it_says(bench: Bench) -> None:
    await bench.notifier.send(MESSAGE)
    (told,) = bench.arrived()
    for words in (
        ALERT.alert_id,
        ALERT.rule_title,
        ALERT.source_name,
        ALERT.headline,
        ALERT.reason,
        "требуем",
        "ротации, ждём год",
        "А",
        "Б",
    ):
        assert flat(words) in flat(told)


async def test_folded_alerts_are_all_named(bench: Bench) -> None:
    alerts = tuple(replace(ALERT, alert_id=f"id-{number:03}") for number in range(40))
    await bench.notifier.send(replace(MESSAGE, alerts=alerts))
    told = "".join(bench.arrived())
    assert all(alert.alert_id in told for alert in alerts)


@pytest.mark.parametrize("text", ["(вымышленный пример)", LONG[:1000]])
async def test_a_catch_up_names_every_alert_on_few_pages(bench: Bench, text: str) -> None:
    plain = replace(everywhere(text), url=ALERT.url)
    alerts = tuple(replace(plain, alert_id=f"GS-{number:010}") for number in range(240))
    await bench.notifier.send(replace(MESSAGE, alerts=alerts, gathered_since=ALERT.published_at))
    told = bench.arrived()
    assert len(told) <= 12
    assert all(alert.alert_id in "".join(told) for alert in alerts)


@pytest.mark.parametrize(("change", "word"), [(Change.UPDATED, "update"), (Change.CLOSED, "closed")])
async def test_an_update_says_that_it_is_one(bench: Bench, change: Change, word: str) -> None:
    await bench.notifier.send(replace(MESSAGE, alerts=(replace(ALERT, change=change),)))
    (told,) = bench.arrived()
    assert word in told.casefold()
    assert ALERT.alert_id in told


async def test_a_bare_alert_arrives(bench: Bench) -> None:
    bare = AlertView(
        alert_id="bare",
        change=Change.OPENED,
        rule_id="health",
        rule_title="",
        severity=Severity.CRITICAL,
        subject_kind="incident",
        source_name="",
        headline="",
        excerpt=(),
        reason="",
    )
    await bench.notifier.send(replace(MESSAGE, alerts=(bare,)))
    assert "bare" in bench.arrived()[0]


def everywhere(text: str) -> AlertView:
    return replace(
        ALERT,
        headline=text,
        rule_title=text,
        source_name=text,
        reason=text,
        excerpt=(Fragment(text=text), Fragment(text=text, hit=True)),
        url=text,
        also_in=(text, text),
        forwarded_from=text,
    )


@pytest.mark.parametrize("text", NAUGHTY)
async def test_hostile_texts_arrive_unharmed(bench: Bench, text: str) -> None:
    await bench.notifier.send(replace(MESSAGE, alerts=(everywhere(text),)))
    (told,) = bench.arrived()
    assert flat(one_line(text)) in flat(told)
    assert ALERT.alert_id in told
    assert "\x1b" not in told
    assert "\u202e" not in told


async def test_long_texts_arrive_and_the_alert_id_with_them(bench: Bench) -> None:
    await bench.notifier.send(replace(MESSAGE, alerts=(everywhere(LONG),)))
    (told,) = bench.arrived()
    assert flat(LONG[:60]) in flat(told)
    assert ALERT.alert_id in told


def naughty_strings() -> list[str]:
    data = os.environ.get("GROUNDSWELL_SHARED_DATA")
    shared = Path(data) if data else Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    file = shared / "hostile" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip("the outside data is absent: no list of naughty strings")
    return [text for text in json.loads(file.read_text(encoding="utf-8")) if text.strip()]


@pytest.mark.outside_data
async def test_the_big_list_of_naughty_strings_arrives(bench: Bench) -> None:
    strings = naughty_strings()
    for start in range(0, len(strings), 8):
        alerts = [replace(ALERT, headline=text, rule_title=text) for text in strings[start : start + 8]]
        await bench.notifier.send(replace(MESSAGE, alerts=tuple(alerts)))
    everything = flat("".join(bench.arrived()))
    assert [text for text in strings if flat(one_line(text)) not in everything] == []


async def test_a_temporary_failure_asks_for_a_retry_which_arrives(bench: Bench) -> None:
    bench.fail_for_now()
    with pytest.raises(RetryLater):
        await bench.notifier.send(MESSAGE)
    if not bench.recovers:
        return
    await bench.notifier.send(MESSAGE)
    assert ALERT.alert_id in bench.arrived()[-1]


async def test_a_refusal_for_good_is_undeliverable(bench: Bench) -> None:
    bench.fail_for_good()
    with pytest.raises(Undeliverable) as caught:
        await bench.notifier.send(MESSAGE)
    assert caught.value.reason


async def test_a_refusal_of_the_text_is_told_from_one_of_everything(bench: Bench) -> None:
    bench.refuse_the_text()
    with pytest.raises(ContentRefused) as caught:
        await bench.notifier.send(MESSAGE)
    assert caught.value.taken == frozenset()
    assert bench.secret not in repr(caught.value) + caught.value.reason
    await bench.notifier.send(MESSAGE)


async def test_an_alert_is_told_without_markup_where_that_was_refused(bench: Bench) -> None:
    await bench.notifier.send(replace(MESSAGE, plain=True))
    assert flat(ALERT.headline) in flat("".join(bench.arrived()))
    assert ALERT.alert_id in "".join(bench.arrived())


async def test_secrets_stay_secret(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    said = []
    # The servers' own logs (aiosmtpd's "mail.log") are theirs; ours are what people keep.
    with caplog.at_level(logging.DEBUG):
        said.append(repr(await bench.notifier.send(MESSAGE)))
        for failing in (bench.fail_for_now, bench.fail_for_good):
            if not bench.recovers:
                break
            failing()
            with pytest.raises(DeliveryError) as caught:
                await bench.notifier.send(MESSAGE)
            said += [str(caught.value), repr(caught.value), caught.value.reason]
            said += [repr(caught.value.__context__), repr(caught.value.__cause__)]
    said += [repr(bench.notifier), *(r.getMessage() for r in caplog.records if r.name != "mail.log")]
    assert all(bench.secret not in text for text in said)


async def test_closing_twice_is_closing(bench: Bench) -> None:
    await bench.notifier.send(MESSAGE)
    await bench.notifier.close()
    await bench.notifier.close()
