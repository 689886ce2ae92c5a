"""Over a real SMTP server on loopback. All texts and addresses are invented (fictional samples)."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.parser import HeaderParser
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import trustme

from monitor.demo.receivers import HANG_UP, SmtpSink
from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers.email import EmailNotifier, EmailOptions
from monitor.notifiers.errors import ContentRefused, RetryLater, Undeliverable
from monitor.notifiers.sample import sample_message

ALERT = AlertView(
    alert_id="a7f3",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Ротация и отпуска",
    severity=Severity.CRITICAL,
    subject_kind="origin",
    source_name="Письма домой (вымышленный пример)",
    headline="Требуем ротации",
    excerpt=(
        Fragment(text="Мы "),
        Fragment(text="требуем ротации", hit=True),
        Fragment(text=" и <b>отпусков</b>"),
    ),
    reason='matched "ротация" in text',
    url="https://t.me/example/12?a=1&b=2",
    published_at=datetime(2026, 11, 3, 13, 5, tzinfo=UTC),
    copies=9,
    also_in=("А", "Б"),
    views=12345,
    edited=True,
    forwarded_from="Первый канал (вымышленный пример)",
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, 0, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)
SENDER = "Groundswell <alerts@desk.example.org>"
TO = ("one@example.org", "two@example.org")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SmtpSink]:
    with SmtpSink(tmp_path / "mails") as running:
        yield running


def notifier(sink: SmtpSink, **changes: object) -> EmailNotifier:
    options = {"host": "127.0.0.1", "port": sink.port, "tls": "none", "sender": SENDER, "to": TO, **changes}
    return EmailNotifier(EmailOptions(**options))  # type: ignore[arg-type]


async def test_a_mail_says_it_all(sink: SmtpSink) -> None:
    receipt = await notifier(sink).send(MESSAGE)
    mail = sink.mails[0].read()
    assert mail["Subject"] == (
        "[Groundswell] CRITICAL Ротация и отпуска: Требуем ротации — Письма домой (вымышленный пример)"
    )
    assert mail["From"] == SENDER
    assert mail["To"] == "one@example.org, two@example.org"
    assert mail["Date"].datetime == MESSAGE.created_at
    assert mail["Message-ID"] == receipt.reference == "<d-1@groundswell.desk.example.org>"
    assert mail["In-Reply-To"] == mail["References"] == "<alert-a7f3@groundswell.desk.example.org>"
    assert mail["List-Id"] == "Groundswell alerts <groundswell.desk.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Groundswell-Alert"] == "a7f3"
    assert sink.mails[0].recipients == TO


async def test_both_parts_tell_the_alert(sink: SmtpSink) -> None:
    await notifier(sink).send(MESSAGE)
    mail = sink.mails[0].read()
    text, html = part(mail, "plain"), part(mail, "html")
    for told in (
        "Ротация и отпуска",
        "Письма домой (вымышленный пример)",
        "2026-11-03 14:05 CET · ",
        "12,345 views",
        "edited",
        "forwarded from Первый канал (вымышленный пример)",
        "also in nine more: А, Б, …",
        "a7f3",
    ):
        assert told in text
        assert told in html
    assert "  Мы *требуем ротации* и <b>отпусков</b>" in text
    assert "https://t.me/example/12?a=1&b=2" in text
    assert "требуем ротации</mark> и &lt;b&gt;отпусков&lt;/b&gt;" in html
    assert 'href="https://t.me/example/12?a=1&amp;b=2"' in html
    assert "matched &quot;ротация&quot;" in html
    assert "Open on t.me</a>" in html


async def test_the_html_is_well_formed_and_loads_nothing(sink: SmtpSink) -> None:
    second = replace(ALERT, alert_id="b", url="javascript:alert(1)", headline="<img src=x>")
    await notifier(sink).send(replace(MESSAGE, alerts=(ALERT, second), test=True))
    checker = Balanced()
    checker.feed(part(sink.mails[0].read(), "html"))
    assert checker.opened == []
    assert not checker.tags & {"img", "script", "link", "style", "iframe"}
    assert checker.links == ["https://t.me/example/12?a=1&b=2"]


async def test_folded_alerts_are_counted_in_the_subject_and_all_listed(sink: SmtpSink) -> None:
    alerts = tuple(replace(ALERT, alert_id=f"id{number}") for number in range(30))
    await notifier(sink).send(replace(MESSAGE, alerts=alerts))
    mail = sink.mails[0].read()
    assert str(mail["Subject"]).startswith("[Groundswell] 30 alerts: CRITICAL Ротация")
    assert mail.get_all("X-Groundswell-Alert") == [alert.alert_id for alert in alerts]
    assert all(alert.alert_id in part(mail, "plain") for alert in alerts)
    assert "1 of 30 · CRITICAL · Ротация" in part(mail, "plain")
    assert len(str(mail["References"]).split()) == 20


async def test_updates_join_the_thread(sink: SmtpSink) -> None:
    mailer = notifier(sink)
    await mailer.send(MESSAGE)
    await mailer.send(replace(MESSAGE, delivery_id="d-2", alerts=(replace(ALERT, change=Change.UPDATED),)))
    first, second = (mail.read() for mail in sink.mails)
    assert second["References"] == first["References"]
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert second["Message-ID"] != first["Message-ID"]
    assert "(update)" in part(second, "plain")


async def test_an_update_begins_with_its_news(sink: SmtpSink) -> None:
    await notifier(sink).send(MESSAGE)
    await notifier(sink).send(replace(MESSAGE, alerts=(replace(ALERT, change=Change.UPDATED),)))
    for kind in ("plain", "html"):
        first, second = (part(mail.read(), kind) for mail in sink.mails)
        assert first.rindex("also in nine more") > first.index("Why:")
        assert second.rindex("also in nine more") < second.index(
            "требуем ротации</mark>" if kind == "html" else "*"
        )


async def test_a_deletion_is_said_before_the_text_that_stays(sink: SmtpSink) -> None:
    gone = replace(ALERT, change=Change.DELETED, deleted=True)
    await notifier(sink).send(replace(MESSAGE, alerts=(gone,)))
    (mail,) = sink.mails
    for kind in ("plain", "html"):
        text = part(mail.read(), kind)
        assert text.index("has deleted") < text.rindex("требуем")
        assert "also in nine more" in text


async def test_the_text_part_fits_a_narrow_reader(sink: SmtpSink) -> None:
    alert = replace(
        ALERT, headline=LONG * 2, reason=LONG * 2, also_in=(LONG, LONG), excerpt=(Fragment(text=LONG * 3),)
    )
    await notifier(sink).send(replace(MESSAGE, alerts=(alert,)))
    lines = part(sink.mails[0].read(), "plain").splitlines()
    assert max(map(len, lines[2:])) <= 78


async def test_lists_of_mails_preview_what_the_subject_does_not_say(sink: SmtpSink) -> None:
    await notifier(sink).send(MESSAGE)
    preview = part(sink.mails[0].read(), "html").split('overflow:hidden">')[1].split("</div>")[0]
    assert preview == "also in nine more: А, Б, … · Мы требуем ротации и &lt;b&gt;отпусков&lt;/b&gt;"


async def test_unknown_times_are_said_to_be_unknown(sink: SmtpSink) -> None:
    mailer = notifier(sink)
    await mailer.send(replace(MESSAGE, alerts=(replace(ALERT, published_at=None),)))
    seen = replace(ALERT, published_at=None, first_seen_at=datetime(2026, 11, 3, 13, tzinfo=UTC))
    await mailer.send(replace(MESSAGE, alerts=(seen,)))
    assert "time unknown" in part(sink.mails[0].read(), "plain")
    assert "time unknown, first seen 2026-11-03 14:00 CET" in part(sink.mails[1].read(), "plain")


LONG = "Наши мужья больше года без смены, а нам отвечают «ждите». Сколько ещё… (вымышленный пример)"


async def test_words_outside_ascii_keep_their_spaces_on_the_way(sink: SmtpSink) -> None:
    """Read as other programs do, word by word (RFC 2047)."""
    name = "Ночная смена отдела писем — на связи до самого утра"
    sender = f"{name} <alerts@desk.example.org>"
    mailed = replace(MESSAGE, alerts=(replace(ALERT, headline=LONG, rule_title="Rotation, отпуск"),))
    await notifier(sink, sender=sender, to=(f"{name} <one@example.org>", TO[1])).send(mailed)
    head = sink.mails[0].file.read_bytes().split(b"\r\n\r\n")[0].decode("ascii")
    read = HeaderParser().parsestr(head.replace("\r\n", "\n"))
    told = {name: str(make_header(decode_header(read[name]))) for name in ("From", "To", "Subject")}
    assert told["Subject"] == (
        f"[Groundswell] CRITICAL Rotation, отпуск: {LONG} — Письма домой (вымышленный пример)"
    )
    assert told["From"] == sender
    assert told["To"].split() == f"{name} <one@example.org>, {TO[1]}".split()
    assert max(map(len, head.split("\r\n"))) <= 78
    assert all(len(word) <= 75 for word in head.split() if word.startswith("=?"))


async def test_the_gravest_of_several_leads_the_subject(sink: SmtpSink) -> None:
    quiet = replace(ALERT, severity=Severity.INFO, headline="Quiet")
    over = replace(ALERT, change=Change.CLOSED, headline="Over")
    await notifier(sink).send(replace(MESSAGE, alerts=(over, quiet, replace(ALERT, headline="Loud:"))))
    await notifier(sink).send(replace(MESSAGE, alerts=(over, quiet)))
    known = replace(ALERT, change=Change.UPDATED, headline="Known")
    await notifier(sink).send(replace(MESSAGE, alerts=(known, replace(ALERT, headline="Fresh"))))
    assert ": Fresh — Письма" in sink.mails[2].read()["Subject"]
    assert ": Loud — Письма" in sink.mails[0].read()["Subject"]
    assert ": Quiet — Письма" in sink.mails[1].read()["Subject"]


async def test_what_is_over_says_so_and_names_its_source_once(sink: SmtpSink) -> None:
    incident = replace(
        ALERT,
        change=Change.CLOSED,
        rule_title="Source health",
        headline=f"{ALERT.source_name} cannot be reached",
        reason="over after 5 hours",
        excerpt=(),
        url=None,
        copies=0,
    )
    await notifier(sink).send(replace(MESSAGE, alerts=(incident,)))
    mail = sink.mails[0].read()
    assert mail["Subject"] == (
        "Re: [Groundswell] CLOSED Source health: Письма домой (вымышленный пример) cannot be reached"
    )
    assert "CRITICAL" not in part(mail, "plain") + part(mail, "html")


@pytest.mark.parametrize(
    "headline",
    [
        "one\r\nBcc: evil@example.org\r\n\r\nbody",
        "=?utf-8?q?a=0D=0ABcc:_evil@example.org?=",
        "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
        "\0\x1b[2J",
        "я" * 1000,
        "👩‍👩‍👧 " * 100,
        "\ud800 half",
        "\u202egnp.exe",
        "\N{ZERO WIDTH JOINER}" * 300,
    ],
)
async def test_no_headline_breaks_out_of_the_headers(sink: SmtpSink, headline: str) -> None:
    hostile = replace(ALERT, headline=headline, rule_title=headline, source_name=headline, alert_id=headline)
    await notifier(sink).send(replace(MESSAGE, alerts=(hostile,), delivery_id=headline))
    raw = sink.mails[0].file.read_bytes()
    mail = sink.mails[0].read()
    assert mail["Bcc"] is None
    assert not mail.defects
    assert sink.mails[0].recipients == TO
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert str(mail["References"]).endswith("@groundswell.desk.example.org>")
    assert part(mail, "html").rstrip().endswith("</html>")


async def test_a_long_domain_keeps_its_message_id_whole(sink: SmtpSink) -> None:
    sender = f"alerts@{'a-long-name.' * 8}example.org"
    receipt = await notifier(sink, sender=sender).send(replace(MESSAGE, delivery_id="d" * 40))
    assert sink.mails[0].read()["Message-ID"] == receipt.reference
    assert f"<{'d' * 40}@groundswell." in sink.mails[0].file.read_text()


async def test_a_refused_recipient_is_told_and_the_others_get_it(sink: SmtpSink) -> None:
    sink.refuse("two@example.org", "550 no such user")
    receipt = await notifier(sink).send(MESSAGE)
    assert sink.mails[0].recipients == ("one@example.org",)
    assert "refused two@example.org: 550 no such user" in str(receipt.detail)


@pytest.mark.parametrize(
    ("reply", "error"), [("550 no such user", Undeliverable), ("452 mailbox full", RetryLater)]
)
async def test_when_every_recipient_is_refused(
    sink: SmtpSink, reply: str, error: type[RetryLater | Undeliverable]
) -> None:
    for recipient in TO:
        sink.refuse(recipient, reply)
    with pytest.raises(error, match=reply):
        await notifier(sink).send(MESSAGE)


async def test_one_recipient_who_may_be_reached_later_is_worth_a_retry(sink: SmtpSink) -> None:
    sink.refuse("one@example.org", "550 no such user")
    sink.refuse("two@example.org", "452 mailbox full")
    with pytest.raises(RetryLater):
        await notifier(sink).send(MESSAGE)


@pytest.mark.parametrize(
    ("reply", "error"), [("554 looks like spam", ContentRefused), ("451 greylisted", RetryLater)]
)
async def test_a_refused_mail(sink: SmtpSink, reply: str, error: type[RetryLater | ContentRefused]) -> None:
    sink.answer_next(reply)
    with pytest.raises(error, match=reply):
        await notifier(sink).send(MESSAGE)
    await notifier(sink).send(MESSAGE)
    assert len(sink.mails) == 1


async def test_a_mail_that_is_too_large_is_refused_for_what_it_says() -> None:
    hung_up = asyncio.Event()

    async def takes_little(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Refuses a large mail as soon as its size is announced (RFC 1870)."""
        writer.write(b"220 small\r\n")
        replies = {b"EHLO": b"250-small\r\n250 SIZE 100\r\n", b"MAIL": b"552 5.3.4 too large\r\n"}
        while line := await reader.readline():
            writer.write(replies.get(line[:4].upper(), b"221 bye\r\n"))
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(takes_little, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        options = EmailOptions(host="127.0.0.1", port=port, tls="none", sender=SENDER, to=TO)
        with pytest.raises(ContentRefused, match="too large"):
            await EmailNotifier(options).send(MESSAGE)
        await hung_up.wait()


async def test_a_plain_mail_has_no_html(sink: SmtpSink) -> None:
    await notifier(sink).send(replace(MESSAGE, plain=True))
    mail = sink.mails[0].read()
    assert mail.get_content_type() == "text/plain"
    assert "требуем ротации" in mail.get_content()


async def test_silence_after_the_mail_is_tried_again_under_the_same_id(sink: SmtpSink) -> None:
    sink.answer_next(HANG_UP)
    mailer = notifier(sink)
    with pytest.raises(RetryLater):
        await mailer.send(MESSAGE)
    await mailer.send(MESSAGE)
    assert len({mail.read()["Message-ID"] for mail in sink.mails}) == 1
    assert len(sink.mails) == 2


async def test_no_server_is_a_retry() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    options = EmailOptions(host="127.0.0.1", port=port, tls="none", sender=SENDER, to=TO)
    with pytest.raises(RetryLater, match="no answer from the mail server"):
        await EmailNotifier(options).send(MESSAGE)


async def test_a_server_that_says_nothing_is_a_retry() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = EmailOptions(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            tls="none",
            sender=SENDER,
            to=TO,
            timeout=timedelta(seconds=0.2),
        )
        with pytest.raises(RetryLater):
            await EmailNotifier(options).send(MESSAGE)


# ---- TLS and log-in ----------------------------------------------------------------------------------------


class Authority:
    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.file = folder / "authority.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.file)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(self.server)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_mail_goes_over_tls_with_a_log_in(
    tmp_path: Path, authority: Authority, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "swordfish")
    users = {"desk": "swordfish"}
    with SmtpSink(tmp_path / "m", tls=authority.server, implicit_tls=tls == "tls", users=users) as sink:
        options = {"tls": tls, "ca_file": authority.file, "username": "desk", "password_env": "MAIL_PASSWORD"}
        await notifier(sink, **options).send(MESSAGE)
    assert sink.mails[0].encrypted
    assert sink.mails[0].user == "desk"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_wrong_password_is_for_good_and_never_shown(
    tmp_path: Path, authority: Authority, tls: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "password").write_text("wrong-swordfish\n")
    users = {"desk": "swordfish"}
    with SmtpSink(tmp_path / "m", tls=authority.server, implicit_tls=tls == "tls", users=users) as sink:
        options = {"tls": tls, "ca_file": authority.file, "username": "desk"}
        mailer = notifier(sink, password_file=tmp_path / "password", **options)
        with pytest.raises(Undeliverable, match="user name or password") as caught:
            await mailer.send(MESSAGE)
    assert "wrong-swordfish" not in repr(caught.value) + caplog.text
    assert caught.value.__context__ is None
    assert sink.mails == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_an_unknown_authority_gets_no_mail(tmp_path: Path, authority: Authority, tls: str) -> None:
    with (
        SmtpSink(tmp_path / "m", tls=authority.server, implicit_tls=tls == "tls") as sink,
        pytest.raises(RetryLater, match=r"(?i)certificate"),
    ):
        await notifier(sink, tls=tls).send(MESSAGE)
    assert sink.mails == []


