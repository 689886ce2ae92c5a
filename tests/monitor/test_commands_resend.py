"""`groundswell alerts --dead` and `groundswell resend`, as their users meet them."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from storage.model import Dead

CONFIG = """
[database]
url = "{url}"
[[receiver]]
id = "mail"
kind = "terminal"
[route]
receivers = ["mail"]
"""


@pytest.fixture
def config(store_url, desk, tmp_path):
    """A desk with one dead letter."""
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("n"),))
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=timedelta(minutes=5), limit=1)
    desk.store.settle(delivery, Dead(reason="550 no such mailbox"), desk.now)
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url))
    return path


def run(config, *arguments):
    return CliRunner().invoke(cli, ["-c", str(config), *arguments], catch_exceptions=False)


def test_dead_letters_are_shown_with_the_reason(config):
    result = run(config, "alerts", "--dead")
    assert result.exit_code == 0
    for told in ("mail", "GS-1", "(fictional sample)", "550 no such mailbox"):
        assert told in result.stdout


def test_dead_letters_as_json(config):
    (letter,) = [json.loads(line) for line in run(config, "alerts", "--dead", "--json").stdout.splitlines()]
    assert letter == {
        "id": "n",
        "alert_id": "GS-1",
        "rule_id": "rotation",
        "receiver": "mail",
        "change": "opened",
        "headline": "(fictional sample)",
        "attempts": 1,
        "settled_at": "2026-11-01T12:00:00+00:00",
        "reason": "550 no such mailbox",
    }


@pytest.mark.parametrize("chosen", [("GS-1",), ("--receiver", "mail"), ("--all",)])
def test_they_wait_again(config, desk, chosen):
    first, second = run(config, "resend", *chosen), run(config, "resend", *chosen)
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert first.stdout == "1 notification will be sent again\n"
    assert desk.store.totals().pending == 1
    none = run(config, "alerts", "--dead")
    assert (none.exit_code, none.stdout) == (1, "")


@pytest.mark.parametrize("wrong", [(), ("--receiver", "nobody")])
def test_it_must_be_said_what(config, desk, wrong):
    assert run(config, "resend", *wrong).exit_code == 2
    assert desk.store.totals().dead == 1
