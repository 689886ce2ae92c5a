"""`groundswell alerts --dead` and `groundswell resend`, as their users meet them."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from storage.model import Dead, RetryAt

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
    assert first.stdout == "1 notification will be sent again: 1 given up\n"
    assert second.stdout == "0 notifications will be sent again\n"
    assert desk.store.totals().pending == 1
    none = run(config, "alerts", "--dead")
    assert (none.exit_code, none.stdout) == (1, "")


@pytest.mark.parametrize("wrong", [(), ("--receiver", "nobody"), ("--all", "--to", "nobody")])
def test_it_must_be_said_what(config, desk, wrong):
    assert run(config, "resend", *wrong).exit_code == 2
    assert desk.store.totals().dead == 1


def waiting(desk, name, receiver):
    """A notification that failed and waits for hours."""
    desk.commit(notifications=(desk.notification(name, receiver=receiver, change="updated"),))
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=timedelta(minutes=5), limit=1)
    later = desk.now + timedelta(days=1000)
    desk.store.settle(delivery, RetryAt(at=later, reason="down"), desk.now)


def test_what_waits_after_a_failure_is_told_apart(config, desk):
    waiting(desk, "n2", "mail")
    result = run(config, "resend", "--all")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "2 notifications will be sent again: 1 given up, 1 waiting\n"
    assert desk.store.next_due(desk.now) < desk.now + timedelta(days=999)


def test_a_receiver_that_is_not_configured_is_named_and_the_others_are_served(config, desk):
    waiting(desk, "n2", "hook")
    result = run(config, "resend", "--all")
    assert (result.exit_code, result.stdout) == (1, "1 notification will be sent again: 1 given up\n")
    assert '1 notification is for receiver "hook", which is not configured' in result.stderr
    asked = run(config, "resend", "--receiver", "hook")
    assert asked.exit_code == 2
    assert "--to NAME" in asked.stderr


def test_what_is_for_one_that_is_not_configured_goes_to_another(config, desk):
    waiting(desk, "n2", "hook")
    result = run(config, "resend", "--receiver", "hook", "--to", "mail")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "1 notification will be sent to mail: 1 waiting\n"
    assert "hook: 1 replaced" in run(config, "alerts").stdout
    assert run(config, "resend", "--receiver", "hook", "--to", "mail").exit_code == 1