async def test_a_certificate_for_another_name_gets_no_mail(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "mail.example.org")
    with (
        SmtpSink(tmp_path / "m", tls=authority.server) as sink,
        pytest.raises(RetryLater, match=r"(?i)certificate"),
    ):
        await notifier(sink, tls="starttls", ca_file=authority.file).send(MESSAGE)
    assert sink.mails == []


async def test_a_server_without_starttls_gets_nothing_in_the_clear(sink: SmtpSink) -> None:
    with pytest.raises(Undeliverable, match="STARTTLS"):
        await notifier(sink, tls="starttls").send(MESSAGE)
    assert sink.mails == []


async def test_a_missing_password_is_named_and_tried_again(sink: SmtpSink, tmp_path: Path) -> None:
    mailer = notifier(sink, username="desk", password_file=tmp_path / "absent")
    with pytest.raises(RetryLater, match="absent"):
        await mailer.send(MESSAGE)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"to": ()}, "no receiver"),
        ({"to": ("nobody",)}, "nobody"),
        ({"sender": "a b@example.org\nBcc: x"}, "not an e-mail address"),
        ({"to": ("почта@example.org",)}, "not an e-mail address"),
        ({"username": "desk"}, "password_env or password_file"),
        ({"username": "desk", "password_env": "P", "host": "mail.example.org"}, "readable"),
        ({"password_env": "P", "password_file": Path("p")}, "not both"),
        ({"per_minute": 0}, "more than nothing"),
        ({"timeout": timedelta(0)}, "more than nothing"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], complaint: str) -> None:
    settings = {"host": "127.0.0.1", "tls": "none", "sender": SENDER, "to": TO, **changes}
    with pytest.raises(ValueError, match=complaint):
        EmailOptions(**settings)  # type: ignore[arg-type]


async def test_a_test_message_says_that_it_is_one(sink: SmtpSink) -> None:
    await notifier(sink).send(sample_message(MESSAGE.created_at, MESSAGE.timezone))
    mail = sink.mails[0].read()
    assert "TEST" in mail["Subject"]
    assert "TEST of a receiver" in part(mail, "plain")
    assert "TEST of a receiver" in part(mail, "html")


def part(mail: object, subtype: str) -> str:
    body = mail.get_body((subtype,))  # type: ignore[attr-defined]
    return str(body.get_content())


class Balanced(HTMLParser):
    """Follows the tags; `opened` is empty at the end of a well-formed page."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in {"meta", "br"}:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag
