"""Over an HTTP server on loopback. All texts are invented (fictional samples)."""

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers.errors import ContentRefused, RetryLater, Undeliverable
from monitor.notifiers.webhook import WebhookNotifier, WebhookOptions, sign
from tests.fakes.webhook_sink import Reply, WebhookSink

ALERT = AlertView(
    alert_id="a7f3",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Rotation",
    severity=Severity.WARNING,
    subject_kind="origin",
    source_name="Письма домой (вымышленный пример)",
    headline="Требуем ротации",
    excerpt=(Fragment(text="Мы "), Fragment(text="требуем", hit=True)),
    reason='matched "ротация" in text',
    url="https://t.me/example/12",
    published_at=datetime(2026, 11, 3, 14, 5, tzinfo=ZoneInfo("Europe/Prague")),
    also_in=("А",),
    copies=1,
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, 0, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    with WebhookSink() as running:
        yield running


async def send(options: WebhookOptions, message: Message = MESSAGE) -> str | None:
    notifier = WebhookNotifier(options)
    try:
        return (await notifier.send(message)).reference
    finally:
        await notifier.close()


async def test_the_shape_is_the_documented_one(sink: WebhookSink) -> None:
    assert await send(WebhookOptions(url=sink.url)) == "HTTP 200"
    posted = sink.posted[0]
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["X-Groundswell-Delivery"] == "d-1"
    assert "X-Groundswell-Signature" not in posted.headers
    assert json.loads(posted.body) == {
        "version": 1,
        "delivery_id": "d-1",
        "created_at": "2026-11-03T14:00:00Z",
        "test": False,
        "gathered_since": None,
        "alerts": [
            {
                "alert_id": "a7f3",
                "change": "opened",
                "rule": {"id": "rotation", "title": "Rotation"},
                "severity": "warning",
                "subject_kind": "origin",
                "source": "Письма домой (вымышленный пример)",
                "headline": "Требуем ротации",
                "excerpt": [{"text": "Мы ", "hit": False}, {"text": "требуем", "hit": True}],
                "reason": 'matched "ротация" in text',
                "url": "https://t.me/example/12",
                "published_at": "2026-11-03T13:05:00Z",
                "published_day_only": False,
                "first_seen_at": None,
                "language": None,
                "copies": 1,
                "also_in": ["А"],
                "views": None,
                "edited": False,
                "deleted": False,
                "forwarded_from": None,
                "evidence": [],
            }
        ],
    }


async def test_the_signature_can_be_checked_by_anyone_with_the_secret(
    sink: WebhookSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "swordfish")
    before = int(time.time())
    await send(WebhookOptions(url=sink.url, secret_env="HOOK_SECRET"))
    stamp, version = sink.posted[0].headers["X-Groundswell-Signature"].split(",")
    timestamp = stamp.removeprefix("t=")
    expected = hmac.new(b"swordfish", timestamp.encode() + b"." + sink.posted[0].body, hashlib.sha256)
    assert version == f"v1={expected.hexdigest()}"
    assert before <= int(timestamp) <= time.time()


def test_a_signature_from_paper() -> None:
    # Computed beforehand with: printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    paper = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    assert sign(b"key", 1_700_000_000, b"{}") == f"t=1700000000,v1={paper}"


async def test_the_same_delivery_has_the_same_body(sink: WebhookSink) -> None:
    await send(WebhookOptions(url=sink.url))
    await send(WebhookOptions(url=sink.url))
    assert sink.posted[0].body == sink.posted[1].body


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_a_yes(sink: WebhookSink, status: int) -> None:
    sink.replies.append(Reply(status=status, body=b""))
    assert await send(WebhookOptions(url=sink.url)) == f"HTTP {status}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_temporary_answers(sink: WebhookSink, status: int) -> None:
    sink.replies.append(Reply(status=status))
    with pytest.raises(RetryLater, match=str(status)) as caught:
        await send(WebhookOptions(url=sink.url))
    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [400, 403, 406, 413, 422, 451])
async def test_answers_about_what_was_posted(sink: WebhookSink, status: int) -> None:
    sink.replies.append(Reply(status=status))
    with pytest.raises(ContentRefused, match=str(status)):
        await send(WebhookOptions(url=sink.url))


