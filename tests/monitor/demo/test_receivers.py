"""The loopback receivers must be as strict as the real ones, or they prove nothing. Fictional samples."""

import json
import smtplib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.demo.bot_api import BadMarkup, parse_html
from monitor.demo.receivers import HANG_UP, BotApi, Fault, SmtpSink

TOKEN = "123:fictional"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi(TOKEN, chats={"42"}) as running:
        yield running


def call(api: BotApi, token: str = TOKEN, method: str = "sendMessage", **fields: object) -> httpx.Response:
    body = {"chat_id": 42, "text": "text", **fields}
    return httpx.post(f"{api.url}/bot{token}/{method}", json=body, trust_env=False)


def test_the_bot_api_answers_as_the_real_one(api: BotApi) -> None:
    answer = call(api, text="<b>a</b> &lt; b", parse_mode="HTML", disable_notification=True)
    assert answer.status_code == 200
    assert answer.json()["result"]["message_id"] == 1
    assert api.messages[0].text == "a < b"
    assert api.messages[0].silent
    assert api.messages[0].preview


def test_the_bot_api_reads_forms_too(api: BotApi) -> None:
    answer = httpx.post(
        f"{api.url}/bot{TOKEN}/sendMessage", data={"chat_id": "42", "text": "<b>"}, trust_env=False
    )
    assert answer.json()["ok"]
    assert api.messages[0].text == "<b>"


@pytest.mark.parametrize(
    ("fields", "status", "description"),
    [
        ({"token": "123:other"}, 401, "Unauthorized"),
        ({"method": "sendPoem"}, 404, "Not Found"),
        ({"chat_id": 43}, 400, "chat not found"),
        ({"text": " \n"}, 400, "message text is empty"),
        ({"text": "x" * 4097}, 400, "too long"),
        ({"text": "😀" * 2049}, 400, "too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, 400, "can't parse entities"),
    ],
)
def test_the_bot_api_refuses_what_the_real_one_refuses(
    api: BotApi, fields: dict[str, object], status: int, description: str
) -> None:
    answer = call(api, **fields)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert description in answer.json()["description"]
    assert api.messages == []


@pytest.mark.parametrize("text", ["x" * 4096, "😀" * 2048, f"<b>{'x' * 4096}</b>"])
def test_the_length_counts_after_the_markup_is_gone(api: BotApi, text: str) -> None:
    assert call(api, text=text, parse_mode="HTML").status_code == 200


@pytest.mark.parametrize(
    "html", ["<b>", "</b>", "<b><i></b></i>", "a < b", "<script>x</script>", "<br/>", "<", "<b", "<b></i>"]
)
def test_bad_markup_is_refused(html: str) -> None:
    with pytest.raises(BadMarkup):
        parse_html(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.example/?a=1&amp;b=2">x</a>', "x"),
        ("&#128512; &#x1F600; &quot;&amp;lt;", '😀 😀 "&lt;'),
        ("a & b &nbsp; > c", "a & b &nbsp; > c"),
        ("<b>bold <i>both</i></b> <code>c</code>", "bold both c"),
    ],
)
def test_good_markup_is_read(html: str, text: str) -> None:
    assert parse_html(html) == text


def test_faults_come_in_order_and_end(api: BotApi) -> None:
    api.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=7)
    api.fail_next(Fault.GARBAGE)
    api.fail_next(Fault.HANG_UP)
    assert call(api).json()["parameters"] == {"retry_after": 7}
    with pytest.raises(json.JSONDecodeError):
        call(api).json()
    with pytest.raises(httpx.RemoteProtocolError):
        call(api)
    assert call(api).status_code == 200


def test_mails_become_files(tmp_path: Path) -> None:
    mail = "Subject: Fictional / sample: ../x\r\nFrom: a@example.org\r\n\r\n.line\r\nlast\r\n"
    with SmtpSink(tmp_path / "mails") as sink, smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("a@example.org", ["b@example.org"], mail)
        client.sendmail("a@example.org", ["b@example.org", "c@example.org"], mail)
    assert [received.recipients for received in sink.mails] == [
        ("b@example.org",),
        ("b@example.org", "c@example.org"),
    ]
    files = sorted((tmp_path / "mails").iterdir())
    assert [file.name for file in files] == [
        "0001 Fictional sample .. x.eml",
        "0002 Fictional sample .. x.eml",
    ]
    assert sink.mails[0].read().get_content() == ".line\r\nlast\r\n"
    assert not sink.mails[0].encrypted


def test_the_mail_server_can_refuse_and_hang_up(tmp_path: Path) -> None:
    with SmtpSink(tmp_path) as sink:
        sink.refuse("nobody@example.org", "550 no such user")
        sink.answer_next("451 later", HANG_UP)
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("a@example.org", "nobody@example.org", "x")
            with pytest.raises(smtplib.SMTPDataError, match="later"):
                client.sendmail("a@example.org", "b@example.org", "x")
            assert sink.mails == []
            with pytest.raises(smtplib.SMTPServerDisconnected):
                client.sendmail("a@example.org", "b@example.org", "x")
    assert len(sink.mails) == 1


def test_a_server_with_users_takes_nothing_from_strangers(tmp_path: Path) -> None:
    with (
        SmtpSink(tmp_path, users={"desk": "swordfish"}) as sink,
        smtplib.SMTP("127.0.0.1", sink.port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused, match="log in first"),
    ):
        client.sendmail("a@example.org", "b@example.org", "x")
    assert sink.mails == []
