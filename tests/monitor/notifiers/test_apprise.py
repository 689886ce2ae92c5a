"""Alerts by Apprise, over its generic services to a real endpoint. All texts are fictional samples."""

import importlib.util
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.message import AlertView, Change, Message, Severity
from monitor.notifiers.apprise import AppriseNotifier, AppriseOptions, build
from monitor.notifiers.errors import RetryLater, Undeliverable
from tests.fakes.webhook_sink import Reply, WebhookSink

ALERT = AlertView(
    alert_id="GS-2222222222",
    change=Change.OPENED,
    rule_id="rotation",
    rule_title="Ротация",
    severity=Severity.CRITICAL,
    subject_kind="origin",
    source_name="Письма домой (вымышленный пример)",
    headline="Требуем ротации (вымышленный пример)",
    excerpt=(),
    reason='matched "ротация"',
    url="https://example.org/12",
)
MESSAGE = Message(
    delivery_id="d-1",
    alerts=(ALERT,),
    created_at=datetime(2026, 11, 3, 14, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Prague"),
)


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture
def address(tmp_path: Path, sink: WebhookSink) -> Path:
    file = tmp_path / "address"
    file.write_text(f"json://{sink.url.removeprefix('http://')}")
    return file


def notifier(address: Path, timeout: timedelta = timedelta(seconds=30)) -> AppriseNotifier:
    return build(AppriseOptions(url_file=address, timeout=timeout))


def rewrite(file: Path, address: str) -> None:
    file.write_text(address)


def posted(sink: WebhookSink) -> list[dict[str, str]]:
    return [json.loads(one.body) for one in sink.posted]


@pytest.mark.parametrize(
    ("severity", "change", "kind"),
    [
        (Severity.INFO, Change.OPENED, "info"),
        (Severity.WARNING, Change.UPDATED, "warning"),
        (Severity.CRITICAL, Change.OPENED, "failure"),
        (Severity.CRITICAL, Change.CLOSED, "success"),
    ],
)
async def test_an_alert_has_a_title_a_text_and_a_kind(
    sink: WebhookSink, address: Path, severity: Severity, change: Change, kind: str
) -> None:
    alert = replace(ALERT, severity=severity, change=change)
    await notifier(address).send(replace(MESSAGE, alerts=(alert,)))
    (sent,) = posted(sink)
    assert "Ротация: Требуем ротации" in sent["title"]
    assert "GS-2222222222" in sent["message"]
    assert "https://example.org/12" in sent["message"]
    assert sent["type"] == kind


async def test_what_a_service_refuses_is_tried_again_and_told_without_its_address(
    sink: WebhookSink, address: Path
) -> None:
    sink.replies.append(Reply(status=503))
    with pytest.raises(RetryLater) as caught:
        await notifier(address).send(MESSAGE)
    assert "503" in caught.value.reason
    assert "S3CRET" not in caught.value.reason


async def test_a_service_that_hangs_is_given_up_after_the_timeout(sink: WebhookSink, address: Path) -> None:
    free = threading.Event()
    sink.replies.append(Reply(wait_for=free))
    hasty = notifier(address, timeout=timedelta(seconds=0.2))
    with pytest.raises(RetryLater, match=r"no answer within 0\.2 s"):
        await hasty.send(MESSAGE)
    free.set()
    await hasty.close()


async def test_a_changed_address_is_taken_over(sink: WebhookSink, address: Path) -> None:
    patient = notifier(address)
    await patient.send(MESSAGE)
    with WebhookSink() as other:
        rewrite(address, f"json://{other.url.removeprefix('http://')}")
        await patient.send(MESSAGE)
        assert len(other.posted) == 1
    assert len(sink.posted) == 1


@pytest.mark.parametrize("wrong", ["no-such-service://token", "not an address", "discord://"])
async def test_an_address_that_apprise_does_not_know_is_no_use(address: Path, wrong: str) -> None:
    rewrite(address, wrong)
    with pytest.raises(Undeliverable) as caught:
        await notifier(address).send(MESSAGE)
    assert wrong not in caught.value.reason


async def test_a_missing_address_may_come_yet(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="can't be read"):
        await notifier(tmp_path / "absent").send(MESSAGE)


async def test_a_service_with_a_limit_gets_every_alert_in_parts(sink: WebhookSink, address: Path) -> None:
    rewrite(address, f"form://{sink.url.removeprefix('http://')}")
    alerts = tuple(replace(ALERT, alert_id=f"GS-{number:010}") for number in range(240))
    await notifier(address).send(replace(MESSAGE, alerts=alerts))
    told = "".join(one.body.decode() for one in sink.posted)
    assert len(sink.posted) > 1
    assert all(alert.alert_id in told for alert in alerts)


async def test_nothing_of_the_address_reaches_the_log(
    sink: WebhookSink, address: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink.replies.append(Reply(status=500))
    with caplog.at_level(logging.DEBUG), pytest.raises(RetryLater):
        await notifier(address).send(MESSAGE)
    assert "S3CRET" not in caplog.text
    assert sink.posted[0].path.endswith("S3CRET-PATH")


@pytest.mark.parametrize("options", [{}, {"url_env": "A", "url_file": Path("b")}, {"timeout": timedelta(0)}])
def test_settings_that_cannot_work_are_refused(options) -> None:
    with pytest.raises(ValueError, match=r"url|timeout"):
        AppriseOptions(**({"url_env": "A"} if "timeout" in options else {}) | options)


def test_without_the_extra_the_configuration_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r'pip install "groundswell\[apprise\]"'):
        AppriseOptions(url_env="A")


def test_apprise_is_loaded_only_when_something_is_sent() -> None:
    code = (
        "import sys; from monitor.notifiers import registry; from monitor.notifiers.apprise import *;"
        "build(AppriseOptions(url_env='A')); sys.exit('apprise' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


async def test_what_arrives_after_the_timeout_is_not_sent_again(sink: WebhookSink, address: Path) -> None:
    free = threading.Event()
    sink.replies.append(Reply(wait_for=free))
    hasty = notifier(address, timeout=timedelta(seconds=0.2))
    for _ in range(2):
        with pytest.raises(RetryLater, match=r"no answer within 0\.2 s"):
            await hasty.send(MESSAGE)
    free.set()
    patient = replace(hasty._options, timeout=timedelta(seconds=30))
    hasty._options = patient
    await hasty.send(MESSAGE)
    await hasty.send(replace(MESSAGE, delivery_id="d-2"))
    assert len(posted(sink)) == 2
    await hasty.close()


async def test_what_waits_behind_a_service_that_hangs_is_sent_once(sink: WebhookSink, address: Path) -> None:
    free = threading.Event()
    sink.replies.append(Reply(wait_for=free))
    hasty = notifier(address, timeout=timedelta(seconds=0.2))
    for delivery_id in ("d-1", "d-2"):
        with pytest.raises(RetryLater):
            await hasty.send(replace(MESSAGE, delivery_id=delivery_id))
    free.set()
    hasty._options = replace(hasty._options, timeout=timedelta(seconds=30))
    for delivery_id in ("d-2", "d-1"):
        await hasty.send(replace(MESSAGE, delivery_id=delivery_id))
    assert len(posted(sink)) == 2
    await hasty.close()


async def test_what_failed_after_the_timeout_is_sent_again(sink: WebhookSink, address: Path) -> None:
    free = threading.Event()
    sink.replies.append(Reply(wait_for=free, status=503))
    hasty = notifier(address, timeout=timedelta(seconds=0.2))
    with pytest.raises(RetryLater, match="no answer"):
        await hasty.send(MESSAGE)
    free.set()
    hasty._options = replace(hasty._options, timeout=timedelta(seconds=30))
    with pytest.raises(RetryLater, match="503"):
        await hasty.send(MESSAGE)
    await hasty.send(MESSAGE)
    assert len(posted(sink)) == 2
    await hasty.close()