@pytest.mark.parametrize("status", [301, 302, 307, 401, 404, 405, 410])
async def test_answers_for_good(sink: WebhookSink, status: int) -> None:
    sink.replies.append(Reply(status=status, headers={"Location": sink.url}))
    with pytest.raises(Undeliverable, match=str(status)):
        await send(WebhookOptions(url=sink.url))
    assert len(sink.posted) == 1


@pytest.mark.parametrize(
    ("wish", "expected"),
    [("120", 120), ("999999999", 86400), ("0", None), ("-5", None), ("soon", None), ("²", None)],
)
async def test_a_wished_pause_is_passed_on(sink: WebhookSink, wish: str, expected: int | None) -> None:
    sink.replies.append(Reply(status=503, headers={"Retry-After": wish.encode().decode("latin-1")}))
    with pytest.raises(RetryLater) as caught:
        await send(WebhookOptions(url=sink.url))
    assert caught.value.retry_after == (timedelta(seconds=expected) if expected else None)


async def test_a_wished_moment_is_passed_on(sink: WebhookSink) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=10)
    sink.replies.append(Reply(status=429, headers={"Retry-After": format_datetime(moment, usegmt=True)}))
    with pytest.raises(RetryLater) as caught:
        await send(WebhookOptions(url=sink.url))
    assert caught.value.retry_after is not None
    assert timedelta(minutes=9) < caught.value.retry_after <= timedelta(minutes=10)


async def test_a_closed_connection_is_tried_again(sink: WebhookSink) -> None:
    sink.replies.append(Reply(hang_up=True))
    with pytest.raises(RetryLater, match="no answer"):
        await send(WebhookOptions(url=sink.url))


async def test_a_server_that_says_nothing_is_given_up_in_time(sink: WebhookSink) -> None:
    never = threading.Event()
    sink.replies.append(Reply(wait_for=never))
    with pytest.raises(RetryLater, match=r"within 0\.2 s"):
        await send(WebhookOptions(url=sink.url, timeout=timedelta(seconds=0.2)))
    never.set()


async def test_an_endless_answer_is_not_read_to_its_end(sink: WebhookSink) -> None:
    sink.replies.append(Reply(body=b"x" * 5_000_000))
    assert await send(WebhookOptions(url=sink.url)) == "HTTP 200"


async def test_the_address_is_in_no_error_and_no_log(
    sink: WebhookSink, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await send(WebhookOptions(url=sink.url))
        for reply in (Reply(status=500), Reply(status=404), Reply(hang_up=True)):
            sink.replies.append(reply)
            with pytest.raises((RetryLater, Undeliverable)) as caught:
                await send(WebhookOptions(url=sink.url))
            assert "S3CRET" not in repr(caught.value)
            assert caught.value.__context__ is None
    assert "S3CRET" not in caplog.text


async def test_other_clients_logs_stay(sink: WebhookSink, caplog: pytest.LogCaptureFixture) -> None:
    await send(WebhookOptions(url=sink.url))
    with caplog.at_level(logging.INFO):
        logging.getLogger("httpx").info("someone else's request")
    assert "someone else's request" in caplog.text


async def test_a_secret_address_comes_from_elsewhere(sink: WebhookSink, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(sink.url)
    assert await send(WebhookOptions(url_file=tmp_path / "url")) == "HTTP 200"
    (tmp_path / "url").write_text("not-an-address S3CRET")
    with pytest.raises(Undeliverable, match="https://") as caught:
        await send(WebhookOptions(url_file=tmp_path / "url"))
    assert "S3CRET" not in str(caught.value)
    with pytest.raises(RetryLater, match="absent"):
        await send(WebhookOptions(url_file=tmp_path / "absent"))


async def test_half_characters_do_not_stop_a_message(sink: WebhookSink) -> None:
    await send(WebhookOptions(url=sink.url), replace(MESSAGE, alerts=(replace(ALERT, headline="a\ud83d"),)))
    assert json.loads(sink.posted[0].body)["alerts"][0]["headline"].startswith("a\ufffd")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({}, "one of url"),
        ({"url": "https://x.example", "url_env": "U"}, "one of url"),
        ({"url": "ftp://x.example"}, "https://"),
        ({"url": "https://"}, "https://"),
        ({"url": "https://x.example:port/"}, "https://"),
        ({"url": "https://x.example", "secret_env": "S", "secret_file": Path("s")}, "not both"),
        ({"url": "https://x.example", "timeout": timedelta(0)}, "more than nothing"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WebhookOptions(**settings)  # type: ignore[arg-type]
