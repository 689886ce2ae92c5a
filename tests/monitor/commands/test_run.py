"""`groundswell run --once`, as cron calls it: what it says, and how it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from tests.fakes.small_web import Reply, SmallWeb
from tests.fakes.webhook_sink import Reply as HookReply
from tests.fakes.webhook_sink import WebhookSink

CONFIG = """
[http]
allow_private = ["127.0.0.1"]
per_host_interval = "0s"

[alerting]
first_poll = true

[[source]]
id = "relatives"
kind = "telegram_web"
channel = "sample_relatives"
base_url = "{web}"
interval = "1h"

[[rule]]
id = "leave"
query = "отпуск"

[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"
"""


def once(folder: Path, web: SmallWeb, hook: WebhookSink):
    path = folder / "config.toml"
    path.write_text(CONFIG.format(web=web.url, hook=hook.url), encoding="utf-8")
    return CliRunner().invoke(cli, ["-c", str(path), "run", "--once"])


@pytest.mark.parametrize(
    ("page", "taken", "code", "told"),
    [
        (200, 200, 0, "1 source polled, 0 failed, 1 new item, 1 new alert, 0 notifications waiting"),
        (200, 503, 1, "1 new alert, 1 delivery failed, 1 notification waiting"),
        (200, 404, 1, "1 new alert, 1 delivery failed, 0 notifications waiting"),
        (503, 200, 1, "1 source polled, 1 failed, 0 new items"),
    ],
)
def test_it_ends_with_1_when_a_source_or_a_delivery_failed(tmp_path, page, taken, code, told):
    with SmallWeb() as web, WebhookSink() as hook:
        channel = web.channel("sample_relatives")
        channel.write("Мужьям не дают отпуск (вымышленный пример)", datetime.now(UTC) - timedelta(minutes=1))
        if page != 200:
            web.always["/s/sample_relatives"] = Reply(status=page)
        hook.replies.append(HookReply(status=taken))
        ended = once(tmp_path, web, hook)
    assert told in ended.output
    assert ended.exit_code == code


def test_the_help_tells_the_exit_codes():
    told = " ".join(CliRunner().invoke(cli, ["run", "--help"]).output.split())
    assert "Exit codes: 0 stopped, or a pass without fault; 1 " in told
